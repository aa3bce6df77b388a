/* SPDX-License-Identifier: Apache-2.0 */
/* Writes rows of counts: absolute numbers, so that a row that was not written is made up for by the next one. */
#include "evidence/store/store_counts.h"

#include "base/assert.h"
#include "evidence/store/packing.h"
#include "evidence/store/store_evidence.h"
#include "evidence/store/subject_rows.h"

bool
plx_store_save_service(struct plx_sqlite *store, const struct plx_service_counts *service)
{
    sqlite3_stmt *put = store->statements[PLX_PUT_SERVICE];

    if (service->restarted && !plx_store_forget_service(store, service))
        return false;
    plx_sqlite_bind_text(put, 1, service->name);
    plx_sqlite_bind_number(put, 2, service->records_dropped);
    plx_sqlite_bind_number(put, 3, service->runs);
    plx_store_bind_subject(put, 4, service->kind);
    return plx_sqlite_run(put) && plx_store_save_service_evidence(store, service) &&
           plx_store_save_epochs(store, service);
}

static bool
save_reason(struct plx_sqlite *store, const struct plx_endpoint_counts *endpoint, const char *verdict,
            const char *reason, uint64_t count)
{
    sqlite3_stmt *put = store->statements[PLX_PUT_REASON];

    if (count == 0)
        return true;
    plx_sqlite_bind_text(put, 1, endpoint->service->name);
    plx_sqlite_bind_text(put, 2, endpoint->name);
    plx_sqlite_bind_text(put, 3, plx_slice_of(verdict));
    plx_sqlite_bind_text(put, 4, plx_slice_of(reason));
    plx_sqlite_bind_number(put, 5, count);
    plx_store_bind_subject(put, 6, endpoint->service->kind);
    return plx_sqlite_run(put);
}

static bool
save_served(struct plx_sqlite *store, const struct plx_endpoint_counts *endpoint)
{
    const struct plx_exchange_counts *counts = &endpoint->exchanges;

    for (int i = PLX_FALLBACK_NONE + 1; i < PLX_FALLBACK_COUNT; i++)
        if (!save_reason(store, endpoint, "fallback", plx_fallback_text((enum plx_fallback)i), counts->fallbacks[i]))
            return false;
    for (int i = 0; i < PLX_ROLES; i++)
        if (!save_reason(store, endpoint, "retried", plx_role_text((enum plx_role)i), counts->retries[i]))
            return false;
    for (int i = 0; i < PLX_LOGGED_OUT_COUNT; i++)
        if (!save_reason(store, endpoint, "logged_out", plx_logged_out_text((enum plx_logged_out)i),
                         counts->logged_out[i]))
            return false;
    return save_reason(store, endpoint, "served", plx_role_text(PLX_CANDIDATE), counts->served_candidate) &&
           save_reason(store, endpoint, "served", PLX_STORE_SERVED_DIFFERED, counts->served_differed);
}

static bool
save_equal(struct plx_sqlite *store, const struct plx_endpoint_counts *endpoint)
{
    const struct plx_exchange_counts *counts = &endpoint->exchanges;

    for (int i = 0; i < PLX_NO_EVIDENCE_COUNT; i++)
        if (!save_reason(store, endpoint, "no_evidence", plx_no_evidence_text((enum plx_no_evidence)i),
                         counts->no_evidence[i]))
            return false;
    return save_reason(store, endpoint, "ignored", "rules", counts->excused);
}

static bool
save_reasons(struct plx_sqlite *store, const struct plx_endpoint_counts *endpoint)
{
    enum plx_subject_kind kind = endpoint->service->kind;

    for (unsigned i = 0; i < plx_subject_incomparable_count(kind); i++)
        if (!save_reason(store, endpoint, "incomparable", plx_subject_incomparable(kind, i),
                         endpoint->exchanges.incomparable[i]))
            return false;
    for (unsigned i = 0; i < plx_subject_uncopied_count(kind); i++)
        if (!save_reason(store, endpoint, "uncopied", plx_subject_uncopied(kind, i), endpoint->exchanges.uncopied[i]))
            return false;
    for (unsigned i = 0; i < plx_subject_result_count(kind); i++)
        if (!save_reason(store, endpoint, "mismatch", plx_subject_result(kind, i), endpoint->exchanges.results[i]))
            return false;
    return save_equal(store, endpoint) && save_served(store, endpoint);
}

