/* SPDX-License-Identifier: Apache-2.0 */
/* Reconciliations of a report, read from its JSON. */
#include "cli/report/report_reconciliations.h"

#include "base/arena.h"
#include "base/assert.h"
#include "base/buffer.h"

#define WHY_BYTES_MAX (1u << 20)

static const struct plx_report_sides left_and_right = {"left", "right", ""};

/* ---- rows ---- */

static bool
read_examples(struct plx_item array, struct plx_arena *arena, enum plx_reconciliation_kind kind,
              struct plx_report_reconciliation *out)
{
    struct plx_report_row *rows = plx_item_room(arena, plx_item_length(array), sizeof(*rows));

    out->examples[kind] = rows;
    if (!rows)
        return false;
    for (struct plx_item item = plx_item_first(array); item.document; item = plx_item_next(array, item)) {
        struct plx_report_row *row = &rows[out->example_count[kind]++];
        struct plx_item shown = kind == PLX_EXAMPLE_DIFFERING ? plx_item_member(item, "key") : item;

        if (!shown.document)
            shown = plx_item_member(item, "left");
        row->json = plx_item_text(shown.document ? shown : item, arena);
        if (kind == PLX_EXAMPLE_DIFFERING && !plx_report_read_differences(plx_item_member(item, "differences"),
                                                                          &left_and_right, arena, &row->differences))
            return false;
    }
    return true;
}

/* ---- what the counts mean ---- */

static const char *
result_of(enum plx_report_verdict verdict)
{
    return plx_reconciliation_outcome_text(verdict == PLX_REPORT_CLEAN        ? PLX_RECONCILIATION_TRUE
                                           : verdict == PLX_REPORT_REGRESSION ? PLX_RECONCILIATION_FALSE
                                                                              : PLX_RECONCILIATION_FAILED);
}

static void
add_part(struct plx_buffer *out, uint64_t count, const char *one, const char *several)
{
    if (count > 0)
        plx_buffer_format(out, "%s%llu %s", out->len ? ", " : "", (unsigned long long)count,
                          count == 1 ? one : several);
}

static void
add_why(struct plx_buffer *out, const uint64_t counts[PLX_RECONCILIATION_COUNTS])
{
    add_part(out, counts[PLX_ROWS_ONLY_LEFT], "row of the left side has no partner",
             "rows of the left side have no partner");
    add_part(out, counts[PLX_ROWS_ONLY_RIGHT], "row of the right side has no partner",
             "rows of the right side have no partner");
    add_part(out, counts[PLX_ROWS_DIFFERING], "pair differs", "pairs differ");
    if (out->len == 0)
        plx_buffer_text(out, "each row has an equal partner");
    add_part(out, counts[PLX_ROWS_WAITING], "row waits for the next run", "rows wait for the next run");
}

static bool
conclude(struct plx_slice error, struct plx_arena *arena, struct plx_report_reconciliation *out)
{
    struct plx_buffer why;

    plx_buffer_init(&why, WHY_BYTES_MAX);
    if (out->verdict == PLX_REPORT_INCONCLUSIVE) {
        plx_buffer_text(&why, "the run could not be finished: ");
        plx_buffer_add(&why, error);
    } else {
        add_why(&why, out->counts);
    }
    out->result = result_of(out->verdict);
    out->why = plx_arena_copy(arena, plx_buffer_slice(&why));
    bool whole = !why.failed && out->why.ptr;
    plx_buffer_fini(&why);
    return whole;
}

/* ---- runs ---- */

/* What was gathered, as a text that lasts; the buffer is empty then. */
static bool
keep(struct plx_buffer *text, struct plx_arena *arena, struct plx_slice *out)
{
    *out = plx_arena_copy(arena, plx_buffer_slice(text));
    plx_buffer_clear(text);
    return !text->failed && out->ptr;
}

/* "paired 9, only_left 2": those that are not 0, and always the first. */
static void
add_counts(struct plx_buffer *out, const uint64_t counts[PLX_RECONCILIATION_COUNTS])
{
    for (int i = 0; i < PLX_RECONCILIATION_COUNTS; i++)
        if (i == 0 || counts[i] > 0)
            plx_buffer_format(out, "%s%s %llu", i ? ", " : "",
                              plx_reconciliation_count_text((enum plx_reconciliation_count)i),
                              (unsigned long long)counts[i]);
}

