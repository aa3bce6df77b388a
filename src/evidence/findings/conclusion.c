/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From counts to verdicts: of each field, of each endpoint, of a service. What the numbers show is stats/sequential.h's
 * to say; this file decides which numbers it is asked about. Without a secondary nothing can be noise: a difference
 * that no rule excuses is a regression.
 */
#include "evidence/findings/conclusion.h"

#include "evidence/ledger/ledger_state.h"

#include <stdio.h>
#include <stdlib.h>

const char *
plx_evidence_text(enum plx_evidence verdict)
{
    static const char *const texts[] = {"inconclusive", "clean", "regression", "not_compared"};

    return texts[verdict];
}

/* ---- fields ---- */

typedef void field_visitor(struct plx_field_counts *field, void *context);

static void
visit_endpoint(struct plx_endpoint_counts *endpoint, field_visitor *visit, void *context)
{
    const struct plx_table_entry *entry;
    size_t at = 0;

    while ((entry = plx_table_next(&endpoint->fields, &at)))
        visit(entry->value, context);
    if (!plx_field_counts_empty(&endpoint->other))
        visit(&endpoint->other, context);
}

/* Always in the same order, as long as nothing is added. */
static void
visit_service(struct plx_service_counts *service, field_visitor *visit, void *context)
{
    const struct plx_table_entry *entry;
    size_t at = 0;

    while ((entry = plx_table_next(&service->endpoints, &at)))
        visit_endpoint(entry->value, visit, context);
    visit_endpoint(&service->other, visit, context);
}

static void
find_without_secondary(struct plx_field_counts *field, void *context)
{
    field->finding = plx_field_counts_differences(field) ? PLX_REGRESSION : PLX_NOISE;
}

static void
count_one(struct plx_field_counts *field, void *context)
{
    (*(size_t *)context)++;
}

struct gathered {
    struct plx_pairs *pairs;
    enum plx_finding *findings;
    size_t at;
};

static void
gather(struct plx_field_counts *field, void *context)
{
    struct gathered *gathered = context;

    gathered->pairs[gathered->at++] = field->pairs;
}

static void
hand_out(struct plx_field_counts *field, void *context)
{
    struct gathered *gathered = context;

    field->finding = gathered->findings[gathered->at++];
    if (plx_field_counts_differences(field) == 0)
        field->finding = PLX_NOISE; /* only the secondary differs */
}

bool
plx_service_counts_judge(struct plx_service_counts *counts, bool has_secondary, double confidence)
{
    struct gathered gathered = {NULL, NULL, 0};
    size_t count = 0;
    bool ok = true;

    if (!has_secondary) {
        visit_service(counts, find_without_secondary, NULL);
        return true;
    }
    visit_service(counts, count_one, &count);
    if (count == 0)
        return true;
    gathered.pairs = calloc(count, sizeof(*gathered.pairs));
    gathered.findings = calloc(count, sizeof(*gathered.findings));
    if (gathered.pairs && gathered.findings)
        visit_service(counts, gather, &gathered);
    ok = gathered.at == count && plx_findings_of(gathered.pairs, count, confidence, gathered.findings);
    gathered.at = 0;
    if (ok)
        visit_service(counts, hand_out, &gathered);
    free(gathered.pairs);
    free(gathered.findings);
    return ok;
}

/* ---- endpoints and services ---- */

void
plx_conclusion_add(struct plx_conclusion *conclusion, const struct plx_field_counts *field)
{
    if (plx_field_counts_differences(field) == 0)
        return;
    conclusion->regressions += field->finding == PLX_REGRESSION;
    conclusion->open += field->finding == PLX_INCONCLUSIVE;
}

static const char *
plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

static void
say_regression(struct plx_conclusion *c, bool has_secondary)
{
    snprintf(c->why, sizeof(c->why), "%llu field%s %s", (unsigned long long)c->regressions, plural(c->regressions),
             !has_secondary
                 ? (c->regressions == 1 ? "differs, and no rule excuses it" : "differ, and no rule excuses them")
             : c->regressions == 1 ? "differs more often than the primary does from itself"
                                   : "differ more often than the primary does from itself");
}

