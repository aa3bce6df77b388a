/* SPDX-License-Identifier: Apache-2.0 */
/* The report in a terminal: what matters first, counts that add up, and nothing from a peer that a terminal would obey.
 */

#include "report_documents.h"
#include "report_kit.h"

static const struct plx_report_look plain = {.width = 80};

static void
expect_print(const char *json, const struct plx_report_look *look, const char *want)
{
    struct kit_reading kit;

    kit_read(&kit, json);
    assert_int_equal(kit_print_report(kit.out, &kit.document, look), PLX_OK);
    assert_string_equal(kit_printed(&kit), want);
    kit_end(&kit);
}

static void
expect_lines(const char *json, const struct plx_report_look *look, const char *const *wanted)
{
    struct kit_reading kit;
    const char *text;

    kit_read(&kit, json);
    assert_int_equal(kit_print_report(kit.out, &kit.document, look), PLX_OK);
    text = kit_printed(&kit);
    for (; *wanted; wanted++)
        if (!strstr(text, *wanted))
            fail_msg("there is no '%s' in:\n%s", *wanted, text);
    kit_end(&kit);
}

static void
test_a_canary_says_who_served(void **state)
{
    expect_lines(
        REPORTS(REPORT_CANARY), &plain,
        (const char *const[]){
            "(stage canary, share 12.5 %)",
            "\n  served by the primary: 72; served by the candidate: 8, of these 2 differed from the primary\n",
            "\n  the primary answered in the place of a candidate that could not: connect 2, "
            "reset 1\n",
            NULL});
}

static void
test_a_regression_is_read_from_top_to_bottom(void **state)
{
    expect_print(REPORTS(REPORT_REGRESSION), &plain,
                 "payment: regression   (stage shadow, confidence 99 %)\n"
                 "  2 fields differ more often than the primary does from itself\n"
                 "\n"
                 "  match          500  50.0 %\n"
                 "  mismatch       300  30.0 %\n"
                 "  ignored         99   9.9 %  all their differences are noise or ruled out\n"
                 "  incomparable     1   0.1 %  timeout 1\n"
                 "  uncopied       100  10.0 %  unsafe_method 98, shed 2\n"
                 "  exchanges     1000\n"
                 "\n"
                 "  latency       p50      p90      p99\n"
                 "  primary    412 us  1.24 ms  23.4 ms\n"
                 "  candidate  398 us  1.31 ms   120 ms\n"
                 "\n"
                 "  36 mismatches are counted but were not kept whole; 264 are\n"
                 "  98 exchanges: is the <session> shared?\n"
                 "\n"
                 "  GET /payroll/{id}  regression\n"
                 "    700 exchanges: 300 match, 300 mismatch, 99 ignored, 1 incomparable\n"
                 "    incomparable: timeout 1\n"
                 "    primary p50 412 us, p99 23.4 ms; candidate p50 398 us, p99 120 ms\n"
                 "    field         kind     differs  noise  verdict\n"
                 "    /total        value        288      3  regression\n"
                 "      41.555 -> 41.56\n"
                 "    /lines/*/net  missing       12      0  regression\n"
                 "      12.5 -> (nothing)\n"
                 "    status        value          2      0  inconclusive\n"
                 "      404 -> 500\n"
                 "    /generatedAt  value        699    699  noise\n"
                 "\n"
                 "  1 endpoint in which no difference was seen:\n"
                 "    GET /health  200 exchanges: 200 match\n"
                 "      primary p50 412 us, p99 23.4 ms; candidate p50 398 us, p99 120 ms\n"
                 "\n"
                 "  never compared: 1 endpoint\n"
                 "    POST /payroll  uncopied: unsafe_method 98, shed 2\n"
                 "\n"
                 "  next\n"
                 "  the exchanges behind the worst field:\n"
                 "    parallax diffs --service payment --endpoint 'GET /payroll/{id}' --field /total\n"
                 "  what is meant to differ is excused by compare: {ignore: [POINTER]} in the configuration\n"
                 "  why answers could not be compared:\n"
                 "    parallax status\n"
                 "  mismatches as they come:\n"
                 "    parallax diffs --follow --service payment\n"
                 "  the same to keep and to send:\n"
                 "    parallax report --html report.html --service payment\n");
}

