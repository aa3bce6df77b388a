/* SPDX-License-Identifier: Apache-2.0 */
/* Experiments as Prometheus text (version 0.0.4): each metric once, with a line for each experiment. */
#include "base/assert.h"
#include "experiment/experiment_state.h"

#include <math.h>

#define METRICS_MAX (16u << 20)

struct exposition {
    struct plx_experiment *const *experiments;
    size_t count;
    struct plx_buffer out;
};

static void
add_quoted(struct plx_buffer *out, const char *text)
{
    plx_buffer_byte(out, '"');
    plx_buffer_label(out, plx_slice_of(text));
    plx_buffer_byte(out, '"');
}

static void
begin_metric(struct exposition *x, const char *name, const char *type, const char *help)
{
    plx_buffer_format(&x->out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* NAME{experiment="...",LABEL="..."; the line goes on. */
static void
begin_line(struct exposition *x, const char *name, const struct plx_experiment *e, const char *label, const char *value)
{
    plx_buffer_format(&x->out, "%s{experiment=", name);
    add_quoted(&x->out, e->name);
    if (label) {
        plx_buffer_format(&x->out, ",%s=", label);
        add_quoted(&x->out, value);
    }
}

static void
end_line(struct exposition *x, uint64_t number)
{
    plx_buffer_text(&x->out, "} ");
    plx_buffer_number(&x->out, number);
    plx_buffer_byte(&x->out, '\n');
}

static uint64_t
load(const atomic_uint_fast64_t *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

/* ---- counters of experiments, and of their candidates ---- */

#define COUNTER_MAP(X)                                                                               \
    X("parallax_experiment_total", "Runs of experiments whose outcome is known.", runs)              \
    X("parallax_experiment_shed_total", "Calls in which the experiment could not be started.", shed) \
    X("parallax_experiment_raised_total", "Callbacks of experiments that have failed.", raised)      \
    X("parallax_experiment_late_total", "Candidates that have ended after their deadline.", late)

static void
add_counters(struct exposition *x)
{
#define ADD_COUNTER(name, help, field)                               \
    begin_metric(x, name, "counter", help);                          \
    for (size_t i = 0; i < x->count; i++) {                          \
        begin_line(x, name, x->experiments[i], NULL, NULL);          \
        end_line(x, plx_experiment_counts(x->experiments[i]).field); \
    }
    COUNTER_MAP(ADD_COUNTER)
#undef ADD_COUNTER
}

static void
add_candidates(struct exposition *x, const char *name, const char *help, int verdict)
{
    begin_metric(x, name, "counter", help);
    for (size_t i = 0; i < x->count; i++) {
        struct plx_experiment *e = x->experiments[i];
        for (unsigned k = 0; k < e->count; k++) {
            struct plx_behaviour *behaviour = &e->behaviours[k];
            if ((int)k == e->control)
                continue;
            begin_line(x, name, e, "candidate", behaviour->name);
            end_line(x, verdict < 0 ? load(&behaviour->errors) : load(&behaviour->verdicts[verdict]));
        }
    }
}

static void
add_reasons(struct exposition *x)
{
    static const char name[] = "parallax_experiment_incomparable_total";

    begin_metric(x, name, "counter", "Candidates' results that could not be compared, by reason.");
    for (size_t i = 0; i < x->count; i++)
        for (int reason = PLX_REASON_NONE + 1; reason < PLX_REASON_COUNT; reason++) {
            begin_line(x, name, x->experiments[i], "reason", plx_reason_text((enum plx_reason)reason));
            end_line(x, load(&x->experiments[i]->reasons[reason]));
        }
}

/* ---- durations ---- */

static void
add_durations(struct exposition *x, const struct plx_experiment *e, const struct plx_behaviour *behaviour)
{
    static const char bucket[] = "parallax_experiment_seconds_bucket";
    struct plx_histogram durations;

    plx_histogram_read_shared(&behaviour->durations, &durations);
    durations.count = plx_histogram_below(&durations, INFINITY); /* what the buckets hold at this moment */
    for (size_t i = 0; i < PLX_LE_COUNT; i++) {
        begin_line(x, bucket, e, "behaviour", behaviour->name);
        plx_buffer_format(&x->out, ",le=\"%s\"", plx_les[i].text);
        end_line(x, plx_histogram_below(&durations, plx_les[i].seconds));
    }
    begin_line(x, bucket, e, "behaviour", behaviour->name);
    plx_buffer_text(&x->out, ",le=\"+Inf\"");
    end_line(x, durations.count);
    begin_line(x, "parallax_experiment_seconds_sum", e, "behaviour", behaviour->name);
    plx_buffer_format(&x->out, "} %llu.%06llu\n", (unsigned long long)(durations.sum_us / 1000000),
                      (unsigned long long)(durations.sum_us % 1000000));
    begin_line(x, "parallax_experiment_seconds_count", e, "behaviour", behaviour->name);
    end_line(x, durations.count);
}

size_t
plx_experiment_metrics(struct plx_experiment *const *experiments, size_t count, char *into, size_t size)
{
    struct exposition x = {.experiments = experiments, .count = count};
    size_t len, shown;

    for (size_t i = 0; i < count; i++)
        plx_experiment_know_fork(experiments[i]);
    plx_buffer_init_in(&x.out, METRICS_MAX, count > 0 ? experiments[0]->allocator : NULL);
    add_counters(&x);
    add_candidates(&x, "parallax_experiment_match_total", "Candidates' results that matched.", PLX_MATCH);
    add_candidates(&x, "parallax_experiment_mismatch_total", "Candidates' results that did not match.", PLX_MISMATCH);
    add_candidates(&x, "parallax_experiment_ignored_total", "Candidates' mismatches that were ignored.", PLX_IGNORED);
    add_candidates(&x, "parallax_experiment_candidate_error_total", "Candidates that gave an error.", -1);
    add_reasons(&x);
    begin_metric(&x, "parallax_experiment_seconds", "histogram", "What a behaviour took, by the wall clock.");
    for (size_t i = 0; i < count; i++)
        for (unsigned k = 0; k < experiments[i]->count; k++)
            add_durations(&x, experiments[i], &experiments[i]->behaviours[k]);
    len = x.out.failed ? 0 : x.out.len;
    shown = len < size ? len : size - 1;
    if (into && size > 0) {
        if (shown > 0)
            memcpy(into, x.out.ptr, shown);
        into[shown] = '\0';
    }
    plx_buffer_fini(&x.out);
    return len;
}
