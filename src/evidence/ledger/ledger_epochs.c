/* SPDX-License-Identifier: Apache-2.0 */
/* Epochs in the ledger. A candidate that is another one is judged for itself: nothing of its predecessor is left but
 * its report, and the health of the other roles. */
#include "evidence/ledger/ledger_epochs.h"

#include "base/clock.h"
#include "evidence/ledger/ledger.h"
#include "evidence/ledger/ledger_save.h"
#include "evidence/ledger/ledger_state.h"

static void
mark(struct plx_list *dirty, struct plx_list *node)
{
    if (plx_list_empty(node))
        plx_list_push_back(dirty, node);
}

/* Into the store, now. */
static void
save(struct plx_ledger *ledger, struct plx_service_counts *service)
{
    mark(&ledger->dirty_services, &service->dirty);
    if (ledger->store.ops)
        ledger->behind = true; /* for plx_ledger_catch_up() */
    plx_ledger_catch_up(ledger);
}

static void
start(struct plx_ledger *ledger, struct plx_service_counts *service, const struct plx_epoch *next)
{
    service->epochs->present = *next;
    service->epochs->next_version[0] = '\0';
    service->epochs->unsaved = true;
    plx_service_counts_restart(&ledger->counts, service, 1u << PLX_CANDIDATE);
    save(ledger, service);
}

enum plx_status
plx_ledger_begin_epoch(struct plx_ledger *ledger, struct plx_service_counts *service, const struct plx_epoch *next,
                       struct plx_slice report)
{
    struct plx_epochs *epochs = plx_service_counts_epochs(service, next->began_ms);

    if (!epochs)
        return PLX_E_MEMORY;
    epochs->present.ended_ms = next->began_ms;
    if (!plx_epochs_keep(epochs, &epochs->present, report)) {
        epochs->present.ended_ms = 0;
        return PLX_E_MEMORY;
    }
    start(ledger, service, next);
    return PLX_OK;
}

enum plx_status
plx_ledger_replace_epoch(struct plx_ledger *ledger, struct plx_service_counts *service, const struct plx_epoch *next)
{
    if (!plx_service_counts_epochs(service, next->began_ms))
        return PLX_E_MEMORY;
    start(ledger, service, next);
    return PLX_OK;
}

const struct plx_epoch *
plx_ledger_epoch(const struct plx_ledger *ledger, struct plx_slice service)
{
    const struct plx_service_counts *counts = plx_counts_find_service(&ledger->counts, PLX_SUBJECT_SERVICE, service);

    return counts && counts->epochs ? &counts->epochs->present : NULL;
}

enum plx_status
plx_ledger_note_epoch(struct plx_ledger *ledger, struct plx_slice service, const char *candidate, uint64_t rules)
{
    struct plx_service_counts *counts = plx_counts_service(&ledger->counts, PLX_SUBJECT_SERVICE, service);
    struct plx_epochs *epochs = NULL;

    if (!plx_slice_equal(counts->name, service))
        return PLX_E_LIMIT;
    epochs = plx_service_counts_epochs(counts, plx_wall_ms());
    if (!epochs)
        return PLX_E_MEMORY;
    plx_epoch_note_service(&epochs->present, *epochs->present.candidate ? NULL : candidate,
                           epochs->present.rules ? epochs->present.rules : rules);
    epochs->unsaved = true;
    mark(&ledger->dirty_services, &counts->dirty);
    return PLX_OK;
}

/* ---- one endpoint ---- */

static void
mark_endpoint(struct plx_ledger *ledger, struct plx_endpoint_counts *endpoint)
{
    const struct plx_table_entry *entry;
    size_t at = 0;

    if (plx_endpoint_counts_empty(endpoint))
        return;
    mark(&ledger->dirty_endpoints, &endpoint->dirty);
    while ((entry = plx_table_next(&endpoint->fields, &at)))
        mark(&ledger->dirty_fields, &((struct plx_field_counts *)entry->value)->dirty);
    if (!plx_field_counts_empty(&endpoint->other))
        mark(&ledger->dirty_fields, &endpoint->other.dirty);
}

/* The store drops all rows of the service: those that still hold are written again. */
static void
mark_all(struct plx_ledger *ledger, struct plx_service_counts *service)
{
    const struct plx_table_entry *entry;
    size_t at = 0;

    while ((entry = plx_table_next(&service->endpoints, &at)))
        mark_endpoint(ledger, entry->value);
    mark_endpoint(ledger, &service->other);
    for (at = 0; (entry = plx_table_next(&service->causes, &at));)
        if (((struct plx_cause *)entry->value)->count)
            mark(&ledger->dirty_causes, &((struct plx_cause *)entry->value)->dirty);
    if (service->other_cause.count)
        mark(&ledger->dirty_causes, &service->other_cause.dirty);
}

bool
plx_ledger_forget_endpoint(struct plx_ledger *ledger, struct plx_service_counts *service, struct plx_slice endpoint)
{
    struct plx_endpoint_counts *found = plx_table_get(&service->endpoints, endpoint);

    if (!found && plx_slice_equal(endpoint, service->other.name))
        found = &service->other;
    if (!found || plx_endpoint_counts_empty(found))
        return false;
    plx_service_counts_forget_endpoint(&ledger->counts, found);
    mark_all(ledger, service);
    save(ledger, service);
    return true;
}
