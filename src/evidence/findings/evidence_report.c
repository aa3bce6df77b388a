/* SPDX-License-Identifier: Apache-2.0 */
/* Each member in the words of docs/api.md; what is not known is null. */
#include "evidence/findings/evidence_report.h"

#include "base/time_text.h"
#include "evidence/count/evidence.h"
#include "evidence/findings/field_finding.h"
#include "evidence/ledger/ledger_state.h"

#define MASKED_SHOWN 20u /* fields named in a report; all are counted */

static const struct plx_service_evidence nothing;

static void
write_time(struct plx_json_writer *w, const char *key, uint64_t time_ms)
{
    char text[PLX_TIME_TEXT];

    plx_json_key(w, key);
    if (time_ms)
        plx_time_text(time_ms, text);
    plx_json_text_value(w, time_ms ? text : NULL);
}

static void
write_uint(struct plx_json_writer *w, const char *key, uint64_t value)
{
    plx_json_key(w, key);
    plx_json_uint(w, value);
}

/* ---- incidents ---- */

static void
write_incident(struct plx_json_writer *w, const struct plx_incident *incident, uint64_t left)
{
    plx_json_begin_object(w);
    write_time(w, "began", incident->began_ms);
    write_time(w, "ended", incident->ended_ms);
    write_uint(w, "exchanges", incident->ended - incident->began);
    write_uint(w, "differing", incident->candidate_alone);
    write_uint(w, "left", left);
    plx_json_end_object(w);
}

/* Of the two kinds the one that was told; answers that differ first. */
static void
write_incidents(const struct plx_service_evidence *evidence, uint64_t quiet, struct plx_json_writer *w)
{
    const struct plx_incidents *all = &evidence->all.incidents, *failed = &evidence->failed.incidents;
    bool is_failure = !all->told && failed->told;
    const struct plx_incidents *told = is_failure ? failed : all;
    uint64_t left = plx_incidents_left(told, is_failure ? evidence->errors_paired : evidence->paired, quiet);

    plx_json_key(w, "incident");
    if (left)
        write_incident(w, &told->now, left);
    else
        plx_json_null(w);
    plx_json_key(w, "incidents");
    plx_json_begin_object(w);
    write_uint(w, "over", all->over + failed->over);
    write_uint(w, "differing", all->over_candidate_alone + failed->over_candidate_alone);
    plx_json_key(w, "last");
    told = failed->last.ended_ms > all->last.ended_ms ? failed : all;
    if (told->over)
        write_incident(w, &told->last, 0);
    else
        plx_json_null(w);
    plx_json_end_object(w);
}

/* ---- errors and latency ---- */

static void
write_errors(const struct plx_service_evidence *evidence, const struct plx_ledger *ledger, struct plx_json_writer *w)
{
    const struct plx_pairs *errors = &evidence->errors;
    bool worse = plx_subject_is_worse(&evidence->failed, errors, ledger->confidence);
    double within = plx_bound_upper(evidence->failed_bound.compared, evidence->failed_bound.candidate_alone,
                                    evidence->failed_bound.secondary_alone, ledger->confidence);

    plx_json_key(w, "errors");
    plx_json_begin_object(w);
    write_uint(w, "compared", evidence->errors_paired);
    write_uint(w, "candidate", errors->both + errors->candidate_alone);
    write_uint(w, "secondary", errors->both + errors->secondary_alone);
    plx_json_key(w, "within");
    plx_json_double(w, evidence->errors_paired ? within : 1);
    plx_json_key(w, "verdict");
    plx_json_text_value(w, worse ? "regression" : within <= ledger->detect ? "clean" : "inconclusive");
    plx_json_end_object(w);
}

static const char *
latency_text(const struct plx_latency *latency, enum plx_latency_question question, double confidence)
{
    if (plx_latency_is_slower(latency, question, confidence))
        return "slower";
    return plx_latency_is_within(latency, question, confidence) ? "within" : "inconclusive";
}

