/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hard thing is that every number ends up somewhere and nothing points to what is gone: an endpoint leaves its
 * table before the one that takes it in asks for room, and its fields leave the lists of what is to be stored.
 */
#include "evidence/ledger/endpoint_merge.h"

#include "base/assert.h"
#include "evidence/count/causes.h"
#include "evidence/count/evidence_merge.h"
#include "evidence/count/excuses.h"
#include "evidence/ledger/ledger_state.h"
#include "evidence/ledger/path_folding.h"
#include "evidence/record/record.h"

#include <stdlib.h>

static void
mark(struct plx_list *dirty, struct plx_list *node)
{
    if (plx_list_empty(node))
        plx_list_push_back(dirty, node);
}

/* ---- endpoints ---- */

/* Both are sums already; of a tally's counter only the largest values are known, which is another sum. */
static void
merge_counter(struct plx_counter *into, struct plx_counter *from)
{
    into->rises += from->rises;
    into->falls += from->falls;
    if (from->time_ms > into->time_ms) {
        into->primary = from->primary;
        into->candidate = from->candidate;
        into->time_ms = from->time_ms;
    }
    *from = (struct plx_counter){0};
}

/* The ids of exchanges begin with their time. */
static void
keep_newer_example(const struct plx_field_counts *into, struct plx_field_counts *from)
{
    if (into->example && from->example &&
        memcmp(into->example->exchange, from->example->exchange, PLX_EXCHANGE_ID_BYTES) > 0) {
        free(from->example);
        from->example = NULL;
    }
}

void
plx_field_merge(struct plx_ledger *ledger, struct plx_endpoint_counts *endpoint, struct plx_field_counts *from,
                struct plx_slice name)
{
    struct plx_field_counts *into = &endpoint->other;

    plx_list_remove(&from->dirty);
    if (plx_field_counts_empty(from))
        return;
    if (from != &from->endpoint->other)
        into = plx_counts_field(&ledger->counts, endpoint, from->kind, name);
    merge_counter(&into->counter, &from->counter);
    keep_newer_example(into, from);
    plx_field_counts_merge(into, from);
    plx_field_evidence_merge(into, from);
    mark(&ledger->dirty_fields, &into->dirty);
}

static void
merge_excuse(struct plx_ledger *ledger, struct plx_endpoint_counts *endpoint, struct plx_excuse_counts *from)
{
    struct plx_excuse_counts *into;

    plx_list_remove(&from->dirty);
    if (from->exchanges == 0 || !(into = plx_counts_excuse(&ledger->counts, endpoint, from->rule)))
        return;
    if (into == &endpoint->excuses->other)
        into->exchanges += from->exchanges;
    else
        plx_excuse_counts_merge(into, from);
    mark(&ledger->dirty_excuses, &into->dirty);
}

static void
merge_excuses(struct plx_ledger *ledger, struct plx_endpoint_counts *into, const struct plx_endpoint_counts *from)
{
    const struct plx_table_entry *entry;
    size_t at = 0;

    if (!from->excuses)
        return;
    while ((entry = plx_table_next(&from->excuses->rules, &at)))
        merge_excuse(ledger, into, entry->value);
    merge_excuse(ledger, into, &from->excuses->other);
}

void
plx_endpoint_absorb(struct plx_ledger *ledger, struct plx_endpoint_counts *into, struct plx_endpoint_counts *from)
{
    const struct plx_table_entry *entry;
    size_t at = 0;

    plx_endpoint_counts_merge(into, from);
    plx_endpoint_evidence_merge(into, from);
    while ((entry = plx_table_next(&from->fields, &at))) {
        struct plx_field_counts *field = entry->value;
        plx_field_merge(ledger, into, field, field->name);
    }
    plx_field_merge(ledger, into, &from->other, from->other.name);
    merge_excuses(ledger, into, from);
    mark(&ledger->dirty_endpoints, &into->dirty);
}

void
plx_endpoint_merge(struct plx_ledger *ledger, struct plx_endpoint_counts *from, struct plx_slice name)
{
    plx_counts_take_endpoint(&ledger->counts, from);
    plx_endpoint_absorb(ledger, plx_counts_endpoint(&ledger->counts, from->service, name), from);
    plx_list_remove(&from->dirty);
    plx_endpoint_counts_clear(from);
    plx_list_push_back(&ledger->gone_endpoints, &from->dirty);
}

