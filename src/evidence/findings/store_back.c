/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/findings/store_back.h"

#include "base/assert.h"
#include "evidence/count/causes.h"
#include "evidence/count/epochs.h"
#include "evidence/count/evidence_merge.h"
#include "evidence/findings/epochs_report.h"
#include "evidence/ledger/endpoint_merge.h"
#include "evidence/ledger/ledger.h"
#include "evidence/ledger/ledger_epochs.h"
#include "evidence/ledger/ledger_life.h"
#include "evidence/ledger/ledger_state.h"
#include "evidence/ledger/path_folding.h"
#include "evidence/record/record.h"

#include <stdlib.h>

/* ---- epochs ---- */

static const struct plx_epoch *
first_epoch(const struct plx_epochs *epochs)
{
    return plx_list_empty(&epochs->earlier) ? &epochs->present
                                            : PLX_CONTAINER(epochs->earlier.next, struct plx_epoch, node);
}

/* Whether what was counted since is of the epoch that the store was in. */
static bool
is_same_epoch(const struct plx_epochs *now, const struct plx_epochs *old)
{
    const struct plx_epoch *present = &now->present, *before = &old->present;

    return now->count == 0 && present->why == PLX_EPOCH_FIRST && !plx_epoch_is_of_another(before, present->candidate) &&
           (!*present->version || !*before->version || strcmp(present->version, before->version) == 0) &&
           (!present->rules || !before->rules || present->rules == before->rules);
}

/* The store's epoch ends, and its counts with it. False: there is no memory for that; they are one then. */
static bool
end_epoch(struct plx_ledger *old, struct plx_service_counts *from, uint64_t ended_ms)
{
    const struct plx_subject subject = plx_subject_named(from->kind, from->name);
    const struct plx_epoch next = {.why = PLX_EPOCH_FIRST};
    uint32_t kept = from->epochs->count;

    if (plx_findings_begin_epoch(old, &subject, &next) != PLX_OK)
        return false;
    if (from->epochs->count > kept) {
        struct plx_epoch *ended = PLX_CONTAINER(from->epochs->earlier.prev, struct plx_epoch, node);
        ended->ended_ms = ended_ms > ended->began_ms ? ended_ms : ended->began_ms;
    }
    return true;
}

/* The earlier epochs of the store come before those of the process; the oldest stay behind where there are too many. */
static void
join_epochs(struct plx_epochs *into, struct plx_epochs *from, bool same)
{
    const struct plx_epoch since = into->present;

    while (!plx_list_empty(&from->earlier) && into->count < PLX_EPOCHS_MAX) {
        struct plx_list *node = from->earlier.prev;
        plx_list_remove(node);
        plx_list_push_front(&into->earlier, node);
        into->count++;
    }
    if (!into->dropped_ms)
        into->dropped_ms = plx_list_empty(&from->earlier)
                               ? from->dropped_ms
                               : PLX_CONTAINER(from->earlier.prev, struct plx_epoch, node)->began_ms;
    into->unsaved = true;
    if (!same)
        return;
    into->present = from->present;
    if (!*into->present.version)
        memcpy(into->present.version, since.version, sizeof(since.version));
    plx_epoch_note_service(&into->present, *into->present.candidate ? NULL : since.candidate,
                           into->present.rules ? into->present.rules : since.rules);
}

/* ---- one service ---- */

static void
join_counts(struct plx_ledger *ledger, struct plx_service_counts *into, struct plx_service_counts *from)
{
    const struct plx_table_entry *entry;
    size_t at = 0;

    while ((entry = plx_table_next(&from->endpoints, &at))) {
        struct plx_endpoint_counts *endpoint = entry->value;
        plx_endpoint_absorb(ledger, plx_counts_stored_endpoint(&ledger->counts, into, endpoint->name), endpoint);
    }
    plx_endpoint_absorb(ledger, &into->other, &from->other);
    plx_service_evidence_merge(into, from);
    for (at = 0; (entry = plx_table_next(&from->causes, &at));) {
        struct plx_cause *cause = entry->value;
        plx_cause_merge(plx_causes_find(&ledger->counts, into, cause), cause);
    }
    plx_cause_merge(&into->other_cause, &from->other_cause);
    into->records_dropped += from->records_dropped;
    into->runs += from->runs;
}

static void
join_service(struct plx_ledger *ledger, struct plx_ledger *old, struct plx_service_counts *into,
             struct plx_service_counts *from)
{
    if (into->epochs && from->epochs) {
        bool same =
            is_same_epoch(into->epochs, from->epochs) || !end_epoch(old, from, first_epoch(into->epochs)->began_ms);
        join_epochs(into->epochs, from->epochs, same);
    } else if (from->epochs) {
        into->epochs = from->epochs;
        into->epochs->unsaved = true;
        from->epochs = NULL;
    }
    join_counts(ledger, into, from);
    into->restarted = true; /* all rows that the store has of it are replaced */
}

/* ---- the rest ---- */

