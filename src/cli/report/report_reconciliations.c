/* SPDX-License-Identifier: Apache-2.0 */
/* Reconciliations of a report: read from its JSON, and printed in a terminal. The other formats are in
 * report_reconciliations_markup.c. */
#include "cli/report/report_reconciliations.h"

#include "base/arena.h"
#include "base/assert.h"
#include "cli/terminal/grid.h"

#define TEXT_BYTES_MAX (1u << 20) /* of one line */

/* ---- reading ---- */

static bool
read_differences(struct plx_item array, struct plx_arena *arena, struct plx_report_row *out)
{
    out->differences = plx_item_room(arena, plx_item_length(array), sizeof(*out->differences));
    if (!out->differences)
        return false;
    for (struct plx_item item = plx_item_first(array); item.document; item = plx_item_next(array, item))
        out->differences[out->difference_count++] = (struct plx_report_difference){
            .field = plx_item_text(plx_item_member(item, "field"), arena),
            .kind = plx_item_text(plx_item_member(item, "kind"), arena),
            .primary = plx_item_text(plx_item_member(item, "left"), arena),
            .candidate = plx_item_text(plx_item_member(item, "right"), arena),
        };
    return true;
}

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
        if (kind == PLX_EXAMPLE_DIFFERING && !read_differences(plx_item_member(item, "differences"), arena, row))
            return false;
    }
    return true;
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
    out->error = plx_item_text(plx_item_member(last, "error"), arena);
    out->started = plx_item_text(plx_item_member(last, "started"), arena);
    out->seconds = plx_item_double(plx_item_member(last, "seconds"));
    out->examples_cut = plx_item_uint(plx_item_member(last, "examples_cut"));
    for (size_t i = 0; i < PLX_COUNT(sides); i++) {
        out->stores[i] = plx_item_text(plx_item_member(sides[i], "store"), arena);
        out->rows[i] = plx_item_uint(plx_item_member(sides[i], "rows"));
    }
    for (int i = 0; i < PLX_RECONCILIATION_COUNTS; i++)
        out->counts[i] =
            plx_item_uint(plx_item_member(last, plx_reconciliation_count_text((enum plx_reconciliation_count)i)));
    for (int i = 0; i < PLX_EXAMPLE_KINDS; i++) {
        enum plx_reconciliation_kind kind = (enum plx_reconciliation_kind)i;
        if (!read_examples(plx_item_member(examples, plx_reconciliation_kind_text(kind)), arena, kind, out))
            return false;
    }
    return true;
}

bool
plx_report_read_reconciliations(const struct plx_document *document, struct plx_arena *arena, struct plx_report *report)
{
    struct plx_item list = plx_item_member(plx_item_root(document), "reconciliations");

    report->reconciliations = plx_item_room(arena, plx_item_length(list), sizeof(*report->reconciliations));
    if (!report->reconciliations)
        return false;
    for (struct plx_item item = plx_item_first(list); item.document; item = plx_item_next(list, item)) {
        struct plx_report_reconciliation *out = &report->reconciliations[report->reconciliation_count++];
        struct plx_item runs = plx_item_member(item, "runs");

        out->name = plx_item_text(plx_item_member(item, "name"), arena);
        for (int i = 0; i < PLX_RECONCILIATION_OUTCOMES; i++)
            out->runs[i] = plx_item_uint(
                plx_item_member(runs, plx_reconciliation_outcome_text((enum plx_reconciliation_outcome)i)));
        if (!read_last(plx_item_member(item, "last"), arena, out))
            return false;
    }
    return true;
}

const char *
plx_report_reconciliation_result(const struct plx_report_reconciliation *r)
{
    return plx_reconciliation_outcome_text(r->verdict == PLX_REPORT_CLEAN        ? PLX_RECONCILIATION_TRUE
                                           : r->verdict == PLX_REPORT_REGRESSION ? PLX_RECONCILIATION_FALSE
                                                                                 : PLX_RECONCILIATION_FAILED);
}

static void
add_part(struct plx_buffer *out, size_t start, uint64_t count, const char *one, const char *several)
{
    if (count > 0)
        plx_buffer_format(out, "%s%llu %s", out->len > start ? ", " : "", (unsigned long long)count,
                          count == 1 ? one : several);
}

