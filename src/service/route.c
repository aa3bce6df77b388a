/* SPDX-License-Identifier: Apache-2.0 */
/* Routes: their patterns compiled, compared with each other, and looked for. Looking for one allocates nothing. */
#include "service/route.h"

#include "base/ascii.h"

#include <stdlib.h>

/* A route's pattern, cut into what is looked at per request. */
struct plx_route_pattern {
    struct plx_slice method; /* "*": any */
    struct plx_slice *segments;
    size_t count;
    bool rest; /* ends in ** */
};

void
plx_route_pattern_free(struct plx_route_pattern *pattern)
{
    if (pattern)
        free(pattern->segments);
    free(pattern);
}

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
        plx_route_pattern_free(pattern);
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
