/* SPDX-License-Identifier: Apache-2.0 */
/* Roles, from the tree. */
#include "control/config/role_key.h"

#include "base/assert.h"
#include "control/config/addresses.h"
#include "control/config/keys.h"
#include "control/config/request_key.h"

#include <stdio.h>
#include <stdlib.h>

struct reading {
    struct plx_upstream *upstream;
    enum plx_role role;
    bool url_given;
};

/* What people see where the Host is not the client's. False: no memory. */
static bool
make_name(struct plx_upstream *upstream)
{
    free(upstream->name);
    upstream->name = NULL;
    return !upstream->sent_host || asprintf(&upstream->name, "%s as %s", upstream->url, upstream->sent_host) > 0;
}

const char *
plx_role_take_url(struct plx_slice url, struct plx_upstream *upstream)
{
    struct plx_upstream made = {.sent_host = upstream->sent_host, .request = upstream->request};

    upstream->sent_host = NULL;
    upstream->request = NULL;
    plx_upstream_fini(upstream);
    *upstream = made;
    const char *problem = plx_value_url(url, upstream);
    if (upstream->url && !make_name(upstream))
        plx_upstream_fini(upstream);
    return problem;
}

static void
read_url(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    struct reading *r = into;
    struct plx_slice text;

    r->url_given = true;
    if (!plx_read_text(reader, node, "http://HOST:PORT", &text))
        return;
    const char *problem = plx_value_url(text, r->upstream);
    if (problem)
        plx_config_error(reader, node, problem, "%s can't be used as the %s", plx_yaml_name(node),
                         plx_role_text(r->role));
    else
        reader->no_memory |= !r->upstream->url;
}

static void
read_host(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    struct reading *r = into;
    struct plx_slice text;

    if (!plx_read_text(reader, node, "a host", &text))
        return;
    if (plx_authority_is_valid(text))
        plx_read_copy_of(reader, text, &r->upstream->sent_host);
    else
        plx_config_error(reader, node,
                         "write a name or an address, and a port where it has one, as in new.example:8080",
                         "%s can't be sent as Host", plx_yaml_name(node));
}

static void
read_request(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    plx_request_read(reader, node, &((struct reading *)into)->upstream->request);
}

void
plx_role_read(struct plx_config_reader *reader, const struct plx_yaml *node, enum plx_role role,
              struct plx_upstream *upstream)
{
    static const struct plx_key keys[] = {
        {"url", read_url},
        {"host", read_host},
        {"request", read_request},
        {"ca", .not_yet = true},
        {"certificate", .not_yet = true},
        {"key", .not_yet = true},
        {"server_name", .not_yet = true},
        {"verify", .not_yet = true},
        {"protocol", .not_yet = true},
    };
    struct reading r = {.upstream = upstream, .role = role};

    if (node->type != PLX_YAML_MAPPING) {
        read_url(reader, node, &r);
        return;
    }
    plx_keys_read(reader, node, "a role", keys, PLX_COUNT(keys), &r);
    if (!r.url_given)
        plx_config_error(reader, node, "add its address, as in `url: http://127.0.0.1:8082`", "a role without `url`");
    if (upstream->url)
        reader->no_memory |= !make_name(upstream);
}
