/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/count/excuses.h"

#include <stdlib.h>

struct plx_excuse_counts *
plx_counts_excuse(struct plx_counts *counts, struct plx_endpoint_counts *endpoint, struct plx_slice rule)
{
    struct plx_excuse_counts *excuse;

    if (!endpoint->excuses && !(endpoint->excuses = plx_endpoint_excuses_new(endpoint)))
        return NULL;
    excuse = plx_table_get(&endpoint->excuses->rules, rule);
    if (excuse)
        return excuse;
    if (counts->excuse_count >= PLX_LEDGER_EXCUSES_MAX || rule.len == 0 ||
        !plx_counts_keep_name(rule, PLX_EXCUSE_RULE_MAX))
        return &endpoint->excuses->other;
    excuse = plx_excuse_counts_new(endpoint, rule);
    if (!excuse || plx_table_add(&endpoint->excuses->rules, rule, excuse) != PLX_OK) {
        if (excuse)
            plx_excuse_counts_free(excuse);
        return &endpoint->excuses->other;
    }
    counts->excuse_count++;
    return excuse;
}

/* ---- what they come to ---- */

typedef void visitor(struct plx_excuse_counts *excuse, void *context);

static void
visit_endpoint(const struct plx_endpoint_counts *endpoint, visitor *visit, void *context)
{
    const struct plx_table_entry *entry;
    size_t at = 0;

    if (!endpoint->excuses)
        return;
    while ((entry = plx_table_next(&endpoint->excuses->rules, &at)))
        visit(entry->value, context);
    if (endpoint->excuses->other.exchanges)
        visit(&endpoint->excuses->other, context);
}

static void
visit_service(const struct plx_service_counts *service, visitor *visit, void *context)
{
    const struct plx_table_entry *entry;
    size_t at = 0;

    while ((entry = plx_table_next(&service->endpoints, &at)))
        visit_endpoint(entry->value, visit, context);
    visit_endpoint(&service->other, visit, context);
}

static void
count_one(struct plx_excuse_counts *excuse, void *context)
{
    (*(uint64_t *)context)++;
}

struct plx_excused
plx_endpoint_counts_excused(const struct plx_endpoint_counts *endpoint)
{
    struct plx_excused excused = {.exchanges = endpoint->exchanges.excused};

    visit_endpoint(endpoint, count_one, &excused.rules);
    return excused;
}

struct names {
    struct plx_table seen;
    bool failed;
};

static void
see(struct plx_excuse_counts *excuse, void *context)
{
    struct names *names = context;

    if (!plx_table_get(&names->seen, excuse->rule) && plx_table_add(&names->seen, excuse->rule, excuse) != PLX_OK)
        names->failed = true;
}

bool
plx_service_counts_excused(const struct plx_service_counts *service, struct plx_excused *excused)
{
    struct plx_exchange_counts sum = {0};
    struct names names = {.failed = false};

    plx_table_init(&names.seen, PLX_LEDGER_EXCUSES_MAX + 1);
    visit_service(service, see, &names);
    plx_service_counts_sum(service, &sum);
    *excused = (struct plx_excused){sum.excused, names.seen.count};
    plx_table_fini(&names.seen, NULL);
    return !names.failed;
}

struct gathered {
    struct plx_excuse_counts **rows;
    size_t count;
};

static void
gather(struct plx_excuse_counts *excuse, void *context)
{
    struct gathered *gathered = context;

    gathered->rows[gathered->count++] = excuse;
}

struct plx_excuse_counts **
plx_service_counts_excuses(const struct plx_service_counts *service, size_t *count)
{
    struct gathered gathered = {NULL, 0};
    uint64_t room = 0;

    *count = 0;
    visit_service(service, count_one, &room);
    gathered.rows = calloc((size_t)room + 1, sizeof(struct plx_excuse_counts *));
    if (gathered.rows)
        visit_service(service, gather, &gathered);
    *count = gathered.count;
    return gathered.rows;
}
