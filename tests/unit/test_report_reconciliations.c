/* SPDX-License-Identifier: Apache-2.0 */
/* Reconciliations in each of the report's formats: what the last run came to and why, and nothing from a peer that a
 * terminal or a browser would obey. */
#include "cli/report/report_html.h"
#include "cli/report/report_junit.h"
#include "cli/report/report_read.h"

#include "report_documents.h"
#include "report_kit.h"

static const struct plx_report_look plain = {.width = 80};

static void
test_text_says_what_the_last_run_came_to(void **state)
{
    struct kit_reading kit;

    kit_read(&kit, REPORTS_WITH("", REPORT_RECONCILIATION "," REPORT_RECONCILIATION_FAILED));
    assert_int_equal(kit_print_report(kit.out, &kit.document, &plain), PLX_OK);
    assert_string_equal(kit_printed(&kit),
                        "notifications  false   3 runs  2 rows of the right side…w waits for the next run\n"
                        "mail           failed  1 run   the run could not be fin…ed: ms.db: no such table\n"
                        "\n"
                        "\n"
                        "notifications: false   (reconciliation, 3 runs: 1 true, 1 false, 1 failed)\n"
                        "  2 rows of the right side have no partner, 1 pair differs, 1 row waits for the next run\n"
                        "  2026-11-25 12:00:00 UTC, 123 ms\n"
                        "  left   3 rows  postgresql://user@host/monolith-db\n"
                        "  right   1 row  sqlite:ms.db\n"
                        "  over all runs: paired 0\n"
                        "\n"
                        "  paired      2\n"
                        "  only_left   0\n"
                        "  only_right  2\n"
                        "  differing   1\n"
                        "  waiting     1\n"
                        "  consumed    2\n"
                        "\n"
                        "  only_right\n"
                        "    {\"message\":\"b\"}\n"
                        "    [too long to be shown]\n"
                        "\n"
                        "  differing\n"
                        "    {\"message\":\"c\"}\n"
                        "      /total  value\n"
                        "        1 -> 2\n"
                        "      /x      missing\n"
                        "        1 -> (nothing)\n"
                        "  and 4 more\n"
                        "\n"
                        "\n"
                        "mail: failed   (reconciliation, 1 run: 1 failed)\n"
                        "  the run could not be finished: ms.db: no such table\n"
                        "  2026-11-25 12:00:00 UTC, -\n"
                        "  left   0 rows\n"
                        "  right  0 rows\n");
    kit_end(&kit);
}

static void
test_junit_has_a_suite_for_each(void **state)
{
    struct kit_reading kit;
    struct plx_report report;
    struct plx_buffer out;

    kit_read(&kit,
             REPORTS_WITH("", REPORT_RECONCILIATION "," REPORT_RECONCILIATION_FAILED "," REPORT_RECONCILIATION_TRUE));
    assert_int_equal(plx_report_read(&kit.document, kit.arena, &report), PLX_OK);
    plx_buffer_init(&out, 1u << 20);
    plx_report_write_junit(&out, &report, &(struct plx_junit_look){.time_ms = 1767323045678});
    plx_buffer_byte(&out, '\0');
    assert_string_equal(
        out.ptr,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<testsuites name=\"parallax\">\n"
        "  <testsuite name=\"reconciliation notifications\" tests=\"1\" failures=\"1\" errors=\"0\" skipped=\"0\" "
        "time=\"0.123000\" timestamp=\"2026-11-25T12:00:00\">\n"
        "    <testcase classname=\"reconciliation notifications\" name=\"result\" time=\"0.123000\">\n"
        "      <failure message=\"false\">2 rows of the right side have no partner, 1 pair differs, 1 row waits for "
        "the "
        "next run\n"
        "only_right: {&#34;message&#34;:&#34;b&#34;}\n"
        "only_right: [too long to be shown]\n"
        "differing: {&#34;message&#34;:&#34;c&#34;}\n"
        "  /total (value): left 1, right 2\n"
        "  /x (missing): left 1, right (nothing)\n"
        "and 4 more</failure>\n"
        "      <system-out>\n"
        "3 runs: 1 true, 1 false, 1 failed\n"
        "left: 3 rows postgresql://user@host/monolith-db\n"
        "right: 1 row sqlite:ms.db\n"
        "paired 2, only_right 2, differing 1, waiting 1, consumed 2\n"
        "over all runs: paired 0\n"
        "</system-out>\n"
        "    </testcase>\n"
        "  </testsuite>\n"
        "  <testsuite name=\"reconciliation mail\" tests=\"1\" failures=\"0\" errors=\"0\" skipped=\"1\" "
        "time=\"0.000000\" timestamp=\"2026-11-25T12:00:00\">\n"
        "    <testcase classname=\"reconciliation mail\" name=\"result\" time=\"0.000000\">\n"
        "      <skipped message=\"failed\">the run could not be finished: ms.db: no such table</skipped>\n"
        "      <system-out>\n"
        "1 run: 1 failed\n"
        "left: 0 rows \n"
        "right: 0 rows \n"
        "paired 0\n"
        "</system-out>\n"
        "    </testcase>\n"
        "  </testsuite>\n"
        "  <testsuite name=\"reconciliation orders\" tests=\"1\" failures=\"0\" errors=\"0\" skipped=\"0\" "
        "time=\"0.000000\" timestamp=\"\">\n"
        "    <testcase classname=\"reconciliation orders\" name=\"result\" time=\"0.000000\">\n"
        "      <system-out>\n"
        "1 run: 1 true\n"
        "left: 0 rows \n"
        "right: 0 rows \n"
        "paired 7\n"
        "</system-out>\n"
        "    </testcase>\n"
        "  </testsuite>\n"
        "</testsuites>\n");
    plx_buffer_fini(&out);
    kit_end(&kit);
}

