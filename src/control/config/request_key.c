/* SPDX-License-Identifier: Apache-2.0 */
/* Changes of requests. The values that are set are secrets, so no error shows the line that they stand in. */
#include "control/config/request_key.h"

#include "base/assert.h"
#include "control/config/keys.h"

/* ---- set and remove ---- */

static bool
read_field_name(struct plx_config_reader *reader, const struct plx_yaml *node, const char *done)
{
    const char *fault = plx_field_name_fault(node->text);

    if (fault)
        plx_config_error_unshown(reader, node, "leave it out", "`%.60s` can't be %s: %s", node->text.ptr, done, fault);
    return !fault;
}

static void
add(struct plx_config_reader *reader, const struct plx_yaml *node, struct plx_request_changes *changes,
    struct plx_slice name, struct plx_slice value)
{
    if (changes->fields.count >= PLX_FIELD_CHANGES_MAX && !plx_field_changes_has(&changes->fields, name))
        plx_config_error_unshown(reader, node, "leave some out", "more than %u fields are set or removed",
                                 PLX_FIELD_CHANGES_MAX);
    else
        reader->no_memory |= !plx_field_changes_add(&changes->fields, name, value);
}

static void
read_set(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    if (node->type != PLX_YAML_MAPPING) {
        plx_config_error_unshown(reader, node, "write `set: {X-Api-Key: \"...\"}`",
                                 "`set` is a mapping of fields and values");
        return;
    }
    for (const struct plx_yaml *at = node->first; at && !reader->no_memory; at = at->next) {
        if (!read_field_name(reader, at->key, "set"))
            continue;
        for (const struct plx_yaml *earlier = node->first; earlier != at; earlier = earlier->next)
            if (plx_slice_equal_nocase(earlier->key->text, at->key->text))
                plx_config_error_unshown(reader, at->key, "keep one of the two", "`%.60s` is set twice",
                                         at->key->text.ptr);
        if (at->type != PLX_YAML_SCALAR || !plx_field_value_is_valid(at->text))
            plx_config_error_unshown(reader, at,
                                     "write text of one line and at most 8192 bytes, without control characters and "
                                     "without blanks around it",
                                     "the value of `%.60s` can't be sent", at->key->text.ptr);
        else
            add(reader, at, into, at->key->text, plx_slice_make(at->text.ptr ? at->text.ptr : "", at->text.len));
    }
}

static void
read_removed(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    struct plx_slice name;

    if (plx_read_text(reader, node, "a field's name", &name) && read_field_name(reader, node, "removed"))
        add(reader, node, into, name, plx_slice_make(NULL, 0));
}

static void
read_remove(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    plx_read_each(reader, node, read_removed, into);
}

/* ---- rewrite ---- */

struct reading_rewrite {
    struct plx_rewrites *rewrites;
    enum plx_rewritten part;
    struct plx_slice from, to;
    bool has_to;
};

static void
read_from(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    plx_read_text(reader, node, "a PCRE2 pattern", &((struct reading_rewrite *)into)->from);
}

static void
read_to(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    struct reading_rewrite *r = into;

    r->has_to = node->type == PLX_YAML_SCALAR; /* an empty one takes what matches away */
    if (r->has_to)
        r->to = node->text;
    else
        plx_config_error(reader, node, "write text, with $1 to $9 for the groups of `from`", "`to` is not %s",
                         plx_yaml_name(node));
}