/* The store's come first, with the numbers that they have there. */
static void
join_records(struct plx_ledger *ledger, struct plx_ledger *old)
{
    for (struct plx_list *node = ledger->records.next; node != &ledger->records; node = node->next)
        PLX_CONTAINER(node, struct plx_record, node)->sequence += old->sequence;
    ledger->sequence += old->sequence;
    ledger->evicted = ledger->evicted ? ledger->evicted + old->sequence : old->evicted;
    while (!plx_list_empty(&old->records)) {
        struct plx_list *node = old->records.prev;
        plx_list_remove(node);
        plx_list_push_front(&ledger->records, node);
        ledger->record_bytes += PLX_CONTAINER(node, struct plx_record, node)->bytes;
        ledger->record_count++;
    }
    old->record_count = old->record_bytes = 0;
    const uint64_t evicted = ledger->evicted;
    while (ledger->record_count > PLX_RECORDS_MAX || ledger->record_bytes > PLX_RECORDS_BYTES_MAX ||
           (ledger->record_count && evicted >= PLX_CONTAINER(ledger->records.next, struct plx_record, node)->sequence))
        plx_ledger_evict_oldest(ledger);
    ledger->evicted = ledger->evicted > evicted ? ledger->evicted : evicted;
}

static void
join_folding(struct plx_ledger *ledger, const struct plx_folding *from)
{
    struct plx_folding *into = plx_ledger_folding_entry(ledger, plx_slice_of(from->name));
    struct plx_path_folds *folds = into && from->folds ? plx_path_folds_new() : NULL;

    if (!folds)
        return;
    for (int i = 0; i < 2; i++) {
        const struct plx_path_folds *some = i ? into->folds : from->folds;
        for (size_t k = 0; k < plx_path_folds_count(some); k++)
            if (plx_path_folds_add(folds, plx_path_folds_at(some, k)) != PLX_OK)
                break; /* what has no room is not folded */
    }
    plx_path_folds_unref(into->folds);
    into->folds = folds;
    into->stale = true;
    ledger->folds_version++;
    struct plx_service_counts *service =
        plx_counts_find_service(&ledger->counts, PLX_SUBJECT_SERVICE, plx_slice_of(from->name));
    if (service && into->on)
        plx_endpoints_merge(ledger, into, service);
}

static void
add_totals(struct plx_reconciliation_totals *into, const struct plx_reconciliation_totals *from)
{
    for (int i = 0; i < PLX_RECONCILIATION_OUTCOMES; i++)
        into->runs[i] = from->runs[i] > INT64_MAX - into->runs[i] ? INT64_MAX : into->runs[i] + from->runs[i];
    for (int i = 0; i < PLX_RECONCILIATION_COUNTS; i++)
        into->counts[i] = from->counts[i] > INT64_MAX - into->counts[i] ? INT64_MAX : into->counts[i] + from->counts[i];
}

static void
join_reconciliation(struct plx_ledger *ledger, struct plx_reconciliation_entry *from)
{
    enum plx_status status;
    struct plx_reconciliation_entry *into =
        plx_reconciliations_entry(&ledger->reconciliations, plx_slice_of(from->name), &status);

    if (!into || from->dropped)
        return;
    if (!into->last) {
        into->last = from->last;
        from->last = NULL;
    }
    for (size_t i = 0; i < from->history_count && into->history_count < PLX_RECONCILIATION_HISTORY_MAX; i++) {
        into->history[into->history_count++] = from->history[i];
        from->history[i] = NULL;
    }
    from->history_count = 0;
    add_totals(&into->totals, &from->totals);
    into->dropped = false;
}

static void
join(struct plx_ledger *ledger, struct plx_ledger *old)
{
    const struct plx_table_entry *entry;
    size_t at = 0;

    join_records(ledger, old);
    for (unsigned kind = 0; kind < PLX_SUBJECT_KINDS; kind++) {
        struct plx_kind_counts *counts = &old->counts.kinds[kind];
        for (at = 0; (entry = plx_table_next(&counts->services, &at));) {
            struct plx_service_counts *from = entry->value;
            join_service(ledger, old, plx_counts_service(&ledger->counts, from->kind, from->name), from);
        }
        join_service(ledger, old, &ledger->counts.kinds[kind].other, &counts->other);
    }
    for (at = 0; (entry = plx_table_next(&old->folding, &at));)
        join_folding(ledger, entry->value);
    for (size_t i = 0; i < old->reconciliations.count; i++)
        join_reconciliation(ledger, old->reconciliations.entries[i]);
}

bool
plx_findings_take_back(struct plx_ledger *ledger)
{
    struct plx_ledger *old = calloc(1, sizeof(*old));
    bool ok = false;

    if (!old)
        return false;
    plx_ledger_init(old, (struct plx_store){NULL, NULL});
    old->confidence = ledger->confidence;
    old->detect = ledger->detect;
    old->allow = ledger->allow;
    ok = ledger->store.ops->load_back(ledger->store.context, old);
    if (ok)
        join(ledger, old);
    plx_ledger_fini(old);
    free(old);
    return ok;
}
