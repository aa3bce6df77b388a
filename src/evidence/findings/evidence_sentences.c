/* SPDX-License-Identifier: Apache-2.0 */
/* Each sentence stands alone, names its numbers, and is there only where there is something to say. */
#include "evidence/findings/evidence_sentences.h"

#include "base/time_text.h"
#include "evidence/count/evidence.h"
#include "evidence/findings/field_finding.h"
#include "evidence/findings/holds_report.h"
#include "evidence/ledger/ledger_state.h"

#include <stdarg.h>
#include <stdio.h>

#define SENTENCE_MAX 400

static void say(struct plx_json_writer *w, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void
say(struct plx_json_writer *w, const char *format, ...)
{
    char text[SENTENCE_MAX];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    plx_json_text_value(w, text);
}

static const char *
time_of(uint64_t time_ms, char text[PLX_TIME_TEXT])
{
    plx_time_text(time_ms, text);
    return text;
}

/* ---- incidents ---- */

static void
say_incidents(const struct plx_incidents *incidents, const char *what, uint64_t compared, uint64_t quiet,
              struct plx_json_writer *w)
{
    uint64_t left = plx_incidents_left(incidents, compared, quiet);
    char began[PLX_TIME_TEXT], ended[PLX_TIME_TEXT];

    if (left)
        say(w, "An incident since %s: %llu %s, the last one at %s; it is over after %llu more without.",
            time_of(incidents->now.began_ms, began), (unsigned long long)incidents->now.candidate_alone, what,
            time_of(incidents->now.ended_ms, ended), (unsigned long long)left);
    if (incidents->over)
        say(w, "%llu incident%s over, %llu %s; the last one from %s to %s.", (unsigned long long)incidents->over,
            incidents->over == 1 ? " is" : "s are", (unsigned long long)incidents->over_candidate_alone, what,
            time_of(incidents->last.began_ms, began), time_of(incidents->last.ended_ms, ended));
}

/* ---- errors, latency ---- */

static void
say_errors(const struct plx_service_evidence *evidence, const struct plx_ledger *ledger, bool alone,
           struct plx_json_writer *w)
{
    const struct plx_pairs *errors = &evidence->errors;
    uint64_t candidate = errors->both + errors->candidate_alone, secondary = errors->both + errors->secondary_alone;

    if (candidate + secondary == 0)
        return;
    if (alone)
        say(w, "In %llu of %llu exchanges the candidate took no connection.", (unsigned long long)candidate,
            (unsigned long long)evidence->errors_paired);
    else
        say(w, "In %llu exchanges the candidate failed %llu times (5xx or no answer), the secondary %llu times%s.",
            (unsigned long long)evidence->errors_paired, (unsigned long long)candidate, (unsigned long long)secondary,
            plx_subject_is_worse(&evidence->failed, errors, ledger->confidence) ? ": it fails more often" : "");
}

static void
say_latency(const struct plx_service_evidence *evidence, const struct plx_ledger *ledger,
            const struct plx_conclusion *conclusion, struct plx_json_writer *w)
{
    bool paired = conclusion->secondary == PLX_SECONDARY_MEASURES;
    double percent = 100 * (paired ? PLX_LATENCY_SLOWER : PLX_LATENCY_SLOWER_ALONE);
    const char *other = plx_role_text(paired ? PLX_SECONDARY : PLX_PRIMARY);
    bool median = plx_latency_is_slower(&evidence->latency, PLX_LATENCY_MEDIAN, ledger->confidence);
    bool tail = plx_latency_is_slower(&evidence->latency, PLX_LATENCY_TAIL, ledger->confidence);

    if (median || tail)
        say(w, "The candidate is slower than the %s by more than %g %%: %s.", other, percent,
            median && tail ? "mostly, and among its slowest answers"
            : median       ? "mostly"
                           : "among its slowest answers (beyond the 99th percentile)");
    else if (plx_latency_is_within(&evidence->latency, PLX_LATENCY_MEDIAN, ledger->confidence))
        say(w, "The candidate is not slower than the %s by more than %g %%.", other, percent);
}

/* In a canary, of requests that nothing was compared with. */
static void
say_canary(const struct plx_canary_evidence *canary, double confidence, struct plx_json_writer *w)
{
    const struct plx_unpaired_fold *answers = &canary->answers;
    bool median = plx_canary_is_slower(canary, PLX_LATENCY_MEDIAN, confidence);
    bool tail = plx_canary_is_slower(canary, PLX_LATENCY_TAIL, confidence);

    if (answers->candidate_bad + answers->primary_bad)
        say(w,
            "Of requests that are not copied the candidate failed %llu of %llu, and the primary %llu of %llu (5xx or "
            "no "
            "answer)%s.",
            (unsigned long long)answers->candidate_bad, (unsigned long long)answers->candidate,
            (unsigned long long)answers->primary_bad, (unsigned long long)answers->primary,
            canary->fails_more.found_ms ? ": it fails more often" : "");
    if (median || tail)
        say(w,
            "Of requests that are not copied the candidate's answers take longer than the primary's by more than "
            "%g %%: %s.",
            100 * PLX_LATENCY_SLOWER_ALONE,
            median && tail ? "mostly, and the slowest ones"
            : median       ? "mostly"
                           : "the slowest ones (beyond the 99th percentile)");
}

/* ---- masked fields ---- */

static const struct plx_field_counts *
first_masked(const struct plx_service_counts *counts)
{
    const struct plx_table_entry *entry, *field;
    size_t at = 0, in = 0;

    while ((entry = plx_table_next(&counts->endpoints, &at)))
        for (in = 0; (field = plx_table_next(&((const struct plx_endpoint_counts *)entry->value)->fields, &in));)
            if (plx_field_counts_masked(field->value))
                return field->value;
    return NULL;
}

static void
say_masked(const struct plx_service_counts *counts, const struct plx_conclusion *conclusion, struct plx_json_writer *w)
{
    const struct plx_field_counts *field = conclusion->masked ? first_masked(counts) : NULL;
    int endpoint, name;

    if (!field)
        return;
    endpoint = (int)(field->endpoint->name.len < 80 ? field->endpoint->name.len : 80);
    name = (int)(field->name.len < 80 ? field->name.len : 80);
    say(w,
        "%llu field%s masked, %s%.*s of %.*s: the secondary differs there in half of the exchanges and more, so "
        "counts can't say what the candidate does; `match`, `tolerance` or `ignore` can.",
        (unsigned long long)conclusion->masked, conclusion->masked == 1 ? " is" : "s are",
        conclusion->masked == 1 ? "" : "the first ", name, field->name.len ? field->name.ptr : "", endpoint,
        field->endpoint->name.ptr);
}

void
plx_evidence_write_sentences(const struct plx_service_counts *counts, const struct plx_ledger *ledger,
                             const struct plx_conclusion *conclusion, const struct plx_service *held,
                             struct plx_json_writer *w)
{
    const struct plx_service_evidence *evidence = counts->evidence;
    bool alone = conclusion->secondary == PLX_SECONDARY_NONE;
    char time[PLX_TIME_TEXT];

    plx_json_key(w, "says");
    plx_json_begin_array(w);
    if (held)
        plx_holds_write_sentences(ledger, held->name, w);
    if (evidence) {
        say_incidents(&evidence->all.incidents, "exchanges differ in the candidate alone", evidence->paired,
                      conclusion->needed, w);
        say_incidents(&evidence->failed.incidents,
                      alone ? "times the candidate took no connection" : "answers of the candidate failed",
                      evidence->errors_paired, conclusion->needed, w);
        if (evidence->onset.since_ms)
            say(w, "The candidate differs more often since %s than before.", time_of(evidence->onset.since_ms, time));
        if (conclusion->secondary == PLX_SECONDARY_DEAD)
            say(w, "The secondary gave next to no answer that could be compared (%llu of %llu): judged as without one.",
                (unsigned long long)evidence->paired, (unsigned long long)evidence->paired + evidence->unpaired);
        say_masked(counts, conclusion, w);
        say_errors(evidence, ledger, alone, w);
        say_latency(evidence, ledger, conclusion, w);
        say_canary(&evidence->canary, ledger->confidence, w);
    }
    plx_json_end_array(w);
}
