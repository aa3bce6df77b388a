/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The report as one HTML file: to keep, to send, to print. Its policy forbids scripts and anything from elsewhere, so
 * that even a mistake in escaping would show and not run.
 */
#include "cli/report/report_html.h"

#include "base/assert.h"
#include "cli/report/markup.h"
#include "cli/report/report_pieces.h"
#include "cli/report/report_reconciliations_markup.h"
#include "cli/terminal/terminal.h"

static const char page_head[] =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>Parallax "
    "report</title>\n<style>\n"
    ":root{color-scheme:light dark}\n"
    "body{font:16px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem}\n"
    "h1{font-size:1.4rem}h2{font-size:1.2rem;margin-top:2.5rem}h3{font-size:1rem;margin:1.5rem 0 "
    ".3rem}h4{font-size:1rem;margin:1.2rem 0 .2rem}pre{white-space:pre-wrap}\n"
    "table{border-collapse:collapse;margin:.5rem 0;width:auto}\n"
    "td:first-child{min-width:9rem}\n"
    "th,td{text-align:left;padding:.2rem 1rem .2rem 0;vertical-align:top;border-bottom:1px solid #8884}\n"
    ".n{text-align:right;font-variant-numeric:tabular-nums}\n"
    "code{font:.9em ui-monospace,monospace;overflow-wrap:anywhere;white-space:pre-wrap}\n"
    ".v{border-radius:.3rem;padding:.05rem .5rem;font-weight:600;font-size:.9rem;color:#fff;background:#666}\n"
    ".v.regression{background:#b3261e}.v.inconclusive{background:#8a5a00}.v.clean{background:#1b6e3a}\n"
    ".wide{overflow-x:auto}.quiet{opacity:.75}\n"
    ".facts{margin:.3rem 0;padding-left:1.2rem}td .facts{padding:0;list-style:none;font-size:.9rem}\n"
    ".facts .bad{color:light-dark(#b3261e,#ff8f86)}.facts .open{color:light-dark(#8a5a00,#e5b242)}\n"
    "</style>\n</head>\n<body>\n<h1>Parallax report</h1>\n";

static void
add_verdict(struct plx_buffer *out, enum plx_report_verdict verdict)
{
    plx_buffer_format(out, "<span class=\"v %s\">%s</span>", plx_report_verdict_name(verdict),
                      plx_report_verdict_text(verdict));
}

static void
add_reasons(struct plx_buffer *out, const struct plx_report_reasons *reasons)
{
    for (size_t i = 0; i < reasons->count; i++) {
        plx_buffer_text(out, i ? ", " : "");
        plx_markup_add(out, reasons->reasons[i].name);
        plx_buffer_format(out, " %llu", (unsigned long long)reasons->reasons[i].count);
    }
}

static void
add_count_row(struct plx_buffer *out, const char *name, uint64_t count, uint64_t total,
              const struct plx_report_reasons *reasons)
{
    plx_buffer_format(out, "<tr><td>%s</td><td class=\"n\">%llu</td><td class=\"n\">", name, (unsigned long long)count);
    struct plx_buffer percent;
    plx_buffer_init(&percent, 64);
    plx_text_add_percent(&percent, count, total);
    plx_markup_add(out, plx_buffer_slice(&percent));
    plx_buffer_fini(&percent);
    plx_buffer_text(out, "</td><td>");
    add_reasons(out, reasons);
    plx_buffer_text(out, "</td></tr>\n");
}

static void
add_counts(struct plx_buffer *out, const struct plx_report_counts *counts, const struct plx_words *words)
{
    plx_buffer_text(out, "<table>\n");
    for (int i = 0; i < PLX_REPORT_COUNTS; i++)
        add_count_row(out, plx_report_count_text((enum plx_report_count)i), counts->by[i], counts->total,
                      &counts->reasons[i]);
    plx_buffer_format(out, "<tr><th>%s</th><th class=\"n\">%llu</th><th></th><th></th></tr>\n</table>\n",
                      words->exchanges, (unsigned long long)counts->total);
}

