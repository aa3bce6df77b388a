/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Everything the ledger counts, as Prometheus text (exposition format 0.0.4), sorted. Each metric is one pass over the
 * services, since all lines of a metric must stand together. The totals are those of the store: they go on after a
 * restart.
 */
#include "evidence/metrics/metrics.h"

#include "base/assert.h"
#include "evidence/count/causes.h"
#include "evidence/findings/verdicts.h"
#include "evidence/ledger/ledger_save.h"
#include "evidence/ledger/ledger_state.h"
#include "evidence/ledger/stages.h"
#include "evidence/metrics/metrics_experiments.h"
#include "evidence/metrics/metrics_spies.h"
#include "evidence/metrics/reconciliation_metrics.h"

#include <stdlib.h>

/* ---- exchanges ---- */

static void
add_verdicts(struct plx_exposition *e, const struct plx_service_counts *service,
             const struct plx_endpoint_counts *endpoint)
{
    struct plx_ledger_counts sum = plx_exchange_counts_sum(&endpoint->exchanges);
    const struct {
        const char *verdict;
        uint64_t count;
    } rows[] = {{"match", sum.match},
                {"mismatch", sum.mismatch},
                {"ignored", sum.ignored},
                {"incomparable", sum.incomparable},
                {"uncopied", sum.uncopied}};

    for (size_t i = 0; i < PLX_COUNT(rows); i++) {
        const struct plx_label labels[] = {
            {"service", service->name}, {"endpoint", endpoint->name}, {"verdict", plx_slice_of(rows[i].verdict)}};

        plx_exposition_number(e, "parallax_exchanges_total", labels, PLX_COUNT(labels), rows[i].count);
    }
}

static void
add_endpoint_differences(struct plx_exposition *e, struct plx_endpoint_counts *endpoint)
{
    size_t count;
    struct plx_field_counts **fields = plx_endpoint_counts_fields(endpoint, &count);

    if (!fields) {
        e->out->failed = true;
        return;
    }
    for (size_t i = 0; i < count; i++) {
        const struct plx_label labels[] = {{"service", endpoint->service->name},
                                           {"endpoint", endpoint->name},
                                           {"field", fields[i]->name},
                                           {"kind", plx_slice_of(plx_kind_text(fields[i]->kind))}};

        plx_exposition_number(e, "parallax_differences_total", labels, PLX_COUNT(labels),
                              plx_field_counts_differences(fields[i]));
    }
    free(fields);
}

static void
add_endpoint_exchanges(struct plx_exposition *e, struct plx_endpoint_counts *endpoint)
{
    add_verdicts(e, endpoint->service, endpoint);
}

static void
add_exchanges(struct plx_exposition *e)
{
    plx_exposition_begin(e, "parallax_exchanges_total", "counter",
                         "Client requests by verdict; the verdicts of an endpoint add up to its requests.");
    plx_exposition_each_endpoint(e, add_endpoint_exchanges);
    plx_exposition_begin(
        e, "parallax_differences_total", "counter",
        "Exchanges in which the candidate's answer differs from the primary's in a field, noise included.");
    plx_exposition_each_endpoint(e, add_endpoint_differences);
}

/* ---- reasons ---- */

typedef uint64_t reason_count(const struct plx_exchange_counts *counts, int reason);

static uint64_t
count_uncopied(const struct plx_exchange_counts *counts, int reason)
{
    return counts->uncopied[reason];
}

static uint64_t
count_incomparable(const struct plx_exchange_counts *counts, int reason)
{
    return counts->incomparable[reason];
}

static uint64_t
count_fallbacks(const struct plx_exchange_counts *counts, int reason)
{
    return counts->fallbacks[reason];
}

static const char *
name_fallback(int reason)
{
    return plx_fallback_text((enum plx_fallback)reason);
}

static const char *
name_uncopied(int reason)
{
    return plx_subject_uncopied(PLX_SUBJECT_SERVICE, (unsigned)reason);
}

