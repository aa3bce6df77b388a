/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/ledger/ledger_save.h"

#include "base/assert.h"
#include "evidence/count/epochs.h"
#include "evidence/count/evidence.h"
#include "evidence/count/excuses.h"
#include "evidence/ledger/endpoint_merge.h"
#include "evidence/ledger/ledger_state.h"
#include "evidence/ledger/path_folding.h"
#include "evidence/record/record.h"

#include <stdio.h>

/* ---- all of it is to be written ---- */

static void
mark(struct plx_list *dirty, struct plx_list *node)
{
    if (plx_list_empty(node))
        plx_list_push_back(dirty, node);
}

static void
mark_endpoint(struct plx_ledger *ledger, struct plx_endpoint_counts *endpoint)
{
    const struct plx_table_entry *entry;
    size_t at = 0;

    mark(&ledger->dirty_endpoints, &endpoint->dirty);
    while ((entry = plx_table_next(&endpoint->fields, &at)))
        mark(&ledger->dirty_fields, &((struct plx_field_counts *)entry->value)->dirty);
    if (!plx_field_counts_empty(&endpoint->other))
        mark(&ledger->dirty_fields, &endpoint->other.dirty);
    if (!endpoint->excuses)
        return;
    for (at = 0; (entry = plx_table_next(&endpoint->excuses->rules, &at));)
        mark(&ledger->dirty_excuses, &((struct plx_excuse_counts *)entry->value)->dirty);
    if (endpoint->excuses->other.exchanges)
        mark(&ledger->dirty_excuses, &endpoint->excuses->other.dirty);
}

void
plx_ledger_mark_service(struct plx_ledger *ledger, struct plx_service_counts *service)
{
    const struct plx_table_entry *entry;
    size_t at = 0;

    mark(&ledger->dirty_services, &service->dirty);
    if (service->evidence)
        plx_service_evidence_set_unsaved(service->evidence, true);
    if (service->epochs)
        service->epochs->unsaved = true;
    while ((entry = plx_table_next(&service->endpoints, &at)))
        mark_endpoint(ledger, entry->value);
    if (!plx_endpoint_counts_empty(&service->other))
        mark_endpoint(ledger, &service->other);
    for (at = 0; (entry = plx_table_next(&service->causes, &at));)
        mark(&ledger->dirty_causes, &((struct plx_cause *)entry->value)->dirty);
    if (service->other_cause.count)
        mark(&ledger->dirty_causes, &service->other_cause.dirty);
}

/* The records follow from the sequence of the newest one that the store has. */
static void
mark_all(struct plx_ledger *ledger)
{
    const struct plx_table_entry *entry;
    size_t at = 0;

    for (unsigned kind = 0; kind < PLX_SUBJECT_KINDS; kind++) {
        struct plx_kind_counts *counts = &ledger->counts.kinds[kind];

        for (at = 0; (entry = plx_table_next(&counts->services, &at));)
            plx_ledger_mark_service(ledger, entry->value);
        plx_ledger_mark_service(ledger, &counts->other);
    }
    for (at = 0; (entry = plx_table_next(&ledger->folding, &at));)
        mark(&ledger->dirty_folding, &((struct plx_folding *)entry->value)->dirty);
    for (size_t i = 0; i < ledger->reconciliations.count; i++)
        mark(&ledger->dirty_reconciliations, &ledger->reconciliations.entries[i]->dirty);
}

/* ---- one save ---- */

/* The store has them as they are. */
static void
services_are_saved(struct plx_ledger *ledger)
{
    for (struct plx_list *node = ledger->dirty_services.next; node != &ledger->dirty_services; node = node->next) {
        struct plx_service_counts *service = PLX_CONTAINER(node, struct plx_service_counts, dirty);

        service->restarted = false;
        if (service->evidence)
            plx_service_evidence_set_unsaved(service->evidence, false);
        if (service->epochs)
            service->epochs->unsaved = false;
    }
}

static void
forget(struct plx_list *dirty)
{
    while (!plx_list_empty(dirty))
        plx_list_remove(dirty->next);
}