void
plx_report_reconciliation_why(const struct plx_report_reconciliation *r, struct plx_buffer *out)
{
    size_t start = out->len;

    if (r->verdict == PLX_REPORT_INCONCLUSIVE) {
        plx_buffer_text(out, "the run could not be finished: ");
        plx_buffer_add(out, r->error);
        return;
    }
    add_part(out, start, r->counts[PLX_ROWS_ONLY_LEFT], "row of the left side has no partner",
             "rows of the left side have no partner");
    add_part(out, start, r->counts[PLX_ROWS_ONLY_RIGHT], "row of the right side has no partner",
             "rows of the right side have no partner");
    add_part(out, start, r->counts[PLX_ROWS_DIFFERING], "pair differs", "pairs differ");
    if (out->len == start)
        plx_buffer_text(out, "each row has an equal partner");
    add_part(out, start, r->counts[PLX_ROWS_WAITING], "row waits for the next run", "rows wait for the next run");
}

/* ---- in a terminal ---- */

struct printing {
    const struct plx_terminal *terminal;
    struct plx_arena *arena;
    struct plx_buffer text; /* of the line under way */
};

static void
write_text(struct printing *p, enum plx_style style)
{
    plx_terminal_write(p->terminal, style, plx_buffer_slice(&p->text));
    p->terminal->out->failed = p->terminal->out->failed || p->text.failed;
    plx_buffer_clear(&p->text);
}

static struct plx_slice
keep(struct printing *p)
{
    struct plx_slice kept = plx_arena_copy(p->arena, plx_buffer_slice(&p->text));

    p->terminal->out->failed = p->terminal->out->failed || p->text.failed || !kept.ptr;
    plx_buffer_clear(&p->text);
    return kept;
}

static enum plx_style
style_of(const struct plx_report_reconciliation *r)
{
    return r->verdict == PLX_REPORT_CLEAN ? PLX_GREEN : r->verdict == PLX_REPORT_REGRESSION ? PLX_RED : PLX_YELLOW;
}

/* "notifications: false   (reconciliation, 12 runs: 10 true, 2 false)" and what that means. */
static void
print_head(struct printing *p, const struct plx_report_reconciliation *r)
{
    uint64_t total = 0;
    struct plx_slice why;

    for (int i = 0; i < PLX_RECONCILIATION_OUTCOMES; i++)
        total += r->runs[i];
    plx_text_add(&p->text, r->name, p->terminal->width / 2);
    plx_buffer_text(&p->text, ": ");
    write_text(p, PLX_BOLD);
    plx_buffer_text(&p->text, plx_report_reconciliation_result(r));
    write_text(p, style_of(r));
    plx_buffer_format(&p->text, "   (reconciliation, %llu run%s", (unsigned long long)total, total == 1 ? "" : "s");
    for (int i = 0, parts = 0; i < PLX_RECONCILIATION_OUTCOMES; i++)
        if (r->runs[i])
            plx_buffer_format(&p->text, "%s%llu %s", parts++ ? ", " : ": ", (unsigned long long)r->runs[i],
                              plx_reconciliation_outcome_text((enum plx_reconciliation_outcome)i));
    plx_buffer_text(&p->text, ")\n");
    write_text(p, PLX_DIM);
    plx_report_reconciliation_why(r, &p->text);
    why = keep(p);
    plx_buffer_text(&p->text, "  ");
    plx_text_add(&p->text, why, SIZE_MAX);
    plx_buffer_byte(&p->text, '\n');
    write_text(p, r->verdict == PLX_REPORT_INCONCLUSIVE ? PLX_YELLOW : PLX_PLAIN);
}

/* "  2026-11-25 12:00:00 UTC, 123 ms" and the two sides. */
static void
print_run(struct printing *p, const struct plx_report_reconciliation *r)
{
    static const struct plx_grid_column columns[] = {{0}, {.right = true}, {.shrinks = true}};
    static const char *const sides[] = {"left", "right"};
    struct plx_grid grid;

    plx_buffer_text(&p->text, "  ");
    plx_text_add(&p->text, plx_slice_make(r->started.ptr, r->started.len < 10 ? r->started.len : 10), 10);
    if (r->started.len >= 19) {
        plx_buffer_byte(&p->text, ' ');
        plx_text_add(&p->text, plx_slice_make(r->started.ptr + 11, 8), 8);
        plx_buffer_text(&p->text, " UTC");
    }
    plx_buffer_text(&p->text, ", ");
    plx_text_add_seconds(&p->text, r->seconds);
    plx_buffer_byte(&p->text, '\n');
    write_text(p, PLX_DIM);
    plx_grid_init(&grid, p->arena, columns, PLX_COUNT(columns));
    for (size_t i = 0; i < PLX_COUNT(sides); i++) {
        plx_buffer_format(&p->text, "%llu row%s", (unsigned long long)r->rows[i], r->rows[i] == 1 ? "" : "s");
        plx_grid_add(&grid, (struct plx_grid_cell[]){
                                {plx_slice_of(sides[i]), PLX_DIM}, {keep(p), PLX_DIM}, {r->stores[i], PLX_DIM}});
    }
    plx_grid_print(&grid, p->terminal, 2);
}