static const char *
name_incomparable(int reason)
{
    return plx_subject_incomparable(PLX_SUBJECT_SERVICE, (unsigned)reason);
}

/* reasons: which ones; NULL: the first reason_total, which are all. */
static void
add_reasons(struct plx_exposition *e, const char *metric, const int *reasons, size_t reason_total, reason_count *count,
            const char *(*name)(int reason))
{
    for (size_t i = 0; i < e->service_count; i++) {
        struct plx_exchange_counts sum = {0};

        plx_service_counts_sum(e->services[i], &sum);
        for (size_t j = 0; j < reason_total; j++) {
            int reason = reasons ? reasons[j] : (int)j;
            const struct plx_label labels[] = {{"service", e->services[i]->name},
                                               {"reason", plx_slice_of(name(reason))}};

            plx_exposition_number(e, metric, labels, PLX_COUNT(labels), count(&sum, reason));
        }
    }
}

/* By the role that served, and where that was the primary in the candidate's place. */
static void
add_served(struct plx_exposition *e)
{
    plx_exposition_begin(e, "parallax_served_total", "counter",
                         "Client requests by the role whose answer was the client's.");
    for (size_t i = 0; i < e->service_count; i++) {
        struct plx_exchange_counts sum = {0};

        plx_service_counts_sum(e->services[i], &sum);
        for (int role = PLX_PRIMARY; role <= PLX_CANDIDATE; role++) {
            const struct plx_label labels[] = {{"service", e->services[i]->name},
                                               {"role", plx_slice_of(plx_role_text((enum plx_role)role))}};
            uint64_t primary = plx_exchange_counts_sum(&sum).total - sum.served_candidate;

            plx_exposition_number(e, "parallax_served_total", labels, PLX_COUNT(labels),
                                  role == PLX_PRIMARY ? primary : sum.served_candidate);
        }
    }
    plx_exposition_begin(e, "parallax_served_differed_total", "counter",
                         "Client requests that the candidate answered, and its answer differs from the primary's.");
    for (size_t i = 0; i < e->service_count; i++) {
        struct plx_exchange_counts sum = {0};
        const struct plx_label labels[] = {{"service", e->services[i]->name}};

        plx_service_counts_sum(e->services[i], &sum);
        plx_exposition_number(e, "parallax_served_differed_total", labels, PLX_COUNT(labels), sum.served_differed);
    }
    static const int reasons[] = {PLX_FALLBACK_CONNECT, PLX_FALLBACK_RESET,    PLX_FALLBACK_SHED,
                                  PLX_FALLBACK_TIMEOUT, PLX_FALLBACK_PROTOCOL, PLX_FALLBACK_EJECTED};
    plx_exposition_begin(
        e, "parallax_fallbacks_total", "counter",
        "Client requests that the primary answered in the place of a candidate that could not, by reason.");
    add_reasons(e, "parallax_fallbacks_total", reasons, PLX_COUNT(reasons), count_fallbacks, name_fallback);
}

/* Requests that a role was asked for a second time. */
static void
add_retries(struct plx_exposition *e)
{
    plx_exposition_begin(
        e, "parallax_retries_total", "counter",
        "Requests that a role was asked again, since it had closed a kept connection without an answer.");
    for (size_t i = 0; i < e->service_count; i++) {
        struct plx_exchange_counts sum = {0};

        plx_service_counts_sum(e->services[i], &sum);
        for (int role = 0; role < PLX_ROLES; role++) {
            const struct plx_label labels[] = {{"service", e->services[i]->name},
                                               {"role", plx_slice_of(plx_role_text((enum plx_role)role))}};

            plx_exposition_number(e, "parallax_retries_total", labels, PLX_COUNT(labels), sum.retries[role]);
        }
    }
}

