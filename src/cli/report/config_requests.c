/* SPDX-License-Identifier: Apache-2.0 */
/* Changed requests, as text and as JSON. */
#include "cli/report/config_requests.h"

/* ---- text ---- */

static void
add_names(struct plx_buffer *out, const char **before, const char *word, const struct plx_field_changes *fields,
          bool set)
{
    const char *between = word;

    for (size_t i = 0; i < fields->count; i++) {
        if (!fields->list[i].value == set)
            continue;
        plx_buffer_format(out, "%s%s %s", between == word ? *before : "", between, fields->list[i].name);
        between = ",";
        *before = "; ";
    }
}

static void
add_rewrites(struct plx_buffer *out, const char **before, const struct plx_request_changes *changes)
{
    static const char *const parts[] = {"path", "query"};

    for (int part = 0; part < PLX_REWRITTEN_PARTS; part++)
        if (changes->rewrites[part].count) {
            plx_buffer_format(out, "%srewrites the %s", *before, parts[part]);
            *before = "; ";
        }
}

void
plx_config_add_request(struct plx_buffer *out, const char *before, const char *host,
                       const struct plx_request_changes *changes)
{
    const char *at = before;

    if (host) {
        plx_buffer_format(out, "%sHost %s", at, host);
        at = "; ";
    }
    if (changes) {
        add_names(out, &at, "sets", &changes->fields, true);
        add_names(out, &at, "removes", &changes->fields, false);
        add_rewrites(out, &at, changes);
    }
    if (at != before)
        plx_buffer_byte(out, '\n');
}

/* ---- JSON ---- */

static void
write_names(struct plx_json_writer *json, const char *key, const struct plx_field_changes *fields, bool set)
{
    plx_json_key(json, key);
    plx_json_begin_array(json);
    for (size_t i = 0; i < fields->count; i++)
        if (!fields->list[i].value != set)
            plx_json_text_value(json, fields->list[i].name);
    plx_json_end_array(json);
}

static void
write_request(struct plx_json_writer *json, const char *host, const struct plx_request_changes *changes)
{
    static const struct plx_request_changes none;

    changes = changes ? changes : &none;
    plx_json_begin_object(json);
    plx_json_key(json, "host");
    plx_json_text_value(json, host);
    write_names(json, "set", &changes->fields, true);
    write_names(json, "removed", &changes->fields, false);
    plx_json_key(json, "path_rewrites");
    plx_json_uint(json, changes->rewrites[PLX_REWRITTEN_PATH].count);
    plx_json_key(json, "query_rewrites");
    plx_json_uint(json, changes->rewrites[PLX_REWRITTEN_QUERY].count);
    plx_json_end_object(json);
}

void
plx_config_write_requests(struct plx_json_writer *json, const struct plx_service *service,
                          const struct plx_route *route)
{
    plx_json_key(json, "requests");
    plx_json_begin_object(json);
    for (int role = 0; role < PLX_ROLES; role++) {
        const struct plx_upstream *upstream = &service->roles[role];
        const struct plx_request_changes *changes = route ? route->requests[role] : upstream->request;
        const char *host = route ? NULL : upstream->sent_host;

        if (!host && !changes)
            continue;
        plx_json_key(json, plx_role_text((enum plx_role)role));
        write_request(json, host, changes);
    }
    plx_json_end_object(json);
}