/* latency: by role. */
static void
add_latency(struct plx_buffer *out, const struct plx_report_latency *latency, const struct plx_words *words)
{
    bool any = false;

    for (int i = 0; i < PLX_REPORT_ROLES; i++)
        any |= latency[i].measured;
    if (!any)
        return;
    plx_buffer_text(out, "<table>\n<tr><th>latency</th><th class=\"n\">p50</th><th class=\"n\">p90</th>"
                         "<th class=\"n\">p99</th></tr>\n");
    for (int i = 0; i < PLX_REPORT_ROLES; i++) {
        const double quantiles[] = {latency[i].p50, latency[i].p90, latency[i].p99};

        if (!latency[i].measured)
            continue;
        plx_buffer_format(out, "<tr><td>%s</td>", words->roles[i]);
        for (size_t q = 0; q < PLX_COUNT(quantiles); q++) {
            plx_buffer_text(out, "<td class=\"n\">");
            plx_text_add_seconds(out, quantiles[q]);
            plx_buffer_text(out, "</td>");
        }
        plx_buffer_text(out, "</tr>\n");
    }
    plx_buffer_text(out, "</table>\n");
}

static void
add_code(struct plx_buffer *out, struct plx_slice text)
{
    if (text.len == 0) {
        plx_markup_add(out, plx_report_side(text));
        return;
    }
    plx_buffer_text(out, "<code>");
    plx_markup_add(out, text);
    plx_buffer_text(out, "</code>");
}

static void
add_time(struct plx_buffer *out, struct plx_slice time)
{
    struct plx_buffer text;

    plx_buffer_init(&text, 256);
    plx_report_add_time(&text, time);
    plx_markup_add(out, plx_buffer_slice(&text));
    out->failed = out->failed || text.failed;
    plx_buffer_fini(&text);
}

static void
add_part(struct plx_buffer *out, const char *before, struct plx_slice part)
{
    if (part.len == 0)
        return;
    plx_buffer_text(out, before);
    plx_markup_add(out, part);
}

/* Red, yellow, and what is by the way. */
static const char *
class_of(enum plx_style style)
{
    return style == PLX_RED      ? " class=\"bad\""
           : style == PLX_YELLOW ? " class=\"open\""
           : style == PLX_DIM    ? " class=\"quiet\""
                                 : "";
}

static void
add_facts(struct plx_buffer *out, const struct plx_report_facts *facts)
{
    if (!facts->first)
        return;
    plx_buffer_text(out, "<ul class=\"facts\">\n");
    for (const struct plx_report_fact *fact = facts->first; fact; fact = fact->next) {
        plx_buffer_format(out, "<li%s>", class_of(fact->style));
        plx_markup_add(out, fact->text);
        plx_buffer_text(out, "</li>\n");
    }
    plx_buffer_text(out, "</ul>\n");
}

static void
add_field(struct plx_buffer *out, const struct plx_report_field *field)
{
    plx_buffer_text(out, field->verdict == PLX_REPORT_NOISE ? "<tr class=\"quiet\"><td><code>" : "<tr><td><code>");
    plx_markup_add(out, field->shown);
    plx_buffer_text(out, "</code>");
    add_facts(out, &field->facts);
    plx_buffer_text(out, "</td><td>");
    plx_markup_add(out, field->kind);
    plx_buffer_format(out, "</td><td class=\"n\">%llu</td><td class=\"n\">%llu</td><td>",
                      (unsigned long long)field->differences, (unsigned long long)field->noise);
    add_verdict(out, field->verdict);
    plx_buffer_text(out, "</td><td>");
    if (field->has_example)
        add_code(out, field->primary);
    plx_buffer_text(out, "</td><td>");
    if (field->has_example)
        add_code(out, field->candidate);
    plx_buffer_text(out, "</td><td>");
    add_part(out, "", field->exchange);
    plx_buffer_text(out, "</td></tr>\n");
}

