/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/report/report_excused.h"

static void
print_rule(struct plx_printer *p, const struct plx_report_rule *rule)
{
    plx_buffer_text(&p->text, "    ");
    plx_buffer_add(&p->text, rule->says);
    plx_printer_end_line(p, rule->excused ? PLX_PLAIN : PLX_DIM);
    if (rule->example.len == 0)
        return;
    plx_buffer_text(&p->text, "      ");
    plx_buffer_add(&p->text, rule->example);
    plx_printer_end_line(p, PLX_DIM);
}

void
plx_report_print_rules(struct plx_printer *p, const struct plx_report_service *service)
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
        for (const struct plx_report_fact *fact = endpoint->facts.first; fact; fact = fact->next) {
            plx_buffer_text(&p->text, fact == endpoint->facts.first ? "  " : "; ");
            plx_buffer_add(&p->text, fact->text);
        }
        plx_buffer_byte(&p->text, '\n');
        plx_printer_write(p, PLX_PLAIN);
    }
    if (count > shown) {
        plx_buffer_format(&p->text, "    and %zu more\n", count - shown);
        plx_printer_write(p, PLX_DIM);
    }
}
