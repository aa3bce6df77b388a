/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules as the configuration has them beside what they excused. The hard thing is which rule a row is of: rows know
 * rules by what they say, and an endpoint may come from a route that only its name tells.
 */
#include "evidence/findings/excused.h"

#include "base/slice.h"

#include "base/time_text.h"
#include "evidence/findings/exchanges_report.h"
#include "service/route.h"

#include <stdlib.h>

void
plx_excused_write(struct plx_excused excused, struct plx_json_writer *w)
{
    plx_json_key(w, "excused");
    plx_json_begin_object(w);
    plx_json_key(w, "exchanges");
    plx_json_uint(w, excused.exchanges);
    plx_json_key(w, "rules");
    plx_json_uint(w, excused.rules);
    plx_json_end_object(w);
}

static uint64_t
compared_of(const struct plx_endpoint_counts *endpoint)
{
    return endpoint->exchanges.match + endpoint->exchanges.mismatch + endpoint->exchanges.ignored;
}

/* ---- which rule it is ---- */

static bool
excuses_something(const struct plx_rule *rule)
{
    return rule->kind != PLX_RULE_REDACT && rule->kind != PLX_RULE_RENAME;
}

/* As plx_rule_name() names it. */
static bool
is_named(const struct plx_rule *rule, struct plx_slice name)
{
    struct plx_slice kind = plx_slice_of(plx_rule_kind_text(rule->kind));

    if (!excuses_something(rule) || name.len <= kind.len || memcmp(name.ptr, kind.ptr, kind.len) != 0)
        return false;
    name = plx_slice_make(name.ptr + kind.len + 1, name.len - kind.len - 1);
    return plx_slice_equal(rule->field.len ? rule->field : plx_slice_of("\"\""), name);
}

/* The last one counts, as in a comparison. */
static const struct plx_rule *
find_rule(const struct plx_rules *rules, struct plx_slice name)
{
    for (size_t i = rules ? plx_rules_count(rules) : 0; i-- > 0;)
        if (is_named(plx_rules_at(rules, i), name))
            return plx_rules_at(rules, i);
    return NULL;
}

/* The route that an endpoint's exchanges come to, going by its name; NULL: none, or it can't be told. */
static const struct plx_route *
route_of(const struct plx_service *service, struct plx_slice endpoint)
{
    const char *space = endpoint.len ? memchr(endpoint.ptr, ' ', endpoint.len) : NULL;
    const struct plx_route *route;

    for (size_t i = 0; i < service->route_count; i++)
        if (service->routes[i].endpoint && plx_slice_equal(plx_slice_of(service->routes[i].endpoint), endpoint))
            return &service->routes[i];
    if (!space)
        return NULL;
    route = plx_route_for(service, plx_slice_make(endpoint.ptr, (size_t)(space - endpoint.ptr)),
                          plx_slice_make(space + 1, endpoint.len - (size_t)(space + 1 - endpoint.ptr)));
    return route && !route->endpoint ? route : NULL;
}

static const struct plx_rule *
rule_of(const struct plx_service *service, const struct plx_excuse_counts *row)
{
    const struct plx_route *route = route_of(service, row->endpoint->name);
    const struct plx_rule *rule = find_rule(route ? route->rules : service->rules, row->rule);

    for (size_t i = 0; !rule && i < service->route_count; i++)
        rule = find_rule(service->routes[i].rules, row->rule);
    return rule;
}

/* ---- rows ---- */

struct rows {
    struct plx_json_writer *w;
    size_t written, left_out;
};

static void
write_text(struct plx_json_writer *w, const char *key, struct plx_slice text)
{
    plx_json_key(w, key);
    if (text.len)
        plx_json_string(w, text);
    else
        plx_json_null(w);
}

/* rule NULL: the configuration has it no more. */
static void
write_rule(const struct plx_rule *rule, struct plx_json_writer *w)
{
    char until[PLX_TIME_TEXT];

    write_text(w, "owner", rule ? rule->owner : plx_slice_make("", 0));
    write_text(w, "why", rule ? rule->why : plx_slice_make("", 0));
    plx_json_key(w, "until");
    if (rule && rule->until_s)
        plx_time_text((uint64_t)rule->until_s * 1000, until);
    plx_json_text_value(w, rule && rule->until_s ? until : NULL);
    plx_json_key(w, "configured");
    plx_json_bool(w, rule != NULL);
}

