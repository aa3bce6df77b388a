/* SPDX-License-Identifier: Apache-2.0 */
/* Finding services in a snapshot: nothing is allocated. */
#include "service/service.h"

uint32_t
plx_service_share(const struct plx_service *service)
{
    if (service->stage == PLX_STAGE_CANDIDATE)
        return PLX_SHARE_ALL;
    return service->stage == PLX_STAGE_CANARY ? service->share : 0;
}

const struct plx_request_changes *
plx_service_request(const struct plx_service *service, const struct plx_route *route, enum plx_role role)
{
    return route && route->requests[role] ? route->requests[role] : service->roles[role].request;
}

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