static void
add_all_reasons(struct plx_exposition *e)
{
    /* Requests that would have been copied but for a limit. */
    static const int shed[] = {PLX_UNCOPIED_SHED, PLX_UNCOPIED_TOO_LARGE};

    plx_exposition_begin(e, "parallax_copies_shed_total", "counter",
                         "Requests that were not copied because a limit was reached.");
    add_reasons(e, "parallax_copies_shed_total", shed, PLX_COUNT(shed), count_uncopied, name_uncopied);
    plx_exposition_begin(e, "parallax_uncopied_total", "counter", "Requests that were not copied, by reason.");
    add_reasons(e, "parallax_uncopied_total", NULL, PLX_UNCOPIED_COUNT, count_uncopied, name_uncopied);
    plx_exposition_begin(e, "parallax_incomparable_total", "counter",
                         "Exchanges whose answers could not be compared, by reason.");
    add_reasons(e, "parallax_incomparable_total", NULL, PLX_INCOMPARABLE_COUNT, count_incomparable, name_incomparable);
}

/* ---- roles ---- */

static void
add_histogram(struct plx_exposition *e, const struct plx_service_counts *service, enum plx_role role)
{
    struct plx_histogram sum = {0};
    const struct plx_label labels[] = {{"service", service->name}, {"role", plx_slice_of(plx_role_text(role))}};

    plx_service_counts_latency(service, role, &sum);
    if (sum.count)
        plx_exposition_histogram(e, "parallax_answer_seconds", labels, PLX_COUNT(labels), &sum, false);
}

static uint64_t
count_answered(const struct plx_role_health *health)
{
    return health->answered;
}

static uint64_t
count_failed(const struct plx_role_health *health)
{
    return health->failed;
}

static uint64_t
count_errors(const struct plx_role_health *health)
{
    return health->errors;
}

static void
add_health(struct plx_exposition *e, const char *metric, uint64_t (*count)(const struct plx_role_health *health))
{
    for (size_t i = 0; i < e->service_count; i++) {
        for (int role = 0; role < PLX_ROLES; role++) {
            const struct plx_role_health *health = &e->services[i]->health[role];
            const struct plx_label labels[] = {{"service", e->services[i]->name},
                                               {"role", plx_slice_of(plx_role_text((enum plx_role)role))}};

            if (health->answered || health->failed)
                plx_exposition_number(e, metric, labels, PLX_COUNT(labels), count(health));
        }
    }
}

static void
add_roles(struct plx_exposition *e)
{
    plx_exposition_begin(e, "parallax_answer_seconds", "histogram",
                         "Time from the start of a role's request to the end of its answer.");
    for (size_t i = 0; i < e->service_count; i++)
        for (int role = 0; role < PLX_ROLES; role++)
            add_histogram(e, e->services[i], (enum plx_role)role);
    plx_exposition_begin(e, "parallax_role_answers_total", "counter",
                         "Answers of a role since the start of this process.");
    add_health(e, "parallax_role_answers_total", count_answered);
    plx_exposition_begin(e, "parallax_role_errors_total", "counter",
                         "Answers of a role with a status of 500 or above, since the start of this process.");
    add_health(e, "parallax_role_errors_total", count_errors);
    plx_exposition_begin(e, "parallax_role_failures_total", "counter",
                         "Requests that a role gave no answer to, since the start of this process.");
    add_health(e, "parallax_role_failures_total", count_failed);
}

/* ---- verdicts ---- */

/* The exit status of `parallax report`; false: there is none, nothing is compared. */
static bool
verdict_number(enum plx_evidence verdict, uint64_t *number)
{
    *number = verdict == PLX_EVIDENCE_CLEAN ? 0 : verdict == PLX_EVIDENCE_REGRESSION ? 1 : 3;
    return verdict != PLX_EVIDENCE_NOT_COMPARED;
}

static void
add_verdict(struct plx_exposition *e, const char *service, struct plx_slice endpoint, enum plx_evidence verdict)
{
    const struct plx_label labels[] = {{"service", plx_slice_of(service)}, {"endpoint", endpoint}};
    uint64_t number;

    if (verdict_number(verdict, &number))
        plx_exposition_number(e, "parallax_verdict", labels, PLX_COUNT(labels), number);
}