static void
test_html_says_the_same(void **state)
{
    static const char *const wanted[] = {
        "<h2>notifications <span class=\"v regression\">false</span></h2>",
        "<p>2 rows of the right side have no partner, 1 pair differs, 1 row waits for the next run (reconciliation, ",
        "<tr><td>right</td><td class=\"n\">1</td><td><code>sqlite:ms.db</code></td></tr>",
        "<tr><td>only_right</td><td class=\"n\">2</td></tr>",
        "<tr><td><code>{&#34;message&#34;:&#34;b&#34;}</code></td></tr>",
        "<td><code>/total</code></td><td><code>value</code></td><td><code>1</code></td><td><code>2</code></td>",
        "<h2>mail <span class=\"v inconclusive\">failed</span></h2>\n<p>the run could not be finished: ms.db: no such",
        "<h2>orders <span class=\"v clean\">true</span></h2>\n<p>each row has an equal partner",
    };
    struct kit_reading kit;
    struct plx_report report;
    struct plx_buffer out;

    kit_read(&kit,
             REPORTS_WITH("", REPORT_RECONCILIATION "," REPORT_RECONCILIATION_FAILED "," REPORT_RECONCILIATION_TRUE));
    assert_int_equal(plx_report_read(&kit.document, kit.arena, &report), PLX_OK);
    plx_buffer_init(&out, 1u << 20);
    plx_report_write_html(&out, &report);
    plx_buffer_byte(&out, '\0');
    for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted); i++)
        if (!strstr(out.ptr, wanted[i]))
            fail_msg("there is no '%s' in:\n%s", wanted[i], out.ptr);
    plx_buffer_fini(&out);
    kit_end(&kit);
}

#define HOSTILE                                                                                                      \
    "{\"name\":\"\\u001b[2J<b>\",\"runs\":{\"false\":1},\"last\":{\"result\":false,\"started\":\"\\u0007<i>"         \
    "0123456789012345678901234\",\"left\":{\"store\":\"\\u009b<script>\\u202e\"},\"only_left\":-3,\"examples\":{"    \
    "\"only_left\":[{\"\\u001b]0;<u>\":\"\\u202e\"},7,null,[[]]],\"only_right\":{},\"differing\":[{\"key\":\"<a>\"," \
    "\"differences\":[{\"field\":\"\\u001b<p>\",\"left\":{},\"right\":\"\\r\\n<img src=x onerror=alert(1)>\"},9]},"  \
    "8,{\"left\":{\"<s>\":\"\\u001b\"},\"differences\":7}]}}},{},7,{\"name\":7,\"last\":[],\"runs\":[]},"            \
    "{\"last\":{\"result\":null,\"error\":\"\\u001b]0;owned\\u0007<b>\"}}"

/* Whatever a peer says: it is shown, and neither a terminal nor a browser obeys it. */
static void
test_nothing_from_a_peer_is_obeyed(void **state)
{
    static const char *const marks[] = {"<b>", "<i>", "<script>", "<u>", "<a>", "<img", "<s>", "\x1b"};
    struct kit_reading kit;
    struct plx_report report;
    struct plx_buffer out;
    const char *text;

    kit_read(&kit, REPORTS_WITH("", HOSTILE));
    assert_int_equal(kit_print_report(kit.out, &kit.document, &plain), PLX_OK);
    text = kit_printed(&kit);
    kit_expect_harmless(text);
    assert_non_null(strstr(text, "\\x1B[2J<b>: false"));
    assert_int_equal(plx_report_read(&kit.document, kit.arena, &report), PLX_OK);
    assert_int_equal(plx_report_exit(&report), 1);
    plx_buffer_init(&out, 1u << 20);
    plx_report_write_junit(&out, &report, &(struct plx_junit_look){.time_ms = 1767323045678});
    plx_report_write_html(&out, &report);
    plx_buffer_byte(&out, '\0');
    for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++)
        if (strstr(out.ptr, marks[i]))
            fail_msg("there is '%s' in:\n%s", marks[i], out.ptr);
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
test_the_last_result_counts_for_the_exit_status(void **state)
{
    assert_int_equal(exit_of(REPORTS_WITH(REPORT_CLEAN, REPORT_RECONCILIATION_TRUE)), 0);
    assert_int_equal(exit_of(REPORTS_WITH("", REPORT_RECONCILIATION_TRUE)), 0);
    assert_int_equal(exit_of(REPORTS_WITH(REPORT_CLEAN, REPORT_RECONCILIATION_FAILED)), 3);
    assert_int_equal(exit_of(REPORTS_WITH(REPORT_CLEAN, REPORT_RECONCILIATION_FAILED "," REPORT_RECONCILIATION)), 1);
    assert_int_equal(exit_of(REPORTS_WITH(REPORT_THIN, REPORT_RECONCILIATION_TRUE)), 3);
    assert_int_equal(exit_of(REPORTS_WITH(REPORT_REGRESSION, REPORT_RECONCILIATION_TRUE)), 1);
    assert_int_equal(exit_of(REPORTS_WITH("", "")), 3);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_says_what_the_last_run_came_to),
        cmocka_unit_test(test_junit_has_a_suite_for_each),
        cmocka_unit_test(test_html_says_the_same),
        cmocka_unit_test(test_nothing_from_a_peer_is_obeyed),
        cmocka_unit_test(test_the_last_result_counts_for_the_exit_status),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
