/* SPDX-License-Identifier: Apache-2.0 */
/* Results of `parallax reconcile` as Prometheus text: the same from the program itself and from the server it posts to.
 * Of a run that failed there are no rows and no result to tell. */
#include "evidence/metrics/reconciliation_metrics.h"

#include "base/assert.h"
#include "evidence/ledger/ledger_state.h"
#include "evidence/metrics/exposition.h"

typedef void writer(struct plx_exposition *e, const char *name, const struct plx_reconciliation_view *view);

static void
add_runs(struct plx_exposition *e, const char *name, const struct plx_reconciliation_view *view)
{
    for (int i = 0; i < PLX_RECONCILIATION_OUTCOMES; i++) {
        const struct plx_label labels[] = {
            {"reconciliation", view->last->name},
            {"result", plx_slice_of(plx_reconciliation_outcome_text((enum plx_reconciliation_outcome)i))}};

        plx_exposition_number(e, name, labels, PLX_COUNT(labels), view->totals->runs[i]);
    }
}

static void
add_rows(struct plx_exposition *e, const char *name, const struct plx_reconciliation_view *view)
{
#define IS_GAUGE(name, text, needed, gauge) gauge,
    static const bool is_gauge[] = {PLX_RECONCILIATION_COUNT_MAP(IS_GAUGE)};
#undef IS_GAUGE

    for (int i = 0; i < PLX_RECONCILIATION_COUNTS && view->last->outcome != PLX_RECONCILIATION_FAILED; i++) {
        const struct plx_label labels[] = {
            {"reconciliation", view->last->name},
            {"outcome", plx_slice_of(plx_reconciliation_count_text((enum plx_reconciliation_count)i))}};

        if (is_gauge[i])
            plx_exposition_number(e, name, labels, PLX_COUNT(labels), view->last->counts[i]);
    }
}

static void
begin_line(struct plx_exposition *e, const char *name, const struct plx_reconciliation_view *view)
{
    const struct plx_label labels[] = {{"reconciliation", view->last->name}};

    plx_exposition_line(e, name, labels, PLX_COUNT(labels));
}

static void
add_start(struct plx_exposition *e, const char *name, const struct plx_reconciliation_view *view)
{
    begin_line(e, name, view);
    plx_buffer_format(e->out, "%llu.%03llu\n", (unsigned long long)(view->last->started_ms / 1000),
                      (unsigned long long)(view->last->started_ms % 1000));
}

static void
add_duration(struct plx_exposition *e, const char *name, const struct plx_reconciliation_view *view)
{
    begin_line(e, name, view);
    plx_buffer_format(e->out, "%.6f\n", view->last->seconds);
}

static void
add_result(struct plx_exposition *e, const char *name, const struct plx_reconciliation_view *view)
{
    if (view->last->outcome == PLX_RECONCILIATION_FAILED)
        return;
    begin_line(e, name, view);
    plx_buffer_text(e->out, view->last->outcome == PLX_RECONCILIATION_TRUE ? "1\n" : "0\n");
}

static const struct {
    const char *name, *type, *help;
    writer *write;
} metrics[] = {
    {"parallax_reconcile_runs_total", "counter", "Runs of reconciliations, by how they came out.", add_runs},
    {"parallax_reconcile_rows", "gauge",
     "Pairs of rows (paired, differing) and rows (only_left, only_right, waiting) of the last run, unless it failed.",
     add_rows},
    {"parallax_reconcile_last_run_seconds", "gauge", "When the last run began, in seconds since the epoch.", add_start},
    {"parallax_reconcile_duration_seconds", "gauge", "What the last run took.", add_duration},
    {"parallax_reconcile_result", "gauge", "1: the last run came to true, 0: to false; none where it failed.",
     add_result},
};

void
plx_reconciliations_expose(const struct plx_reconciliation_view *views, size_t count, struct plx_buffer *out)
{
    struct plx_exposition e = {.out = out};

    for (size_t i = 0; i < PLX_COUNT(metrics); i++) {
        plx_exposition_begin(&e, metrics[i].name, metrics[i].type, metrics[i].help);
        for (size_t j = 0; j < count; j++)
            metrics[i].write(&e, metrics[i].name, &views[j]);
    }
}

void
plx_reconciliations_expose_kept(const struct plx_ledger *ledger, struct plx_buffer *out)
{
    struct plx_reconciliation_view views[PLX_RECONCILIATIONS_MAX];
    const struct plx_reconciliations *all = &ledger->reconciliations;
    size_t count = 0;

    for (size_t i = 0; i < all->count; i++)
        if (!all->entries[i]->dropped)
            views[count++] = (struct plx_reconciliation_view){all->entries[i]->last, &all->entries[i]->totals};
    plx_reconciliations_expose(views, count, out);
}
