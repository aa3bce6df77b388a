/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ledger: what all tallies add up to, the last mismatches whole, and what the store still lacks. One thread owns
 * it. Nothing read here depends on the services of a configuration: their names are kept, never their pointers, since a
 * reload frees those.
 */
#include "evidence/ledger/ledger.h"

#include "base/assert.h"
#include "evidence/count/cause_id.h"
#include "evidence/count/causes.h"
#include "evidence/count/epochs.h"
#include "evidence/count/evidence.h"
#include "evidence/count/excuses.h"
#include "evidence/count/versions.h"
#include "evidence/ledger/endpoint_merge.h"
#include "evidence/ledger/endpoint_places.h"
#include "evidence/ledger/ledger_life.h"
#include "evidence/ledger/ledger_save.h"
#include "evidence/ledger/ledger_state.h"
#include "evidence/ledger/path_folding.h"
#include "evidence/ledger/path_names.h"
#include "evidence/record/record.h"
#include "log/log.h"

#include <stdlib.h>

struct plx_ledger *
plx_ledger_open(const struct plx_ledger_options *options, struct plx_store store)
{
    struct plx_ledger *ledger = calloc(1, sizeof(*ledger));

    if (!ledger) {
        if (store.ops)
            store.ops->close(store.context);
        return NULL;
    }
    plx_ledger_init(ledger, store);
    plx_ledger_set_options(ledger, options);
    if (store.ops && !store.ops->load(store.context, ledger)) {
        plx_ledger_fini(ledger);
        plx_ledger_init(ledger, store);
        plx_ledger_set_options(ledger, options);
        (void)store.ops->load(store.context, ledger);
    }
    return ledger;
}

void
plx_ledger_close(struct plx_ledger *ledger)
{
    if (!ledger)
        return;
    if (!plx_ledger_catch_up(ledger))
        plx_log(
            PLX_LOG_ERROR, "counts_lost",
            PLX_TEXT("what", "the store can still not be written: it keeps what it had when writing began to fail"));
    if (ledger->store.ops)
        ledger->store.ops->close(ledger->store.context);
    plx_ledger_fini(ledger);
    free(ledger);
}

void
plx_ledger_set_options(struct plx_ledger *ledger, const struct plx_ledger_options *options)
{
    ledger->confidence = options->confidence;
    ledger->detect = options->detect;
    ledger->allow = options->allow;
    ledger->take_back = options->take_back;
    ledger->retention_ms = options->retention_ms ? options->retention_ms : PLX_RETENTION_DEFAULT_MS;
    ledger->expired_ms = 0;
}

struct plx_evidence_options
plx_ledger_evidence_options(const struct plx_ledger *ledger)
{
    return (struct plx_evidence_options){ledger->confidence,
                                         plx_bound_quiet_needed(ledger->detect, ledger->confidence)};
}

/* ---- folding ---- */

static void
mark(struct plx_list *dirty, struct plx_list *node)
{
    if (plx_list_empty(node))
        plx_list_push_back(dirty, node);
}

void
plx_ledger_keep(struct plx_ledger *ledger, struct plx_record *record)
{
    plx_list_push_back(&ledger->records, &record->node);
    ledger->record_count++;
    ledger->record_bytes += record->bytes;
    while (ledger->record_count > PLX_RECORDS_MAX || ledger->record_bytes > PLX_RECORDS_BYTES_MAX)
        plx_ledger_evict_oldest(ledger);
}

bool
plx_ledger_is_expired(const struct plx_ledger *ledger, uint64_t time_ms, uint64_t now_ms)
{
    return time_ms < now_ms && now_ms - time_ms > ledger->retention_ms;
}

static uint64_t
oldest_ms(const struct plx_ledger *ledger)
{
    return plx_exchange_id_time(PLX_CONTAINER(ledger->records.next, struct plx_record, node)->id);
}

bool
plx_ledger_expire_records(struct plx_ledger *ledger, uint64_t now_ms)
{
    uint64_t evicted = ledger->evicted;

    while (!plx_list_empty(&ledger->records) && plx_ledger_is_expired(ledger, oldest_ms(ledger), now_ms))
        plx_ledger_evict_oldest(ledger);
    return ledger->evicted != evicted;
}

static void
fold_field(struct plx_ledger *ledger, struct plx_evidence_fold *fold, struct plx_endpoint_counts *endpoint,
           struct plx_field_counts *from)
{
    struct plx_field_counts *into = &endpoint->other;

    if (plx_field_counts_empty(from))
        return;
    if (from != &from->endpoint->other)
        into = plx_counts_field(&ledger->counts, endpoint, from->kind, from->name);
    plx_field_counts_merge(into, from);
    plx_evidence_fold_field(fold, into, from, &from->endpoint->pairs);
    mark(&ledger->dirty_fields, &into->dirty);
}