static void
say_open(struct plx_conclusion *c)
{
    snprintf(
        c->why, sizeof(c->why),
        "%llu field%s %s too seldom, or too seldom beside an answer of the secondary, to tell a regression from noise",
        (unsigned long long)c->open, plural(c->open), c->open == 1 ? "differs" : "differ");
}

/* No traffic changes that; what was found before is told with it. */
static void
say_not_compared(struct plx_conclusion *c, const struct plx_subject *subject)
{
    const struct plx_service *service = subject->service;
    char before[80] = "";

    if (c->compared)
        snprintf(before, sizeof(before), "; no regression was seen in the %llu exchanges that were",
                 (unsigned long long)c->compared);
    if (!service->roles[PLX_CANDIDATE].url)
        snprintf(c->why, sizeof(c->why), "the service has no candidate: nothing is compared%s", before);
    else
        snprintf(c->why, sizeof(c->why), "the service is at the stage %s: nothing is compared%s",
                 plx_stage_text(service->stage), before);
}

static void
say_thin(struct plx_conclusion *c, const struct plx_ledger *ledger, const struct plx_subject *subject)
{
    if (c->compared == 0)
        snprintf(c->why, sizeof(c->why), "nothing was compared yet");
    else
        snprintf(c->why, sizeof(c->why),
                 "%llu of the %llu compared %s that it takes to rule out differences in %g %% of them",
                 (unsigned long long)c->compared, (unsigned long long)c->needed, plx_subject_exchanges(subject->kind),
                 ledger->detect * 100);
}

void
plx_conclusion_finish(struct plx_conclusion *c, const struct plx_exchange_counts *exchanges,
                      const struct plx_ledger *ledger, const struct plx_subject *subject)
{
    c->compared = exchanges->match + exchanges->mismatch + exchanges->ignored;
    c->needed = plx_exchanges_to_be_clean(ledger->confidence, ledger->detect);
    if (c->regressions) {
        c->verdict = PLX_EVIDENCE_REGRESSION;
        say_regression(c, plx_subject_has_secondary(subject));
    } else if (!plx_subject_is_compared(subject)) {
        c->verdict = PLX_EVIDENCE_NOT_COMPARED;
        say_not_compared(c, subject);
    } else if (c->open) {
        c->verdict = PLX_EVIDENCE_INCONCLUSIVE;
        say_open(c);
    } else if (c->compared < c->needed) {
        c->verdict = PLX_EVIDENCE_INCONCLUSIVE;
        say_thin(c, ledger, subject);
    } else {
        c->verdict = PLX_EVIDENCE_CLEAN;
        snprintf(c->why, sizeof(c->why), "no field differs beyond noise in %llu compared %s",
                 (unsigned long long)c->compared, plx_subject_exchanges(subject->kind));
    }
}

static void
conclude_one(struct plx_field_counts *field, void *context)
{
    plx_conclusion_add(context, field);
}

bool
plx_service_counts_conclude(struct plx_service_counts *counts, const struct plx_ledger *ledger,
                            const struct plx_subject *subject, struct plx_exchange_counts *exchanges,
                            struct plx_conclusion *conclusion)
{
    if (!plx_service_counts_judge(counts, plx_subject_has_secondary(subject), ledger->confidence))
        return false;
    *exchanges = (struct plx_exchange_counts){0};
    *conclusion = (struct plx_conclusion){0};
    visit_service(counts, conclude_one, conclusion);
    plx_service_counts_sum(counts, exchanges);
    plx_conclusion_finish(conclusion, exchanges, ledger, subject);
    return true;
}

void
plx_conclusion_write(const struct plx_conclusion *conclusion, struct plx_json_writer *w)
{
    plx_json_key(w, "verdict");
    plx_json_text_value(w, plx_evidence_text(conclusion->verdict));
    plx_json_key(w, "why");
    plx_json_text_value(w, conclusion->why);
    plx_json_key(w, "compared");
    plx_json_uint(w, conclusion->compared);
    plx_json_key(w, "needed");
    plx_json_uint(w, conclusion->needed);
}
