/* SPDX-License-Identifier: Apache-2.0 */
/* Snapshots: building, counting and freeing them; finding services and routes in them. Looking up allocates nothing. */
#include "service/service.h"

#include "base/ascii.h"
#include "base/assert.h"
#include "service/build.h"

#include <stdatomic.h>
#include <stdlib.h>

/* A route's pattern, cut into what is looked at per request. */
struct plx_route_pattern {
    struct plx_slice method; /* "*": any */
    struct plx_slice *segments;
    size_t count;
    bool rest; /* ends in ** */
};

#define CACHE_LINE 64u

struct owner {
    atomic_uint references;
    char *counters;            /* a cache line for each service */
    struct plx_snapshot *base; /* whose services are shared; NULL: they are its own */
};

/* ---- life ---- */

const struct plx_client_timeouts plx_client_timeouts_default = {
    .idle = 75000,
    .head = 30000,
    .body = 60000,
    .send = 60000,
    .upgrade = 3600000,
};

struct plx_snapshot *
plx_snapshot_new(size_t service_count)
{
    struct plx_snapshot *snapshot = calloc(1, sizeof(*snapshot));
    struct owner *owner = calloc(1, sizeof(*owner));
    struct plx_service *services = calloc(service_count + 1, sizeof(*services));
    char *counters = aligned_alloc(CACHE_LINE, (service_count + 1) * CACHE_LINE);

    if (!snapshot || !owner || !services || !counters) {
        free(snapshot);
        free(owner);
        free(services);
        free(counters);
        return NULL;
    }
    owner->counters = counters;
    atomic_init(&owner->references, 1);
    snapshot->owner = owner;
    snapshot->services = services;
    snapshot->service_count = service_count;
    snapshot->clients = plx_client_timeouts_default;
    for (size_t i = 0; i < service_count; i++) {
        services[i].index = i;
        services[i].copies = (atomic_uint *)(void *)(counters + i * CACHE_LINE);
        atomic_init(services[i].copies, 0);
    }
    return snapshot;
}

struct plx_snapshot *
plx_snapshot_derive(const struct plx_snapshot *snapshot)
{
    struct owner *from = snapshot->owner, *owner = calloc(1, sizeof(*owner));
    struct plx_snapshot *derived = malloc(sizeof(*derived));
    struct plx_service *services = calloc(snapshot->service_count + 1, sizeof(*services));

    if (!owner || !derived || !services) {
        free(owner);
        free(derived);
        free(services);
        return NULL;
    }
    *derived = *snapshot;
    derived->owner = owner;
    derived->services = services;
    memcpy(services, snapshot->services, snapshot->service_count * sizeof(*services));
    atomic_init(&owner->references, 1);
    owner->base = plx_snapshot_ref(from->base ? from->base : (struct plx_snapshot *)(uintptr_t)snapshot);
    return derived;
}

static void
pattern_free(struct plx_route_pattern *pattern)
{
    if (pattern)
        free(pattern->segments);
    free(pattern);
}

static void
route_fini(struct plx_route *route)
{
    free(route->match);
    free(route->endpoint);
    plx_rules_free(route->rules);
    pattern_free(route->pattern);
}

static void
trait_fini(struct plx_client_trait *trait)
{
    free(trait->name);
    free(trait->value);
}

static void
service_fini(struct plx_service *service)
{
    free(service->name);
    for (size_t i = 0; i < service->host_count; i++)
        free(service->hosts[i]);
    free(service->hosts);
    for (int role = 0; role < PLX_ROLES; role++) {
        free(service->roles[role].url);
        free(service->roles[role].host);
    }
    trait_fini(&service->by);
    trait_fini(&service->only);
    plx_rules_free(service->rules);
    for (size_t i = 0; i < service->route_count; i++)
        route_fini(&service->routes[i]);
    free(service->routes);
}

struct plx_snapshot *
plx_snapshot_ref(struct plx_snapshot *snapshot)
{
    struct owner *owner = snapshot->owner;

    atomic_fetch_add_explicit(&owner->references, 1, memory_order_relaxed);
    return snapshot;
}