static void
write_latency(const struct plx_service_evidence *evidence, const struct plx_ledger *ledger,
              const struct plx_conclusion *conclusion, struct plx_json_writer *w)
{
    bool paired = conclusion->secondary == PLX_SECONDARY_MEASURES;
    bool slower = plx_latency_is_slower(&evidence->latency, PLX_LATENCY_MEDIAN, ledger->confidence) ||
                  plx_latency_is_slower(&evidence->latency, PLX_LATENCY_TAIL, ledger->confidence);

    plx_json_key(w, "latency_verdict");
    plx_json_begin_object(w);
    plx_json_key(w, "verdict");
    plx_json_text_value(w, slower ? "slower"
                           : plx_latency_is_within(&evidence->latency, PLX_LATENCY_MEDIAN, ledger->confidence) &&
                                   plx_latency_is_within(&evidence->latency, PLX_LATENCY_TAIL, ledger->confidence)
                               ? "within"
                               : "inconclusive");
    plx_json_key(w, "median");
    plx_json_text_value(w, latency_text(&evidence->latency, PLX_LATENCY_MEDIAN, ledger->confidence));
    plx_json_key(w, "p99");
    plx_json_text_value(w, latency_text(&evidence->latency, PLX_LATENCY_TAIL, ledger->confidence));
    plx_json_key(w, "beside");
    plx_json_text_value(w, plx_role_text(paired ? PLX_SECONDARY : PLX_PRIMARY));
    plx_json_key(w, "slower_than");
    plx_json_double(w, paired ? PLX_LATENCY_SLOWER : PLX_LATENCY_SLOWER_ALONE);
    write_uint(w, "compared", evidence->latency_exchanges);
    plx_json_end_object(w);
}

/* Of a canary's answers that were compared with nothing. */
static void
write_canary(const struct plx_canary_evidence *canary, double confidence, struct plx_json_writer *w)
{
    const struct plx_unpaired_fold *answers = &canary->answers;
    bool slower = plx_canary_is_slower(canary, PLX_LATENCY_MEDIAN, confidence) ||
                  plx_canary_is_slower(canary, PLX_LATENCY_TAIL, confidence);

    plx_json_key(w, "uncopied_answers");
    plx_json_begin_object(w);
    write_uint(w, "candidate", answers->candidate);
    write_uint(w, "candidate_failed", answers->candidate_bad);
    write_uint(w, "primary", answers->primary);
    write_uint(w, "primary_failed", answers->primary_bad);
    plx_json_key(w, "verdict");
    plx_json_text_value(w, canary->fails_more.found_ms ? "regression" : "inconclusive");
    plx_json_key(w, "latency");
    plx_json_text_value(w, slower ? "slower" : "inconclusive");
    plx_json_end_object(w);
}

/* ---- masked fields ---- */

static void
write_masked_of(const struct plx_endpoint_counts *endpoint, size_t *left, struct plx_json_writer *w)
{
    const struct plx_table_entry *entry;
    size_t at = 0;

    while (*left && (entry = plx_table_next(&endpoint->fields, &at))) {
        const struct plx_field_counts *field = entry->value;

        if (!plx_field_counts_masked(field))
            continue;
        plx_json_begin_object(w);
        plx_json_key(w, "endpoint");
        plx_json_string(w, endpoint->name);
        plx_json_key(w, "field");
        plx_json_string(w, field->name);
        plx_json_key(w, "kind");
        plx_json_text_value(w, plx_kind_text(field->kind));
        plx_json_end_object(w);
        (*left)--;
    }
}

static void
write_masked(const struct plx_service_counts *counts, struct plx_json_writer *w)
{
    const struct plx_table_entry *entry;
    size_t at = 0, left = MASKED_SHOWN;

    plx_json_key(w, "masked_fields");
    plx_json_begin_array(w);
    while ((entry = plx_table_next(&counts->endpoints, &at)))
        write_masked_of(entry->value, &left, w);
    plx_json_end_array(w);
}

static const char *
secondary_text(enum plx_secondary_use use)
{
    static const char *const texts[] = {"none", "dead", "measures"};

    return texts[use];
}

void
plx_evidence_write(const struct plx_service_counts *counts, const struct plx_ledger *ledger,
                   const struct plx_conclusion *conclusion, struct plx_json_writer *w)
{
    const struct plx_service_evidence *evidence = counts->evidence ? counts->evidence : &nothing;

    plx_json_key(w, "secondary");
    plx_json_text_value(w, secondary_text(conclusion->secondary));
    write_incidents(evidence, conclusion->needed, w);
    write_time(w, "changed_since", evidence->onset.since_ms);
    write_errors(evidence, ledger, w);
    write_latency(evidence, ledger, conclusion, w);
    write_canary(&evidence->canary, ledger->confidence, w);
    write_masked(counts, w);
}
