/* SPDX-License-Identifier: Apache-2.0 */
/* Results for people. Rows come from stores: nothing of them reaches the terminal but through plx_text_add(). */
#include "cli/report/reconcile_text.h"

#include "base/assert.h"
#include "base/clock.h"
#include "cli/client/reading.h"
#include "cli/terminal/grid.h"

#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#define TELL_EVERY_S 0.1
#define DOCUMENT_MAX (64u << 20)

/* ---- counts ---- */

static void
add_count(struct plx_grid *grid, struct plx_arena *arena, const char *name, uint64_t count, enum plx_style style,
          const char *note)
{
    struct plx_buffer text;
    struct plx_slice number;

    plx_buffer_init(&text, 32);
    plx_buffer_number(&text, count);
    number = plx_arena_copy(arena, plx_buffer_slice(&text));
    plx_buffer_fini(&text);
    if (!number.ptr) {
        grid->failed = true;
        return;
    }
    struct plx_grid_cell cells[] = {
        {plx_slice_of(name), PLX_PLAIN}, {number, count ? style : PLX_PLAIN}, {plx_slice_of(note), PLX_DIM}};
    plx_grid_add(grid, cells);
}

static void
tell_counts(const struct plx_terminal *terminal, const struct plx_reconcile_counts *counts, struct plx_arena *arena)
{
    static const struct plx_grid_column columns[] = {{false, false}, {true, false}, {false, true}};
    struct plx_grid grid;

    plx_grid_init(&grid, arena, columns, PLX_COUNT(columns));
    add_count(&grid, arena, "paired", counts->paired, PLX_GREEN, "");
    add_count(&grid, arena, "only left", counts->only_left, PLX_RED, "");
    add_count(&grid, arena, "only right", counts->only_right, PLX_RED, "");
    add_count(&grid, arena, "differing", counts->differing, PLX_RED, "");
    if (counts->waiting)
        add_count(&grid, arena, "waiting", counts->waiting, PLX_YELLOW, "rows that have not settled");
    if (counts->unexamined)
        add_count(&grid, arena, "unexamined", counts->unexamined, PLX_YELLOW,
                  "rows whose key too many others have: not held against the rules");
    if (counts->left_out)
        add_count(&grid, arena, "left out", counts->left_out, PLX_PLAIN, "rows from before `since`");
    if (counts->recovered)
        add_count(&grid, arena, "recovered", counts->recovered, PLX_PLAIN, "of them of a run that was interrupted");
    if (counts->consumed)
        add_count(&grid, arena, "consumed", counts->consumed, PLX_PLAIN, "pairs marked on both sides");
    plx_grid_print(&grid, terminal, 2);
}

static void
tell_rows_read(const struct plx_terminal *terminal, const struct plx_reconcile_result *result)
{
    plx_buffer_format(terminal->out, "  %" PRIu64 " rows on the left, %" PRIu64 " on the right, in ",
                      result->counts.rows[PLX_LEFT], result->counts.rows[PLX_RIGHT]);
    plx_text_add_seconds(terminal->out, result->seconds);
    plx_buffer_byte(terminal->out, '\n');
}

/* ---- rows ---- */

static void
add_line(const struct plx_terminal *terminal, const char *mark, enum plx_style style, struct plx_slice text)
{
    struct plx_buffer line;

    plx_buffer_init(&line, 64 * (text.len + 64));
    plx_buffer_text(&line, mark);
    plx_text_add(&line, text, terminal->width > 24 ? terminal->width - 8 : 16);
    plx_terminal_write(terminal, style, plx_buffer_slice(&line));
    plx_buffer_byte(terminal->out, '\n');
    plx_buffer_fini(&line);
}

static void
tell_differing(const struct plx_terminal *terminal, struct plx_item pair, struct plx_arena *arena)
{
    struct plx_item differences = plx_item_member(pair, "differences");

    add_line(terminal, "    - ", PLX_RED, plx_item_text(plx_item_member(pair, "left"), arena));
    add_line(terminal, "    + ", PLX_GREEN, plx_item_text(plx_item_member(pair, "right"), arena));
    for (struct plx_item d = plx_item_first(differences); d.document; d = plx_item_next(differences, d)) {
        struct plx_buffer line;
        plx_buffer_init(&line, 1u << 16);
        plx_buffer_text(&line, "      ");
        plx_text_add(&line, plx_item_text(plx_item_member(d, "field"), arena), 40);
        plx_buffer_text(&line, "  ");
        plx_text_add_change(&line, plx_item_text(plx_item_member(d, "left"), arena),
                            plx_item_text(plx_item_member(d, "right"), arena),
                            terminal->width > 80 ? terminal->width - 50 : 30);
        plx_terminal_write(terminal, PLX_DIM, plx_buffer_slice(&line));
        plx_buffer_byte(terminal->out, '\n');
        plx_buffer_fini(&line);
    }
}