static void
fold_excuse(struct plx_ledger *ledger, struct plx_endpoint_counts *endpoint, struct plx_excuse_counts *from)
{
    struct plx_excuse_counts *into;

    if (from->exchanges == 0 || !(into = plx_counts_excuse(&ledger->counts, endpoint, from->rule)))
        return;
    if (into == &endpoint->excuses->other)
        into->exchanges += from->exchanges;
    else
        plx_excuse_counts_merge(into, from);
    mark(&ledger->dirty_excuses, &into->dirty);
}

static void
fold_excuses(struct plx_ledger *ledger, struct plx_endpoint_counts *endpoint, struct plx_endpoint_excuses *from)
{
    const struct plx_table_entry *entry;
    size_t at = 0;

    while ((entry = plx_table_next(&from->rules, &at)))
        fold_excuse(ledger, endpoint, entry->value);
    fold_excuse(ledger, endpoint, &from->other);
}

static void
fold_endpoint(struct plx_ledger *ledger, struct plx_evidence_fold *fold, struct plx_service_counts *service,
              struct plx_endpoint_counts *from)
{
    struct plx_endpoint_counts *into = &service->other;
    const struct plx_table_entry *entry;
    size_t at = 0;

    if (plx_endpoint_counts_empty(from))
        return;
    if (from != &from->service->other)
        into = plx_endpoint_place(ledger, service, from);
    plx_evidence_fold_endpoint(fold, into, from);
    plx_endpoint_counts_merge(into, from);
    mark(&ledger->dirty_endpoints, &into->dirty);
    while ((entry = plx_table_next(&from->fields, &at)))
        fold_field(ledger, fold, into, entry->value);
    fold_field(ledger, fold, into, &from->other);
    if (from->excuses)
        fold_excuses(ledger, into, from->excuses);
}

static void
fold_cause(struct plx_ledger *ledger, struct plx_service_counts *service, struct plx_cause *from)
{
    const struct plx_folding *folding = plx_ledger_folding(ledger, service->kind, service->name);
    char buffer[PLX_ENDPOINT_MAX];
    struct plx_cause like = *from, *into;

    if (from->count == 0)
        return;
    const struct plx_slice endpoint = plx_folding_endpoint(folding, from->endpoint, buffer);
    if (endpoint.ptr == buffer)
        like = plx_cause_at(from, endpoint);
    into = plx_causes_find(&ledger->counts, service, &like);
    plx_cause_merge(into, from);
    mark(&ledger->dirty_causes, &into->dirty);
}

static void
see_versions(struct plx_ledger *ledger, struct plx_service_counts *into, const struct plx_versions *versions)
{
    if (!into->epochs || !versions)
        return;
    plx_versions_see(versions, into->epochs);
    ledger->versions_changed |= *into->epochs->next_version;
}

static void
fold_service(struct plx_ledger *ledger, struct plx_service_counts *into, struct plx_service_counts *from,
             uint64_t time_ms)
{
    const struct plx_evidence_options options = plx_ledger_evidence_options(ledger);
    const struct plx_table_entry *entry;
    struct plx_evidence_fold fold;
    size_t at = 0;

    plx_endpoint_places_make(ledger, into, from);
    plx_evidence_fold_begin(&fold, into, time_ms, from, &options);

    while ((entry = plx_table_next(&from->endpoints, &at)))
        fold_endpoint(ledger, &fold, into, entry->value);
    fold_endpoint(ledger, &fold, into, &from->other);
    plx_evidence_fold_end(&fold);
    if (fold.sum.paired + fold.sum.unpaired > 0)
        plx_rate_add(&into->rate, fold.sum.paired + fold.sum.unpaired, time_ms);
    for (at = 0; (entry = plx_table_next(&from->causes, &at));)
        fold_cause(ledger, into, entry->value);
    fold_cause(ledger, into, &from->other_cause);
    for (size_t i = 0; i < PLX_ROLES; i++)
        plx_role_health_merge(&into->health[i], &from->health[i]);
    into->records_dropped += from->records_dropped;
    into->runs += from->runs;
    (void)plx_service_counts_epochs(into, time_ms);
    see_versions(ledger, into, from->versions);
    if (!into->epochs || into->epochs->unsaved || fold.sum.paired || fold.sum.unpaired || from->records_dropped ||
        from->runs)
        mark(&ledger->dirty_services, &into->dirty);
}

static struct plx_record *
fold_names_of(const struct plx_ledger *ledger, const struct plx_tally *tally, struct plx_record *record)
{
    const struct plx_service_counts *of = plx_counts_find_service(&tally->counts, record->kind, record->service);
    const struct plx_folding *folding = plx_ledger_folding(ledger, record->kind, record->service);

    return of && folding ? plx_record_fold(folding, of, record) : record;
}

static void
fold_records(struct plx_ledger *ledger, struct plx_tally *tally)
{
    while (!plx_list_empty(&tally->records)) {
        struct plx_record *record = PLX_CONTAINER(tally->records.next, struct plx_record, node);

        plx_list_remove(&record->node);
        record = fold_names_of(ledger, tally, record);
        record->sequence = ++ledger->sequence;
        plx_ledger_keep(ledger, record);
    }
}