static void
test_thin_evidence_says_what_is_missing(void **state)
{
    expect_print(REPORTS(REPORT_THIN), &(struct plx_report_look){.width = 80, .admin = "http://127.0.0.1:1234"},
                 "mail: inconclusive   (stage shadow)\n"
                 "\n"
                 "  match         3  100.0 %\n"
                 "  mismatch      0    0.0 %\n"
                 "  ignored       0    0.0 %\n"
                 "  incomparable  0    0.0 %\n"
                 "  uncopied      0    0.0 %\n"
                 "  exchanges     3\n"
                 "\n"
                 "  next\n"
                 "  about 87 more compared exchanges are needed: let the traffic go on, and look again\n"
                 "  mismatches as they come:\n"
                 "    parallax diffs --follow --service mail --admin http://127.0.0.1:1234\n"
                 "  the same to keep and to send:\n"
                 "    parallax report --html report.html --service mail --admin http://127.0.0.1:1234\n");
}

static void
test_several_services_follow_one_another(void **state)
{
    expect_lines(REPORTS(REPORT_REGRESSION "," REPORT_CLEAN), &plain,
                 (const char *const[]){"payment  regression  1000 exchanges, 300 mismatch  ",
                                       "mail     clean       120 exchanges\n\n\npayment: regression",
                                       "\n\nmail: clean   (stage shadow)\n", NULL});
    expect_print(REPORTS(""), &plain, "There are no services.\n");
}

/* A line for each, and nothing else; or what is a regression alone. */
static void
test_a_summary_is_a_line_each(void **state)
{
    struct plx_report_look look = plain;
    struct plx_report report;
    struct kit_reading kit;

    look.summary = true;
    expect_print(REPORTS(REPORT_THIN), &look, "mail  inconclusive  3 exchanges\n");
    kit_read(&kit, REPORTS(REPORT_CLEAN "," REPORT_REGRESSION "," REPORT_THIN));
    assert_int_equal(plx_report_read(&kit.document, kit.arena, &report), PLX_OK);
    plx_report_keep_regressions(&report);
    assert_int_equal(report.count, 1);
    assert_int_equal(report.services[0].endpoint_count, 1);
    kit_end(&kit);
    kit_read(&kit, REPORTS(REPORT_CLEAN));
    assert_int_equal(plx_report_read(&kit.document, kit.arena, &report), PLX_OK);
    plx_report_keep_regressions(&report);
    assert_int_equal(plx_report_print(kit.out, &report, &plain), PLX_OK);
    assert_string_equal(kit_printed(&kit), "There are no regressions.\n");
    kit_end(&kit);
}

/* Nobody is told to wait for what does not come. */
static void
test_traffic_is_asked_for_only_where_it_helps(void **state)
{
    expect_lines(
        REPORTS("{\"name\":\"a\",\"stage\":\"shadow\",\"verdict\":\"inconclusive\",\"compared\":0,\"needed\":90,"
                "\"exchanges\":{\"total\":9,\"uncopied\":9},\"uncopied\":{\"unsafe_method\":9}}"),
        &plain, (const char *const[]){"a route with `copy: always`", NULL});
    expect_lines(
        REPORTS("{\"name\":\"a\",\"stage\":\"shadow\",\"verdict\":\"inconclusive\",\"compared\":0,\"needed\":90,"
                "\"exchanges\":{\"total\":9,\"incomparable\":9},\"incomparable\":{\"connect\":9}}"),
        &plain, (const char *const[]){"no answer could be compared", NULL});
    expect_lines(
        REPORTS("{\"name\":\"a\",\"stage\":\"primary\",\"verdict\":\"not_compared\",\"exchanges\":{\"total\":9}}"),
        &plain,
        (const char *const[]){"a: not compared", "a candidate in the configuration and the stage shadow", NULL});
}

static void
test_what_peers_wrote_is_shown_and_not_obeyed(void **state)
{
    struct kit_reading kit;
    const char *text;

    kit_read(&kit, REPORTS(REPORT_HOSTILE));
    assert_int_equal(kit_print_report(kit.out, &kit.document, &plain), PLX_OK);
    text = kit_printed(&kit);
    kit_expect_harmless(text);
    assert_non_null(strstr(text, "pay\\x1B[2Jment: regression"));
    assert_non_null(strstr(text, "\\u202E<b>\\r\\n&"));
    assert_non_null(strstr(text, "\\x1B[31m\\x00\\xED\\xA0\\x80 -> \"<img"));
    assert_null(strstr(text, "parallax diffs")); /* a command with such names can't be typed */
    kit_end(&kit);
}

static void
test_a_name_in_a_command_is_quoted_for_the_shell(void **state)
{
    expect_lines(
        REPORTS("{\"name\":\"a b\",\"verdict\":\"regression\",\"exchanges\":{},\"endpoints\":[{\"endpoint\":"
                "\"GET /it's;$(x)\",\"exchanges\":{},\"fields\":[{\"field\":\"\",\"verdict\":\"regression\"}]}]}"),
        &plain,
        (const char *const[]){"parallax diffs --service 'a b' --endpoint 'GET /it'\\''s;$(x)' --field ''\n", NULL});
}