static void
write_example(const struct plx_excuse_example *example, struct plx_json_writer *w)
{
    plx_json_key(w, "example");
    if (!example) {
        plx_json_null(w);
        return;
    }
    plx_json_begin_object(w);
    plx_json_key(w, "exchange");
    plx_json_text_value(w, example->exchange);
    plx_json_key(w, "field");
    plx_json_string(w, plx_slice_make(example->field, example->field_len));
    plx_json_key(w, "primary");
    plx_json_string(w, plx_slice_make(example->primary, example->primary_len));
    plx_json_key(w, "candidate");
    plx_json_string(w, plx_slice_make(example->candidate, example->candidate_len));
    plx_json_end_object(w);
}

static bool
has_room(struct rows *rows)
{
    bool room = rows->written < PLX_RULE_ROWS_MAX;

    rows->written += room;
    rows->left_out += !room;
    return room;
}

static void
write_numbers(struct plx_json_writer *w, uint64_t excused, uint64_t compared)
{
    plx_json_key(w, "excused");
    plx_json_uint(w, excused);
    plx_json_key(w, "compared");
    plx_json_uint(w, compared);
}

static void
write_row(struct rows *rows, const struct plx_service *service, const struct plx_excuse_counts *row)
{
    struct plx_json_writer *w = rows->w;

    if (!has_room(rows))
        return;
    plx_json_begin_object(w);
    plx_json_key(w, "rule");
    plx_json_string(w, row->rule);
    plx_json_key(w, "endpoint");
    plx_json_string(w, row->endpoint->name);
    plx_json_key(w, "route");
    plx_json_null(w);
    write_rule(service ? rule_of(service, row) : NULL, w);
    write_numbers(w, row->exchanges, compared_of(row->endpoint));
    write_example(row->example, w);
    plx_json_end_object(w);
}

static void
write_unused(struct rows *rows, const struct plx_rule *rule, const char *name, const char *route, uint64_t compared)
{
    struct plx_json_writer *w = rows->w;

    if (!has_room(rows))
        return;
    plx_json_begin_object(w);
    plx_json_key(w, "rule");
    plx_json_text_value(w, name);
    plx_json_key(w, "endpoint");
    plx_json_null(w);
    plx_json_key(w, "route");
    plx_json_text_value(w, route);
    write_rule(rule, w);
    write_numbers(w, 0, compared);
    write_example(NULL, w);
    plx_json_end_object(w);
}

/* ---- rules that excused nothing ---- */

/* Of a service, or of one of its routes: the exchanges that it might have applied in, and the rules that did. */
struct scope {
    struct plx_table used;
    uint64_t compared;
    bool failed;
};

static void
note_used(struct scope *scope, const struct plx_endpoint_counts *endpoint)
{
    const struct plx_table_entry *entry;
    size_t at = 0;

    scope->compared += compared_of(endpoint);
    while (endpoint->excuses && (entry = plx_table_next(&endpoint->excuses->rules, &at))) {
        const struct plx_excuse_counts *row = entry->value;
        if (!plx_table_get(&scope->used, row->rule) && plx_table_add(&scope->used, row->rule, entry->value) != PLX_OK)
            scope->failed = true;
    }
}

/* Of the rules from the position from on; route NULL: the service's own. */
static void
write_unused_of(struct rows *rows, const struct plx_rules *rules, size_t from, const char *route,
                const struct scope *scope, int64_t now_s)
{
    char name[PLX_EXCUSE_RULE_MAX + 1];

    for (size_t i = from; rules && i < plx_rules_count(rules); i++) {
        const struct plx_rule *rule = plx_rules_at(rules, i);
        if (excuses_something(rule) && (rule->until_s == 0 || rule->until_s > now_s) && plx_rule_name(rule, name) &&
            !plx_table_get(&scope->used, plx_slice_of(name)))
            write_unused(rows, rule, name, route, scope->compared);
    }
}

/* Endpoints of a service, each with its route, as far as its name tells. */
struct routed {
    const struct plx_endpoint_counts *endpoint;
    const struct plx_route *route;
};

static struct routed *
route_all(const struct plx_service *service, const struct plx_service_counts *counts, size_t *count)
{
    struct routed *routed = calloc(counts->endpoints.count + 1, sizeof(*routed));
    const struct plx_table_entry *entry;
    size_t at = 0;

    *count = 0;
    while (routed && (entry = plx_table_next(&counts->endpoints, &at))) {
        const struct plx_endpoint_counts *endpoint = entry->value;
        routed[(*count)++] = (struct routed){endpoint, route_of(service, endpoint->name)};
    }
    if (routed)
        routed[(*count)++] = (struct routed){&counts->other, NULL};
    return routed;
}

