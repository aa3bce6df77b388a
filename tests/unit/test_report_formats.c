/* SPDX-License-Identifier: Apache-2.0 */
/* The report as JUnit XML and as HTML: every regression is a failure, and no name or value is ever markup. */
#include "cli/report/report_html.h"
#include "cli/report/report_junit.h"
#include "cli/report/report_read.h"

#include "reading_kit.h"
#include "report_documents.h"

#define NOT_COMPARED "{\"name\":\"old\",\"stage\":\"primary\",\"verdict\":\"not_compared\",\"exchanges\":{\"total\":7}}"

static void
begin(struct kit_reading *kit, const char *json, struct plx_report *report, struct plx_buffer *out)
{
    kit_read(kit, json);
    assert_int_equal(plx_report_read(&kit->document, kit->arena, report), PLX_OK);
    plx_buffer_init(out, 1u << 20);
}

static const char *
text_of(struct plx_buffer *out)
{
    plx_buffer_byte(out, '\0');
    assert_false(out->failed);
    return out->ptr;
}

/* What a path of the API answers for one reads as the same thing in a list of all. */
static void
test_one_report_is_read_as_one_of_many(void **state)
{
    struct plx_report one, many;
    struct kit_reading kit, list;
    struct plx_buffer out, listed;

    kit_read(&kit, REPORT_REGRESSION);
    assert_int_equal(plx_report_read_one(&kit.document, kit.arena, &one), PLX_OK);
    plx_buffer_init(&out, 1u << 20);
    plx_report_write_html(&out, &one);
    begin(&list, REPORTS(REPORT_REGRESSION), &many, &listed);
    plx_report_write_html(&listed, &many);
    assert_string_equal(text_of(&out), text_of(&listed));
    plx_buffer_fini(&out);
    plx_buffer_fini(&listed);
    kit_end(&kit);
    kit_end(&list);
    kit_read(&kit, REPORT_EXPERIMENT);
    assert_int_equal(plx_report_read_one(&kit.document, kit.arena, &one), PLX_OK);
    assert_int_equal(one.services[0].words->kind, PLX_SUBJECT_EXPERIMENT);
    kit_end(&kit);
    kit_read(&kit, "[]");
    assert_int_equal(plx_report_read_one(&kit.document, kit.arena, &one), PLX_E_SYNTAX);
    kit_end(&kit);
}

