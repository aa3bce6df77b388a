/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JUnit XML, in the shape that Jenkins, GitLab and GitHub's reporters read:
 *   testsuites > testsuite (a service) > testcase (its verdict; each endpoint) > failure | skipped
 *
 * The time of a case is the candidate's median answer, that of a suite their sum. Timestamps are UTC without a zone, as
 * the schema wants them.
 */
#include "cli/report/report_junit.h"

#include "base/time_text.h"
#include "cli/report/markup.h"
#include "cli/report/report_pieces.h"
#include "cli/report/report_reconciliations_markup.h"

#define CAUSES_SHOWN_MAX 10u        /* of a service, and of each endpoint */
#define TEXT_BYTES_MAX   (4u << 20) /* of one failure */

/* A service by its name, another kind with what it is: both may have the same. */
static void
add_name(struct plx_buffer *out, const struct plx_report_service *service)
{
    if (service->words->kind != PLX_SUBJECT_SERVICE)
        plx_buffer_format(out, "%s ", plx_subject_text(service->words->kind));
    plx_markup_add(out, service->name);
}

/* "failure", "skipped", or NULL: passed. */
static const char *
element_of(enum plx_report_verdict verdict, const struct plx_junit_look *look)
{
    if (verdict == PLX_REPORT_REGRESSION || (verdict == PLX_REPORT_INCONCLUSIVE && look->inconclusive_fails))
        return "failure";
    return verdict == PLX_REPORT_INCONCLUSIVE || verdict == PLX_REPORT_NOT_COMPARED ? "skipped" : NULL;
}

/* The candidate's median answer; of what it has not answered the primary's. */
static double
time_of(const struct plx_report_latency latency[PLX_REPORT_ROLES])
{
    return latency[PLX_CANDIDATE].measured ? latency[PLX_CANDIDATE].p50 : latency[PLX_PRIMARY].p50;
}

/* A whole case: why and more (markup) are what is wrong. */
static void
write_case(struct plx_buffer *out, const struct plx_report_service *service, struct plx_slice name, double seconds,
           enum plx_report_verdict verdict, struct plx_slice why, struct plx_slice more,
           const struct plx_junit_look *look)
{
    const char *element = element_of(verdict, look);

    plx_buffer_text(out, "    <testcase classname=\"");
    add_name(out, service);
    plx_buffer_text(out, "\" name=\"");
    plx_markup_add(out, name);
    plx_buffer_format(out, "\" time=\"%.6f\"", seconds);
    if (!element) {
        plx_buffer_text(out, "/>\n");
        return;
    }
    plx_buffer_format(out, ">\n      <%s message=\"%s", element, plx_report_verdict_text(verdict));
    plx_buffer_text(out, why.len ? ": " : "");
    plx_markup_add(out, why);
    plx_buffer_text(out, "\">");
    plx_buffer_add(out, more);
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

/* As markup: "cause 3f...: 288 exchanges of GET /payroll/{id} differ in /total (value): rounded to 2 digits", and how
 * to see it again. */
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
    for (size_t i = 0; i < cause->look_count; i++) {
        plx_buffer_text(out, i ? "; " : ": ");
        plx_markup_add(out, cause->looks[i]);
    }
    plx_report_add_recheck(out, "\n  asked again: ", &cause->recheck);
    add_command(out, "primary", cause->primary);
    add_command(out, "candidate", cause->candidate);
    out->failed = out->failed || fields.failed;
    plx_buffer_fini(&fields);
}

/* Those of the whole service, or of an endpoint. */
static void
add_causes(struct plx_buffer *out, const struct plx_report_service *service, const struct plx_report_endpoint *endpoint)
{
    for (size_t i = 0, shown = 0; i < service->cause_count && shown < CAUSES_SHOWN_MAX; i++) {
        const struct plx_report_cause *cause = &service->causes[i];

        if (cause->noise || (endpoint && !plx_slice_equal(cause->endpoint, endpoint->name)))
            continue;
        add_cause(out, cause);
        shown++;
    }
}