static bool
tell_rows(const struct plx_terminal *terminal, const struct plx_reconcile_result *result, enum plx_row_kind kind,
          const char *title, uint64_t all, struct plx_arena *arena)
{
    struct plx_document document;
    struct plx_buffer text;
    bool told = true;

    if (result->shown_count[kind] == 0)
        return true;
    plx_buffer_format(terminal->out, "\n  %s", title);
    if (all > result->shown_count[kind])
        plx_buffer_format(terminal->out, ", the first %u of %" PRIu64, result->shown_count[kind], all);
    plx_buffer_text(terminal->out, ":\n");
    plx_buffer_init(&text, DOCUMENT_MAX);
    plx_buffer_byte(&text, '[');
    plx_buffer_add(&text, plx_buffer_slice(&result->shown[kind]));
    plx_buffer_byte(&text, ']');
    told = !text.failed && plx_json_read(plx_buffer_slice(&text), NULL, arena, &document, NULL) == PLX_OK;
    struct plx_item rows = plx_item_root(told ? &document : NULL);
    for (struct plx_item row = plx_item_first(rows); row.document; row = plx_item_next(rows, row))
        if (kind == PLX_ROW_DIFFERING)
            tell_differing(terminal, row, arena);
        else
            add_line(terminal, "    ", PLX_PLAIN, plx_item_text(row, arena));
    plx_buffer_fini(&text);
    return told;
}

static bool
tell_notes(const struct plx_terminal *terminal, const struct plx_reconcile_result *result, struct plx_arena *arena)
{
    struct plx_document document;
    struct plx_buffer text;

    plx_buffer_init(&text, DOCUMENT_MAX);
    plx_buffer_byte(&text, '[');
    plx_buffer_add(&text, plx_buffer_slice(&result->notes));
    plx_buffer_byte(&text, ']');
    bool told = !text.failed && plx_json_read(plx_buffer_slice(&text), NULL, arena, &document, NULL) == PLX_OK;
    struct plx_item notes = plx_item_root(told ? &document : NULL);
    for (struct plx_item note = plx_item_first(notes); note.document; note = plx_item_next(notes, note))
        add_line(terminal, "  note: ", PLX_YELLOW, plx_item_text(note, arena));
    plx_buffer_fini(&text);
    return told;
}

bool
plx_reconcile_tell(const struct plx_terminal *terminal, const struct plx_reconcile_result *result)
{
    const struct plx_reconcile_counts *counts = &result->counts;
    struct plx_arena *arena = plx_arena_new(NULL);

    if (!arena)
        return false;
    tell_counts(terminal, counts, arena);
    tell_rows_read(terminal, result);
    bool told = tell_notes(terminal, result, arena) &&
                tell_rows(terminal, result, PLX_ROW_ONLY_LEFT, "only left", counts->only_left, arena) &&
                tell_rows(terminal, result, PLX_ROW_ONLY_RIGHT, "only right", counts->only_right, arena) &&
                tell_rows(terminal, result, PLX_ROW_DIFFERING, "differing", counts->differing, arena);
    plx_arena_free(arena);
    return told && !terminal->out->failed;
}

/* ---- how far it is ---- */

void
plx_reconcile_bar_init(struct plx_reconcile_bar *bar)
{
    const char *term = getenv("TERM");

    *bar = (struct plx_reconcile_bar){.shown = isatty(STDERR_FILENO) && !(term && strcmp(term, "dumb") == 0),
                                      .began_s = plx_monotonic_s()};
}

void
plx_reconcile_bar_tell(void *context, const struct plx_reconcile_progress *progress)
{
    struct plx_reconcile_bar *bar = context;
    double now = bar->shown ? plx_monotonic_s() : 0, seconds = now - bar->began_s;
    char bars[21] = "....................";

    if (!bar->shown || now - bar->told_s < TELL_EVERY_S)
        return;
    bar->told_s = now;
    fprintf(stderr, "\r\033[K%s  %" PRIu64 " rows  %.0f rows/s", progress->what, progress->rows,
            seconds > 0 ? (double)progress->rows / seconds : 0);
    if (progress->part >= 0 && progress->part <= 1) {
        memset(bars, '#', (size_t)(progress->part * 20));
        fprintf(stderr, "  [%s] %.0f %%", bars, progress->part * 100);
    }
    fflush(stderr);
}

void
plx_reconcile_bar_end(struct plx_reconcile_bar *bar)
{
    if (bar->shown)
        fputs("\r\033[K", stderr);
}
