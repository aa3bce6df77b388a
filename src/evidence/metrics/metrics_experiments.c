/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Experiments as Prometheus text, under the names and with the labels that the library itself writes
 * (lib/experiment/experiment_metrics.c): whether a program is asked or the server that it publishes to, a query is the
 * same. What only the program knows (callbacks that failed, candidates that ended late) is not here.
 */
#include "evidence/metrics/metrics_experiments.h"

#include "base/assert.h"
#include <stdlib.h>

#define CONTROL "control"

/* ---- of an experiment ---- */

/* Each run is counted at each candidate: where candidates come and go, the one with the most stands for the control. */
static const struct plx_histogram *
control_durations(const struct plx_service_counts *experiment)
{
    const struct plx_histogram *most = experiment->other.latency[PLX_PRIMARY];
    const struct plx_table_entry *entry;
    size_t at = 0;

    while ((entry = plx_table_next(&experiment->endpoints, &at))) {
        const struct plx_histogram *durations = ((struct plx_endpoint_counts *)entry->value)->latency[PLX_PRIMARY];
        if (durations && (!most || durations->count > most->count))
            most = durations;
    }
    return most;
}

static void
add_runs(struct plx_exposition *e)
{
    plx_exposition_begin(e, "parallax_experiment_total", "counter", "Runs of experiments whose outcome is known.");
    for (size_t i = 0; i < e->service_count; i++) {
        const struct plx_label labels[] = {{"experiment", e->services[i]->name}};

        plx_exposition_number(e, "parallax_experiment_total", labels, PLX_COUNT(labels), e->services[i]->runs);
    }
}

/* A run that was shed is one for each of its candidates. */
static uint64_t
shed_runs(const struct plx_service_counts *experiment)
{
    uint64_t most = experiment->other.exchanges.uncopied[PLX_RUN_SHED];
    const struct plx_table_entry *entry;
    size_t at = 0;

    while ((entry = plx_table_next(&experiment->endpoints, &at))) {
        const struct plx_endpoint_counts *candidate = entry->value;
        if (candidate->exchanges.uncopied[PLX_RUN_SHED] > most)
            most = candidate->exchanges.uncopied[PLX_RUN_SHED];
    }
    return most;
}

static void
add_shed(struct plx_exposition *e)
{
    plx_exposition_begin(e, "parallax_experiment_shed_total", "counter",
                         "Calls in which the experiment could not be started.");
    for (size_t i = 0; i < e->service_count; i++) {
        const struct plx_label labels[] = {{"experiment", e->services[i]->name}};

        plx_exposition_number(e, "parallax_experiment_shed_total", labels, PLX_COUNT(labels),
                              shed_runs(e->services[i]));
    }
}

static void
add_reasons(struct plx_exposition *e)
{
    static const char name[] = "parallax_experiment_incomparable_total";

    plx_exposition_begin(e, name, "counter", "Candidates' results that could not be compared, by reason.");
    for (size_t i = 0; i < e->service_count; i++) {
        struct plx_exchange_counts sum = {0};

        plx_service_counts_sum(e->services[i], &sum);
        for (unsigned j = 0; j < plx_subject_incomparable_count(PLX_SUBJECT_EXPERIMENT); j++) {
            const struct plx_label labels[] = {
                {"experiment", e->services[i]->name},
                {"reason", plx_slice_of(plx_subject_incomparable(PLX_SUBJECT_EXPERIMENT, j))}};

            plx_exposition_number(e, name, labels, PLX_COUNT(labels), sum.incomparable[j]);
        }
    }
}

/* ---- of a candidate ---- */

typedef void candidate_visitor(struct plx_exposition *e, const struct plx_endpoint_counts *candidate, const void *what);

static void
each_candidate(struct plx_exposition *e, struct plx_service_counts *experiment, candidate_visitor *visit,
               const void *what)
{
    size_t count;
    struct plx_endpoint_counts **candidates = plx_service_counts_endpoints(experiment, &count);

    if (!candidates) {
        e->out->failed = true;
        return;
    }
    for (size_t i = 0; i < count; i++)
        visit(e, candidates[i], what);
    free(candidates);
}

struct counter {
    const char *name, *help;
    uint64_t (*count)(const struct plx_exchange_counts *counts);
};

static uint64_t
matches(const struct plx_exchange_counts *counts)
{
    return counts->match;
}

static uint64_t
mismatches(const struct plx_exchange_counts *counts)
{
    return counts->mismatch;
}

static uint64_t
ignored(const struct plx_exchange_counts *counts)
{
    return counts->ignored;
}

static uint64_t
errors(const struct plx_exchange_counts *counts)
{
    return counts->errors;
}

static void
add_count(struct plx_exposition *e, const struct plx_endpoint_counts *candidate, const void *what)
{
    const struct counter *counter = what;
    const struct plx_label labels[] = {{"experiment", candidate->service->name}, {"candidate", candidate->name}};

    plx_exposition_number(e, counter->name, labels, PLX_COUNT(labels), counter->count(&candidate->exchanges));
}

static void
add_durations(struct plx_exposition *e, const struct plx_slice experiment, struct plx_slice behaviour,
              const struct plx_histogram *durations)
{
    const struct plx_label labels[] = {{"experiment", experiment}, {"behaviour", behaviour}};

    if (durations)
        plx_exposition_histogram(e, "parallax_experiment_seconds", labels, PLX_COUNT(labels), durations, true);
}

static void
add_candidate_durations(struct plx_exposition *e, const struct plx_endpoint_counts *candidate, const void *what)
{
    (void)what;
    add_durations(e, candidate->service->name, candidate->name, candidate->latency[PLX_CANDIDATE]);
}

void
plx_experiments_expose(struct plx_exposition *e)
{
    static const struct counter counters[] = {
        {"parallax_experiment_match_total", "Candidates' results that matched.", matches},
        {"parallax_experiment_mismatch_total", "Candidates' results that did not match.", mismatches},
        {"parallax_experiment_ignored_total", "Candidates' mismatches that were ignored.", ignored},
        {"parallax_experiment_candidate_error_total", "Candidates that gave an error.", errors},
    };

    if (!plx_exposition_open(e, PLX_SUBJECT_EXPERIMENT))
        return;
    add_runs(e);
    add_shed(e);
    for (size_t i = 0; i < PLX_COUNT(counters); i++) {
        plx_exposition_begin(e, counters[i].name, "counter", counters[i].help);
        for (size_t j = 0; j < e->service_count; j++)
            each_candidate(e, e->services[j], add_count, &counters[i]);
    }
    add_reasons(e);
    plx_exposition_begin(e, "parallax_experiment_seconds", "histogram", "What a behaviour took, by the wall clock.");
    for (size_t i = 0; i < e->service_count; i++) {
        add_durations(e, e->services[i]->name, plx_slice_of(CONTROL), control_durations(e->services[i]));
        each_candidate(e, e->services[i], add_candidate_durations, NULL);
    }
    plx_exposition_close(e);
}
