/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the store's rows into an empty ledger. A file is input like any other: a row that makes no sense (a negative
 * count, a reason that nobody knows, a histogram that is none) is damage, said and not guessed over.
 */
#include "evidence/store/store_load.h"

#include "base/assert.h"
#include "evidence/count/evidence.h"
#include "evidence/ledger/ledger_state.h"
#include "evidence/store/packing.h"
#include "evidence/store/store_causes.h"
#include "evidence/store/store_counts.h"
#include "evidence/store/store_evidence.h"
#include "evidence/store/store_excuses.h"
#include "evidence/store/store_folds.h"
#include "evidence/store/store_reconciliations.h"
#include "evidence/store/store_records.h"
#include "evidence/store/store_stages.h"
#include "evidence/store/subject_rows.h"
#include "forms/forms.h"

#include <stdlib.h>

/* One row; PLX_E_SYNTAX after damage was set. */
typedef enum plx_status row_reader(struct plx_sqlite *store, struct plx_ledger *ledger, sqlite3_stmt *row);

static enum plx_status
read_rows(struct plx_sqlite *store, struct plx_ledger *ledger, const char *sql, row_reader *reader)
{
    sqlite3_stmt *statement = NULL;
    enum plx_status status = PLX_OK;
    int result;

    if (sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL) != SQLITE_OK)
        return PLX_E_IO;
    while ((result = sqlite3_step(statement)) == SQLITE_ROW && status == PLX_OK)
        status = reader(store, ledger, statement);
    if (status == PLX_OK && result != SQLITE_DONE)
        status = PLX_E_IO;
    if (sqlite3_finalize(statement) != SQLITE_OK && status == PLX_OK)
        status = PLX_E_IO;
    return status;
}

struct table {
    const char *sql;
    row_reader *reader;
};

static enum plx_status
read_tables(struct plx_sqlite *store, struct plx_ledger *ledger, const struct table *tables, size_t count)
{
    enum plx_status status = PLX_OK;

    for (size_t i = 0; i < count && status == PLX_OK; i++)
        status = read_rows(store, ledger, tables[i].sql, tables[i].reader);
    return status;
}

/* Of the columns 0 and 1, and that of its subject. */
static struct plx_endpoint_counts *
endpoint_of(struct plx_ledger *ledger, sqlite3_stmt *row, int subject)
{
    struct plx_service_counts *service = plx_store_service(ledger, row, 0, subject);
    struct plx_slice name = plx_sqlite_column(row, 1);
    struct plx_endpoint_counts *endpoint;

    if (!service)
        return NULL;
    endpoint = plx_counts_stored_endpoint(&ledger->counts, service, name);
    return plx_slice_equal(endpoint->name, name) ? endpoint : NULL;
}

static enum plx_status
read_service(struct plx_sqlite *store, struct plx_ledger *ledger, sqlite3_stmt *row)
{
    struct plx_service_counts *service = plx_store_service(ledger, row, 0, 3);

    if (!service || !plx_sqlite_number(row, 1, &service->records_dropped) || !plx_sqlite_number(row, 2, &service->runs))
        return plx_sqlite_damaged(store, "a row of the table service makes no sense");
    return PLX_OK;
}

static enum plx_status
read_latency(struct plx_sqlite *store, struct plx_endpoint_counts *endpoint, int role, struct plx_slice packed)
{
    if (packed.len == 0)
        return PLX_OK;
    endpoint->latency[role] = calloc(1, sizeof(struct plx_histogram));
    if (!endpoint->latency[role])
        return PLX_E_MEMORY;
    if (!plx_histogram_unpack(packed, endpoint->latency[role]))
        return plx_sqlite_damaged(store, "a histogram of the table endpoint makes no sense");
    return PLX_OK;
}

static enum plx_status
read_endpoint(struct plx_sqlite *store, struct plx_ledger *ledger, sqlite3_stmt *row)
{
    struct plx_endpoint_counts *endpoint = endpoint_of(ledger, row, 9);
    enum plx_status status = PLX_OK;

    if (!endpoint || !plx_sqlite_number(row, 2, &endpoint->exchanges.match) ||
        !plx_sqlite_number(row, 3, &endpoint->exchanges.mismatch) ||
        !plx_sqlite_number(row, 4, &endpoint->exchanges.ignored) ||
        !plx_sqlite_number(row, 8, &endpoint->exchanges.errors))
        return plx_sqlite_damaged(store, "a row of the table endpoint makes no sense");
    for (int i = 0; i < PLX_ROLES && status == PLX_OK; i++)
        status = read_latency(store, endpoint, i, plx_sqlite_column(row, 5 + i));
    return status;
}

typedef const char *reason_name(enum plx_subject_kind kind, unsigned reason);

