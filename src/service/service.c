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

/* "example.com." names the same host (RFC 3986, 3.2.2). */
static struct plx_slice
without_root(struct plx_slice name)
{
    if (name.len > 1 && name.ptr[name.len - 1] == '.')
        name.len--;
    return name;
}

#define EXACT SIZE_MAX

/* How well a host of a service fits the name: EXACT, or one more than what "*.example.com" has behind its star; 1: "*",
 * which every name fits; 0: not at all. */
static size_t
fit(const char *host, struct plx_slice name)
{
    struct plx_slice pattern = plx_slice_of(host);

    if (pattern.len == 0 || pattern.ptr[0] != '*')
        return plx_slice_equal_nocase(pattern, name) ? EXACT : 0;
    pattern = plx_slice_make(pattern.ptr + 1, pattern.len - 1);
    if (pattern.len &&
        (name.len <= pattern.len ||
         !plx_slice_equal_nocase(pattern, plx_slice_make(name.ptr + name.len - pattern.len, pattern.len))))
        return 0;
    return 1 + pattern.len;
}

const struct plx_service *
plx_service_for_host(const struct plx_snapshot *snapshot, struct plx_slice host)
{
    const struct plx_service *found = NULL;
    struct plx_slice name = without_root(without_port(host));
    size_t best = 0;

    for (size_t i = 0; i < snapshot->service_count; i++) {
        const struct plx_service *service = &snapshot->services[i];
        size_t fits = service->host_count == 0;
        for (size_t k = 0; k < service->host_count && fits != EXACT; k++) {
            size_t one = fit(service->hosts[k], name);
            fits = one > fits ? one : fits;
        }
        if (fits == EXACT)
            return service;
        if (fits > best) {
            best = fits;
            found = service;
        }
    }
    return found;
}

const struct plx_service *
plx_service_by_name(const struct plx_snapshot *snapshot, struct plx_slice name)
{
    for (size_t i = 0; i < snapshot->service_count; i++)
        if (plx_slice_equal(plx_slice_of(snapshot->services[i].name), name))
            return &snapshot->services[i];
    return NULL;
}