static void
test_colour_changes_nothing_but_colour(void **state)
{
    struct kit_reading plainly, coloured;
    char stripped[8192];
    size_t len = 0;

    kit_read(&plainly, REPORTS(REPORT_REGRESSION));
    kit_read(&coloured, REPORTS(REPORT_REGRESSION));
    assert_int_equal(kit_print_report(plainly.out, &plainly.document, &plain), PLX_OK);
    assert_int_equal(kit_print_report(coloured.out, &coloured.document, &(struct plx_report_look){true, 80, NULL}),
                     PLX_OK);
    assert_non_null(strstr(kit_printed(&coloured), "\x1B[31mregression\x1B[0m"));
    for (const char *c = coloured.text; *c && len < sizeof(stripped) - 1; c++) {
        if (*c == '\x1B')
            c = strchr(c, 'm');
        else
            stripped[len++] = *c;
    }
    stripped[len] = '\0';
    assert_string_equal(stripped, kit_printed(&plainly));
    kit_end(&plainly);
    kit_end(&coloured);
}

/* Long names, kinds and values are cut in the middle; the place where two values part stays in sight. */
static void
test_long_texts_fit_the_width(void **state)
{
    char json[8192], name[301], value[601];
    struct kit_reading kit;
    const char *text;

    memset(name, 'n', sizeof(name) - 1);
    memset(value, 'v', sizeof(value) - 1);
    name[sizeof(name) - 1] = value[sizeof(value) - 1] = '\0';
    snprintf(json, sizeof(json),
             REPORTS("{\"name\":\"%s\",\"verdict\":\"regression\",\"exchanges\":{\"total\":1,\"incomparable\":1},"
                     "\"endpoints\":[{\"endpoint\":\"GET /%s\",\"exchanges\":{\"total\":1,\"mismatch\":1},"
                     "\"fields\":[{\"field\":\"/%s\",\"kind\":\"value\",\"differences\":1,\"verdict\":\"regression\","
                     "\"example\":{\"primary\":\"%sOLD%s\",\"candidate\":\"%sNEW%s\"}}]}]}"),
             name, name, name, value, value, value, value);
    for (unsigned width = 60; width <= 200; width += 7) {
        kit_read(&kit, json);
        assert_int_equal(kit_print_report(kit.out, &kit.document, &(struct plx_report_look){false, width, NULL}),
                         PLX_OK);
        text = kit_printed(&kit);
        assert_non_null(strstr(text, "OLD"));
        assert_non_null(strstr(text, "NEW"));
        *strstr(kit.text, "  next\n") = '\0'; /* commands are for copying: they are whole */
        kit_expect_width(text, width);
        kit_end(&kit);
    }
}

static void
test_an_answer_of_another_shape_is_refused_or_read_as_nothing(void **state)
{
    static const char *const odd[] = {
        "{\"services\":[1,null,{},{\"endpoints\":7},{\"endpoints\":[[]]}]}",
        "{\"services\":[{\"name\":7,\"verdict\":{},\"exchanges\":[],\"latency\":\"x\",\"endpoints\":[{\"fields\":[3]}]}"
        "]}",
        "{\"services\":[{\"exchanges\":{\"total\":-1,\"match\":1e9,\"mismatch\":99999999999999999999999}}]}",
    };
    struct kit_reading kit;

    for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
        kit_read(&kit, odd[i]);
        assert_int_equal(kit_print_report(kit.out, &kit.document, &plain), PLX_OK);
        assert_non_null(strstr(kit_printed(&kit), "inconclusive"));
        kit_end(&kit);
    }
    kit_read(&kit, "[]");
    assert_int_equal(kit_print_report(kit.out, &kit.document, &plain), PLX_E_SYNTAX);
    assert_string_equal(kit_printed(&kit), "");
    kit_end(&kit);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_regression_is_read_from_top_to_bottom),
        cmocka_unit_test(test_a_canary_says_who_served),
        cmocka_unit_test(test_thin_evidence_says_what_is_missing),
        cmocka_unit_test(test_several_services_follow_one_another),
        cmocka_unit_test(test_a_summary_is_a_line_each),
        cmocka_unit_test(test_traffic_is_asked_for_only_where_it_helps),
        cmocka_unit_test(test_what_peers_wrote_is_shown_and_not_obeyed),
        cmocka_unit_test(test_a_name_in_a_command_is_quoted_for_the_shell),
        cmocka_unit_test(test_colour_changes_nothing_but_colour),
        cmocka_unit_test(test_long_texts_fit_the_width),
        cmocka_unit_test(test_an_answer_of_another_shape_is_refused_or_read_as_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
