/* SPDX-License-Identifier: Apache-2.0 */
/* Advice at the end of a report: a line that says what for, and the command. Nothing is advised that can't be typed. */
#include "cli/report/report_next.h"

#include "cli/terminal/printer.h"

struct next {
    struct plx_printer printer;
    const char *admin;
};

/* A line of advice, then the command for it. The command is left out where its arguments can't be typed. */
static void
print_advice(struct next *n, const char *advice, const char *command, const struct plx_slice *arguments)
{
    bool typed = true;

    plx_buffer_format(&n->printer.text, "    parallax %s", command);
    for (; arguments && arguments->ptr && typed; arguments += 2) {
        if (arguments[1].len == 0 && !plx_slice_equal(arguments[0], plx_slice_of("--field")))
            continue;
        plx_buffer_text(&n->printer.text, arguments[0].len ? " " : "");
        plx_buffer_add(&n->printer.text, arguments[0]);
        plx_buffer_byte(&n->printer.text, ' ');
        typed = plx_text_add_shell(&n->printer.text, arguments[1]);
    }
    if (n->admin && typed) {
        plx_buffer_text(&n->printer.text, " --admin ");
        typed = plx_text_add_shell(&n->printer.text, plx_slice_of(n->admin));
    }
    if (!typed) {
        plx_buffer_clear(&n->printer.text);
        return;
    }
    plx_buffer_format(n->printer.terminal->out, "  %s\n", advice);
    plx_printer_end_line(&n->printer, PLX_BOLD);
}

static const struct plx_report_field *
first_of(const struct plx_report_service *service, enum plx_report_verdict verdict,
         const struct plx_report_endpoint **endpoint)
{
    for (size_t i = 0; i < service->endpoint_count; i++)
        for (size_t j = 0; j < service->endpoints[i].field_count; j++)
            if (service->endpoints[i].fields[j].verdict == verdict) {
                *endpoint = &service->endpoints[i];
                return &service->endpoints[i].fields[j];
            }
    return NULL;
}

static void
print_field_advice(struct next *n, const struct plx_report_service *service, enum plx_report_verdict verdict,
                   const char *advice)
{
    const struct plx_report_endpoint *endpoint = NULL;
    const struct plx_report_field *field = first_of(service, verdict, &endpoint);

    if (!field)
        return;
    print_advice(n, advice, "diffs",
                 (const struct plx_slice[]){plx_slice_of(service->words->option),
                                            service->name,
                                            plx_slice_of("--endpoint"),
                                            endpoint->name,
                                            plx_slice_of("--field"),
                                            field->name,
                                            {NULL, 0}});
}

static void
print_proposals(struct next *n, const struct plx_report_service *service)
{
    uint64_t count = service->proposals;
    char advice[120];

    if (count == 0)
        return;
    snprintf(advice, sizeof(advice),
             "%llu field%s like noise by the form of %s values; rules for that:", (unsigned long long)count,
             count == 1 ? " looks" : "s look", count == 1 ? "its" : "their");
    print_advice(n, advice, "report --propose",
                 (const struct plx_slice[]){plx_slice_of(service->words->option), service->name, {NULL, 0}});
}

/* Is without one, and could have one. */
static bool
may_have_secondary(const struct plx_report_service *service)
{
    return !service->with_secondary && service->words->kind == PLX_SUBJECT_SERVICE;
}

static const char secondary_advice[] =
    "  a secondary (a second instance of the primary) would tell noise from regressions\n";

/* More traffic would change nothing: says what would. false: it helps. */
static bool
print_no_help(struct next *n, const struct plx_report_service *service)
{
    const struct plx_report_counts *counts = &service->counts;
    const struct plx_report_reasons *uncopied = &counts->reasons[PLX_REPORT_UNCOPIED];
    struct plx_buffer *out = n->printer.terminal->out;

    if (service->words->kind != PLX_SUBJECT_SERVICE || counts->total == 0 || service->compared > 0)
        return false;
    if (counts->by[PLX_REPORT_UNCOPIED] < counts->total) {
        plx_buffer_text(out,
                        "  no answer could be compared, and more of the same won't be: look at the candidate, and at "
                        "`incomparable` above\n");
        return true;
    }
    if (uncopied->count > 0 && plx_slice_equal(uncopied->reasons[0].name, plx_slice_of("unsafe_method")))
        plx_buffer_text(out, "  no request was copied, since their methods may change something: a route with `copy: "
                             "always` has them copied\n");
    else
        plx_buffer_text(
            out, "  no request was copied: see `uncopied` above for why, and `copy` of the service and its routes\n");
    return true;
}