/* Of a service as a whole the endpoint is empty. */
static bool
add_service_verdicts(struct plx_exposition *e, const struct plx_service *service)
{
    const struct plx_subject subject = plx_subject_service(service);
    struct plx_service_counts *counts = plx_counts_find_service(&e->ledger->counts, subject.kind, subject.name);
    struct plx_conclusion whole, conclusion;
    struct plx_endpoint_counts **endpoints;
    size_t count;

    plx_service_verdict(e->ledger, service, &whole);
    add_verdict(e, service->name, plx_slice_of(""), whole.verdict);
    if (!counts)
        return true;
    endpoints = plx_service_counts_endpoints(counts, &count);
    if (!endpoints)
        return false;
    for (size_t i = 0; i < count; i++) {
        plx_conclude_endpoint(endpoints[i], e->ledger, &subject, &whole, &conclusion);
        add_verdict(e, service->name, endpoints[i]->name, conclusion.verdict);
    }
    free(endpoints);
    return true;
}

static void
add_verdicts_of(struct plx_exposition *e, const struct plx_service **services, size_t count)
{
    plx_exposition_begin(
        e, "parallax_verdict", "gauge",
        "As `parallax report` ends: 0 clean, 1 a regression, 3 not enough evidence; none where nothing is compared.");
    for (size_t i = 0; i < count; i++)
        if (!add_service_verdicts(e, services[i]))
            e->out->failed = true;
}

/* ---- configuration ---- */

static void
add_stages(struct plx_exposition *e, const struct plx_service **services, size_t count)
{
    static const enum plx_stage stages[] = {
#define STAGE(name, text) name,
        PLX_STAGE_MAP(STAGE)
#undef STAGE
    };

    plx_exposition_begin(e, "parallax_stage", "gauge", "1 for the stage that a service is at, 0 for the others.");
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < PLX_COUNT(stages); j++) {
            const struct plx_label labels[] = {{"service", plx_slice_of(services[i]->name)},
                                               {"stage", plx_slice_of(plx_stage_text(stages[j]))}};

            plx_exposition_number(e, "parallax_stage", labels, PLX_COUNT(labels), services[i]->stage == stages[j]);
        }
    }
    plx_exposition_begin(e, "parallax_share", "gauge",
                         "The part of the clients who get the candidate's answer, from 0 to 1.");
    for (size_t i = 0; i < count; i++) {
        const struct plx_label labels[] = {{"service", plx_slice_of(services[i]->name)}};

        plx_exposition_line(e, "parallax_share", labels, PLX_COUNT(labels));
        plx_buffer_format(e->out, "%g\n", (double)plx_service_share(services[i]) / PLX_SHARE_ALL);
    }
}

static void
add_holds(struct plx_exposition *e, const struct plx_service **services, size_t count)
{
    plx_exposition_begin(e, "parallax_held", "gauge",
                         "1 where a service is held until it is resumed: paused, rolled back; else 0.");
    for (size_t i = 0; i < count; i++) {
        for (unsigned j = 0; j < PLX_HOLDS; j++) {
            const char *hold = plx_hold_text((enum plx_hold)j);
            const struct plx_label labels[] = {{"service", plx_slice_of(services[i]->name)},
                                               {"hold", plx_slice_of(hold)}};

            plx_exposition_number(e, "parallax_held", labels, PLX_COUNT(labels),
                                  plx_ledger_held(e->ledger, services[i]->name, (enum plx_hold)j) != NULL);
        }
    }
}

