/* SPDX-License-Identifier: Apache-2.0 */
/* A number for a service's rules. The routes are taken in their order: the first one that matches is the one. */
#include "service/service_fingerprint.h"

#include "compare/rules_fingerprint.h"

#include <xxhash.h>

uint64_t
plx_service_fingerprint(const struct plx_service *service)
{
    uint64_t own = service->rules ? plx_rules_fingerprint(service->rules) : 0, sum = own;

    for (size_t i = 0; i < service->route_count; i++) {
        const struct plx_route *route = &service->routes[i];
        uint64_t rules = route->rules ? plx_rules_fingerprint(route->rules) : own;

        if (rules != own)
            sum = XXH3_64bits_withSeed(route->match, strlen(route->match), sum ^ rules);
    }
    sum &= INT64_MAX; /* what a store takes */
    return sum ? sum : 1;
}
