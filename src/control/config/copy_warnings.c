/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Warnings about copies: of writes that the copies will not see, and of sessions that each instance begins on its own.
 * A configuration says little of either, so that only what stands in its routes is looked at; what then happens, the
 * report says.
 */
#include "control/config/copy_warnings.h"

#include "message/method.h"
#include "service/endpoint.h"

/* Of `POST /item`; `*` is no method: it is for safe ones, too. */
static bool
is_write(const struct plx_route *route)
{
    struct plx_slice match = plx_slice_of(route->match ? route->match : "");
    const char *space = memchr(match.ptr, ' ', match.len);

    return space && space != match.ptr && *match.ptr != '*' &&
           !plx_http_method_is_safe(plx_http_method_of(plx_slice_make(match.ptr, (size_t)(space - match.ptr))));
}

static bool
is_read(const struct plx_route *route)
{
    return route->match && strncmp(route->match, "GET ", 4) == 0;
}

/* A write that is not copied since nothing was said of it, beside a read of what it changes. */
static void
warn_of_write(struct plx_config_reader *reader, const struct plx_service *service, size_t write,
              const struct plx_route_nodes *routes)
{
    struct plx_slice match = plx_slice_of(service->routes[write].match);

    for (size_t i = 0; i < service->route_count; i++) {
        const struct plx_route *read = &service->routes[i];

        if (!is_read(read) || read->copy == PLX_COPY_NEVER || !plx_endpoint_kinship(match, plx_slice_of(read->match)))
            continue;
        plx_config_warning(reader, routes[write].match,
                           "write `copy: always`, or `copy: never` where all have the same data",
                           "`%.80s` is not copied, and `%.80s` may read what it writes: the copies lack it",
                           service->routes[write].match, read->match);
        return;
    }
}

/* Which route sets the cookie nobody says: a login is a write. */
static void
warn_of_session(struct plx_config_reader *reader, const struct plx_service *service, const struct plx_yaml *by)
{
    for (size_t i = 0; i < service->route_count; i++) {
        const struct plx_route *route = &service->routes[i];

        if (!is_write(route) || (route->copy != PLX_COPY_ALWAYS && route->copy != PLX_COPY_SHARE))
            continue;
        plx_config_warning(reader, by, "let all instances share their sessions, or don't copy what sets the cookie",
                           "if `%.80s` sets the cookie `%.40s`, each role sets one of its own, and clients get one "
                           "role's alone: is the session shared?",
                           route->match, service->by.name);
        return;
    }
}

void
plx_copies_warn(struct plx_config_reader *reader, const struct plx_service *service, const struct plx_yaml *by,
                const struct plx_route_nodes *routes)
{
    if (!routes || !service->roles[PLX_CANDIDATE].url ||
        (service->stage != PLX_STAGE_SHADOW && service->stage != PLX_STAGE_CANARY))
        return;
    for (size_t i = 0; i < service->route_count; i++)
        if (is_write(&service->routes[i]) && service->routes[i].copy == PLX_COPY_DEFAULT && routes[i].match)
            warn_of_write(reader, service, i, routes);
    if (by && service->by.by == PLX_CLIENT_COOKIE && service->by.name)
        warn_of_session(reader, service, by);
}