static void
all_is_saved(struct plx_ledger *ledger)
{
    services_are_saved(ledger);
    forget(&ledger->dirty_services);
    forget(&ledger->dirty_endpoints);
    forget(&ledger->dirty_fields);
    forget(&ledger->dirty_causes);
    forget(&ledger->dirty_excuses);
    forget(&ledger->dirty_reconciliations);
    forget(&ledger->dirty_folding);
    plx_ledger_drop_gone(ledger);
    for (struct plx_list *node = ledger->records.next; ledger->records_moved && node != &ledger->records;
         node = node->next)
        PLX_CONTAINER(node, struct plx_record, node)->moved = false;
    ledger->records_moved = false;
}

void
plx_ledger_save_stages(struct plx_ledger *ledger)
{
    ledger->stages_behind = !ledger->store.ops->save_stages(ledger->store.context, ledger);
    if (!ledger->stages_behind)
        forget(&ledger->dirty_stages);
}

/* Whether there is a store to save into. */
static bool
look(struct plx_ledger *ledger)
{
    enum plx_store_presence presence = ledger->store.ops->look(ledger->store.context, ledger->take_back != NULL);

    if (presence == PLX_STORE_THERE)
        return true;
    ledger->behind = true;
    plx_ledger_drop_gone(ledger); /* a new store has nothing to forget */
    if (presence == PLX_STORE_NOWHERE || (presence == PLX_STORE_BACK && !ledger->take_back(ledger)))
        return false;
    mark_all(ledger);
    if (presence == PLX_STORE_NEW ? ledger->stages.count > 0 : ledger->stages_behind)
        plx_ledger_save_stages(ledger); /* who took the one may have taken the other */
    return true;
}

void
plx_ledger_save(struct plx_ledger *ledger)
{
    ledger->behind = !look(ledger) || !ledger->store.ops->save(ledger->store.context, ledger);
    if (ledger->behind)
        ledger->store_failures++;
    else
        all_is_saved(ledger);
}

bool
plx_ledger_is_behind(const struct plx_ledger *ledger)
{
    return ledger->behind || ledger->stages_behind;
}

bool
plx_ledger_catch_up(struct plx_ledger *ledger)
{
    if (ledger->stages_behind)
        plx_ledger_save_stages(ledger);
    if (ledger->behind)
        plx_ledger_save(ledger);
    return !plx_ledger_is_behind(ledger);
}

void
plx_ledger_look_after_store(struct plx_ledger *ledger)
{
    if (!ledger->store.ops)
        return;
    if (!ledger->behind)
        (void)look(ledger);
    (void)plx_ledger_catch_up(ledger);
}

bool
plx_ledger_store_trouble(const struct plx_ledger *ledger, enum plx_store_part part, char *text, size_t size)
{
    return ledger->store.ops && ledger->store.ops->trouble(ledger->store.context, part, text, size);
}

bool
plx_ledger_has_store(const struct plx_ledger *ledger)
{
    return ledger->store.ops != NULL;
}

/* ---- copied ---- */

bool
plx_ledger_backup_begin(struct plx_ledger *ledger, uint64_t *id, char *error, size_t size)
{
    if (!ledger->store.ops) {
        snprintf(error, size, "there is no store to copy: all is in memory alone (`store: none`)");
        return false;
    }
    (void)plx_ledger_catch_up(ledger);
    return ledger->store.ops->backup_begin(ledger->store.context, id, error, size);
}

enum plx_status
plx_ledger_backup_read(struct plx_ledger *ledger, uint64_t id, uint64_t offset, struct plx_buffer *out)
{
    return ledger->store.ops ? ledger->store.ops->backup_read(ledger->store.context, id, offset, out) : PLX_E_NOT_FOUND;
}

enum plx_status
plx_ledger_backup_stages(struct plx_ledger *ledger, uint64_t id, struct plx_buffer *out)
{
    return ledger->store.ops ? ledger->store.ops->backup_stages(ledger->store.context, ledger, id, out)
                             : PLX_E_NOT_FOUND;
}