static void
merge_endpoints(struct plx_ledger *ledger, const struct plx_folding *folding, struct plx_service_counts *service)
{
    struct plx_endpoint_counts **endpoints;
    char buffer[PLX_ENDPOINT_MAX];
    size_t count;

    if (!(endpoints = plx_service_counts_endpoints(service, &count)))
        return;
    for (size_t i = 0; i < count; i++) {
        const struct plx_slice name = plx_folding_endpoint(folding, endpoints[i]->name, buffer);
        if (endpoints[i] != &service->other && name.ptr == buffer)
            plx_endpoint_merge(ledger, endpoints[i], name);
    }
    free(endpoints);
}

/* ---- records ---- */

/* What the cause with this id is to be at the endpoint; the id itself where it is not known. */
static uint64_t
cause_at(const struct plx_service_counts *of, uint64_t id, struct plx_slice endpoint)
{
    const struct plx_cause *cause = plx_table_get(&of->causes, plx_slice_make(&id, sizeof(id)));

    return cause ? plx_cause_at(cause, endpoint).id : id;
}

struct plx_record *
plx_record_fold(const struct plx_folding *folding, const struct plx_service_counts *of, struct plx_record *record)
{
    char buffer[PLX_ENDPOINT_MAX];
    const struct plx_slice endpoint = plx_folding_endpoint(folding, record->endpoint, buffer);
    struct plx_record *moved;

    if (endpoint.ptr != buffer || !(moved = plx_record_moved(record, endpoint, cause_at(of, record->cause, endpoint))))
        return record;
    plx_record_free(record);
    return moved;
}

static void
move_records(struct plx_ledger *ledger, const struct plx_folding *folding, const struct plx_service_counts *service)
{
    for (struct plx_list *node = ledger->records.next, *next; node != &ledger->records; node = next) {
        struct plx_record *record = PLX_CONTAINER(node, struct plx_record, node), *moved;
        struct plx_list *after = node->prev;

        next = node->next;
        if (!plx_record_is_of(record, service->kind, service->name))
            continue;
        size_t bytes = record->bytes;
        plx_list_remove(node);
        moved = plx_record_fold(folding, service, record);
        plx_list_push_front(after, &moved->node);
        ledger->record_bytes += moved->bytes - bytes;
        ledger->records_moved |= moved != record;
    }
}

/* ---- causes ---- */

void
plx_cause_move(struct plx_ledger *ledger, struct plx_cause *from, const struct plx_cause *like)
{
    struct plx_cause *into;

    plx_causes_take(&ledger->counts, from);
    into = plx_causes_find(&ledger->counts, from->service, like);
    plx_cause_merge(into, from);
    mark(&ledger->dirty_causes, &into->dirty);
    plx_list_remove(&from->dirty);
    plx_cause_set_example(from, NULL, 0);
    plx_list_push_back(&ledger->gone_causes, &from->dirty);
}

static void
merge_causes(struct plx_ledger *ledger, const struct plx_folding *folding, struct plx_service_counts *service)
{
    struct plx_cause *causes[PLX_CAUSES_MAX];
    const struct plx_table_entry *entry;
    char buffer[PLX_ENDPOINT_MAX];
    size_t at = 0, count = 0;

    while ((entry = plx_table_next(&service->causes, &at)) && count < PLX_CAUSES_MAX)
        causes[count++] = entry->value;
    for (size_t i = 0; i < count; i++) {
        const struct plx_slice endpoint = plx_folding_endpoint(folding, causes[i]->endpoint, buffer);
        if (endpoint.ptr == buffer) {
            const struct plx_cause like = plx_cause_at(causes[i], endpoint);
            plx_cause_move(ledger, causes[i], &like);
        }
    }
}

/* ---- all of it ---- */

void
plx_endpoints_merge(struct plx_ledger *ledger, const struct plx_folding *folding, struct plx_service_counts *service)
{
    merge_endpoints(ledger, folding, service);
    move_records(ledger, folding, service); /* while the causes' old ids are known */
    merge_causes(ledger, folding, service);
    if (!ledger->store.ops)
        plx_ledger_drop_gone(ledger);
}

void
plx_ledger_drop_gone(struct plx_ledger *ledger)
{
    while (!plx_list_empty(&ledger->gone_endpoints)) {
        struct plx_endpoint_counts *gone =
            PLX_CONTAINER(ledger->gone_endpoints.next, struct plx_endpoint_counts, dirty);

        plx_list_remove(&gone->dirty);
        plx_endpoint_counts_free(gone);
    }
    while (!plx_list_empty(&ledger->gone_causes)) {
        struct plx_cause *gone = PLX_CONTAINER(ledger->gone_causes.next, struct plx_cause, dirty);

        plx_list_remove(&gone->dirty);
        plx_cause_free(gone);
    }
}
