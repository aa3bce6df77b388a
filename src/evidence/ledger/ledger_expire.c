/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/ledger/ledger_expire.h"

#include "base/assert.h"
#include "evidence/ledger/ledger.h"
#include "evidence/ledger/ledger_save.h"
#include "evidence/ledger/ledger_state.h"
#include "evidence/record/cause_example.h"

#include <stdlib.h>

#define LOOK_EVERY_MS UINT64_C(3600000)

struct expiry {
    struct plx_ledger *ledger;
    uint64_t now_ms;
    bool any;
};

static bool
is_expired(const struct expiry *e, const char *exchange)
{
    return plx_ledger_is_expired(e->ledger, plx_exchange_id_time(exchange), e->now_ms);
}

static void
mark(struct expiry *e, struct plx_list *dirty, struct plx_list *node)
{
    e->any = true;
    if (plx_list_empty(node))
        plx_list_push_back(dirty, node);
}

static void
expire_field(struct expiry *e, struct plx_field_counts *field)
{
    if (!field->example || !is_expired(e, field->example->exchange))
        return;
    free(field->example);
    field->example = NULL;
    mark(e, &e->ledger->dirty_fields, &field->dirty);
}

static void
expire_excuse(struct expiry *e, struct plx_excuse_counts *excuse)
{
    if (!excuse->example || !is_expired(e, excuse->example->exchange))
        return;
    free(excuse->example);
    excuse->example = NULL;
    mark(e, &e->ledger->dirty_excuses, &excuse->dirty);
}

static void
expire_endpoint(struct expiry *e, struct plx_endpoint_counts *endpoint)
{
    const struct plx_table_entry *entry;
    size_t at = 0;

    while ((entry = plx_table_next(&endpoint->fields, &at)))
        expire_field(e, entry->value);
    expire_field(e, &endpoint->other);
    for (at = 0; endpoint->excuses && (entry = plx_table_next(&endpoint->excuses->rules, &at));)
        expire_excuse(e, entry->value);
}

static void
expire_cause(struct expiry *e, struct plx_cause *cause)
{
    if (!cause->example || !is_expired(e, cause->example->exchange))
        return;
    plx_cause_set_example(cause, NULL, 0);
    mark(e, &e->ledger->dirty_causes, &cause->dirty);
}

static void
expire_service(struct expiry *e, struct plx_service_counts *service)
{
    const struct plx_table_entry *entry;
    size_t at = 0;

    while ((entry = plx_table_next(&service->endpoints, &at)))
        expire_endpoint(e, entry->value);
    expire_endpoint(e, &service->other);
    for (at = 0; (entry = plx_table_next(&service->causes, &at));)
        expire_cause(e, entry->value);
}

/* The last run stays, without its rows: it says what the reconciliation came to. */
static void
expire_reconciliation(struct expiry *e, struct plx_reconciliation_entry *entry)
{
    bool any = false, shown = false;

    for (int i = 0; entry->last && i < PLX_EXAMPLE_KINDS; i++)
        shown |= entry->last->example_count[i] > 0;
    if (shown && plx_ledger_is_expired(e->ledger, entry->last->started_ms, e->now_ms)) {
        struct plx_reconciliation *bare = plx_reconciliation_copy(entry->last, false);
        if (bare) {
            free(entry->last);
            entry->last = bare;
            any = true;
        }
    }
    while (entry->history_count > 1 &&
           plx_ledger_is_expired(e->ledger, entry->history[entry->history_count - 1]->started_ms, e->now_ms)) {
        free(entry->history[--entry->history_count]);
        any = true;
    }
    if (any)
        mark(e, &e->ledger->dirty_reconciliations, &entry->dirty);
}

static void
expire_examples(struct expiry *e)
{
    struct plx_ledger *ledger = e->ledger;
    const struct plx_table_entry *entry;

    for (unsigned kind = 0; kind < PLX_SUBJECT_KINDS; kind++) {
        struct plx_kind_counts *counts = &ledger->counts.kinds[kind];
        for (size_t at = 0; (entry = plx_table_next(&counts->services, &at));)
            expire_service(e, entry->value);
        expire_service(e, &counts->other);
    }
    for (size_t i = 0; i < ledger->reconciliations.count; i++)
        expire_reconciliation(e, ledger->reconciliations.entries[i]);
}

void
plx_ledger_expire(struct plx_ledger *ledger, uint64_t now_ms)
{
    struct expiry e = {ledger, now_ms, plx_ledger_expire_records(ledger, now_ms)};

    if (!ledger->expired_ms || now_ms < ledger->expired_ms || now_ms - ledger->expired_ms >= LOOK_EVERY_MS) {
        expire_examples(&e);
        ledger->expired_ms = now_ms;
    }
    if (e.any && ledger->store.ops)
        plx_ledger_save(ledger);
}