static void
test_junit_has_a_case_for_each_service_and_endpoint(void **state)
{
    struct kit_reading kit;
    struct plx_report report;
    struct plx_buffer out;

    begin(&kit, REPORTS(REPORT_REGRESSION "," REPORT_CLEAN "," REPORT_THIN), &report, &out);
    plx_report_write_junit(&out, &report, &(struct plx_junit_look){.time_ms = 1767323045678});
    assert_string_equal(
        text_of(&out),
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<testsuites name=\"parallax\">\n"
        "  <testsuite name=\"payment\" tests=\"4\" failures=\"2\" errors=\"0\" skipped=\"1\" time=\"0.000796\" "
        "timestamp=\"2026-01-02T03:04:05\">\n"
        "    <properties>\n"
        "      <property name=\"about\" value=\"stage shadow, confidence 99 %\"/>\n"
        "    </properties>\n"
        "    <testcase classname=\"payment\" name=\"verdict\" time=\"0.000000\">\n"
        "      <failure message=\"regression: 2 fields differ more often than the primary does from "
        "itself\"></failure>\n"
        "      <system-out>\n"
        "1000 exchanges: 500 match, 300 mismatch, 99 ignored, 1 incomparable, 100 uncopied\n"
        "primary p50 412 us, p99 23.4 ms; candidate p50 398 us, p99 120 ms\n"
        "incomparable: timeout 1\n"
        "uncopied: unsafe_method 98, shed 2\n"
        "36 mismatches are counted but were not kept whole; 264 are\n"
        "98 exchanges: is the &#60;session&#62; shared?\n"
        "never compared: POST /payroll\n"
        "</system-out>\n"
        "    </testcase>\n"
        "    <testcase classname=\"payment\" name=\"GET /payroll/{id}\" time=\"0.000398\">\n"
        "      <failure message=\"regression\">\n"
        "/total (value): regression: differs in 288 exchanges, in 3 of them the secondary does too\n"
        "  exchange 01JC: primary 41.555, candidate 41.56\n"
        "/lines/*/net (missing): regression: differs in 12 exchanges, in 0 of them the secondary does too\n"
        "  exchange 01JB: primary 12.5, candidate (nothing)\n"
        "status (value): inconclusive: differs in 2 exchanges, in 0 of them the secondary does too\n"
        "  exchange 01JD: primary 404, candidate 500</failure>\n"
        "      <system-out>\n"
        "700 exchanges: 300 match, 300 mismatch, 99 ignored, 1 incomparable\n"
        "primary p50 412 us, p99 23.4 ms; candidate p50 398 us, p99 120 ms\n"
        "incomparable: timeout 1\n"
        "/generatedAt (value): noise: differs in 699 exchanges, in 699 of them the secondary does too\n"
        "  exchange 01JA: primary &#34;2026-01-02&#34;, candidate &#34;2026-01-03&#34;\n"
        "</system-out>\n"
        "    </testcase>\n"
        "    <testcase classname=\"payment\" name=\"POST /payroll\" time=\"0.000000\">\n"
        "      <skipped message=\"inconclusive\"></skipped>\n"
        "      <system-out>\n"
        "100 exchanges: 100 uncopied\n"
        "uncopied: unsafe_method 98, shed 2\n"
        "</system-out>\n"
        "    </testcase>\n"
        "    <testcase classname=\"payment\" name=\"GET /health\" time=\"0.000398\">\n"
        "      <system-out>\n"
        "200 exchanges: 200 match\n"
        "primary p50 412 us, p99 23.4 ms; candidate p50 398 us, p99 120 ms\n"
        "</system-out>\n"
        "    </testcase>\n"
        "  </testsuite>\n"
        "  <testsuite name=\"mail\" tests=\"1\" failures=\"0\" errors=\"0\" skipped=\"0\" time=\"0.000000\" "
        "timestamp=\"2026-01-02T03:04:05\">\n"
        "    <properties>\n"
        "      <property name=\"about\" value=\"stage shadow\"/>\n"
        "    </properties>\n"
        "    <testcase classname=\"mail\" name=\"verdict\" time=\"0.000000\">\n"
        "      <system-out>\n"
        "120 exchanges: 120 match\n"
        "primary p50 412 us, p99 23.4 ms; candidate p50 398 us, p99 120 ms\n"
        "</system-out>\n"
        "    </testcase>\n"
        "  </testsuite>\n"
        "  <testsuite name=\"mail\" tests=\"1\" failures=\"0\" errors=\"0\" skipped=\"1\" time=\"0.000000\" "
        "timestamp=\"2026-01-02T03:04:05\">\n"
        "    <properties>\n"
        "      <property name=\"about\" value=\"stage shadow\"/>\n"
        "    </properties>\n"
        "    <testcase classname=\"mail\" name=\"verdict\" time=\"0.000000\">\n"
        "      <skipped message=\"inconclusive\"></skipped>\n"
        "      <system-out>\n"
        "about 87 more compared exchanges are needed\n"
        "3 exchanges: 3 match\n"
        "</system-out>\n"
        "    </testcase>\n"
        "  </testsuite>\n"
        "</testsuites>\n");
    plx_buffer_fini(&out);
    kit_end(&kit);
}

static void
test_what_is_not_sure_fails_in_junit_where_that_is_asked_for(void **state)
{
    const struct plx_junit_look look = {.time_ms = 1767323045678, .inconclusive_fails = true};
    struct kit_reading kit;
    struct plx_report report;
    struct plx_buffer out;
    const char *text;

    begin(&kit, REPORTS(REPORT_THIN "," NOT_COMPARED), &report, &out);
    plx_report_write_junit(&out, &report, &look);
    text = text_of(&out);
    assert_non_null(strstr(text, "<failure message=\"inconclusive\">"));
    assert_non_null(strstr(text, "<skipped message=\"not compared\">"));
    plx_buffer_fini(&out);
    kit_end(&kit);
}

static void
expect_no_markup_of_peers(const char *text)
{
    kit_expect_harmless(text);
    assert_null(strstr(text, "<script"));
    assert_null(strstr(text, "<img"));
    assert_null(strstr(text, "<b>"));
    assert_null(strstr(text, "<i>"));
    assert_non_null(strstr(text, "&#60;img src=x onerror=alert(1)&#62;"));
    assert_non_null(strstr(text, "\\u202E"));
}

static void
test_no_value_is_ever_markup(void **state)
{
    struct kit_reading kit;
    struct plx_report report;
    struct plx_buffer out;

    begin(&kit, REPORTS(REPORT_HOSTILE), &report, &out);
    plx_report_write_junit(&out, &report, &(struct plx_junit_look){.time_ms = 1767323045678});
    expect_no_markup_of_peers(text_of(&out));
    plx_buffer_clear(&out);
    plx_report_write_html(&out, &report);
    expect_no_markup_of_peers(text_of(&out));
    plx_buffer_fini(&out);
    kit_end(&kit);
}