static const char *
name_fallback(enum plx_subject_kind kind, unsigned reason)
{
    return plx_fallback_text((enum plx_fallback)reason);
}

static const char *
name_role(enum plx_subject_kind kind, unsigned reason)
{
    return plx_role_text((enum plx_role)reason);
}

static const char *
name_logged_out(enum plx_subject_kind kind, unsigned reason)
{
    return plx_logged_out_text((enum plx_logged_out)reason);
}

static const char *
name_no_evidence(enum plx_subject_kind kind, unsigned reason)
{
    return plx_no_evidence_text((enum plx_no_evidence)reason);
}

static const char *
name_rules(enum plx_subject_kind kind, unsigned reason)
{
    return "rules";
}

/* Where the count of a reason belongs; NULL where there is no such reason. */
static uint64_t *
reason_place(struct plx_endpoint_counts *endpoint, struct plx_slice verdict, struct plx_slice reason)
{
    enum plx_subject_kind kind = endpoint->service->kind;
    struct plx_exchange_counts *counts = &endpoint->exchanges;
    const struct {
        const char *verdict;
        uint64_t *places;
        unsigned first, end;
        reason_name *name;
    } rows[] = {
        {"incomparable", counts->incomparable, 0, plx_subject_incomparable_count(kind), plx_subject_incomparable},
        {"uncopied", counts->uncopied, 0, plx_subject_uncopied_count(kind), plx_subject_uncopied},
        {"mismatch", counts->results, 0, plx_subject_result_count(kind), plx_subject_result},
        {"fallback", counts->fallbacks, PLX_FALLBACK_NONE + 1, PLX_FALLBACK_COUNT, name_fallback},
        {"retried", counts->retries, 0, PLX_ROLES, name_role},
        {"logged_out", counts->logged_out, 0, PLX_LOGGED_OUT_COUNT, name_logged_out},
        {"no_evidence", counts->no_evidence, 0, PLX_NO_EVIDENCE_COUNT, name_no_evidence},
        {"ignored", &counts->excused, 0, 1, name_rules},
    };

    for (size_t row = 0; row < PLX_COUNT(rows); row++)
        for (unsigned i = rows[row].first; i < rows[row].end; i++)
            if (plx_slice_equal(verdict, plx_slice_of(rows[row].verdict)) &&
                plx_slice_equal(reason, plx_slice_of(rows[row].name(kind, i))))
                return &rows[row].places[i];
    if (plx_slice_equal(verdict, plx_slice_of("served")) &&
        plx_slice_equal(reason, plx_slice_of(plx_role_text(PLX_CANDIDATE))))
        return &counts->served_candidate;
    if (plx_slice_equal(verdict, plx_slice_of("served")) &&
        plx_slice_equal(reason, plx_slice_of(PLX_STORE_SERVED_DIFFERED)))
        return &counts->served_differed;
    return NULL;
}

static enum plx_status
read_reason(struct plx_sqlite *store, struct plx_ledger *ledger, sqlite3_stmt *row)
{
    struct plx_endpoint_counts *endpoint = endpoint_of(ledger, row, 5);
    uint64_t *place = endpoint ? reason_place(endpoint, plx_sqlite_column(row, 2), plx_sqlite_column(row, 3)) : NULL;

    if (!place || !plx_sqlite_number(row, 4, place))
        return plx_sqlite_damaged(store, "a row of the table reason makes no sense");
    return PLX_OK;
}

/* False where it is none. */
static bool
read_kind(struct plx_slice text, enum plx_kind *kind)
{
    static const enum plx_kind kinds[] = {
#define KIND(name, text) name,
        PLX_KIND_MAP(KIND)
#undef KIND
    };

    for (size_t i = 0; i < PLX_COUNT(kinds); i++) {
        if (plx_slice_equal(text, plx_slice_of(plx_kind_text(kinds[i])))) {
            *kind = kinds[i];
            return true;
        }
    }
    return false;
}

/* False where it makes no sense. */
static bool
read_form(sqlite3_stmt *row, struct plx_field_counts *field)
{
    struct plx_counter *counter = &field->counter;
    struct plx_slice form = plx_sqlite_column(row, 11);

    field->form = plx_form_by_name(form);
    return (form.len == 0 || field->form != PLX_FORM_NONE) && plx_sqlite_number(row, 12, &field->formed) &&
           plx_sqlite_number(row, 13, &field->formless) && plx_sqlite_number(row, 14, &counter->rises) &&
           plx_sqlite_number(row, 15, &counter->falls) && plx_sqlite_number(row, 16, &counter->primary) &&
           plx_sqlite_number(row, 17, &counter->candidate) && plx_sqlite_number(row, 18, &counter->time_ms);
}