/* Whether a canary's clients are kept from the candidate, and how often they were since the process began. */
static void
add_ejections(struct plx_exposition *e, const struct plx_service **services, size_t count)
{
    struct plx_ejected ejected;

    plx_exposition_begin(e, "parallax_candidate_ejected", "gauge",
                         "1 while a canary's clients are kept from a candidate that gave no answers.");
    for (size_t i = 0; i < count; i++) {
        const struct plx_label labels[] = {{"service", plx_slice_of(services[i]->name)}};
        bool on = services[i]->ejection && services[i]->stage == PLX_STAGE_CANARY && services[i]->eject.after;

        plx_exposition_number(e, "parallax_candidate_ejected", labels, PLX_COUNT(labels),
                              on && plx_ejection_get(services[i]->ejection, &ejected));
    }
    plx_exposition_begin(e, "parallax_candidate_ejections_total", "counter",
                         "Times that a canary's candidate was ejected since the process began.");
    for (size_t i = 0; i < count; i++) {
        const struct plx_label labels[] = {{"service", plx_slice_of(services[i]->name)}};

        plx_exposition_number(e, "parallax_candidate_ejections_total", labels, PLX_COUNT(labels),
                              services[i]->ejection ? plx_ejection_count(services[i]->ejection) : 0);
    }
}

static void
add_snapshot(struct plx_exposition *e)
{
    const struct plx_service *sorted[PLX_SERVICES_MAX];
    size_t count = e->snapshot ? e->snapshot->service_count : 0;

    PLX_ASSERT(count <= PLX_SERVICES_MAX);
    for (size_t i = 0; i < count; i++) {
        const struct plx_service *service = &e->snapshot->services[i];
        size_t at = i;

        for (; at > 0 && strcmp(service->name, sorted[at - 1]->name) < 0; at--)
            sorted[at] = sorted[at - 1];
        sorted[at] = service;
    }
    add_verdicts_of(e, sorted, count);
    add_stages(e, sorted, count);
    add_holds(e, sorted, count);
    add_ejections(e, sorted, count);
}

static void
add_rechecks(struct plx_exposition *e)
{
    plx_exposition_begin(e, "parallax_rechecks_total", "counter",
                         "Mismatches that were to be asked again, by what came of it.");
    for (size_t i = 0; i < e->service_count; i++) {
        const struct plx_recheck_counts counts = plx_causes_rechecks(e->services[i]);

        for (int j = 0; j < PLX_RECHECK_RESULTS; j++) {
            const struct plx_label labels[] = {{"service", e->services[i]->name},
                                               {"result", plx_slice_of(plx_recheck_text((enum plx_recheck_result)j))}};

            plx_exposition_number(e, "parallax_rechecks_total", labels, PLX_COUNT(labels), counts.by[j]);
        }
    }
}

/* ---- the ledger itself ---- */

static void
add_limits(struct plx_exposition *e)
{
    plx_exposition_begin(e, "parallax_endpoints_overflow_total", "counter",
                         "Exchanges counted under the endpoint (other) because there are too many endpoints.");
    for (size_t i = 0; i < e->service_count; i++) {
        const struct plx_label labels[] = {{"service", e->services[i]->name}};

        plx_exposition_number(e, "parallax_endpoints_overflow_total", labels, PLX_COUNT(labels),
                              plx_exchange_counts_sum(&e->services[i]->other.exchanges).total);
    }
    plx_exposition_begin(e, "parallax_causes", "gauge", "Causes of mismatches that are told apart.");
    for (size_t i = 0; i < e->service_count; i++) {
        const struct plx_label labels[] = {{"service", e->services[i]->name}};

        plx_exposition_number(e, "parallax_causes", labels, PLX_COUNT(labels), e->services[i]->causes.count);
    }
    plx_exposition_begin(e, "parallax_causes_overflow_total", "counter",
                         "Mismatches counted under the cause (other) because there are too many causes.");
    for (size_t i = 0; i < e->service_count; i++) {
        const struct plx_label labels[] = {{"service", e->services[i]->name}};

        plx_exposition_number(e, "parallax_causes_overflow_total", labels, PLX_COUNT(labels),
                              e->services[i]->other_cause.count);
    }
    plx_exposition_begin(e, "parallax_records_dropped_total", "counter",
                         "Mismatches that were counted but not kept whole, for want of room or memory.");
    for (size_t i = 0; i < e->service_count; i++) {
        const struct plx_label labels[] = {{"service", e->services[i]->name}};

        plx_exposition_number(e, "parallax_records_dropped_total", labels, PLX_COUNT(labels),
                              e->services[i]->records_dropped);
    }
}