static void
read_counts(struct plx_item item, uint64_t counts[PLX_RECONCILIATION_COUNTS])
{
    for (int i = 0; i < PLX_RECONCILIATION_COUNTS; i++)
        counts[i] =
            plx_item_uint(plx_item_member(item, plx_reconciliation_count_text((enum plx_reconciliation_count)i)));
}

/* How all of them came out, and what they found together. */
static bool
read_runs(struct plx_item item, struct plx_arena *arena, struct plx_report_reconciliation *out)
{
    struct plx_item runs = plx_item_member(item, "runs");
    uint64_t by[PLX_RECONCILIATION_OUTCOMES], rows[PLX_RECONCILIATION_COUNTS];
    struct plx_buffer text;
    bool whole;

    for (int i = 0; i < PLX_RECONCILIATION_OUTCOMES; i++) {
        by[i] =
            plx_item_uint(plx_item_member(runs, plx_reconciliation_outcome_text((enum plx_reconciliation_outcome)i)));
        out->runs_total += by[i];
    }
    plx_buffer_init(&text, WHY_BYTES_MAX);
    plx_buffer_format(&text, "%llu run%s", (unsigned long long)out->runs_total, out->runs_total == 1 ? "" : "s");
    for (int i = 0, parts = 0; i < PLX_RECONCILIATION_OUTCOMES; i++)
        if (by[i])
            plx_buffer_format(&text, "%s%llu %s", parts++ ? ", " : ": ", (unsigned long long)by[i],
                              plx_reconciliation_outcome_text((enum plx_reconciliation_outcome)i));
    whole = keep(&text, arena, &out->runs);
    if (out->runs_total > 1) {
        plx_buffer_text(&text, "over all runs: ");
        read_counts(plx_item_member(item, "rows"), rows);
        add_counts(&text, rows);
    }
    whole = keep(&text, arena, &out->all_rows) && whole;
    add_counts(&text, out->counts);
    whole = keep(&text, arena, &out->last_counts) && whole;
    plx_buffer_fini(&text);
    return whole;
}

static bool
read_last(struct plx_item last, struct plx_arena *arena, struct plx_report_reconciliation *out)
{
    const struct plx_item sides[] = {plx_item_member(last, "left"), plx_item_member(last, "right")};
    const struct plx_item examples = plx_item_member(last, "examples");
    struct plx_item result = plx_item_member(last, "result");

    /* What is not known is not enough evidence. */
    out->verdict = plx_item_is(result, PLX_TRUE)    ? PLX_REPORT_CLEAN
                   : plx_item_is(result, PLX_FALSE) ? PLX_REPORT_REGRESSION
                                                    : PLX_REPORT_INCONCLUSIVE;
    out->started = plx_item_text(plx_item_member(last, "started"), arena);
    out->seconds = plx_item_double(plx_item_member(last, "seconds"));
    out->examples_cut = plx_item_uint(plx_item_member(last, "examples_cut"));
    for (size_t i = 0; i < PLX_COUNT(sides); i++) {
        out->stores[i] = plx_item_text(plx_item_member(sides[i], "store"), arena);
        out->rows[i] = plx_item_uint(plx_item_member(sides[i], "rows"));
    }
    read_counts(last, out->counts);
    for (int i = 0; i < PLX_EXAMPLE_KINDS; i++) {
        enum plx_reconciliation_kind kind = (enum plx_reconciliation_kind)i;
        if (!read_examples(plx_item_member(examples, plx_reconciliation_kind_text(kind)), arena, kind, out))
            return false;
    }
    return conclude(plx_item_text(plx_item_member(last, "error"), arena), arena, out);
}

bool
plx_report_read_reconciliations(const struct plx_document *document, struct plx_arena *arena,
                                struct plx_report_reconciliation **all, size_t *count)
{
    struct plx_item list = plx_item_member(plx_item_root(document), "reconciliations");

    *count = 0;
    *all = plx_item_room(arena, plx_item_length(list), sizeof(**all));
    if (!*all)
        return false;
    for (struct plx_item item = plx_item_first(list); item.document; item = plx_item_next(list, item)) {
        struct plx_report_reconciliation *out = &(*all)[(*count)++];

        out->name = plx_item_text(plx_item_member(item, "name"), arena);
        if (!read_last(plx_item_member(item, "last"), arena, out) || !read_runs(item, arena, out))
            return false;
    }
    return true;
}