static void
add_endpoint(struct plx_buffer *out, const struct plx_report_endpoint *endpoint, const struct plx_words *words)
{
    plx_buffer_text(out, "<h3><code>");
    plx_markup_add(out, endpoint->name);
    plx_buffer_text(out, "</code> ");
    add_verdict(out, endpoint->verdict);
    plx_buffer_text(out, "</h3>\n<div class=\"wide\">\n");
    if (endpoint->why.len) {
        plx_buffer_text(out, "<p>");
        plx_markup_add(out, endpoint->why);
        plx_buffer_text(out, "</p>\n");
    }
    add_facts(out, &endpoint->facts);
    if (endpoint->field_count > 0) {
        plx_buffer_format(
            out,
            "<table>\n<tr><th>field</th><th>kind</th><th class=\"n\">differs</th><th class=\"n\">noise</th>"
            "<th>verdict</th><th>%s</th><th>candidate</th><th>exchange</th></tr>\n",
            words->roles[PLX_PRIMARY]);
        for (size_t i = 0; i < endpoint->field_count; i++)
            add_field(out, &endpoint->fields[i]);
        plx_buffer_text(out, "</table>\n");
    }
    plx_buffer_text(out, "<details><summary>counts and latency</summary>\n");
    add_counts(out, &endpoint->counts, words);
    add_latency(out, endpoint->latency, words);
    plx_buffer_text(out, "</details>\n</div>\n");
}

static void
add_command(struct plx_buffer *out, struct plx_slice command)
{
    if (command.len == 0)
        return;
    plx_buffer_text(out, "<pre><code>");
    plx_markup_add(out, command);
    plx_buffer_text(out, "</code></pre>\n");
}

static void
add_cause_example(struct plx_buffer *out, const struct plx_report_cause *cause, const struct plx_words *words)
{
    if (cause->differences.count > 0) {
        plx_buffer_format(out, "<table>\n<tr><th>field</th><th>kind</th><th>%s</th><th>candidate</th></tr>\n",
                          words->roles[PLX_PRIMARY]);
        for (size_t i = 0; i < cause->differences.count; i++) {
            const struct plx_report_difference *difference = &cause->differences.list[i];

            plx_buffer_text(out, "<tr><td>");
            add_code(out, difference->shown);
            plx_buffer_text(out, "</td><td>");
            plx_markup_add(out, difference->kind);
            plx_buffer_text(out, "</td><td>");
            add_code(out, difference->primary);
            plx_buffer_text(out, "</td><td>");
            add_code(out, difference->candidate);
            plx_buffer_text(out, "</td></tr>\n");
        }
        plx_buffer_text(out, "</table>\n");
    }
    add_command(out, cause->primary);
    add_command(out, cause->candidate);
}

static void
add_recheck(struct plx_buffer *out, const struct plx_report_recheck *recheck)
{
    if (plx_report_add_recheck(out, "<p>Asked again: ", recheck))
        plx_buffer_text(out, "</p>\n");
}

static void
add_cause(struct plx_buffer *out, const struct plx_report_service *service, const struct plx_report_cause *cause)
{
    plx_buffer_text(out, cause->noise ? "<section class=\"quiet\">\n<h4>" : "<section>\n<h4>");
    plx_buffer_format(out, "%llu %s, ", (unsigned long long)cause->count,
                      plx_words_exchanges(service->words, cause->count));
    struct plx_buffer text;
    plx_buffer_init(&text, 64u << 10);
    plx_text_add_percent(&text, cause->count, service->counts.by[PLX_REPORT_MISMATCH]);
    plx_buffer_text(&text, ": ");
    plx_buffer_add(&text, cause->endpoint);
    plx_markup_add(out, plx_buffer_slice(&text));
    plx_buffer_text(out, "</h4>\n");
    for (size_t i = 0; i < cause->look_count; i++) {
        plx_buffer_text(out, "<p><strong>");
        plx_markup_add(out, cause->looks[i]);
        plx_buffer_text(out, "</strong></p>\n");
    }
    plx_buffer_text(out, "<p>");
    plx_buffer_clear(&text);
    plx_report_add_cause_fields(&text, cause);
    plx_markup_add(out, plx_buffer_slice(&text));
    out->failed = out->failed || text.failed;
    plx_buffer_fini(&text);
    plx_buffer_text(out, cause->noise ? "; noise, by the counts<br>\n" : "<br>\n");
    add_time(out, cause->first);
    plx_buffer_text(out, " to ");
    add_time(out, cause->last);
    plx_buffer_text(out, " UTC, cause <code>");
    plx_markup_add(out, cause->id);
    plx_buffer_text(out, "</code>");
    add_part(out, ", exchange ", cause->exchange);
    plx_buffer_text(out, "</p>\n");
    add_recheck(out, &cause->recheck);
    add_cause_example(out, cause, service->words);
    plx_buffer_text(out, "</section>\n");
}