void
plx_snapshot_unref(struct plx_snapshot *snapshot)
{
    if (!snapshot)
        return;
    struct owner *owner = snapshot->owner;
    if (atomic_fetch_sub_explicit(&owner->references, 1, memory_order_acq_rel) != 1)
        return;
    for (size_t i = 0; i < snapshot->service_count && !owner->base; i++)
        service_fini(&snapshot->services[i]);
    plx_snapshot_unref(owner->base);
    free(snapshot->services);
    free(owner->counters);
    free(owner);
    free(snapshot);
}

uint32_t
plx_service_share(const struct plx_service *service)
{
    if (service->stage == PLX_STAGE_CANDIDATE)
        return PLX_SHARE_ALL;
    return service->stage == PLX_STAGE_CANARY ? service->share : 0;
}

/* ---- hosts ---- */

/* Without its port; an IPv6 address keeps its brackets. */
static struct plx_slice
without_port(struct plx_slice host)
{
    for (size_t i = host.len; i > 0; i--) {
        char c = host.ptr[i - 1];
        if (c == ':')
            return plx_slice_make(host.ptr, i - 1);
        if (c < '0' || c > '9')
            break;
    }
    return host;
}

const struct plx_service *
plx_service_for_host(const struct plx_snapshot *snapshot, struct plx_slice host)
{
    const struct plx_service *any = NULL;
    struct plx_slice name = without_port(host);

    for (size_t i = 0; i < snapshot->service_count; i++) {
        const struct plx_service *service = &snapshot->services[i];
        if (service->host_count == 0 && !any)
            any = service;
        for (size_t k = 0; k < service->host_count; k++)
            if (plx_slice_equal_nocase(plx_slice_of(service->hosts[k]), name))
                return service;
    }
    return any;
}

const struct plx_service *
plx_service_by_name(const struct plx_snapshot *snapshot, struct plx_slice name)
{
    for (size_t i = 0; i < snapshot->service_count; i++)
        if (plx_slice_equal(plx_slice_of(snapshot->services[i].name), name))
            return &snapshot->services[i];
    return NULL;
}

/* ---- routes ---- */

static bool
is_wildcard(struct plx_slice segment)
{
    if (plx_slice_equal(segment, plx_slice_of("*")))
        return true;
    if (segment.len <= 2 || segment.ptr[0] != '{' || segment.ptr[segment.len - 1] != '}')
        return false;
    for (size_t i = 1; i < segment.len - 1; i++)
        if (segment.ptr[i] == '{' || segment.ptr[i] == '}')
            return false;
    return true;
}

/* Why the segment can't stand in a pattern; NULL where it can. */
static const char *
segment_problem(struct plx_slice segment, bool last)
{
    if (plx_slice_equal(segment, plx_slice_of("**")))
        return last ? NULL : "** stands for the rest of a path and can only be its last segment";
    if (is_wildcard(segment))
        return NULL;
    for (size_t i = 0; i < segment.len; i++) {
        char c = segment.ptr[i];
        if (c == '*' || c == '{' || c == '}')
            return "a segment is either literal, or {name} or * as a whole";
        if (c == '?' || c == '#')
            return "a pattern is about the path alone: leave the query out";
        if (c <= ' ' || c > '~')
            return "write the path as clients send it, percent-encoded, as in %C3%A9";
    }
    return NULL;
}

static const char *
cut_path(struct plx_route_pattern *pattern, struct plx_slice path)
{
    size_t count = 0;

    for (size_t i = 0; i < path.len; i++)
        count += path.ptr[i] == '/';
    pattern->segments = calloc(count, sizeof(*pattern->segments));
    if (!pattern->segments)
        return NULL;
    for (size_t from = 1; from <= path.len;) {
        const char *slash = memchr(path.ptr + from, '/', path.len - from);
        size_t end = slash ? (size_t)(slash - path.ptr) : path.len;
        struct plx_slice segment = plx_slice_make(path.ptr + from, end - from);
        const char *problem = segment_problem(segment, !slash);
        if (problem)
            return problem;
        if (plx_slice_equal(segment, plx_slice_of("**")))
            pattern->rest = true;
        else
            pattern->segments[pattern->count++] = segment;
        from = end + 1;
    }
    return NULL;
}

