/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Drawing the live table. Each drawing goes out in one write and begins by going up over the one before, so a line must
 * never take two rows of the terminal: while it is drawn, what is too wide is cut by the terminal itself.
 */
#include "cli/demo/demo_table.h"

#include "base/assert.h"
#include "cli/report/report_pieces.h"

#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#define BAR_COLUMNS     40u
#define WHY_COLUMNS     60u
#define LINE_EVERY_S    5.0
#define DRAWN_BYTES_MAX (64u << 10)

/* A drawing is shown whole, where the terminal knows how (DEC mode 2026), and cut at the margin (mode 7). */
#define DRAWING_BEGINS "\033[?2026h\033[?7l"
#define DRAWING_ENDS   "\033[?7h\033[?2026l"

static const enum plx_style styles[PLX_REPORT_COUNTS] = {
    [PLX_REPORT_MATCH] = PLX_GREEN,         [PLX_REPORT_MISMATCH] = PLX_RED, [PLX_REPORT_IGNORED] = PLX_PLAIN,
    [PLX_REPORT_INCOMPARABLE] = PLX_YELLOW, [PLX_REPORT_UNCOPIED] = PLX_DIM,
};

static bool
speaks_utf8(void)
{
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};

    for (size_t i = 0; i < PLX_COUNT(names); i++) {
        const char *value = getenv(names[i]);
        if (value && *value)
            return strcasestr(value, "utf-8") || strcasestr(value, "utf8");
    }
    return false;
}

static bool
draws_over(void)
{
    const char *term = getenv("TERM");

    return isatty(STDOUT_FILENO) && term && *term && strcmp(term, "dumb") != 0;
}

void
plx_demo_table_init(struct plx_demo_table *table)
{
    *table = (struct plx_demo_table){.live = draws_over(), .fine = speaks_utf8()};
    plx_buffer_init(&table->out, DRAWN_BYTES_MAX);
    plx_terminal_init(&table->terminal, &table->out, stdout);
    if (table->live)
        fputs("\033[?25l", stdout);
}

void
plx_demo_table_fini(struct plx_demo_table *table)
{
    if (table->live)
        fputs(DRAWING_ENDS "\033[?25h", stdout);
    fflush(stdout);
    plx_buffer_fini(&table->out);
}

/* ---- pieces ---- */

static void
write_text(struct plx_demo_table *table, enum plx_style style, const char *text)
{
    plx_terminal_write(&table->terminal, style, plx_slice_of(text));
}

static void
end_line(struct plx_demo_table *table)
{
    plx_buffer_text(&table->out, table->live ? "\033[K\n" : "\n");
    table->lines++;
}

/* Aligned to the right in so many columns. */
static void
add_right(struct plx_buffer *out, const char *text, size_t columns)
{
    plx_buffer_format(out, "%*s", (int)columns, text);
}

static void
add_seconds(struct plx_demo_table *table, double seconds, size_t columns)
{
    struct plx_buffer text;

    plx_buffer_init(&text, 64);
    plx_text_add_seconds(&text, seconds);
    plx_buffer_append(&text, "", 1);
    if (!text.failed)
        add_right(&table->out, text.ptr, columns);
    plx_buffer_fini(&text);
}

static void
write_repeated(struct plx_demo_table *table, enum plx_style style, const char *mark, unsigned count)
{
    char text[4 * BAR_COLUMNS + 1] = "";
    size_t len = strlen(mark);

    for (unsigned i = 0; i < count; i++)
        memcpy(text + i * len, mark, len + 1);
    write_text(table, style, text);
}

static void
add_bar(struct plx_demo_table *table, enum plx_style style, unsigned full, unsigned columns)
{
    PLX_ASSERT(full <= columns && columns <= BAR_COLUMNS);
    write_repeated(table, style, table->fine ? "\u2501" : "#", full);
    write_repeated(table, PLX_DIM, table->fine ? "\u2500" : ".", columns - full);
}

static double
per_second(const struct plx_demo_moment *moment)
{
    return moment->elapsed_s > 0 ? (double)moment->clients->asked / moment->elapsed_s : 0;
}

/* ---- lines ---- */

static void
add_progress(struct plx_demo_table *table, const struct plx_demo_moment *moment)
{
    double elapsed = moment->elapsed_s, total = moment->total_s;

    plx_buffer_text(&table->out, "  ");
    if (total > 0) {
        double done = elapsed < total ? elapsed / total : 1;
        add_bar(table, PLX_GREEN, (unsigned)(BAR_COLUMNS * done), BAR_COLUMNS);
        plx_buffer_format(&table->out, "  %.0f s, %.0f s left", floor(elapsed < total ? elapsed : total),
                          elapsed < total ? total - floor(elapsed) : 0);
    } else {
        plx_buffer_format(&table->out, "%.0f s, until Ctrl-C", floor(elapsed));
    }
    plx_buffer_format(&table->out, "  %.0f requests/s", per_second(moment));
    end_line(table);
}