/* "/total (value): regression, differs in 288 exchanges, in 3 of them the secondary does too" and its example. */
static void
add_field(struct plx_buffer *out, const struct plx_report_service *service, const struct plx_report_field *field)
{
    plx_buffer_byte(out, '\n');
    plx_markup_add(out, field->name);
    plx_buffer_text(out, " (");
    plx_markup_add(out, field->kind);
    plx_buffer_format(out, "): %s: differs in %llu %s", plx_report_verdict_text(field->verdict),
                      (unsigned long long)field->differences, service->words->exchanges);
    if (service->words->kind == PLX_SUBJECT_SERVICE)
        plx_buffer_format(out, ", in %llu of them the secondary does too", (unsigned long long)field->noise);
    if (!field->has_example)
        return;
    plx_buffer_format(out, "\n  %s ", service->words->exchange);
    plx_markup_add(out, field->exchange);
    plx_buffer_format(out, ": %s ", service->words->roles[PLX_PRIMARY]);
    plx_markup_add(out, field->primary);
    plx_buffer_text(out, ", candidate ");
    plx_markup_add(out, field->candidate);
}

static void
write_endpoint(struct plx_buffer *out, const struct plx_report_service *service,
               const struct plx_report_endpoint *endpoint, const struct plx_junit_look *look)
{
    struct plx_buffer more;

    plx_buffer_init(&more, TEXT_BYTES_MAX);
    for (size_t i = 0; i < endpoint->field_count; i++)
        if (endpoint->fields[i].verdict != PLX_REPORT_NOISE)
            add_field(&more, service, &endpoint->fields[i]);
    add_causes(&more, service, endpoint);
    write_case(out, service, endpoint->name, time_of(endpoint->latency), endpoint->verdict, endpoint->why,
               plx_buffer_slice(&more), look);
    out->failed = out->failed || more.failed;
    plx_buffer_fini(&more);
}

/* Of the service as a whole. */
static void
write_verdict(struct plx_buffer *out, const struct plx_report_service *service, const struct plx_junit_look *look)
{
    struct plx_buffer more;

    plx_buffer_init(&more, TEXT_BYTES_MAX);
    add_causes(&more, service, NULL);
    write_case(out, service, plx_slice_of("verdict"), 0, service->verdict, service->why, plx_buffer_slice(&more), look);
    out->failed = out->failed || more.failed;
    plx_buffer_fini(&more);
}

struct sums {
    size_t tests, failures, skipped;
    double seconds;
};

static void
count_case(struct sums *sums, enum plx_report_verdict verdict, double seconds, const struct plx_junit_look *look)
{
    const char *element = element_of(verdict, look);

    sums->tests++;
    sums->failures += element && element[0] == 'f';
    sums->skipped += element && element[0] == 's';
    sums->seconds += seconds;
}

static void
write_suite(struct plx_buffer *out, const struct plx_report_service *service, const struct plx_junit_look *look)
{
    struct sums sums = {0};
    char time[PLX_TIME_TEXT];

    plx_time_text(look->time_ms, time);
    count_case(&sums, service->verdict, 0, look);
    for (size_t i = 0; i < service->endpoint_count; i++)
        count_case(&sums, service->endpoints[i].verdict, time_of(service->endpoints[i].latency), look);
    plx_buffer_text(out, "  <testsuite name=\"");
    add_name(out, service);
    plx_buffer_format(
        out, "\" tests=\"%zu\" failures=\"%zu\" errors=\"0\" skipped=\"%zu\" time=\"%.6f\" timestamp=\"%.19s\">\n",
        sums.tests, sums.failures, sums.skipped, sums.seconds, time);
    write_verdict(out, service, look);
    for (size_t i = 0; i < service->endpoint_count; i++)
        write_endpoint(out, service, &service->endpoints[i], look);
    plx_buffer_text(out, "  </testsuite>\n");
}

void
plx_report_write_junit(struct plx_buffer *out, const struct plx_report *report, const struct plx_junit_look *look)
{
    plx_buffer_text(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"parallax\">\n");
    for (size_t i = 0; i < report->count; i++)
        write_suite(out, &report->services[i], look);
    plx_report_junit_reconciliations(out, report, look->inconclusive_fails);
    plx_buffer_text(out, "</testsuites>\n");
}
