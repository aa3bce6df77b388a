/* SPDX-License-Identifier: Apache-2.0 */
/* Reconciliations of a report as JUnit XML and as HTML. */
#include "cli/report/report_reconciliations_markup.h"

#include "base/assert.h"
#include "cli/report/markup.h"
#include "cli/report/report_pieces.h"
#include "cli/terminal/terminal.h"

#define SECONDS_LEN 19u /* of a time, without what follows its seconds */

/* ---- JUnit ---- */

static void
add_row(struct plx_buffer *out, const char *kind, const struct plx_report_row *row)
{
    plx_buffer_format(out, "\n%s: ", kind);
    plx_markup_add(out, row->json);
    for (size_t i = 0; i < row->differences.count; i++) {
        plx_buffer_text(out, "\n  ");
        plx_markup_add(out, row->differences.list[i].field);
        plx_buffer_text(out, " (");
        plx_markup_add(out, row->differences.list[i].kind);
        plx_buffer_text(out, "): left ");
        plx_markup_add(out, plx_report_side(row->differences.list[i].primary));
        plx_buffer_text(out, ", right ");
        plx_markup_add(out, plx_report_side(row->differences.list[i].candidate));
    }
}

/* What else is said of it. */
static void
add_out(struct plx_buffer *out, const struct plx_report_reconciliation *r)
{
    static const char *const sides[] = {"left", "right"};

    plx_buffer_text(out, "      <system-out>\n");
    plx_buffer_add(out, r->runs);
    for (size_t i = 0; i < PLX_COUNT(sides); i++) {
        plx_buffer_format(out, "\n%s: %llu row%s ", sides[i], (unsigned long long)r->rows[i],
                          r->rows[i] == 1 ? "" : "s");
        plx_markup_add(out, r->stores[i]);
    }
    plx_buffer_byte(out, '\n');
    plx_buffer_add(out, r->last_counts);
    plx_buffer_text(out, r->all_rows.len ? "\n" : "");
    plx_buffer_add(out, r->all_rows);
    plx_buffer_text(out, "\n</system-out>\n    </testcase>\n  </testsuite>\n");
}

static void
write_suite(struct plx_buffer *out, const struct plx_report_reconciliation *r, bool inconclusive_fails)
{
    bool passed = r->verdict == PLX_REPORT_CLEAN, fails = r->verdict == PLX_REPORT_REGRESSION || inconclusive_fails;
    const char *element = fails ? "failure" : "skipped";

    plx_buffer_text(out, "  <testsuite name=\"reconciliation ");
    plx_markup_add(out, r->name);
    plx_buffer_format(out, "\" tests=\"1\" failures=\"%d\" errors=\"0\" skipped=\"%d\" time=\"%.6f\" timestamp=\"",
                      !passed && fails, !passed && !fails, r->seconds);
    plx_markup_add(out, plx_slice_make(r->started.ptr, r->started.len < SECONDS_LEN ? r->started.len : SECONDS_LEN));
    plx_buffer_text(out, "\">\n");
    plx_buffer_text(out, "    <testcase classname=\"reconciliation ");
    plx_markup_add(out, r->name);
    plx_buffer_format(out, "\" name=\"result\" time=\"%.6f\">\n", r->seconds);
    if (passed) {
        add_out(out, r);
        return;
    }
    plx_buffer_format(out, "      <%s message=\"%s\">", element, r->result);
    plx_markup_add(out, r->why);
    for (int i = 0; i < PLX_EXAMPLE_KINDS; i++)
        for (size_t j = 0; j < r->example_count[i]; j++)
            add_row(out, plx_reconciliation_kind_text((enum plx_reconciliation_kind)i), &r->examples[i][j]);
    if (r->examples_cut > 0)
        plx_buffer_format(out, "\nand %llu more", (unsigned long long)r->examples_cut);
    plx_buffer_format(out, "</%s>\n", element);
    add_out(out, r);
}

void
plx_report_junit_reconciliations(struct plx_buffer *out, const struct plx_report *report, bool inconclusive_fails)
{
    for (size_t i = 0; i < report->reconciliation_count; i++)
        write_suite(out, &report->reconciliations[i], inconclusive_fails);
}