static void
add_under_way(struct plx_exposition *e)
{
    plx_exposition_begin(e, "parallax_under_way", "gauge",
                         "Exchanges that are answered but not counted yet, since their copies have not ended.");
    for (size_t i = 0; i < e->service_count; i++) {
        const struct plx_label labels[] = {{"service", e->services[i]->name}};

        plx_exposition_number(e, "parallax_under_way", labels, PLX_COUNT(labels), e->services[i]->under_way);
    }
}

static void
add_refused(struct plx_exposition *e)
{
    plx_exposition_begin(e, "parallax_refused_total", "counter",
                         "Requests refused before they were exchanges, since the start of this process.");
    for (int i = 0; i < PLX_REFUSED_COUNT; i++) {
        const struct plx_label labels[] = {{"reason", plx_slice_of(plx_refused_text((enum plx_refused)i))}};

        plx_exposition_number(e, "parallax_refused_total", labels, PLX_COUNT(labels), e->ledger->refused[i]);
    }
}

static void
add_store(struct plx_exposition *e)
{
    static const char *const parts[PLX_STORE_PARTS] = {"counts", "stages"};
    char text[PLX_STORE_TROUBLE_MAX];

    plx_exposition_begin(
        e, "parallax_store_failures_total", "counter",
        "Transactions of the store that failed since the start of this process; their numbers are written later.");
    plx_exposition_number(e, "parallax_store_failures_total", NULL, 0, e->ledger->store_failures);
    if (!plx_ledger_has_store(e->ledger))
        return;
    plx_exposition_begin(e, "parallax_store_ok", "gauge",
                         "1 where the store takes what is to be kept; 0: it is in memory alone, the log says why.");
    for (unsigned i = 0; i < PLX_STORE_PARTS; i++) {
        const struct plx_label part[] = {{"part", plx_slice_of(parts[i])}};
        plx_exposition_number(e, "parallax_store_ok", part, PLX_COUNT(part),
                              !plx_ledger_store_trouble(e->ledger, (enum plx_store_part)i, text, sizeof(text)));
    }
}

static void
add_ledger(struct plx_exposition *e)
{
    const struct plx_label version[] = {{"version", plx_slice_of(PLX_VERSION)}};

    plx_exposition_begin(e, "parallax_records", "gauge", "Mismatches kept whole.");
    plx_exposition_number(e, "parallax_records", NULL, 0, e->ledger->record_count);
    plx_exposition_begin(e, "parallax_records_bytes", "gauge", "Memory that the mismatches kept whole take.");
    plx_exposition_number(e, "parallax_records_bytes", NULL, 0, e->ledger->record_bytes);
    add_store(e);
    plx_exposition_begin(e, "parallax_build_info", "gauge", "1, with the version of this process.");
    plx_exposition_number(e, "parallax_build_info", version, PLX_COUNT(version), 1);
}

void
plx_metrics_write(struct plx_ledger *ledger, const struct plx_snapshot *snapshot, struct plx_buffer *out)
{
    struct plx_exposition e = {.ledger = ledger, .snapshot = snapshot, .out = out};

    if (!plx_exposition_open(&e, PLX_SUBJECT_SERVICE))
        return;
    add_exchanges(&e);
    add_under_way(&e);
    add_all_reasons(&e);
    add_served(&e);
    add_retries(&e);
    add_roles(&e);
    add_snapshot(&e);
    add_rechecks(&e);
    add_limits(&e);
    add_refused(&e);
    plx_exposition_close(&e);
    plx_experiments_expose(&e);
    plx_spies_expose(&e);
    plx_reconciliations_expose_kept(ledger, out);
    add_ledger(&e);
}
