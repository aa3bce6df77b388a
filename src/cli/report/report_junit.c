/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JUnit XML, in the shape that Jenkins, GitLab and GitHub's reporters read:
 *   testsuites > testsuite (a service) > properties (what it is of), testcase (its verdict; each endpoint), system-out
 *   testcase > failure | skipped (what is wrong), system-out (all else that the report says of it)
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

/* A whole case: why and more (markup) are what is wrong, out (markup) what else is said. */
struct junit_case {
    struct plx_slice name;
    double seconds;
    enum plx_report_verdict verdict;
    struct plx_slice why;
    struct plx_buffer more, out;
};

static void
write_case(struct plx_buffer *out, const struct plx_report_service *service, struct junit_case *c,
           const struct plx_junit_look *look)
{
    const char *element = element_of(c->verdict, look);

    plx_buffer_text(out, "    <testcase classname=\"");
    add_name(out, service);
    plx_buffer_text(out, "\" name=\"");
    plx_markup_add(out, c->name);
    plx_buffer_format(out, "\" time=\"%.6f\">\n", c->seconds);
    if (element) {
        plx_buffer_format(out, "      <%s message=\"%s", element, plx_report_verdict_text(c->verdict));
        plx_buffer_text(out, c->why.len ? ": " : "");
        plx_markup_add(out, c->why);
        plx_buffer_text(out, "\">");
        plx_buffer_add(out, plx_buffer_slice(&c->more));
        plx_buffer_format(out, "</%s>\n", element);
    }
    plx_buffer_text(out, "      <system-out>");
    if (!element && c->why.len) {
        plx_buffer_byte(out, '\n');
        plx_markup_add(out, c->why);
    }
    plx_buffer_add(out, plx_buffer_slice(&c->out));
    plx_buffer_text(out, "\n</system-out>\n    </testcase>\n");
    out->failed = out->failed || c->more.failed || c->out.failed;
    plx_buffer_fini(&c->more);
    plx_buffer_fini(&c->out);
}

/* A line of text, as markup. */
static void
add_line(struct plx_buffer *out, const char *before, struct plx_slice text)
{
    if (text.len == 0)
        return;
    plx_buffer_format(out, "\n%s", before);
    plx_markup_add(out, text);
}

static void
add_facts(struct plx_buffer *out, const char *before, const struct plx_report_facts *facts)
{
    for (const struct plx_report_fact *fact = facts->first; fact; fact = fact->next)
        add_line(out, before, fact->text);
}

static void
add_command(struct plx_buffer *out, const char *role, struct plx_slice command)
{
    if (command.len == 0)
        return;
    plx_buffer_format(out, "\n  %s: ", role);
    plx_markup_add(out, command);
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
    plx_buffer_text(out, "\n  ");
    add_time(out, cause->first);
    plx_buffer_text(out, " to ");
    add_time(out, cause->last);
    plx_buffer_text(out, " UTC");
    plx_report_add_recheck(out, "\n  asked again: ", &cause->recheck);
    add_line(out, "  exchange ", cause->exchange);
    for (size_t i = 0; i < cause->differences.count; i++) {
        const struct plx_report_difference *difference = &cause->differences.list[i];

        add_line(out, "    ", difference->shown);
        plx_buffer_text(out, " (");
        plx_markup_add(out, difference->kind);
        plx_buffer_text(out, "): ");
        plx_markup_add(out, plx_report_side(difference->primary));
        plx_buffer_text(out, " -> ");
        plx_markup_add(out, plx_report_side(difference->candidate));
    }
    add_command(out, "primary", cause->primary);
    add_command(out, "candidate", cause->candidate);
    out->failed = out->failed || fields.failed;
    plx_buffer_fini(&fields);
}

/* Those of the whole service, or of an endpoint; such as are noise by the counts, or the others. */
static void
add_causes(struct plx_buffer *out, const struct plx_report_service *service, const struct plx_report_endpoint *endpoint,
           bool noise)
{
    for (size_t i = 0, shown = 0; i < service->cause_count && shown < CAUSES_SHOWN_MAX; i++) {
        const struct plx_report_cause *cause = &service->causes[i];

        if (cause->noise != noise || (endpoint && !plx_slice_equal(cause->endpoint, endpoint->name)))
            continue;
        plx_buffer_text(out, noise ? "\nnoise, by the counts:" : "");
        add_cause(out, cause);
        shown++;
    }
}

/* "/total (value): regression, differs in 288 exchanges, in 3 of them the secondary does too" and its example. */
static void
add_field(struct plx_buffer *out, const struct plx_report_service *service, const struct plx_report_field *field)
{
    plx_buffer_byte(out, '\n');
    plx_markup_add(out, field->shown);
    plx_buffer_text(out, " (");
    plx_markup_add(out, field->kind);
    plx_buffer_format(out, "): %s: differs in %llu %s", plx_report_verdict_text(field->verdict),
                      (unsigned long long)field->differences, service->words->exchanges);
    if (service->words->kind == PLX_SUBJECT_SERVICE)
        plx_buffer_format(out, ", in %llu of them the secondary does too", (unsigned long long)field->noise);
    if (field->has_example) {
        plx_buffer_format(out, "\n  %s ", service->words->exchange);
        plx_markup_add(out, field->exchange);
        plx_buffer_format(out, ": %s ", service->words->roles[PLX_PRIMARY]);
        plx_markup_add(out, plx_report_side(field->primary));
        plx_buffer_text(out, ", candidate ");
        plx_markup_add(out, plx_report_side(field->candidate));
    }
    add_facts(out, "  ", &field->facts);
}