/* ---- HTML ---- */

static void
add_cell(struct plx_buffer *out, struct plx_slice text)
{
    plx_buffer_text(out, "<td><code>");
    plx_markup_add(out, text);
    plx_buffer_text(out, "</code></td>");
}

static void
add_head(struct plx_buffer *out, const struct plx_report_reconciliation *r)
{
    static const char *const sides[] = {"left", "right"};

    plx_buffer_text(out, "<h2>");
    plx_markup_add(out, r->name);
    plx_buffer_format(out, " <span class=\"v %s\">%s</span></h2>\n<p>", plx_report_verdict_name(r->verdict), r->result);
    plx_markup_add(out, r->why);
    plx_buffer_text(out, " (reconciliation, ");
    plx_buffer_add(out, r->runs);
    plx_buffer_text(out, "; ");
    plx_markup_add(out, r->started);
    plx_buffer_text(out, ", ");
    plx_text_add_seconds(out, r->seconds);
    plx_buffer_text(out, ")</p>\n<table>\n<tr><th>side</th><th class=\"n\">rows</th><th>store</th></tr>\n");
    for (size_t i = 0; i < PLX_COUNT(sides); i++) {
        plx_buffer_format(out, "<tr><td>%s</td><td class=\"n\">%llu</td>", sides[i], (unsigned long long)r->rows[i]);
        add_cell(out, r->stores[i]);
        plx_buffer_text(out, "</tr>\n");
    }
    plx_buffer_text(out, "</table>\n");
}

static void
add_rows(struct plx_buffer *out, const char *kind, const struct plx_report_row *rows, size_t count)
{
    plx_buffer_format(out, "<h3>%s</h3>\n<div class=\"wide\">\n<table>\n", kind);
    for (size_t i = 0; i < count; i++) {
        plx_buffer_text(out, "<tr>");
        add_cell(out, rows[i].json);
        plx_buffer_text(out, "</tr>\n");
        for (size_t j = 0; j < rows[i].differences.count; j++) {
            const struct plx_report_difference *d = &rows[i].differences.list[j];
            const struct plx_slice cells[] = {d->field, d->kind, d->primary, d->candidate};

            plx_buffer_text(out, "<tr><td></td>");
            for (size_t k = 0; k < PLX_COUNT(cells); k++)
                add_cell(out, cells[k]);
            plx_buffer_text(out, "</tr>\n");
        }
    }
    plx_buffer_text(out, "</table>\n</div>\n");
}

static void
add_counts(struct plx_buffer *out, const struct plx_report_reconciliation *r)
{
    plx_buffer_text(out, "<table>\n");
    for (int i = 0; i < PLX_RECONCILIATION_COUNTS; i++)
        plx_buffer_format(out, "<tr><td>%s</td><td class=\"n\">%llu</td></tr>\n",
                          plx_reconciliation_count_text((enum plx_reconciliation_count)i),
                          (unsigned long long)r->counts[i]);
    plx_buffer_text(out, "</table>\n");
}

void
plx_report_html_reconciliations(struct plx_buffer *out, const struct plx_report *report)
{
    for (size_t i = 0; i < report->reconciliation_count; i++) {
        const struct plx_report_reconciliation *r = &report->reconciliations[i];

        add_head(out, r);
        if (r->all_rows.len > 0) {
            plx_buffer_text(out, "<p>");
            plx_buffer_add(out, r->all_rows);
            plx_buffer_text(out, "</p>\n");
        }
        if (r->verdict == PLX_REPORT_INCONCLUSIVE)
            continue;
        add_counts(out, r);
        for (int j = 0; j < PLX_EXAMPLE_KINDS; j++)
            if (r->example_count[j] > 0)
                add_rows(out, plx_reconciliation_kind_text((enum plx_reconciliation_kind)j), r->examples[j],
                         r->example_count[j]);
        if (r->examples_cut > 0)
            plx_buffer_format(out, "<p>and %llu more</p>\n", (unsigned long long)r->examples_cut);
    }
}