static void
add_causes(struct plx_buffer *out, const struct plx_report_service *service)
{
    if (service->cause_count == 0)
        return;
    plx_buffer_text(out, "<h3>Causes: mismatches that look alike</h3>\n");
    for (size_t i = 0; i < service->cause_count; i++)
        add_cause(out, service, &service->causes[i]);
}

static void
add_rule(struct plx_buffer *out, const struct plx_report_rule *rule)
{
    plx_buffer_text(out, rule->excused ? "<tr><td>" : "<tr class=\"quiet\"><td>");
    add_code(out, rule->rule);
    plx_buffer_text(out, "</td><td>");
    add_part(out, "", rule->place);
    plx_buffer_format(out, "</td><td class=\"n\">%llu</td><td class=\"n\">%llu</td><td>",
                      (unsigned long long)rule->excused, (unsigned long long)rule->compared);
    add_part(out, "", rule->owner);
    add_part(out, " until ", plx_slice_make(rule->until.ptr, rule->until.len < 10 ? rule->until.len : 10));
    plx_buffer_text(out, rule->gone ? " (no more in the configuration)" : "");
    add_part(out, "<br>", rule->why);
    plx_buffer_text(out, "</td><td>");
    if (rule->exchange.len > 0) {
        add_code(out, rule->field);
        plx_buffer_text(out, "</td><td>");
        add_code(out, rule->primary);
        plx_buffer_text(out, "</td><td>");
        add_code(out, rule->candidate);
        plx_buffer_text(out, "</td><td>");
        plx_markup_add(out, rule->exchange);
    } else {
        plx_buffer_text(out,
                        rule->excused ? "</td><td></td><td></td><td>" : "never applied</td><td></td><td></td><td>");
    }
    plx_buffer_text(out, "</td></tr>\n");
}

/* A stage is a peer's word: harmless for a terminal is not harmless for a browser. */
static void
add_about(struct plx_buffer *out, const struct plx_report_service *service)
{
    struct plx_buffer text;

    plx_buffer_init(&text, 1024);
    plx_report_add_about(&text, service);
    plx_markup_add(out, plx_buffer_slice(&text));
    out->failed = out->failed || text.failed;
    plx_buffer_fini(&text);
}

static void
add_rules(struct plx_buffer *out, const struct plx_report_service *service)
{
    if (service->rule_count == 0)
        return;
    plx_buffer_format(out,
                      "<h3>What excuses</h3>\n<div class=\"wide\">\n<table>\n<tr><th>rule</th><th>%s</th>"
                      "<th class=\"n\">excused</th><th class=\"n\">of</th><th>owner</th><th>newest</th><th>%s</th>"
                      "<th>candidate</th><th>exchange</th></tr>\n",
                      service->words->endpoint, service->words->roles[PLX_PRIMARY]);
    for (size_t i = 0; i < service->rule_count; i++)
        add_rule(out, &service->rules[i]);
    plx_buffer_text(out, "</table>\n</div>\n");
    if (service->rules_left_out > 0)
        plx_buffer_format(out, "<p>and %llu more</p>\n", (unsigned long long)service->rules_left_out);
}

static void
add_epoch_why(struct plx_buffer *out, const struct plx_report_epoch *epoch)
{
    struct plx_buffer text;

    plx_buffer_init(&text, 4096);
    plx_report_add_epoch_why(&text, epoch);
    plx_markup_add(out, plx_buffer_slice(&text));
    out->failed = out->failed || text.failed;
    plx_buffer_fini(&text);
}

