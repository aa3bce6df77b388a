/* SPDX-License-Identifier: Apache-2.0 */
/* The life of snapshots; see the header. */
#include "service/snapshot.h"

#include "service/service_fingerprint.h"

#include "service/route.h"
#include "service/shared_count.h"

#include <stdatomic.h>
#include <stdlib.h>

struct owner {
    atomic_uint references;
    struct plx_snapshot *base; /* whose services are shared; NULL: they are its own */
};

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

    bool whole = snapshot && owner && services;

    for (size_t i = 0; whole && i < service_count; i++)
        whole = (services[i].rechecks = plx_budget_new()) && (services[i].copies = plx_shared_count_new()) &&
                (services[i].ejection = plx_ejection_new());
    if (!whole) {
        for (size_t i = 0; services && i < service_count; i++) {
            plx_budget_unref(services[i].rechecks);
            plx_shared_count_unref(services[i].copies);
            plx_ejection_unref(services[i].ejection);
        }
        free(snapshot);
        free(owner);
        free(services);
        return NULL;
    }
    atomic_init(&owner->references, 1);
    snapshot->owner = owner;
    snapshot->services = services;
    snapshot->service_count = service_count;
    snapshot->clients = plx_client_timeouts_default;
    for (size_t i = 0; i < service_count; i++)
        services[i].index = i;
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
    for (size_t i = 0; i < snapshot->service_count; i++)
        plx_path_folds_ref(services[i].folds);
    atomic_init(&owner->references, 1);
    owner->base = plx_snapshot_ref(from->base ? from->base : (struct plx_snapshot *)(uintptr_t)snapshot);
    return derived;
}

/* Another candidate has not failed yet. */
static void
go_on_ejected(struct plx_service *service, const struct plx_service *before)
{
    const char *now = service->roles[PLX_CANDIDATE].url, *then = before->roles[PLX_CANDIDATE].url;

    if (!now || !then || strcmp(now, then) != 0 || !before->ejection || service->ejection == before->ejection)
        return;
    plx_ejection_unref(service->ejection);
    service->ejection = plx_ejection_ref(before->ejection);
}

static bool
is_compared_anew(const struct plx_service *service, const struct plx_service *before)
{
    const char *now = plx_upstream_name(&service->roles[PLX_CANDIDATE]);
    const char *then = plx_upstream_name(&before->roles[PLX_CANDIDATE]);

    return (now && then && strcmp(now, then) != 0) ||
           plx_service_fingerprint(service) != plx_service_fingerprint(before);
}

void
plx_snapshot_go_on(struct plx_snapshot *snapshot, const struct plx_snapshot *before)
{
    for (size_t i = 0; i < snapshot->service_count; i++) {
        struct plx_service *service = &snapshot->services[i];
        const struct plx_service *same = plx_service_by_name(before, plx_slice_of(service->name));

        if (same)
            service->epoch = same->epoch + is_compared_anew(service, same);
        if (!same || !same->rechecks || !same->copies) /* one that was not made here */
            continue;
        struct plx_budget *rechecks = service->rechecks;
        atomic_uint *copies = service->copies;
        service->rechecks = plx_budget_ref(same->rechecks);
        service->copies = plx_shared_count_ref(same->copies);
        plx_budget_unref(rechecks); /* which may be the same one */
        plx_shared_count_unref(copies);
        go_on_ejected(service, same);
    }
}

static void
route_fini(struct plx_route *route)
{
    free(route->match);
    free(route->endpoint);
    plx_rules_free(route->rules);
    for (int role = 0; role < PLX_ROLES; role++)
        plx_request_changes_free(route->requests[role]);
    plx_route_pattern_free(route->pattern);
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
    for (int role = 0; role < PLX_ROLES; role++)
        plx_upstream_fini(&service->roles[role]);
    plx_budget_unref(service->rechecks);
    plx_shared_count_unref(service->copies);
    plx_ejection_unref(service->ejection);
    trait_fini(&service->by);
    trait_fini(&service->only);
    free(service->version_header);
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
    for (size_t i = 0; i < snapshot->service_count; i++) {
        plx_path_folds_unref(snapshot->services[i].folds);
        if (!owner->base)
            service_fini(&snapshot->services[i]);
    }
    plx_snapshot_unref(owner->base);
    free(snapshot->services);
    free(owner);
    free(snapshot);
}
