/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/report/report_excused.h"

#include "cli/report/report_pieces.h"

bool
plx_report_add_excused(struct plx_buffer *out, const struct plx_report_service *service)
{
    const struct plx_report_counts *counts = &service->counts;
    uint64_t compared = plx_report_compared(counts);

    if (counts->excused == 0)
        return false;
    plx_buffer_format(out, "%llu of %llu compared %s %s equal only by %llu rule%s", (unsigned long long)counts->excused,
                      (unsigned long long)compared, plx_words_exchanges(service->words, compared),
                      counts->excused == 1 ? "is" : "are", (unsigned long long)counts->excusing_rules,
                      counts->excusing_rules == 1 ? "" : "s");
    return true;
}

/* ---- rules ---- */

static void
add_part(struct plx_printer *p, const char *before, struct plx_slice text, size_t columns)
{
    if (text.len == 0)
        return;
    plx_buffer_text(&p->text, before);
    plx_text_add(&p->text, text, columns);
}

/* "team, until 2027-01-31: set by the database" */
static void
add_owner(struct plx_printer *p, const struct plx_report_rule *rule)
{
    add_part(p, ", owner ", rule->owner, 30);
    add_part(p, ", until ", plx_slice_make(rule->until.ptr, rule->until.len < 10 ? rule->until.len : 10), 10);
    if (rule->gone)
        plx_buffer_text(&p->text, ", no more in the configuration");
    add_part(p, ": ", rule->why, 60);
}

static void
print_rule(struct plx_printer *p, const struct plx_report_rule *rule)
{
    plx_buffer_text(&p->text, "    ");
    plx_text_add(&p->text, rule->rule, 60);
    add_part(p, " of ", rule->place, 60);
    if (rule->excused)
        plx_buffer_format(&p->text, ": excused %llu of %llu", (unsigned long long)rule->excused,
                          (unsigned long long)rule->compared);
    else
        plx_buffer_format(&p->text, ": never applied in %llu exchange%s", (unsigned long long)rule->compared,
                          rule->compared == 1 ? "" : "s");
    add_owner(p, rule);
    plx_buffer_byte(&p->text, '\n');
    plx_printer_write(p, rule->excused ? PLX_PLAIN : PLX_DIM);
    if (rule->exchange.len == 0)
        return;
    plx_buffer_text(&p->text, "      ");
    plx_text_add(&p->text, rule->field, 60);
    plx_buffer_text(&p->text, ": ");
    plx_text_add(&p->text, plx_report_side(rule->primary), 60);
    plx_buffer_text(&p->text, " -> ");
    plx_text_add(&p->text, plx_report_side(rule->candidate), 60);
    add_part(p, ", exchange ", rule->exchange, 40);
    plx_buffer_byte(&p->text, '\n');
    plx_printer_write(p, PLX_DIM);
}

static void
print_rules(struct plx_printer *p, const struct plx_report_service *service)
{
    size_t shown = service->rule_count < PLX_REPORT_RULES_SHOWN_MAX ? service->rule_count : PLX_REPORT_RULES_SHOWN_MAX;
    uint64_t more = service->rule_count - shown + service->rules_left_out;

    if (service->rule_count == 0)
        return;
    plx_buffer_text(&p->text, "\n  what excuses\n");
    plx_printer_write(p, PLX_BOLD);
    for (size_t i = 0; i < shown; i++)
        print_rule(p, &service->rules[i]);
    if (more) {
        plx_buffer_format(&p->text, "    and %llu more\n", (unsigned long long)more);
        plx_printer_write(p, PLX_DIM);
    }
}

/* ---- what says nothing ---- */

static void
print_no_evidence(struct plx_printer *p, const struct plx_report_service *service)
{
    const struct plx_report_reasons *reasons = &service->counts.no_evidence;

    if (reasons->total == 0)
        return;
    plx_buffer_format(&p->text, "  %llu equal %s no evidence: ", (unsigned long long)reasons->total,
                      reasons->total == 1 ? "exchange is" : "exchanges are");
    for (size_t i = 0; i < reasons->count; i++) {
        plx_buffer_text(&p->text, i ? ", " : "");
        plx_text_add(&p->text, reasons->reasons[i].name, 24);
        plx_buffer_format(&p->text, " %llu", (unsigned long long)reasons->reasons[i].count);
    }
    plx_buffer_byte(&p->text, '\n');
    plx_printer_write(p, PLX_DIM);
}

static void
print_headers(struct plx_printer *p, const struct plx_report_service *service)
{
    if (service->headers.len == 0 || plx_slice_equal(service->headers, plx_slice_of("compared")))
        return;
    plx_buffer_text(&p->text, plx_slice_equal(service->headers, plx_slice_of("in part"))
                                  ? "  headers: not compared on some routes\n"
                                  : "  headers: not compared\n");
    plx_printer_write(p, PLX_YELLOW);
}

void
plx_report_print_excused(struct plx_printer *p, const struct plx_report_service *service)
{
    plx_buffer_text(&p->text, "  ");
    if (plx_report_add_excused(&p->text, service)) {
        plx_buffer_byte(&p->text, '\n');
        plx_printer_write(p, PLX_YELLOW);
    } else {
        plx_buffer_clear(&p->text);
    }
    print_no_evidence(p, service);
    print_headers(p, service);
    print_rules(p, service);
}

void
plx_report_print_never_compared(struct plx_printer *p, const struct plx_report_service *service)
{
    size_t count = 0, shown = 0;

    for (size_t i = 0; i < service->endpoint_count; i++)
        count += service->endpoints[i].never_compared && !service->endpoints[i].has_trouble;
    if (count == 0)
        return;
    plx_buffer_format(&p->text, "\n  never compared: %zu %s\n", count,
                      count == 1 ? service->words->endpoint : service->words->endpoints);
    plx_printer_write(p, PLX_YELLOW);
    for (size_t i = 0; i < service->endpoint_count && shown < PLX_REPORT_RULES_SHOWN_MAX; i++) {
        const struct plx_report_endpoint *endpoint = &service->endpoints[i];

        if (!endpoint->never_compared || endpoint->has_trouble)
            continue;
        shown++;
        plx_buffer_text(&p->text, "    ");
        plx_text_add(&p->text, endpoint->name, p->terminal->width / 2);
        for (size_t k = 0; k < endpoint->counts.reasons[PLX_REPORT_UNCOPIED].count; k++) {
            const struct plx_report_reason *reason = &endpoint->counts.reasons[PLX_REPORT_UNCOPIED].reasons[k];
            plx_buffer_format(&p->text, "%s%llu uncopied (", k ? ", " : "  ", (unsigned long long)reason->count);
            plx_text_add(&p->text, reason->name, 24);
            plx_buffer_byte(&p->text, ')');
        }
        plx_buffer_byte(&p->text, '\n');
        plx_printer_write(p, PLX_PLAIN);
    }
    if (count > shown) {
        plx_buffer_format(&p->text, "    and %zu more\n", count - shown);
        plx_printer_write(p, PLX_DIM);
    }
}