/* Those that are kept, newest first. */
static void
add_epochs(struct plx_buffer *out, const struct plx_report_service *service)
{
    if (service->earlier_count == 0)
        return;
    plx_buffer_text(out, "<h3>Earlier epochs</h3>\n<div class=\"wide\">\n<table class=\"epochs\">\n"
                         "<tr><th>epoch</th><th>began (UTC)</th><th>ended (UTC)</th><th>verdict</th>"
                         "<th class=\"n\">exchanges</th><th>version</th><th>candidate</th></tr>\n");
    for (size_t i = 0; i < service->earlier_count; i++) {
        const struct plx_report_epoch *epoch = &service->earlier[i];

        plx_buffer_text(out, "<tr><td>");
        plx_markup_add(out, epoch->name);
        plx_buffer_text(out, epoch->name.len ? " " : "");
        add_epoch_why(out, epoch);
        plx_buffer_text(out, "</td><td>");
        add_time(out, epoch->began);
        plx_buffer_text(out, "</td><td>");
        add_time(out, epoch->ended);
        plx_buffer_text(out, "</td><td>");
        if (epoch->kept)
            add_verdict(out, epoch->verdict);
        else
            plx_buffer_text(out, "not kept");
        plx_buffer_text(out, "</td><td class=\"n\">");
        if (epoch->kept)
            plx_buffer_format(out, "%llu", (unsigned long long)epoch->exchanges);
        plx_buffer_text(out, "</td><td>");
        plx_markup_add(out, epoch->version);
        plx_buffer_text(out, "</td><td>");
        plx_markup_add(out, epoch->candidate);
        plx_buffer_text(out, "</td></tr>\n");
    }
    plx_buffer_text(out, "</table>\n</div>\n");
}

static void
add_service(struct plx_buffer *out, const struct plx_report_service *service)
{
    plx_buffer_text(out, "<h2>");
    plx_markup_add(out, service->name);
    plx_buffer_byte(out, ' ');
    add_verdict(out, service->verdict);
    plx_buffer_text(out, "</h2>\n<p>");
    plx_markup_add(out, service->why);
    plx_buffer_text(out, " (");
    add_about(out, service);
    plx_buffer_text(out, ")</p>\n");
    add_part(out, "<p>", service->outlook);
    plx_buffer_text(out, service->outlook.len ? "</p>\n" : "");
    add_counts(out, &service->counts, service->words);
    add_latency(out, service->latency, service->words);
    add_facts(out, &service->facts);
    add_part(out, "<p>", service->never);
    plx_buffer_text(out, service->never.len ? "</p>\n" : "");
    add_epochs(out, service);
    add_rules(out, service);
    for (size_t i = 0; i < service->endpoint_count; i++)
        add_endpoint(out, &service->endpoints[i], service->words);
    add_causes(out, service);
}

static void
add_summary(struct plx_buffer *out, const struct plx_report *report)
{
    plx_buffer_text(out, "<table>\n");
    for (size_t i = 0; i < report->count; i++) {
        const struct plx_report_service *service = &report->services[i];

        plx_buffer_text(out, "<tr><td>");
        plx_markup_add(out, service->name);
        plx_buffer_text(out, "</td><td>");
        add_verdict(out, service->verdict);
        plx_buffer_format(out, "</td><td class=\"n\">%llu %s</td><td>", (unsigned long long)service->counts.total,
                          plx_words_exchanges(service->words, service->counts.total));
        plx_markup_add(out, service->why);
        plx_buffer_text(out, "</td></tr>\n");
    }
    plx_buffer_text(out, "</table>\n");
}

void
plx_report_write_html(struct plx_buffer *out, const struct plx_report *report)
{
    plx_buffer_text(out, page_head);
    if (report->count > 1)
        add_summary(out, report);
    for (size_t i = 0; i < report->count; i++)
        add_service(out, &report->services[i]);
    plx_report_html_reconciliations(out, report);
    plx_buffer_text(out, "</body>\n</html>\n");
}