static bool
is_method(struct plx_slice method)
{
    for (size_t i = 0; i < method.len; i++) {
        char c = method.ptr[i];
        bool upper = c >= 'A' && c <= 'Z';
        if (!upper && c != '-' && !plx_ascii_is_digit(c) && !(method.len == 1 && c == '*'))
            return false;
    }
    return method.len > 0;
}

const char *
plx_route_compile(struct plx_route *route)
{
    struct plx_slice match = plx_slice_of(route->match);
    const char *space = memchr(match.ptr, ' ', match.len);

    if (!space)
        return "a pattern is a method and a path, as in \"POST /payroll\", or \"* /payroll\" for any method";
    struct plx_slice method = plx_slice_make(match.ptr, (size_t)(space - match.ptr));
    struct plx_slice path = plx_slice_make(space + 1, match.len - method.len - 1);
    if (!is_method(method))
        return "the method is written in capitals, as in GET, or * for any";
    if (path.len == 0 || path.ptr[0] != '/' || memchr(path.ptr, ' ', path.len))
        return "the path begins with a / and has no spaces";
    struct plx_route_pattern *pattern = calloc(1, sizeof(*pattern));
    if (!pattern)
        return NULL;
    pattern->method = method;
    const char *problem = cut_path(pattern, path);
    if (pattern->segments && !problem)
        route->pattern = pattern;
    else
        pattern_free(pattern);
    return problem;
}

static bool
takes_method(const struct plx_route_pattern *pattern, struct plx_slice method)
{
    return plx_slice_equal(pattern->method, plx_slice_of("*")) || plx_slice_equal(pattern->method, method);
}

static bool
takes_path(const struct plx_route_pattern *pattern, struct plx_slice path)
{
    size_t from = 1, i = 0;

    for (; i < pattern->count; i++) {
        if (from > path.len)
            return false;
        const char *slash = memchr(path.ptr + from, '/', path.len - from);
        size_t end = slash ? (size_t)(slash - path.ptr) : path.len;
        struct plx_slice segment = plx_slice_make(path.ptr + from, end - from);
        if (is_wildcard(pattern->segments[i]) ? segment.len == 0 : !plx_slice_equal(pattern->segments[i], segment))
            return false;
        from = end + 1;
    }
    return pattern->rest || from > path.len;
}

const struct plx_route *
plx_route_for(const struct plx_service *service, struct plx_slice method, struct plx_slice path)
{
    if (service->route_count == 0)
        return NULL;
    const char *query = path.len ? memchr(path.ptr, '?', path.len) : NULL;
    if (query)
        path.len = (size_t)(query - path.ptr);
    for (size_t i = 0; i < service->route_count; i++) {
        const struct plx_route_pattern *pattern = service->routes[i].pattern;
        if (takes_method(pattern, method) && path.len && path.ptr[0] == '/' && takes_path(pattern, path))
            return &service->routes[i];
    }
    return NULL;
}

/* Every request that `later` takes, `earlier` takes too. */
bool
plx_route_covers(const struct plx_route *earlier, const struct plx_route *later)
{
    const struct plx_route_pattern *a = earlier->pattern, *b = later->pattern;

    if (!takes_method(a, b->method))
        return false;
    if (a->count > b->count || (!a->rest && (b->rest || a->count != b->count)))
        return false;
    for (size_t i = 0; i < a->count; i++) {
        bool wild = is_wildcard(a->segments[i]);
        if (wild ? b->segments[i].len == 0
                 : is_wildcard(b->segments[i]) || !plx_slice_equal(a->segments[i], b->segments[i]))
            return false;
    }
    return true;
}