static void
print_counts(struct printing *p, const struct plx_report_reconciliation *r)
{
    static const struct plx_grid_column columns[] = {{0}, {.right = true}};
    static const enum plx_style styles[PLX_RECONCILIATION_COUNTS] = {[PLX_ROWS_PAIRED] = PLX_GREEN,
                                                                     [PLX_ROWS_ONLY_LEFT] = PLX_RED,
                                                                     [PLX_ROWS_ONLY_RIGHT] = PLX_RED,
                                                                     [PLX_ROWS_DIFFERING] = PLX_RED,
                                                                     [PLX_ROWS_WAITING] = PLX_YELLOW};
    struct plx_grid grid;

    plx_grid_init(&grid, p->arena, columns, PLX_COUNT(columns));
    for (int i = 0; i < PLX_RECONCILIATION_COUNTS; i++) {
        enum plx_style style = r->counts[i] ? styles[i] : PLX_DIM;

        if (r->counts[i] == 0 && i > PLX_ROWS_DIFFERING)
            continue;
        plx_buffer_number(&p->text, r->counts[i]);
        plx_grid_add(&grid, (struct plx_grid_cell[]){
                                {plx_slice_of(plx_reconciliation_count_text((enum plx_reconciliation_count)i)), style},
                                {keep(p), style}});
    }
    plx_buffer_byte(p->terminal->out, '\n');
    plx_grid_print(&grid, p->terminal, 2);
}

static void
print_row(struct printing *p, const struct plx_report_row *row)
{
    static const struct plx_grid_column columns[] = {{.shrinks = true}, {.shrinks = true}};
    struct plx_grid grid;

    plx_buffer_text(&p->text, "    ");
    plx_text_add(&p->text, row->json, p->terminal->width - 4);
    plx_buffer_byte(&p->text, '\n');
    write_text(p, PLX_PLAIN);
    if (row->difference_count == 0)
        return;
    plx_grid_init(&grid, p->arena, columns, PLX_COUNT(columns));
    for (size_t i = 0; i < row->difference_count; i++) {
        const struct plx_report_difference *d = &row->differences[i];
        const struct plx_slice nothing = plx_slice_of("(nothing)");

        plx_grid_add(&grid, (struct plx_grid_cell[]){{d->field, PLX_BOLD}, {d->kind, PLX_YELLOW}});
        plx_grid_add_change(&grid, d->primary.len ? d->primary : nothing, d->candidate.len ? d->candidate : nothing);
    }
    plx_grid_print(&grid, p->terminal, 6);
}

static void
print_examples(struct printing *p, const struct plx_report_reconciliation *r)
{
    for (int i = 0; i < PLX_EXAMPLE_KINDS; i++) {
        if (r->example_count[i] == 0)
            continue;
        plx_buffer_format(&p->text, "\n  %s\n", plx_reconciliation_kind_text((enum plx_reconciliation_kind)i));
        write_text(p, PLX_BOLD);
        for (size_t j = 0; j < r->example_count[i]; j++)
            print_row(p, &r->examples[i][j]);
    }
    if (r->examples_cut > 0) {
        plx_buffer_format(&p->text, "  and %llu more\n", (unsigned long long)r->examples_cut);
        write_text(p, PLX_DIM);
    }
}

void
plx_report_print_reconciliations(const struct plx_terminal *terminal, struct plx_arena *arena,
                                 const struct plx_report *report)
{
    struct printing p = {.terminal = terminal, .arena = arena};

    plx_buffer_init(&p.text, TEXT_BYTES_MAX);
    for (size_t i = 0; i < report->reconciliation_count; i++) {
        const struct plx_report_reconciliation *r = &report->reconciliations[i];

        plx_buffer_text(terminal->out, terminal->out->len ? "\n\n" : "");
        print_head(&p, r);
        print_run(&p, r);
        if (r->verdict != PLX_REPORT_INCONCLUSIVE) {
            print_counts(&p, r);
            print_examples(&p, r);
        }
    }
    plx_buffer_fini(&p.text);
}