bool
plx_store_save_endpoint(struct plx_sqlite *store, const struct plx_endpoint_counts *endpoint)
{
    sqlite3_stmt *put = store->statements[PLX_PUT_ENDPOINT];
    struct plx_buffer packed[PLX_ROLES];
    bool ok = true;

    plx_sqlite_bind_text(put, 1, endpoint->service->name);
    plx_sqlite_bind_text(put, 2, endpoint->name);
    plx_sqlite_bind_number(put, 3, endpoint->exchanges.match);
    plx_sqlite_bind_number(put, 4, endpoint->exchanges.mismatch);
    plx_sqlite_bind_number(put, 5, endpoint->exchanges.ignored);
    for (int i = 0; i < PLX_ROLES; i++) {
        plx_buffer_init(&packed[i], PLX_PACKED_HISTOGRAM_MAX);
        if (!endpoint->latency[i])
            continue;
        plx_histogram_pack(endpoint->latency[i], &packed[i]);
        plx_sqlite_bind_blob(put, 6 + i, plx_buffer_slice(&packed[i]));
        ok = ok && !packed[i].failed;
    }
    plx_sqlite_bind_number(put, 9, endpoint->exchanges.errors);
    plx_store_bind_subject(put, 10, endpoint->service->kind);
    ok =
        plx_sqlite_run(put) && ok && save_reasons(store, endpoint) && plx_store_save_endpoint_evidence(store, endpoint);
    for (int i = 0; i < PLX_ROLES; i++)
        plx_buffer_fini(&packed[i]);
    return ok;
}

static void
save_form(sqlite3_stmt *put, const struct plx_field_counts *field)
{
    if (field->form != PLX_FORM_NONE)
        plx_sqlite_bind_text(put, 12, plx_slice_of(plx_form_text(field->form)));
    plx_sqlite_bind_number(put, 13, field->formed);
    plx_sqlite_bind_number(put, 14, field->formless);
    plx_sqlite_bind_number(put, 15, field->counter.rises);
    plx_sqlite_bind_number(put, 16, field->counter.falls);
    plx_sqlite_bind_number(put, 17, field->counter.primary);
    plx_sqlite_bind_number(put, 18, field->counter.candidate);
    plx_sqlite_bind_number(put, 19, field->counter.time_ms);
    plx_store_bind_subject(put, 20, field->endpoint->service->kind);
}

bool
plx_store_save_field(struct plx_sqlite *store, const struct plx_field_counts *field)
{
    sqlite3_stmt *put = store->statements[PLX_PUT_FIELD];
    const struct plx_example *example = field->example;

    plx_sqlite_bind_text(put, 1, field->endpoint->service->name);
    plx_sqlite_bind_text(put, 2, field->endpoint->name);
    plx_sqlite_bind_text(put, 3, field->name);
    plx_sqlite_bind_text(put, 4, plx_slice_of(plx_kind_text(field->kind)));
    plx_sqlite_bind_number(put, 5, field->pairs.both);
    plx_sqlite_bind_number(put, 6, field->pairs.candidate_alone);
    plx_sqlite_bind_number(put, 7, field->pairs.secondary_alone);
    plx_sqlite_bind_number(put, 8, field->unpaired);
    if (example) {
        plx_sqlite_bind_text(put, 9, plx_slice_of(example->exchange));
        plx_sqlite_bind_blob(put, 10, plx_slice_make(example->primary, example->primary_len));
        plx_sqlite_bind_blob(put, 11, plx_slice_make(example->candidate, example->candidate_len));
    }
    save_form(put, field);
    return plx_sqlite_run(put) && plx_store_save_field_evidence(store, field);
}
