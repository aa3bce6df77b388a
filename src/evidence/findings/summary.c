/* SPDX-License-Identifier: Apache-2.0 */
/* Subjects that no configuration knows, as the ledger has seen them: who they are, and what their report begins with.
 */
#include "evidence/findings/summary.h"

#include "base/time_text.h"
#include "evidence/findings/conclusion.h"
#include "evidence/findings/exchanges_report.h"
#include "evidence/ledger/ledger_state.h"

#include <stdlib.h>

static void
write_names(struct plx_service_counts *counts, struct plx_json_writer *w)
{
    size_t count;
    struct plx_endpoint_counts **endpoints = plx_service_counts_endpoints(counts, &count);

    if (!endpoints) {
        w->out->failed = true;
        return;
    }
    plx_json_key(w, "endpoints");
    plx_json_begin_array(w);
    for (size_t i = 0; i < count; i++)
        plx_json_string(w, endpoints[i]->name);
    plx_json_end_array(w);
    free(endpoints);
}

static void
write_last(const struct plx_service_counts *counts, struct plx_json_writer *w)
{
    uint64_t last_ms = counts->health[PLX_PRIMARY].last_answer_ms;
    char time[PLX_TIME_TEXT];

    plx_json_key(w, "last");
    if (last_ms)
        plx_time_text(last_ms, time);
    plx_json_text_value(w, last_ms ? time : NULL);
}

/* Of an object that has been begun. */
static void
write_members(struct plx_ledger *ledger, struct plx_service_counts *counts, const struct plx_subject *subject,
              struct plx_json_writer *w)
{
    struct plx_exchange_counts exchanges;
    struct plx_conclusion conclusion;

    plx_conclude(counts, ledger, subject, &exchanges, &conclusion);
    plx_conclusion_write(&conclusion, w);
    plx_exchanges_write(&exchanges, w);
    write_names(counts, w);
    write_last(counts, w);
}

static void
write_summary(struct plx_ledger *ledger, struct plx_service_counts *counts, struct plx_json_writer *w)
{
    const struct plx_subject subject = plx_subject_named(counts->kind, counts->name);

    plx_json_begin_object(w);
    plx_json_key(w, "name");
    plx_json_string(w, counts->name);
    plx_json_key(w, "kind");
    plx_json_text_value(w, plx_subject_text(counts->kind));
    if (counts->kind == PLX_SUBJECT_EXPERIMENT) {
        plx_json_key(w, "runs");
        plx_json_uint(w, counts->runs);
    }
    write_members(ledger, counts, &subject, w);
    plx_json_end_object(w);
}

void
plx_findings_write_summary(struct plx_ledger *ledger, const struct plx_subject *subject, struct plx_json_writer *out)
{
    struct plx_service_counts *counts = plx_counts_find_service(&ledger->counts, subject->kind, subject->name);

    if (counts)
        write_summary(ledger, counts, out);
    else
        plx_json_null(out);
}

void
plx_findings_write_summary_members(struct plx_ledger *ledger, const struct plx_subject *subject,
                                   struct plx_json_writer *out)
{
    struct plx_service_counts *counts = plx_counts_find_service(&ledger->counts, subject->kind, subject->name);
    struct plx_counts nothing;

    plx_counts_init(&nothing, 0);
    write_members(ledger, counts ? counts : &nothing.kinds[subject->kind].other, subject, out);
    plx_counts_fini(&nothing);
}

void
plx_findings_write_summaries(struct plx_ledger *ledger, enum plx_subject_kind kind, struct plx_json_writer *out)
{
    size_t count;
    struct plx_service_counts **subjects = plx_counts_services(&ledger->counts, kind, &count);

    if (!subjects) {
        out->out->failed = true;
        return;
    }
    plx_json_begin_array(out);
    for (size_t i = 0; i < count; i++)
        write_summary(ledger, subjects[i], out);
    plx_json_end_array(out);
    free(subjects);
}