static enum plx_status
read_field(struct plx_sqlite *store, struct plx_ledger *ledger, sqlite3_stmt *row)
{
    struct plx_endpoint_counts *endpoint = endpoint_of(ledger, row, 19);
    struct plx_field_counts *field;
    enum plx_kind kind;

    if (!endpoint || !read_kind(plx_sqlite_column(row, 3), &kind))
        return plx_sqlite_damaged(store, "a row of the table field makes no sense");
    field = plx_counts_field(&ledger->counts, endpoint, kind, plx_sqlite_column(row, 2));
    if (!plx_slice_equal(field->name, plx_sqlite_column(row, 2)) || !plx_sqlite_number(row, 4, &field->pairs.both) ||
        !plx_sqlite_number(row, 5, &field->pairs.candidate_alone) ||
        !plx_sqlite_number(row, 6, &field->pairs.secondary_alone) || !plx_sqlite_number(row, 7, &field->unpaired) ||
        !read_form(row, field))
        return plx_sqlite_damaged(store, "a row of the table field makes no sense");
    if (plx_sqlite_column(row, 8).len == PLX_EXCHANGE_ID_BYTES)
        plx_field_counts_set_example(field, plx_sqlite_column(row, 8).ptr, plx_sqlite_column(row, 9),
                                     plx_sqlite_column(row, 10));
    return PLX_OK;
}

static enum plx_status
read_state(struct plx_sqlite *store, struct plx_ledger *ledger, sqlite3_stmt *row)
{
    uint64_t value;

    if (!plx_slice_equal(plx_sqlite_column(row, 0), plx_slice_of("sequence")))
        return PLX_OK;
    if (!plx_sqlite_number(row, 1, &value) || value < ledger->sequence)
        return plx_sqlite_damaged(store, "the table state knows fewer records than there are");
    ledger->sequence = value;
    return PLX_OK;
}

/* Counts that a version wrote which knew no evidence. */
static void
seed_all(struct plx_ledger *ledger)
{
    const struct plx_evidence_options options = plx_ledger_evidence_options(ledger);

    for (int kind = 0; kind < PLX_SUBJECT_KINDS; kind++) {
        const struct plx_table_entry *entry;
        size_t at = 0;

        while ((entry = plx_table_next(&ledger->counts.kinds[kind].services, &at)))
            if (!((struct plx_service_counts *)entry->value)->evidence)
                plx_service_evidence_seed(entry->value, &options);
        if (!ledger->counts.kinds[kind].other.evidence)
            plx_service_evidence_seed(&ledger->counts.kinds[kind].other, &options);
    }
}

enum plx_status
plx_store_load_stages(struct plx_sqlite *store, struct plx_ledger *ledger)
{
    static const struct table tables[] = {
        {PLX_STORE_READ_STAGES, plx_store_read_stage},
        {PLX_STORE_READ_HOLDS, plx_store_read_hold},
        {PLX_STORE_READ_CHANGES, plx_store_read_change},
    };

    return read_tables(store, ledger, tables, PLX_COUNT(tables));
}

enum plx_status
plx_store_load(struct plx_sqlite *store, struct plx_ledger *ledger)
{
    static const struct table tables[] = {
        {"SELECT name, records_dropped, runs, subject FROM service", read_service},
        {"SELECT service, name, match, mismatch, ignored, latency_primary, latency_candidate, latency_secondary, "
         "errors, subject FROM endpoint",
         read_endpoint},
        {"SELECT service, endpoint, verdict, reason, count, subject FROM reason", read_reason},
        {"SELECT service, endpoint, name, kind, both, candidate_alone, secondary_alone, unpaired, example, "
         "example_primary, example_candidate, form, formed, formless, rises, falls, largest_primary, "
         "largest_candidate, "
         "step_ms, subject FROM field",
         read_field},
        {PLX_STORE_READ_CAUSES, plx_store_read_cause},
        {PLX_STORE_READ_RECHECKS, plx_store_read_recheck},
        {PLX_STORE_READ_FOLDS, plx_store_read_fold},
        {PLX_STORE_READ_EXCUSES, plx_store_read_excuse},
        {PLX_STORE_READ_RECONCILIATIONS, plx_store_read_reconciliation},
        {PLX_STORE_READ_EVIDENCE, plx_store_read_evidence},
        {PLX_STORE_READ_EPOCHS, plx_store_read_epoch},
        {PLX_STORE_READ_RECORDS, plx_store_read_record},
        {"SELECT name, value FROM state", read_state},
    };
    enum plx_status status = read_tables(store, ledger, tables, PLX_COUNT(tables));

    if (status == PLX_OK) {
        store->sequence = ledger->sequence;
        seed_all(ledger);
    }
    return status;
}