static void
print_thin(struct next *n, const struct plx_report_service *service)
{
    struct plx_buffer *out = n->printer.terminal->out;

    if (service->paused)
        plx_buffer_text(out, "  it is paused: nothing more is compared before `parallax resume`\n");
    else if (!print_no_help(n, service) && service->outlook.len > 0)
        plx_buffer_format(out, "  %.*s: let the traffic go on, and look again\n", (int)service->outlook.len,
                          service->outlook.ptr);
    else if (!service->more_helps && service->epoch.ended.len == 0)
        plx_buffer_format(out,
                          "  more %s won't tell: a rule for what is meant to differ will, or a mended candidate and a "
                          "new epoch\n",
                          service->words->exchanges);
    if (may_have_secondary(service) && service->counts.by[PLX_REPORT_MISMATCH] > 0)
        plx_buffer_text(out, secondary_advice);
}

static void
print_not_compared(struct next *n, const struct plx_report_service *service)
{
    if (plx_slice_equal(service->stage, plx_slice_of("candidate")))
        plx_buffer_text(n->printer.terminal->out,
                        "  to go on comparing, a canary of 100 %: `stage` canary, `share` 100\n");
    else
        plx_buffer_text(n->printer.terminal->out,
                        "  to compare, a candidate in the configuration and the stage shadow\n");
}

/* How the epoch before can be seen, and what has become of its causes since. */
static void
print_earlier(struct next *n, const struct plx_report_service *service)
{
    const struct plx_report_epoch *before = service->earlier;

    while (before < service->earlier + service->earlier_count && !before->kept)
        before++;
    if (before == service->earlier + service->earlier_count)
        return;
    print_advice(n, "the epoch before:", "report",
                 (const struct plx_slice[]){plx_slice_of(service->words->option),
                                            service->name,
                                            plx_slice_of("--epoch"),
                                            plx_report_epoch_called(before),
                                            {NULL, 0}});
    print_advice(n, "which of its causes are gone:", "report",
                 (const struct plx_slice[]){plx_slice_of(service->words->option),
                                            service->name,
                                            plx_slice_of("--compare"),
                                            plx_report_epoch_called(before),
                                            plx_slice_of(""),
                                            plx_report_epoch_called(&service->epoch),
                                            {NULL, 0}});
}

static void
print_all(struct next *n, const struct plx_report_service *service)
{
    char advice[80];

    plx_terminal_write(n->printer.terminal, PLX_BOLD, plx_slice_of("\n  next\n"));
    snprintf(advice, sizeof(advice), "the %s behind the worst field:", service->words->exchanges);
    print_field_advice(n, service, PLX_REPORT_REGRESSION, advice);
    if (service->cause_count > 0 && !service->causes[0].noise && service->causes[0].exchange.len > 0)
        print_advice(n, "those of the most frequent cause:", "diffs",
                     (const struct plx_slice[]){plx_slice_of("--cause"), service->causes[0].id, {NULL, 0}});
    if (service->verdict == PLX_REPORT_REGRESSION && may_have_secondary(service))
        plx_buffer_text(n->printer.terminal->out, secondary_advice);
    if (service->verdict == PLX_REPORT_REGRESSION)
        plx_buffer_text(n->printer.terminal->out,
                        service->words->kind != PLX_SUBJECT_EXPERIMENT
                            ? "  what is meant to differ is excused by compare: {ignore: [POINTER]} "
                              "in the configuration\n"
                            : "  what is meant to differ is excused in the program, by "
                              "plx_experiment_ignore() or plx_experiment_rules()\n");
    if (service->verdict == PLX_REPORT_NOT_COMPARED)
        print_not_compared(n, service);
    if (service->verdict == PLX_REPORT_INCONCLUSIVE) {
        print_thin(n, service);
        print_field_advice(n, service, PLX_REPORT_INCONCLUSIVE, "what has differed so far:");
    }
    if (service->words->kind == PLX_SUBJECT_SERVICE)
        print_proposals(n, service);
    if (service->counts.by[PLX_REPORT_INCOMPARABLE] > 0 && service->words->kind == PLX_SUBJECT_SERVICE)
        print_advice(n, "why answers could not be compared:", "status", NULL);
    print_earlier(n, service);
    print_advice(n, "mismatches as they come:", "diffs --follow",
                 (const struct plx_slice[]){plx_slice_of(service->words->option), service->name, {NULL, 0}});
    print_advice(n, "the same to keep and to send:", "report --html report.html",
                 (const struct plx_slice[]){plx_slice_of(service->words->option), service->name, {NULL, 0}});
}

void
plx_report_print_next(const struct plx_terminal *terminal, const struct plx_report_service *service, const char *admin)
{
    struct next next = {.admin = admin};

    plx_printer_init(&next.printer, terminal, NULL);
    print_all(&next, service);
    plx_printer_fini(&next.printer);
}