/* Harmless text that is not markup yet. */
static void
add_text(struct plx_buffer *out, struct plx_buffer *text)
{
    add_line(out, "", plx_buffer_slice(text));
    out->failed = out->failed || text->failed;
    plx_buffer_clear(text);
}

static struct junit_case
case_of(struct plx_slice name, enum plx_report_verdict verdict, struct plx_slice why)
{
    struct junit_case c = {.name = name, .verdict = verdict, .why = why};

    plx_buffer_init(&c.more, TEXT_BYTES_MAX);
    plx_buffer_init(&c.out, TEXT_BYTES_MAX);
    return c;
}

static void
write_endpoint(struct plx_buffer *out, const struct plx_report_service *service,
               const struct plx_report_endpoint *endpoint, const struct plx_junit_look *look)
{
    struct junit_case c = case_of(endpoint->name, endpoint->verdict, endpoint->why);
    struct plx_buffer text;

    plx_buffer_init(&text, TEXT_BYTES_MAX);
    c.seconds = time_of(endpoint->latency);
    plx_report_add_endpoint_counts(&text, &endpoint->counts, service->words);
    add_text(&c.out, &text);
    plx_report_add_latency(&text, "", endpoint->latency, service->words);
    add_text(&c.out, &text);
    plx_buffer_fini(&text);
    add_facts(&c.out, "", &endpoint->facts);
    /* A case that has passed has nothing but what is said besides. */
    for (size_t i = 0; i < endpoint->field_count; i++) {
        bool wrong = endpoint->fields[i].verdict != PLX_REPORT_NOISE && element_of(endpoint->verdict, look);

        add_field(wrong ? &c.more : &c.out, service, &endpoint->fields[i]);
    }
    add_causes(element_of(endpoint->verdict, look) ? &c.more : &c.out, service, endpoint, false);
    write_case(out, service, &c, look);
}

static void
add_earlier(struct plx_buffer *out, const struct plx_report_service *service)
{
    struct plx_buffer text;

    plx_buffer_init(&text, TEXT_BYTES_MAX);
    for (size_t i = 0; i < service->earlier_count; i++) {
        const struct plx_report_epoch *epoch = &service->earlier[i];

        plx_buffer_text(&text, "earlier ");
        plx_report_add_epoch(&text, epoch);
        plx_buffer_text(&text, ": ");
        plx_report_add_outcome(&text, epoch);
        if (epoch->candidate.len) {
            plx_buffer_text(&text, ", candidate ");
            plx_text_add(&text, epoch->candidate, SIZE_MAX);
        }
        add_text(out, &text);
    }
    plx_buffer_fini(&text);
}

static void
add_rules(struct plx_buffer *out, const struct plx_report_service *service)
{
    for (size_t i = 0; i < service->rule_count; i++) {
        add_line(out, "", service->rules[i].says);
        add_line(out, "  ", service->rules[i].example);
    }
    if (service->rules_left_out > 0)
        plx_buffer_format(out, "\nand %llu rules more", (unsigned long long)service->rules_left_out);
}

/* Of the service as a whole. */
static void
write_verdict(struct plx_buffer *out, const struct plx_report_service *service, const struct plx_junit_look *look)
{
    struct junit_case c = case_of(plx_slice_of("verdict"), service->verdict, service->why);
    struct plx_buffer text;

    plx_buffer_init(&text, TEXT_BYTES_MAX);
    add_causes(element_of(service->verdict, look) ? &c.more : &c.out, service, NULL, false);
    add_line(&c.out, "", service->outlook);
    plx_report_add_endpoint_counts(&text, &service->counts, service->words);
    add_text(&c.out, &text);
    plx_report_add_latency(&text, "", service->latency, service->words);
    add_text(&c.out, &text);
    plx_buffer_fini(&text);
    add_facts(&c.out, "", &service->reasons);
    add_facts(&c.out, "", &service->facts);
    add_line(&c.out, "", service->never);
    add_rules(&c.out, service);
    add_earlier(&c.out, service);
    add_causes(&c.out, service, NULL, true);
    write_case(out, service, &c, look);
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
write_property(struct plx_buffer *out, const char *name, struct plx_slice value)
{
    if (value.len == 0)
        return;
    plx_buffer_format(out, "      <property name=\"%s\" value=\"", name);
    plx_markup_add(out, value);
    plx_buffer_text(out, "\"/>\n");
}

static void
write_properties(struct plx_buffer *out, const struct plx_report_service *service)
{
    struct plx_buffer about;

    plx_buffer_init(&about, TEXT_BYTES_MAX);
    plx_report_add_about(&about, service);
    plx_buffer_text(out, "    <properties>\n");
    write_property(out, "about", plx_buffer_slice(&about));
    write_property(out, "epoch", plx_report_epoch_called(&service->epoch));
    write_property(out, "version", service->epoch.version);
    plx_buffer_text(out, "    </properties>\n");
    out->failed = out->failed || about.failed;
    plx_buffer_fini(&about);
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
    write_properties(out, service);
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
