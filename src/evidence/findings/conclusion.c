/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Verdicts of endpoints and subjects. The hard thing is to say what is known and no more: each sentence names its
 * bound, and what keeps it from being said.
 */
#include "evidence/findings/conclusion.h"

#include "base/time_text.h"
#include "evidence/count/evidence.h"
#include "evidence/findings/field_finding.h"
#include "evidence/ledger/ledger_state.h"
#include "stats/mixture.h"

#include <stdarg.h>
#include <stdio.h>

#define DEAD_LEAST   20u /* exchanges, before a secondary can be called dead */
#define DEAD_PERCENT 10u /* of the exchanges that were compared, below which it is */

const char *
plx_evidence_text(enum plx_evidence verdict)
{
    static const char *const texts[] = {"inconclusive", "clean", "regression", "not_compared"};

    return texts[verdict];
}

bool
plx_subject_is_compared(const struct plx_subject *subject)
{
    const struct plx_service *service = subject->service;

    return !service || (service->roles[PLX_CANDIDATE].url && service->stage != PLX_STAGE_PRIMARY &&
                        service->stage != PLX_STAGE_CANDIDATE);
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

typedef void endpoint_visitor(struct plx_endpoint_counts *endpoint, void *context);

static void
visit_service(struct plx_service_counts *service, endpoint_visitor *visit, void *context)
{
    const struct plx_table_entry *entry;
    size_t at = 0;

    while ((entry = plx_table_next(&service->endpoints, &at)))
        visit(entry->value, context);
    if (!plx_endpoint_counts_empty(&service->other))
        visit(&service->other, context);
}

static void
find_one(struct plx_field_counts *field, void *context)
{
    field->finding = plx_field_finding(field, context);
}

static void
find_all(struct plx_endpoint_counts *endpoint, void *context)
{
    visit_endpoint(endpoint, find_one, context);
}

static void
count_field(struct plx_field_counts *field, void *context)
{
    struct plx_conclusion *c = context;

    c->masked += plx_field_counts_masked(field);
    if (plx_field_counts_differences(field) == 0)
        return;
    c->regressions += field->finding == PLX_REGRESSION;
    c->open += field->finding == PLX_INCONCLUSIVE;
}

/* How many exchanges were compared and say something of the candidate. */
static uint64_t
telling(const struct plx_exchange_counts *exchanges)
{
    struct plx_ledger_counts sum = plx_exchange_counts_sum(exchanges);
    uint64_t compared = sum.match + sum.mismatch + sum.ignored;

    for (int i = 0; i < PLX_NO_EVIDENCE_COUNT; i++)
        compared -= exchanges->no_evidence[i] < compared ? exchanges->no_evidence[i] : compared;
    return compared;
}

static void
count_endpoint(struct plx_endpoint_counts *endpoint, void *context)
{
    struct plx_conclusion *c = context;
    struct plx_ledger_counts sum = plx_exchange_counts_sum(&endpoint->exchanges);
    uint64_t compared = telling(&endpoint->exchanges);

    c->endpoints++;
    c->thin_endpoints += compared < c->needed && (compared || sum.incomparable);
    visit_endpoint(endpoint, count_field, c);
}

/* ---- what the secondary is worth ---- */

static enum plx_secondary_use
secondary_of(const struct plx_subject *subject, const struct plx_service_evidence *evidence)
{
    uint64_t paired = evidence ? evidence->paired : 0, all = paired + (evidence ? evidence->unpaired : 0);

    if (!plx_subject_has_secondary(subject))
        return PLX_SECONDARY_NONE;
    return all >= DEAD_LEAST && paired * 100 < all * DEAD_PERCENT ? PLX_SECONDARY_DEAD : PLX_SECONDARY_MEASURES;
}

/* ---- saying why ---- */

static void say(struct plx_conclusion *c, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void
say(struct plx_conclusion *c, const char *format, ...)
{
    size_t len = strlen(c->why);
    va_list args;

    va_start(args, format);
    vsnprintf(c->why + len, sizeof(c->why) - len, format, args);
    va_end(args);
}

/* For `%.*g`: two digits that tell, and no exponent. */
static int
digits_of(double percent)
{
    return percent < 99 ? 2 : 3;
}

static const char *
plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

static void
say_regression(struct plx_conclusion *c, const char *worse)
{
    bool one = c->regressions == 1;

    if (c->regressions == 0)
        say(c, "%s", worse);
    else if (c->secondary == PLX_SECONDARY_MEASURES)
        say(c, "%llu field%s %s more often than the primary does from itself", (unsigned long long)c->regressions,
            plural(c->regressions), one ? "differs" : "differ");
    else
        say(c, "%llu field%s %s, and no rule excuses %s", (unsigned long long)c->regressions, plural(c->regressions),
            one ? "differs" : "differ", one ? "it" : "them");
    if (c->secondary == PLX_SECONDARY_DEAD)
        say(c, "; the secondary gave next to no answer that could be compared: judged as without one");
}

static void
say_nothing_compared(struct plx_conclusion *c, const struct plx_subject *subject)
{
    const struct plx_service *service = subject->service;

    if (service && !service->roles[PLX_CANDIDATE].url)
        say(c, "the service has no candidate: nothing was compared");
    else if (!plx_subject_is_compared(subject))
        say(c, "the service is at the stage %s: nothing is compared", plx_stage_text(service->stage));
    else if (c->incomparable)
        say(c, "none of %llu exchanges could be compared", (unsigned long long)c->incomparable);
    else
        say(c, "nothing was compared yet");
}

static void
say_bound(struct plx_conclusion *c, const struct plx_ledger *ledger, const struct plx_subject *subject)
{
    char since[PLX_TIME_TEXT];

    say(c, "at most %.*g %% of the %s differ beyond noise (%g %%), %llu compared", digits_of(c->within * 100),
        c->within * 100, plx_subject_exchanges(subject->kind), ledger->confidence * 100,
        (unsigned long long)(c->since_ms ? c->bounded : c->compared));
    if (c->since_ms) {
        plx_time_text(c->since_ms, since);
        say(c, " since an incident that ended at %s", since);
    }
}

static void
say_open_for_good(struct plx_conclusion *c, const char *exchanges)
{
    if (c->open)
        say(c, "%llu field%s %s", (unsigned long long)c->open, plural(c->open), c->open == 1 ? "differs" : "differ");
    else
        say(c, "some %s differ", exchanges);
    say(c, " too seldom, or beside too much noise, to tell; more %s won't help: %.*g %% may differ", exchanges,
        digits_of(c->within * 100), c->within * 100);
}

/* What keeps it from being clean, the first that does. */
static void
say_open(struct plx_conclusion *c, const struct plx_ledger *ledger, const struct plx_subject *subject)
{
    const char *exchanges = plx_subject_exchanges(subject->kind);

    if (c->incident)
        say(c,
            "an incident is open: %s differ one after the other; more of them prove it, or it is over after "
            "%llu without",
            exchanges, (unsigned long long)c->needed);
    else if (c->within > ledger->detect && c->more == UINT64_MAX)
        say_open_for_good(c, exchanges);
    else if (c->within > ledger->detect && c->open)
        say(c,
            "%llu field%s %s too seldom, or too seldom beside an answer of the secondary, to tell a regression from "
            "noise; about %llu more %s",
            (unsigned long long)c->open, plural(c->open), c->open == 1 ? "differs" : "differ",
            (unsigned long long)c->more, exchanges);
    else if (c->within > ledger->detect)
        say(c, "%llu of the %llu compared %s that it takes to rule out differences in %g %% of them",
            (unsigned long long)c->compared, (unsigned long long)c->compared + c->more, exchanges,
            ledger->detect * 100);
    else if (c->masked)
        say(c,
            "%llu field%s differ%s as often in the secondary as not: what is wrong there hides behind noise; name "
            "them with `match`, `tolerance` or `ignore`",
            (unsigned long long)c->masked, plural(c->masked), c->masked == 1 ? "s" : "");
    else
        say(c, "%llu of %llu %s could not be compared: more than %g %%", (unsigned long long)c->incomparable,
            (unsigned long long)c->incomparable + c->compared, exchanges, ledger->detect * 100);
}

static void
say_clean(struct plx_conclusion *c, const struct plx_ledger *ledger, const struct plx_subject *subject)
{
    say_bound(c, ledger, subject);
    if (c->thin_endpoints && c->endpoints > 1)
        say(c, "; %llu of %llu endpoints have fewer than %llu", (unsigned long long)c->thin_endpoints,
            (unsigned long long)c->endpoints, (unsigned long long)c->needed);
}

/* ---- concluding ---- */

static void
count_exchanges(struct plx_conclusion *c, const struct plx_exchange_counts *exchanges,
                const struct plx_subject *subject)
{
    struct plx_ledger_counts sum = plx_exchange_counts_sum(exchanges);

    c->compared = telling(exchanges);
    c->incomparable = sum.incomparable;
    if (subject->kind == PLX_SUBJECT_SERVICE)
        c->incomparable -=
            exchanges->incomparable[PLX_INCOMPARABLE_CANCELED] + exchanges->incomparable[PLX_INCOMPARABLE_EPOCH];
}

static bool
too_much_escaped(const struct plx_conclusion *c, double detect)
{
    return (double)c->incomparable > detect * (double)(c->incomparable + c->compared);
}

static void
reach(struct plx_conclusion *c, const struct plx_ledger *ledger, const struct plx_subject *subject, const char *worse)
{
    if (!plx_subject_is_compared(subject))
        c->verdict = PLX_EVIDENCE_NOT_COMPARED;
    else if (c->regressions || worse)
        c->verdict = PLX_EVIDENCE_REGRESSION;
    else if (c->compared == 0 || c->incident || c->within > ledger->detect || c->masked ||
             too_much_escaped(c, ledger->detect))
        c->verdict = PLX_EVIDENCE_INCONCLUSIVE;
    else
        c->verdict = PLX_EVIDENCE_CLEAN;
    if (c->verdict == PLX_EVIDENCE_REGRESSION)
        say_regression(c, worse);
    else if (c->verdict == PLX_EVIDENCE_CLEAN)
        say_clean(c, ledger, subject);
    else if (c->verdict == PLX_EVIDENCE_NOT_COMPARED || c->compared == 0)
        say_nothing_compared(c, subject);
    else
        say_open(c, ledger, subject);
}

static void
take_bound(struct plx_conclusion *c, struct plx_bound *bound, const struct plx_ledger *ledger)
{
    c->within = bound ? plx_bound_look(bound, ledger->confidence) : 1;
    c->more = bound ? plx_bound_more(bound, ledger->detect, ledger->confidence) : c->needed;
    if (bound && bound->compared == 0)
        c->more = c->needed;
    if (bound) {
        c->bounded = bound->compared;
        c->since_ms = bound->since_ms;
    }
}

/* In what a whole service is worse where no single field may show it. NULL: in nothing that is proved. */
static const char *
worse_as_a_whole(const struct plx_conclusion *c, const struct plx_service_evidence *evidence,
                 const struct plx_ledger *ledger)
{
    if (!evidence)
        return NULL;
    if (plx_subject_is_worse(&evidence->all, &evidence->any, ledger->confidence) ||
        plx_incident_is_all(&evidence->all.incidents, evidence->paired))
        return "more exchanges differ, over all endpoints together, than the primary does from itself";
    if (evidence->canary.fails_more.found_ms)
        return "the candidate fails more of the clients that it serves than the primary does of its own";
    if (!plx_subject_is_worse(&evidence->failed, &evidence->errors, ledger->confidence) &&
        !plx_incident_is_all(&evidence->failed.incidents, evidence->errors_paired))
        return NULL;
    return c->secondary == PLX_SECONDARY_NONE
               ? "the candidate often takes no connection"
               : "the candidate fails more often, over all endpoints together, than the secondary";
}

void
plx_conclude(struct plx_service_counts *counts, const struct plx_ledger *ledger, const struct plx_subject *subject,
             struct plx_exchange_counts *exchanges, struct plx_conclusion *conclusion)
{
    struct plx_service_evidence *evidence = counts->evidence;
    const struct plx_evidence_options options = plx_ledger_evidence_options(ledger);

    *exchanges = (struct plx_exchange_counts){0};
    *conclusion = (struct plx_conclusion){.secondary = secondary_of(subject, evidence), .needed = options.quiet};
    if (evidence)
        plx_service_evidence_settle(counts, evidence->newest_ms, &options);
    struct plx_finding_terms terms = {ledger->confidence, ledger->allow, conclusion->secondary, evidence};
    visit_service(counts, find_all, &terms);
    visit_service(counts, count_endpoint, conclusion);
    plx_service_counts_sum(counts, exchanges);
    count_exchanges(conclusion, exchanges, subject);
    take_bound(conclusion, evidence ? &evidence->bound : NULL, ledger);
    conclusion->incident =
        evidence && (plx_incidents_left(&evidence->all.incidents, evidence->paired, options.quiet) ||
                     plx_incidents_left(&evidence->failed.incidents, evidence->errors_paired, options.quiet));
    reach(conclusion, ledger, subject, worse_as_a_whole(conclusion, evidence, ledger));
}

void
plx_conclude_endpoint(struct plx_endpoint_counts *endpoint, const struct plx_ledger *ledger,
                      const struct plx_subject *subject, const struct plx_conclusion *whole,
                      struct plx_conclusion *conclusion)
{
    *conclusion = (struct plx_conclusion){.secondary = whole->secondary, .needed = whole->needed};
    visit_endpoint(endpoint, count_field, conclusion);
    count_exchanges(conclusion, &endpoint->exchanges, subject);
    take_bound(conclusion, endpoint->evidence ? &endpoint->evidence->bound : NULL, ledger);
    conclusion->incident =
        endpoint->evidence && plx_incidents_left(&endpoint->evidence->incidents, endpoint->pairs.paired, whole->needed);
    reach(conclusion, ledger, subject, NULL);
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
    plx_json_key(w, "within");
    plx_json_double(w, conclusion->within);
    plx_json_key(w, "within_since");
    if (conclusion->since_ms) {
        char since[PLX_TIME_TEXT];

        plx_time_text(conclusion->since_ms, since);
        plx_json_text_value(w, since);
    } else {
        plx_json_null(w);
    }
    plx_json_key(w, "more");
    if (conclusion->more == UINT64_MAX)
        plx_json_null(w);
    else
        plx_json_uint(w, conclusion->more);
    plx_json_key(w, "masked");
    plx_json_uint(w, conclusion->masked);
}
