/* SPDX-License-Identifier: Apache-2.0 */
/* Drawing the live table. */
#include "command/demo_table.h"

#include "command/reading.h"
#include "command/terminal.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#define BAR_COLUMNS     40u
#define LINE_EVERY_S    5.0
#define DRAWN_BYTES_MAX (64u << 10)

void
plx_demo_table_init(struct plx_demo_table *table)
{
    struct plx_terminal terminal;

    memset(table, 0, sizeof(*table));
    plx_buffer_init(&table->out, DRAWN_BYTES_MAX);
    plx_terminal_init(&terminal, &table->out, stdout);
    table->live = isatty(STDOUT_FILENO);
    table->colour = terminal.colour;
    table->width = terminal.width;
    if (table->live)
        fputs("\033[?25l", stdout);
}

void
plx_demo_table_fini(struct plx_demo_table *table)
{
    if (table->live)
        fputs("\033[?25h", stdout);
    fflush(stdout);
    plx_buffer_fini(&table->out);
}

static void
style(struct plx_demo_table *table, const char *code)
{
    if (table->colour)
        plx_buffer_text(&table->out, code);
}

static void
end_line(struct plx_demo_table *table)
{
    plx_buffer_text(&table->out, table->live ? "\033[K\n" : "\n");
    table->lines++;
}

static void
add_bar(struct plx_demo_table *table, double elapsed_s, double total_s, double per_second)
{
    struct plx_buffer *out = &table->out;

    plx_buffer_text(out, "  ");
    if (total_s > 0) {
        unsigned full = (unsigned)(BAR_COLUMNS * (elapsed_s < total_s ? elapsed_s / total_s : 1));
        plx_buffer_byte(out, '[');
        style(table, "\033[32m");
        for (unsigned i = 0; i < BAR_COLUMNS; i++)
            plx_buffer_byte(out, i < full ? '#' : '.');
        style(table, "\033[0m");
        plx_buffer_format(out, "] %.0f of %.0f s", elapsed_s < total_s ? elapsed_s : total_s, total_s);
    } else {
        plx_buffer_format(out, "%.0f s, until Ctrl-C", elapsed_s);
    }
    plx_buffer_format(out, ", %.0f requests/s", per_second);
    end_line(table);
}

static void
add_count(struct plx_demo_table *table, struct plx_item counts, const char *name, const char *colour)
{
    uint64_t count = plx_item_uint(plx_item_member(counts, name));

    plx_buffer_format(&table->out, "  %s ", name);
    style(table, count ? colour : "\033[2m");
    plx_buffer_number(&table->out, count);
    style(table, "\033[0m");
}

static void
add_counts(struct plx_demo_table *table, struct plx_item report)
{
    struct plx_item counts = plx_item_member(report, "exchanges");

    add_count(table, counts, "total", "\033[1m");
    add_count(table, counts, "match", "\033[32m");
    add_count(table, counts, "mismatch", "\033[31m");
    add_count(table, counts, "ignored", "\033[36m");
    add_count(table, counts, "incomparable", "\033[33m");
    add_count(table, counts, "uncopied", "\033[2m");
    end_line(table);
}

static void
add_latency(struct plx_demo_table *table, struct plx_item report)
{
    static const char *const roles[] = {"primary", "candidate"};
    struct plx_item latency = plx_item_member(report, "latency");

    for (size_t i = 0; i < 2; i++) {
        struct plx_item role = plx_item_member(latency, roles[i]);
        plx_buffer_format(&table->out, "%s  %s p50 ", i ? " " : "", roles[i]);
        plx_text_add_seconds(&table->out, plx_item_double(plx_item_member(role, "p50")));
        plx_buffer_text(&table->out, ", p99 ");
        plx_text_add_seconds(&table->out, plx_item_double(plx_item_member(role, "p99")));
    }
    end_line(table);
}

void
plx_demo_table_show(struct plx_demo_table *table, const struct plx_document *report, double elapsed_s, double total_s,
                    double per_second)
{
    struct plx_item root = plx_item_root(report);

    if (!table->live) {
        if (elapsed_s < table->next_line_s)
            return;
        table->next_line_s = elapsed_s + LINE_EVERY_S;
    }
    plx_buffer_clear(&table->out);
    if (table->live && table->lines)
        plx_buffer_format(&table->out, "\033[%uA", table->lines);
    table->lines = 0;
    add_bar(table, elapsed_s, total_s, per_second);
    add_counts(table, root);
    if (table->live)
        add_latency(table, root);
    fwrite(table->out.ptr, 1, table->out.len, stdout);
    fflush(stdout);
}