static void
test_html_stands_alone_and_says_everything(void **state)
{
    static const char *const wanted[] = {
        "<h2>payment <span class=\"v regression\">regression</span></h2>",
        "2 fields differ more often than the primary does from itself (stage shadow, confidence 99 %)",
        "<tr><td>uncopied</td><td class=\"n\">100</td><td class=\"n\">10.0 %</td><td>unsafe_method 98, shed "
        "2</td></tr>",
        "<tr><td>candidate</td><td class=\"n\">398 us</td><td class=\"n\">1.31 ms</td><td class=\"n\">120 ms</td></tr>",
        "<h3><code>GET /payroll/{id}</code> <span class=\"v regression\">regression</span></h3>",
        "<td><code>/total</code></td><td>value</td><td class=\"n\">288</td><td class=\"n\">3</td><td><span class=\"v "
        "regression\">regression</span></td><td><code>41.555</code></td><td><code>41.56</code></td><td>01JC</td></tr>",
        "<td><code>12.5</code></td><td>(nothing)</td>",
        "36 mismatches are counted but were not kept whole; 264 are",
        "<tr><td>payment</td><td><span class=\"v regression\">regression</span></td><td class=\"n\">1000 "
        "exchanges</td>",
        "<li class=\"open\">98 exchanges: is the &#60;session&#62; shared?</li>",
        "<h2>mail <span class=\"v clean\">clean</span></h2>",
        "(stage canary, share 12.5 %)",
        "<li class=\"bad\">served by the primary: 72; served by the candidate: 8, of these 2 differed from the "
        "primary</li>",
        "<li class=\"open\">the primary answered in the place of a candidate that could not: connect 2, reset 1</li>",
        "default-src 'none'",
    };
    struct kit_reading kit;
    struct plx_report report;
    struct plx_buffer out;
    const char *text;

    begin(&kit, REPORTS(REPORT_REGRESSION "," REPORT_CLEAN "," REPORT_CANARY), &report, &out);
    plx_report_write_html(&out, &report);
    text = text_of(&out);
    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
        if (!strstr(text, wanted[i]))
            fail_msg("there is no '%s' in:\n%s", wanted[i], text);
    assert_null(strstr(text, "http://"));
    assert_null(strstr(text, "https://"));
    assert_null(strstr(text, "src="));
    plx_buffer_fini(&out);
    kit_end(&kit);
}

static int
exit_of(const char *json)
{
    struct kit_reading kit;
    struct plx_report report;
    int status;

    kit_read(&kit, json);
    assert_int_equal(plx_report_read(&kit.document, kit.arena, &report), PLX_OK);
    status = plx_report_exit(&report);
    kit_end(&kit);
    return status;
}

static void
test_the_exit_status_is_the_worst_verdict(void **state)
{
    assert_int_equal(exit_of(REPORTS(REPORT_CLEAN)), 0);
    assert_int_equal(exit_of(REPORTS(REPORT_CLEAN "," REPORT_THIN)), 3);
    assert_int_equal(exit_of(REPORTS(REPORT_THIN "," REPORT_REGRESSION "," REPORT_CLEAN)), 1);
    assert_int_equal(exit_of(REPORTS("")), 3);
    assert_int_equal(exit_of(REPORTS(NOT_COMPARED "," REPORT_CLEAN)), 0);
    assert_int_equal(exit_of(REPORTS(REPORT_CLEAN "," NOT_COMPARED)), 0);
    assert_int_equal(exit_of(REPORTS(NOT_COMPARED "," REPORT_THIN)), 3);
    assert_int_equal(exit_of(REPORTS(REPORT_REGRESSION "," NOT_COMPARED)), 1);
    assert_int_equal(exit_of(REPORTS(NOT_COMPARED)), 3); /* nothing at all is */
    assert_int_equal(exit_of(REPORTS("{\"verdict\":\"of a later version\"}")), 3);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_report_is_read_as_one_of_many),
        cmocka_unit_test(test_junit_has_a_case_for_each_service_and_endpoint),
        cmocka_unit_test(test_what_is_not_sure_fails_in_junit_where_that_is_asked_for),
        cmocka_unit_test(test_no_value_is_ever_markup),
        cmocka_unit_test(test_html_stands_alone_and_says_everything),
        cmocka_unit_test(test_the_exit_status_is_the_worst_verdict),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