static void
add_count(struct plx_demo_table *table, const struct plx_report_counts *counts, enum plx_report_count which)
{
    uint64_t count = counts->by[which], total = counts->total;
    unsigned full = 0;
    char text[64];

    snprintf(text, sizeof(text), "  %-12s %10llu  ", plx_report_count_text(which), (unsigned long long)count);
    write_text(table, count ? styles[which] : PLX_DIM, text);
    snprintf(text, sizeof(text), "%5.1f %%  ", total ? 100.0 * (double)count / (double)total : 0);
    write_text(table, PLX_DIM, text);
    if (count > 0 && count <= total)
        full = (unsigned)ceil((double)BAR_COLUMNS * (double)count / (double)total);
    add_bar(table, styles[which], full, full);
    end_line(table);
}

static void
add_latency(struct plx_demo_table *table, const char *name, double p50, double p99)
{
    plx_buffer_format(&table->out, "  %-12s ", name);
    add_seconds(table, p50, 10);
    add_seconds(table, p99, 10);
}

/* What the clients got: the promise is that they do not notice. */
static void
add_clients(struct plx_demo_table *table, const struct plx_demo_moment *moment)
{
    const struct plx_generator_counts *clients = moment->clients;
    uint64_t bad = clients->classes[0] + clients->classes[5];
    char text[128];

    add_latency(table, "clients", plx_histogram_quantile(&clients->latency, 0.5),
                plx_histogram_quantile(&clients->latency, 0.99));
    snprintf(text, sizeof(text), "   %llu 2xx, %llu 4xx, ", (unsigned long long)clients->classes[2],
             (unsigned long long)clients->classes[4]);
    write_text(table, PLX_DIM, text);
    snprintf(text, sizeof(text), "%llu failed", (unsigned long long)bad);
    write_text(table, bad ? PLX_RED : PLX_DIM, text);
    end_line(table);
}

static void
add_finding(struct plx_demo_table *table, const struct plx_report_service *report)
{
    plx_buffer_text(&table->out, "  so far       ");
    write_text(table, plx_report_style(report->verdict), plx_report_verdict_text(report->verdict));
    end_line(table);
    plx_buffer_text(&table->out, "               ");
    plx_text_add(&table->out, report->why, WHY_COLUMNS);
    end_line(table);
}

/* The same line for each role that gets all requests. */
static void
add_roles(struct plx_demo_table *table, const struct plx_report_service *report)
{
    for (int role = PLX_PRIMARY; role <= PLX_CANDIDATE; role++) {
        add_latency(table, report->words->roles[role], report->latency[role].p50, report->latency[role].p99);
        end_line(table);
    }
}

static void
draw(struct plx_demo_table *table, const struct plx_demo_moment *moment)
{
    const struct plx_report_service *report = moment->report;

    plx_buffer_text(&table->out, DRAWING_BEGINS);
    if (table->lines)
        plx_buffer_format(&table->out, "\033[%uA\r", table->lines);
    table->lines = 0;
    add_progress(table, moment);
    end_line(table);
    plx_buffer_format(&table->out, "  %-12s %10llu", "exchanges", (unsigned long long)report->counts.total);
    end_line(table);
    for (int i = 0; i < PLX_REPORT_COUNTS; i++)
        add_count(table, &report->counts, (enum plx_report_count)i);
    end_line(table);
    plx_buffer_format(&table->out, "  %-12s ", "latency");
    add_right(&table->out, "p50", 10);
    add_right(&table->out, "p99", 10);
    end_line(table);
    add_roles(table, report);
    add_clients(table, moment);
    end_line(table);
    add_finding(table, report);
    plx_buffer_text(&table->out, DRAWING_ENDS);
}

static void
add_line(struct plx_demo_table *table, const struct plx_demo_moment *moment)
{
    const struct plx_report_service *report = moment->report;
    uint64_t bad = moment->clients->classes[0] + moment->clients->classes[5];

    plx_buffer_format(&table->out, "  %.0f s", floor(moment->elapsed_s));
    if (moment->total_s > 0)
        plx_buffer_format(&table->out, " of %.0f s", moment->total_s);
    plx_buffer_format(&table->out, "  exchanges %llu", (unsigned long long)report->counts.total);
    for (int i = 0; i < PLX_REPORT_COUNTS; i++)
        plx_buffer_format(&table->out, "  %s %llu", plx_report_count_text((enum plx_report_count)i),
                          (unsigned long long)report->counts.by[i]);
    plx_buffer_format(&table->out, "  %.0f requests/s", per_second(moment));
    for (int role = PLX_PRIMARY; role <= PLX_CANDIDATE; role++) {
        plx_buffer_format(&table->out, "  %s p50 ", report->words->roles[role]);
        plx_text_add_seconds(&table->out, report->latency[role].p50);
        plx_buffer_text(&table->out, " p99 ");
        plx_text_add_seconds(&table->out, report->latency[role].p99);
    }
    if (bad)
        plx_buffer_format(&table->out, "  failed %llu", (unsigned long long)bad);
    end_line(table);
}

void
plx_demo_table_show(struct plx_demo_table *table, const struct plx_demo_moment *moment)
{
    if (!table->live && moment->elapsed_s < table->next_line_s)
        return;
    plx_buffer_clear(&table->out);
    if (table->live) {
        draw(table, moment);
    } else {
        table->next_line_s = moment->elapsed_s + LINE_EVERY_S;
        add_line(table, moment);
    }
    fwrite(table->out.ptr, 1, table->out.len, stdout);
    fflush(stdout);
}