static void
read_rewrite_rule(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    static const struct plx_key keys[] = {{"from", read_from}, {"to", read_to}};
    struct reading_rewrite *all = into, r = {.rewrites = all->rewrites, .part = all->part};
    size_t before = reader->errors->count;
    const char *fault = NULL;

    plx_keys_read(reader, node, "a rewrite", keys, PLX_COUNT(keys), &r);
    if (reader->errors->count != before)
        return;
    if (!r.from.len || !r.has_to) {
        plx_config_error(reader, node, "write `path: {from: \"^/v1/(.*)\", to: \"/v2/$1\"}`",
                         "a rewrite needs `from` and `to`");
        return;
    }
    switch (plx_rewrites_add(r.rewrites, r.part, r.from, r.to, &fault)) {
    case PLX_OK:
        break;
    case PLX_E_ARGUMENT:
        plx_config_error(reader, node, "see rewrite in docs/configuration.md", "this can't rewrite a request: %s",
                         fault);
        break;
    case PLX_E_LIMIT:
        plx_config_error(reader, node, "leave some out", "there are more than %u rewrites", PLX_REWRITES_MAX);
        break;
    default:
        reader->no_memory = true;
    }
}

static void
read_rewrites(struct plx_config_reader *reader, const struct plx_yaml *node, struct plx_request_changes *changes,
              enum plx_rewritten part)
{
    struct reading_rewrite all = {.rewrites = &changes->rewrites[part], .part = part};

    plx_rewrites_fini(all.rewrites); /* a route's stand in the place of its role's */
    plx_read_each(reader, node, read_rewrite_rule, &all);
}

static void
read_rewrite_path(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    read_rewrites(reader, node, into, PLX_REWRITTEN_PATH);
}

static void
read_rewrite_query(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    read_rewrites(reader, node, into, PLX_REWRITTEN_QUERY);
}

static void
read_rewrite(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    static const struct plx_key keys[] = {{"path", read_rewrite_path}, {"query", read_rewrite_query}};

    plx_keys_read(reader, node, "`rewrite`", keys, PLX_COUNT(keys), into);
}

/* ---- of a role, of a route ---- */

void
plx_request_read(struct plx_config_reader *reader, const struct plx_yaml *node, struct plx_request_changes **changes)
{
    static const struct plx_key keys[] = {{"set", read_set}, {"remove", read_remove}, {"rewrite", read_rewrite}};

    if (!*changes)
        *changes = plx_request_changes_new(NULL);
    reader->no_memory |= !*changes;
    if (!*changes)
        return;
    plx_keys_read(reader, node, "`request`", keys, PLX_COUNT(keys), *changes);
    if (plx_field_changes_bytes(&(*changes)->fields) > PLX_FIELD_CHANGES_BYTES_MAX)
        plx_config_error_unshown(reader, node, "set fewer fields, or shorter values",
                                 "the fields that are set and removed come to more than %u bytes",
                                 PLX_FIELD_CHANGES_BYTES_MAX);
}

struct reading_requests {
    const struct plx_service *service;
    struct plx_route *route;
};

static void
read_route_request(struct plx_config_reader *reader, const struct plx_yaml *node, void *into, enum plx_role role)
{
    struct reading_requests *r = into;
    const struct plx_upstream *upstream = &r->service->roles[role];

    if (!upstream->url) {
        plx_config_error(reader, node->key, "leave it out", "the service has no %s", plx_role_text(role));
        return;
    }
    r->route->requests[role] = plx_request_changes_new(upstream->request);
    reader->no_memory |= !r->route->requests[role];
    if (r->route->requests[role])
        plx_request_read(reader, node, &r->route->requests[role]);
}

static void
read_primary(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    read_route_request(reader, node, into, PLX_PRIMARY);
}

static void
read_candidate(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    read_route_request(reader, node, into, PLX_CANDIDATE);
}

static void
read_secondary(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    read_route_request(reader, node, into, PLX_SECONDARY);
}

void
plx_route_requests_read(struct plx_config_reader *reader, const struct plx_yaml *node,
                        const struct plx_service *service, struct plx_route *route)
{
    static const struct plx_key keys[] = {
        {"primary", read_primary}, {"candidate", read_candidate}, {"secondary", read_secondary}};
    struct reading_requests r = {service, route};

    plx_keys_read(reader, node, "`request` of a route", keys, PLX_COUNT(keys), &r);
}
