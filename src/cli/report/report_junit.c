/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JUnit XML, in the shape that Jenkins, GitLab and GitHub's reporters read:
 *   testsuites > testsuite (a service) > testcase (its verdict; each field of each endpoint) > failure | skipped
 */
#include "cli/report/report_junit.h"

#include "cli/report/markup.h"
#include "cli/report/report_pieces.h"
#include "cli/report/report_reconciliations_markup.h"

#define CAUSES_SHOWN_MAX 10u        /* of a service, and of each field */
#define TEXT_BYTES_MAX   (4u << 20) /* of one failure */

/* A service by its name, another kind with what it is: both may have the same. */
static void
add_name(struct plx_buffer *out, const struct plx_report_service *service)
{
    if (service->words->kind != PLX_SUBJECT_SERVICE)
        plx_buffer_format(out, "%s ", plx_subject_text(service->words->kind));
    plx_markup_add(out, service->name);
}

static void
begin_case(struct plx_buffer *out, const struct plx_report_service *service, const struct plx_report_endpoint *endpoint)
{
    plx_buffer_text(out, "    <testcase classname=\"");
    add_name(out, service);
    if (endpoint) {
        plx_buffer_text(out, ": ");
        plx_markup_add(out, endpoint->name);
    }
    plx_buffer_text(out, "\" name=\"");
}

/* The rest of a case: message and text are what is wrong, causes more of it as markup; nothing where nothing is. */
static void
end_case(struct plx_buffer *out, enum plx_report_verdict verdict, struct plx_slice message, struct plx_slice text,
         struct plx_slice causes)
{
    const char *element = verdict == PLX_REPORT_REGRESSION ? "failure" : "skipped";

    if (verdict != PLX_REPORT_REGRESSION && verdict != PLX_REPORT_INCONCLUSIVE) {
        plx_buffer_text(out, "\"/>\n");
        return;
    }
    plx_buffer_format(out, "\">\n      <%s message=\"", element);
    plx_markup_add(out, message);
    plx_buffer_text(out, "\">");
    plx_markup_add(out, text);
    plx_buffer_add(out, causes);
    plx_buffer_format(out, "</%s>\n    </testcase>\n", element);
}

static void
add_command(struct plx_buffer *out, const char *role, struct plx_slice command)
{
    if (command.len == 0)
        return;
    plx_buffer_format(out, "\n  %s: ", role);
    plx_markup_add(out, command);
}

/* As markup: "cause 3f...: 288 exchanges of GET /payroll/{id} differ in /total (value)", and how to see it again. */
static void
add_cause(struct plx_buffer *out, const struct plx_report_cause *cause)
{
    struct plx_buffer fields;

    plx_buffer_init(&fields, 64u << 10);
    plx_report_add_cause_fields(&fields, cause);
    plx_buffer_text(out, "\ncause ");
    plx_markup_add(out, cause->id);
    plx_buffer_format(out, ": %llu %s of ", (unsigned long long)cause->count,
                      plx_words_exchanges(cause->words, cause->count));
    plx_markup_add(out, cause->endpoint);
    plx_buffer_text(out, cause->count == 1 ? " differs in " : " differ in ");
    plx_markup_add(out, plx_buffer_slice(&fields));
    plx_report_add_recheck(out, "\n  asked again: ", &cause->recheck);
    add_command(out, "primary", cause->primary);
    add_command(out, "candidate", cause->candidate);
    out->failed = out->failed || fields.failed;
    plx_buffer_fini(&fields);
}

static bool
cause_has(const struct plx_report_cause *cause, const struct plx_report_endpoint *endpoint,
          const struct plx_report_field *field)
{
    if (!plx_slice_equal(cause->endpoint, endpoint->name))
        return false;
    for (size_t i = 0; i < cause->fields.count; i++)
        if (plx_slice_equal(cause->fields.list[i].field, field->name) &&
            plx_slice_equal(cause->fields.list[i].kind, field->kind))
            return true;
    return false;
}

/* Those of the whole service, or of a field. */
static void
add_causes(struct plx_buffer *out, const struct plx_report_service *service, const struct plx_report_endpoint *endpoint,
           const struct plx_report_field *field)
{
    for (size_t i = 0, shown = 0; i < service->cause_count && shown < CAUSES_SHOWN_MAX; i++) {
        const struct plx_report_cause *cause = &service->causes[i];

        if (cause->noise || (field && !cause_has(cause, endpoint, field)))
            continue;
        add_cause(out, cause);
        shown++;
    }
}

