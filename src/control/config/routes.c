/* SPDX-License-Identifier: Apache-2.0 */
/* `routes:`, from the tree to compiled routes. A route's rules are its service's and its own. */
#include "control/config/routes.h"

#include "base/assert.h"
#include "control/config/compare_rules.h"
#include "control/config/keys.h"
#include "control/config/request_key.h"
#include "control/config/timeouts_key.h"
#include "service/route.h"
#include "service/share_value.h"

#include <stddef.h>
#include <stdlib.h>

static void
read_match(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    struct plx_route *route = into;
    struct plx_slice text;

    if (!plx_read_text(reader, node, "a method and a path", &text))
        return;
    plx_read_copy_of(reader, text, &route->match);
    if (!route->match)
        return;
    const char *problem = plx_route_compile(route);
    if (problem)
        plx_config_error(reader, node, problem, "%s is no pattern for requests", plx_yaml_name(node));
    else if (!route->pattern)
        reader->no_memory = true;
}

static void
read_route_copy(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    struct plx_route *route = into;
    struct plx_slice text;

    if (!plx_read_text(reader, node, "never, always or a percentage", &text))
        return;
    if (plx_slice_equal(text, plx_slice_of("never")))
        route->copy = PLX_COPY_NEVER;
    else if (plx_slice_equal(text, plx_slice_of("always")))
        route->copy = PLX_COPY_ALWAYS;
    else if (plx_share_of(text, &route->copy_share))
        route->copy = PLX_COPY_SHARE;
    else
        plx_config_error(reader, node, "write never, always, or a percentage such as 10%", "%s says not what is copied",
                         plx_yaml_name(node));
}

static void
read_endpoint(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    struct plx_route *route = into;
    struct plx_slice text;

    if (!plx_read_text(reader, node, "an endpoint's name", &text))
        return;
    for (size_t at = 0; at < text.len; at++)
        if ((unsigned char)text.ptr[at] < ' ' || text.ptr[at] == 0x7F) {
            plx_config_error(reader, node, "choose a name of one line, without tabs", "%s can't be an endpoint's name",
                             plx_yaml_name(node));
            return;
        }
    if (text.len > PLX_ENDPOINT_MAX)
        plx_config_error(reader, node, "choose a name of at most 256 bytes", "this endpoint's name is too long");
    else if (plx_slice_equal(text, plx_slice_of("(other)")))
        plx_config_error(reader, node, "choose another name",
                         "(other) is where the endpoints beyond the limit are counted");
    else
        plx_read_copy_of(reader, text, &route->endpoint);
}

static void
read_route_compare(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    plx_compare_read(reader, node, ((struct plx_route *)into)->rules);
}

static void
read_route_redact(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    plx_redact_read(reader, node, ((struct plx_route *)into)->rules);
}

static void
read_route_evidence(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    plx_evidence_read(reader, node, &((struct plx_route *)into)->all_is_evidence);
}

static void
read_route_timeout(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    plx_timeouts_read(reader, node, &((struct plx_route *)into)->timeouts);
}

#define NODE(member) offsetof(struct plx_route_nodes, member)

/* Whether an earlier route takes all that this one would. */
static void
check_order(struct plx_config_reader *reader, const struct plx_route_nodes *at, const struct plx_service *service)
{
    const struct plx_route *route = &service->routes[service->route_count - 1];

    for (const struct plx_route *earlier = service->routes; route->pattern && earlier != route; earlier++)
        if (earlier->pattern && plx_route_covers(earlier, route)) {
            plx_config_error(reader, at->match,
                             "the first route that matches is taken: put the narrower one before the wider one",
                             "no request comes to this route, since `%s` before it takes them all", earlier->match);
            return;
        }
}

static void
read_route(struct plx_config_reader *reader, const struct plx_yaml *node, struct plx_service *service, bool of_spy,
           struct plx_route_nodes *at)
{
    static const struct plx_key service_keys[] = {
        {"match", read_match, NODE(match)},
        {"copy", read_route_copy, NODE(copy)},
        {"endpoint", read_endpoint, NODE(endpoint)},
        {"compare", read_route_compare, NODE(compare)},
        {"redact", read_route_redact, NODE(redact)},
        {"evidence", read_route_evidence, NODE(evidence)},
        {"timeout", read_route_timeout, NODE(timeout)},
        {"request", NULL, NODE(request)}, /* they build on those of the roles */
    };
    static const struct plx_key spy_keys[] = {
        {"match", read_match, NODE(match)},          {"answer", NULL, NODE(answer)},
        {"endpoint", read_endpoint, NODE(endpoint)}, {"compare", read_route_compare, NODE(compare)},
        {"redact", read_route_redact, NODE(redact)},
    };
    struct plx_route *route = &service->routes[service->route_count++];

    route->all_is_evidence = service->all_is_evidence;
    route->timeouts = service->timeouts;
    route->rules = plx_rules_copy(service->rules);
    if (!route->rules) {
        reader->no_memory = true;
        return;
    }
    plx_keys_read_nodes(reader, node, "a route", of_spy ? spy_keys : service_keys,
                        of_spy ? PLX_COUNT(spy_keys) : PLX_COUNT(service_keys), route, at);
    if (at->request)
        plx_route_requests_read(reader, at->request, service, route);
    if (node->type == PLX_YAML_MAPPING && !at->match)
        plx_config_error(reader, node, "add one, as in `match: POST /payroll`", "a route without `match`");
    check_order(reader, at, service);
}

const struct plx_route_nodes *
plx_routes_read(struct plx_config_reader *reader, const struct plx_yaml *node, struct plx_service *service, bool of_spy)
{
    size_t count = 0;

    if (node->type != PLX_YAML_LIST) {
        plx_config_error(reader, node, "begin each route with `- match: ...`", "`routes` is a list, not %s",
                         plx_yaml_name(node));
        return NULL;
    }
    for (const struct plx_yaml *at = node->first; at; at = at->next)
        count++;
    if (count > PLX_ROUTES_MAX) {
        plx_config_error(reader, node, "fold some with {name}, * or **", "there are %zu routes; at most 1024 are taken",
                         count);
        return NULL;
    }
    struct plx_route_nodes *nodes = plx_nodes_new(reader, count, sizeof(*nodes));
    service->routes = calloc(count ? count : 1, sizeof(*service->routes));
    reader->no_memory |= !service->routes;
    for (const struct plx_yaml *at = node->first; at && !reader->no_memory; at = at->next)
        read_route(reader, at, service, of_spy, &nodes[service->route_count]);
    return nodes;
}