/* route NULL: the service's own rules, in all of its exchanges. */
static bool
write_unused_in(struct rows *rows, const struct plx_service *service, const struct plx_route *route,
                const struct routed *routed, size_t count, int64_t now_s)
{
    size_t own = service->rules ? plx_rules_count(service->rules) : 0;
    struct scope scope = {.compared = 0};

    if (route && plx_rules_count(route->rules) == own)
        return true;
    plx_table_init(&scope.used, PLX_LEDGER_EXCUSES_MAX);
    for (size_t i = 0; i < count; i++)
        if (!route || routed[i].route == route)
            note_used(&scope, routed[i].endpoint);
    write_unused_of(rows, route ? route->rules : service->rules, route ? own : 0, route ? route->match : NULL, &scope,
                    now_s);
    plx_table_fini(&scope.used, NULL);
    return !scope.failed;
}

static bool
write_all_unused(struct rows *rows, const struct plx_service *service, const struct plx_service_counts *counts,
                 int64_t now_s)
{
    size_t count;
    struct routed *routed = route_all(service, counts, &count);
    bool ok = routed && write_unused_in(rows, service, NULL, routed, count, now_s);

    for (size_t i = 0; ok && i < service->route_count; i++)
        ok = write_unused_in(rows, service, &service->routes[i], routed, count, now_s);
    free(routed);
    return ok;
}

static int
by_exchanges(const void *a, const void *b)
{
    const struct plx_excuse_counts *x = *(struct plx_excuse_counts *const *)a;
    const struct plx_excuse_counts *y = *(struct plx_excuse_counts *const *)b;
    int order = plx_slice_order(x->rule, y->rule);

    if (x->exchanges != y->exchanges)
        return x->exchanges > y->exchanges ? -1 : 1;
    return order ? order : plx_slice_order(x->endpoint->name, y->endpoint->name);
}

bool
plx_rule_rows_write(const struct plx_subject *subject, const struct plx_service_counts *counts, int64_t now_s,
                    struct plx_json_writer *w)
{
    const struct plx_service *service = subject->service;
    struct rows rows = {.w = w};
    size_t count = 0;
    struct plx_excuse_counts **found = plx_service_counts_excuses(counts, &count);
    bool ok = found != NULL;

    plx_json_key(w, "rules");
    plx_json_begin_array(w);
    if (ok)
        qsort(found, count, sizeof(struct plx_excuse_counts *), by_exchanges);
    for (size_t i = 0; ok && i < count; i++)
        write_row(&rows, service, found[i]);
    if (service)
        ok = write_all_unused(&rows, service, counts, now_s) && ok;
    plx_json_end_array(w);
    plx_json_key(w, "rules_left_out");
    plx_json_uint(w, rows.left_out);
    free(found);
    return ok;
}

/* ---- what was not looked at ---- */

void
plx_never_compared_write(struct plx_endpoint_counts *const *endpoints, size_t count, enum plx_subject_kind kind,
                         struct plx_json_writer *w)
{
    plx_json_key(w, "never_compared");
    plx_json_begin_array(w);
    for (size_t i = 0; i < count; i++) {
        if (compared_of(endpoints[i]) > 0)
            continue;
        plx_json_begin_object(w);
        plx_json_key(w, "endpoint");
        plx_json_string(w, endpoints[i]->name);
        plx_json_key(w, "exchanges");
        plx_json_uint(w, plx_exchange_counts_sum(&endpoints[i]->exchanges).total);
        plx_exchanges_write_reasons(w, kind, &endpoints[i]->exchanges);
        plx_json_end_object(w);
    }
    plx_json_end_array(w);
}

void
plx_headers_write(const struct plx_service *service, struct plx_json_writer *w)
{
    bool own = service->rules && plx_rules_compare_any_headers(service->rules);
    bool any = own, all = own;

    for (size_t i = 0; i < service->route_count; i++) {
        bool here = plx_rules_compare_any_headers(service->routes[i].rules);
        any |= here;
        all &= here;
    }
    plx_json_key(w, "headers");
    plx_json_text_value(w, all ? "compared" : any ? "in part" : "not compared");
}