static void
write_field(struct plx_buffer *out, const struct plx_report_service *service,
            const struct plx_report_endpoint *endpoint, const struct plx_report_field *field)
{
    struct plx_buffer message, text, causes;

    plx_buffer_init(&message, 4096);
    plx_buffer_init(&text, TEXT_BYTES_MAX);
    plx_buffer_init(&causes, TEXT_BYTES_MAX);
    begin_case(out, service, endpoint);
    plx_markup_add(out, field->name);
    plx_buffer_text(out, " (");
    plx_markup_add(out, field->kind);
    plx_buffer_byte(out, ')');
    plx_buffer_format(&message, "%s: differs in %llu %s", plx_report_verdict_text(field->verdict),
                      (unsigned long long)field->differences, service->words->exchanges);
    if (service->words->kind == PLX_SUBJECT_SERVICE)
        plx_buffer_format(&message, ", in %llu of them the secondary does too", (unsigned long long)field->noise);
    if (field->has_example) {
        plx_buffer_format(&text, "%s ", service->words->exchange);
        plx_buffer_add(&text, field->exchange);
        plx_buffer_format(&text, ": %s ", service->words->roles[PLX_PRIMARY]);
        plx_buffer_add(&text, field->primary);
        plx_buffer_text(&text, ", candidate ");
        plx_buffer_add(&text, field->candidate);
    }
    add_causes(&causes, service, endpoint, field);
    end_case(out, field->verdict, plx_buffer_slice(&message), plx_buffer_slice(&text), plx_buffer_slice(&causes));
    out->failed = out->failed || message.failed || text.failed || causes.failed;
    plx_buffer_fini(&message);
    plx_buffer_fini(&text);
    plx_buffer_fini(&causes);
}

static void
count_case(enum plx_report_verdict verdict, size_t *tests, size_t *failures, size_t *skipped)
{
    ++*tests;
    *failures += verdict == PLX_REPORT_REGRESSION;
    *skipped += verdict == PLX_REPORT_INCONCLUSIVE;
}

static void
write_verdict(struct plx_buffer *out, const struct plx_report_service *service)
{
    struct plx_buffer causes;

    plx_buffer_init(&causes, TEXT_BYTES_MAX);
    add_causes(&causes, service, NULL, NULL);
    end_case(out, service->verdict, plx_slice_of(plx_report_verdict_text(service->verdict)), service->why,
             plx_buffer_slice(&causes));
    out->failed = out->failed || causes.failed;
    plx_buffer_fini(&causes);
}

static void
write_suite(struct plx_buffer *out, const struct plx_report_service *service)
{
    size_t tests = 0, failures = 0, skipped = 0;

    count_case(service->verdict, &tests, &failures, &skipped);
    for (size_t i = 0; i < service->endpoint_count; i++)
        for (size_t j = 0; j < service->endpoints[i].field_count; j++)
            count_case(service->endpoints[i].fields[j].verdict, &tests, &failures, &skipped);
    plx_buffer_text(out, "  <testsuite name=\"");
    add_name(out, service);
    plx_buffer_format(out, "\" tests=\"%zu\" failures=\"%zu\" errors=\"0\" skipped=\"%zu\">\n", tests, failures,
                      skipped);
    begin_case(out, service, NULL);
    plx_buffer_text(out, "verdict");
    write_verdict(out, service);
    for (size_t i = 0; i < service->endpoint_count; i++)
        for (size_t j = 0; j < service->endpoints[i].field_count; j++)
            write_field(out, service, &service->endpoints[i], &service->endpoints[i].fields[j]);
    plx_buffer_text(out, "  </testsuite>\n");
}

void
plx_report_write_junit(struct plx_buffer *out, const struct plx_report *report)
{
    plx_buffer_text(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"parallax\">\n");
    for (size_t i = 0; i < report->count; i++)
        write_suite(out, &report->services[i]);
    plx_report_junit_reconciliations(out, report);
    plx_buffer_text(out, "</testsuites>\n");
}
