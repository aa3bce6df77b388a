/* SPDX-License-Identifier: Apache-2.0 */
/* Spies as Prometheus text: what the calls of both sides came to. */
#include "evidence/metrics/metrics_spies.h"

#include "base/assert.h"

static void
add_result(struct plx_exposition *e, const struct plx_endpoint_counts *endpoint, const char *result, uint64_t count)
{
    const struct plx_label labels[] = {
        {"spy", endpoint->service->name}, {"endpoint", endpoint->name}, {"result", plx_slice_of(result)}};

    plx_exposition_number(e, "parallax_spy_calls_total", labels, PLX_COUNT(labels), count);
}

static void
add_endpoint(struct plx_exposition *e, struct plx_endpoint_counts *endpoint)
{
    const struct plx_exchange_counts *counts = &endpoint->exchanges;
    const struct plx_ledger_counts sum = plx_exchange_counts_sum(counts);

    add_result(e, endpoint, "match", sum.match);
    add_result(e, endpoint, "ignored", sum.ignored);
    for (unsigned i = 0; i < plx_subject_result_count(PLX_SUBJECT_SPY); i++)
        add_result(e, endpoint, plx_subject_result(PLX_SUBJECT_SPY, i), counts->results[i]);
    add_result(e, endpoint, "incomparable", sum.incomparable);
    add_result(e, endpoint, "uncopied", sum.uncopied);
}

static void
add_calls(struct plx_exposition *e)
{
    plx_exposition_begin(e, "parallax_spy_calls_total", "counter",
                         "Pairs of calls that came to spies, and calls without a pair, by what they came to.");
    plx_exposition_each_endpoint(e, add_endpoint);
}

static void
add_reasons(struct plx_exposition *e, const char *name, const char *help, bool uncopied)
{
    unsigned count =
        uncopied ? plx_subject_uncopied_count(PLX_SUBJECT_SPY) : plx_subject_incomparable_count(PLX_SUBJECT_SPY);

    plx_exposition_begin(e, name, "counter", help);
    for (size_t i = 0; i < e->service_count; i++) {
        struct plx_exchange_counts sum = {0};
        plx_service_counts_sum(e->services[i], &sum);
        for (unsigned k = 0; k < count; k++) {
            const char *reason =
                uncopied ? plx_subject_uncopied(PLX_SUBJECT_SPY, k) : plx_subject_incomparable(PLX_SUBJECT_SPY, k);
            const struct plx_label labels[] = {{"spy", e->services[i]->name}, {"reason", plx_slice_of(reason)}};
            plx_exposition_number(e, name, labels, PLX_COUNT(labels), uncopied ? sum.uncopied[k] : sum.incomparable[k]);
        }
    }
}

static void
add_answers(struct plx_exposition *e)
{
    static const char name[] = "parallax_spy_answer_seconds";

    plx_exposition_begin(e, name, "histogram", "How long the real dependency took to answer calls that have a pair.");
    for (size_t i = 0; i < e->service_count; i++)
        for (int side = PLX_PRIMARY; side <= PLX_CANDIDATE; side++) {
            struct plx_histogram sum = {0};
            const struct plx_label labels[] = {{"spy", e->services[i]->name},
                                               {"side", plx_slice_of(plx_role_text((enum plx_role)side))}};
            plx_service_counts_latency(e->services[i], (enum plx_role)side, &sum);
            plx_exposition_histogram(e, name, labels, PLX_COUNT(labels), &sum, false);
        }
}

void
plx_spies_expose(struct plx_exposition *e)
{
    if (!plx_exposition_open(e, PLX_SUBJECT_SPY))
        return;
    add_calls(e);
    add_reasons(e, "parallax_spy_incomparable_total", "Calls that could not be compared, by reason.", false);
    add_reasons(e, "parallax_spy_uncopied_total", "Calls that were not paired, by reason.", true);
    add_answers(e);
    plx_exposition_close(e);
}