/* A recheck ends long after its mismatch, whose cause is known by then, or among the others. */
static void
fold_rechecks(struct plx_ledger *ledger, const struct plx_tally *tally)
{
    for (const struct plx_list *node = tally->rechecks.next; node != &tally->rechecks; node = node->next) {
        const struct plx_recheck_note *note = PLX_CONTAINER(node, struct plx_recheck_note, node);
        const struct plx_slice name = plx_recheck_note_name(note);
        const struct plx_folding *folding = plx_ledger_folding(ledger, note->kind, name);
        struct plx_service_counts *service = plx_counts_service(&ledger->counts, note->kind, name);
        char buffer[PLX_ENDPOINT_MAX];
        const struct plx_slice endpoint = plx_folding_endpoint(folding, plx_recheck_note_endpoint(note), buffer);
        struct plx_cause *cause = plx_causes_known(service, plx_cause_id_of(endpoint, note->fields));

        plx_recheck_counts_add(&cause->rechecks, &note->counts);
        mark(&ledger->dirty_causes, &cause->dirty);
    }
}

static void
fold_kind(struct plx_ledger *ledger, enum plx_subject_kind kind, struct plx_kind_counts *from, uint64_t time_ms)
{
    const struct plx_table_entry *entry;
    size_t at = 0;

    while ((entry = plx_table_next(&from->services, &at))) {
        struct plx_service_counts *service = entry->value;

        fold_service(ledger, plx_counts_service(&ledger->counts, kind, service->name), service, time_ms);
    }
    fold_service(ledger, &ledger->counts.kinds[kind].other, &from->other, time_ms);
}

/* After the tally's records were kept, which are merged with the rest. */
static void
look_for_names(struct plx_ledger *ledger, const struct plx_tally *tally)
{
    const struct plx_table *services = &tally->counts.kinds[PLX_SUBJECT_SERVICE].services;
    const struct plx_table_entry *entry;
    size_t at = 0;

    while ((entry = plx_table_next(services, &at))) {
        struct plx_service_counts *service = plx_counts_find_service(
            &ledger->counts, PLX_SUBJECT_SERVICE, ((const struct plx_service_counts *)entry->value)->name);
        if (service)
            plx_ledger_look_for_names(ledger, service, tally->newest_ms);
    }
}

bool
plx_ledger_fold(struct plx_ledger *ledger, struct plx_tally *tally)
{
    for (unsigned i = 0; i < PLX_SUBJECT_KINDS; i++)
        fold_kind(ledger, (enum plx_subject_kind)i, &tally->counts.kinds[i], tally->newest_ms);
    fold_rechecks(ledger, tally);
    fold_records(ledger, tally);
    look_for_names(ledger, tally);
    for (size_t i = 0; i < PLX_REFUSED_COUNT; i++)
        ledger->refused[i] += tally->refused[i];
    if (ledger->store.ops && !tally->empty)
        plx_ledger_save(ledger);
    plx_tally_free(tally);
    return !ledger->behind;
}

/* ---- not counted yet ---- */

void
plx_ledger_forget_under_way(struct plx_ledger *ledger)
{
    struct plx_kind_counts *services = &ledger->counts.kinds[PLX_SUBJECT_SERVICE];
    const struct plx_table_entry *entry;
    size_t at = 0;

    while ((entry = plx_table_next(&services->services, &at))) {
        struct plx_service_counts *service = entry->value;

        service->under_way = service->under_way_since_ms = 0;
    }
    services->other.under_way = services->other.under_way_since_ms = 0;
}

void
plx_ledger_add_under_way(struct plx_ledger *ledger, struct plx_slice service, uint64_t exchanges, uint64_t since_ms)
{
    struct plx_service_counts *counts = plx_counts_service(&ledger->counts, PLX_SUBJECT_SERVICE, service);

    if (counts->under_way == 0 || since_ms < counts->under_way_since_ms)
        counts->under_way_since_ms = since_ms;
    counts->under_way += exchanges;
}

/* ---- reading ---- */

bool
plx_ledger_knows(const struct plx_ledger *ledger, const struct plx_subject *subject)
{
    return plx_counts_find_service(&ledger->counts, subject->kind, subject->name) != NULL;
}

struct plx_ledger_results
plx_ledger_results(struct plx_ledger *ledger, const struct plx_subject *subject)
{
    const struct plx_service_counts *counts = plx_counts_find_service(&ledger->counts, subject->kind, subject->name);
    struct plx_exchange_counts sum = {0};
    struct plx_ledger_results all = {.results = {0}};

    if (counts)
        plx_service_counts_sum(counts, &sum);
    all.counts = plx_exchange_counts_sum(&sum);
    memcpy(all.results, sum.results, sizeof(all.results));
    memcpy(all.uncopied, sum.uncopied, sizeof(all.uncopied));
    return all;
}

uint64_t
plx_ledger_under_way(const struct plx_ledger *ledger, const struct plx_subject *subject)
{
    const struct plx_service_counts *counts = plx_counts_find_service(&ledger->counts, subject->kind, subject->name);

    return counts ? counts->under_way : 0;
}
