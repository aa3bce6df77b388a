/* SPDX-License-Identifier: Apache-2.0 */
/* A recorded mismatch and a table of services, as they stand in a terminal. */
#include "cli/report/diffs_text.h"
#include "cli/report/services_text.h"
#include "reading_kit.h"

#define RECORD                                                                                                       \
    "{\"sequence\":12,\"id\":\"01JHEXCHANGE\",\"time\":\"2026-01-02T03:04:05.678Z\",\"service\":\"payment\","        \
    "\"endpoint\":\"GET /payroll/{id}\",\"verdict\":\"mismatch\",\"request\":{\"method\":\"GET\",\"target\":"        \
    "\"/payroll/42?full=1\",\"headers\":[[\"Host\",\"a\"]],\"body\":\"\",\"body_length\":0},"                        \
    "\"primary\":{\"status\":200,\"seconds\":0.00124,\"headers\":[],\"body\":\"{}\",\"body_length\":2},"             \
    "\"candidate\":{\"status\":500,\"seconds\":0.5,\"headers\":[],\"body\":\"{}\",\"body_length\":2},"               \
    "\"secondary\":{\"failed\":\"timeout\"},"                                                                        \
    "\"differences\":[{\"field\":\"status\",\"kind\":\"value\",\"primary\":\"200\",\"candidate\":\"500\","           \
    "\"noise\":false},{\"field\":\"/lines/0/net\",\"kind\":\"missing\",\"primary\":\"12.5\",\"candidate\":\"\","     \
    "\"noise\":false},{\"field\":\"/at\",\"kind\":\"value\",\"primary\":\"1\",\"candidate\":\"2\",\"noise\":true}]," \
    "\"differences_total\":5}"

static const char *field_first; /* whose differences a record begins with */

/* What the buffer has, which ends here. */
static const char *
kit_print(struct kit_reading *kit, struct plx_buffer *out)
{
    assert_false(out->failed);
    fwrite(out->ptr, 1, out->len, kit->out);
    plx_buffer_fini(out);
    return kit_printed(kit);
}

static const char *
print_record(struct kit_reading *kit, const char *json, unsigned width)
{
    struct plx_terminal terminal;
    struct plx_buffer out;

    kit_read(kit, json);
    plx_buffer_init(&out, 1u << 20);
    terminal = (struct plx_terminal){.out = &out, .width = width};
    assert_int_equal(plx_record_print(&terminal, plx_item_root(&kit->document), field_first), PLX_OK);
    return kit_print(kit, &out);
}

static void
test_a_record_shows_request_answers_and_differences(void **state)
{
    struct kit_reading kit;

    assert_string_equal(
        print_record(&kit, RECORD, 80),
        "2026-01-02T03:04:05.678Z  payment  GET /payroll/{id}\n"
        "  GET /payroll/42?full=1\n"
        "  primary 200 in 1.24 ms, candidate 500 in 500 ms, secondary failed: timeout, exchange 01JHEXCHANGE\n"
        "    status        value\n"
        "      200 -> 500\n"
        "    /lines/0/net  missing\n"
        "      12.5 -> (nothing)\n"
        "    /at           value    noise\n"
        "      1 -> 2\n"
        "    and 2 more differences, which were counted but not kept\n");
    kit_end(&kit);
}

static void
test_a_record_begins_with_the_field_that_was_asked_for(void **state)
{
    struct kit_reading kit;
    const char *text;

    field_first = "/lines/*/net";
    text = print_record(&kit, RECORD, 80);
    assert_true(strstr(text, "/lines/0/net") < strstr(text, "    status"));
    kit_end(&kit);
    field_first = "/lines/1/net";
    text = print_record(&kit, RECORD, 80);
    assert_true(strstr(text, "/lines/0/net") > strstr(text, "    status"));
    kit_end(&kit);
    field_first = NULL;
}

static void
test_a_record_from_hostile_peers_is_harmless(void **state)
{
    struct kit_reading kit;

    kit_expect_harmless(
        print_record(&kit,
                     "{\"id\":\"\\u001b\",\"time\":\"\\n\",\"service\":\"\\u0000\",\"endpoint\":\"\\u009b2J\","
                     "\"request\":{\"method\":"
                     "\"G\\u001bT\",\"target\":\"/"
                     "\\u001b[2J\\u202e\"},\"primary\":{\"status\":\"\\u001b\",\"failed\":\"\\u001b[1m\"},"
                     "\"differences\":[{\"field\":\"\\u001b\",\"kind\":\"\\u001b\",\"primary\":\"\\u001b\","
                     "\"candidate\":\"\\r\"},7]}",
                     60));
    kit_end(&kit);
    kit_expect_harmless(print_record(&kit, "{}", 40));
    kit_end(&kit);
    kit_expect_harmless(print_record(&kit, "[1]", 40));
    kit_end(&kit);
}

#define NOW_MS UINT64_C(1767323050000) /* 2026-01-02T03:04:10Z */

static const char *
print_services(struct kit_reading *kit, const char *json, unsigned width)
{
    struct plx_terminal terminal;
    struct plx_buffer out;

    kit_read(kit, json);
    plx_buffer_init(&out, 1u << 20);
    terminal = (struct plx_terminal){.out = &out, .width = width};
    assert_int_equal(plx_services_print(&terminal, &kit->document, NOW_MS), PLX_OK);
    return kit_print(kit, &out);
}

static void
test_services_are_a_table_with_the_health_of_each_role(void **state)
{
    struct kit_reading kit;

    assert_string_equal(
        print_services(
            &kit,
            "{\"services\":[{\"name\":\"payment\",\"hosts\":[],\"stage\":\"shadow\",\"share\":0,\"requests\":43,"
            "\"roles\":{"
            "\"primary\":{\"url\":\"http://127.0.0.1:8081\",\"answered\":40,\"failed\":0,"
            "\"last_answer\":\"2026-01-02T03:04:08Z\",\"last_failure\":null},"
            "\"candidate\":{\"url\":\"http://127.0.0.1:8082\",\"answered\":40,\"failed\":12,\"last_failure\":"
            "{\"reason\":\"connect\",\"time\":\"2026-01-02T03:04:05.500Z\"}},"
            "\"secondary\":{\"url\":\"http://127.0.0.1:8083\",\"answered\":38,\"failed\":2,"
            "\"last_answer\":\"2026-01-02T02:04:05.501Z\",\"last_failure\":"
            "{\"reason\":\"timeout\",\"time\":\"2026-01-02T02:04:05.500Z\"}}}},"
            "{\"name\":\"mail\",\"stage\":\"primary\",\"share\":2.5,\"roles\":{"
            "\"primary\":{\"url\":\"http://127.0.0.1:8084\",\"answered\":0,\"failed\":0,\"last_failure\":null},"
            "\"candidate\":{\"url\":\"http://127.0.0.1:8085\",\"answered\":0,\"failed\":1,\"last_failure\":"
            "{\"reason\":\"reset\",\"time\":\"2026-01-01T03:04:05Z\"}}}},"
            "{\"name\":\"gone\",\"stage\":\"shadow\",\"share\":0,\"roles\":{"
            "\"primary\":{\"url\":\"http://127.0.0.1:8086\",\"answered\":1,\"failed\":0},"
            "\"candidate\":{\"url\":\"http://127.0.0.1:8087\",\"answered\":9,\"failed\":1,"
            "\"last_answer\":\"2026-01-02T02:04:05Z\",\"last_failure\":"
            "{\"reason\":\"reset\",\"time\":\"2026-01-02T02:04:09Z\"}}}},"
            "{\"name\":\"bare\",\"stage\":\"primary\",\"share\":0,\"roles\":{}}]}",
            130),
        // clang-format off
        "service  stage    share  requests  role       health                                                  url\n"
        "payment  shadow     0 %        43  primary    ok, 40 answered, the last 2.00 s ago                    http://127.0.0.1:8081\n"
        "                                   candidate  failing: 12 of 52 failed, the last 4.50 s ago: connect  http://127.0.0.1:8082\n"
        "                                   secondary  ok; 2 of 40 failed, the last 1 h 0 min ago: timeout     http://127.0.0.1:8083\n"
        "mail     primary  2.5 %         0  primary    no traffic yet                                          http://127.0.0.1:8084\n"
        "                                   candidate  failing: 1 of 1 failed, the last 24 h 0 min ago: reset  http://127.0.0.1:8085\n"
        "gone     shadow     0 %         0  primary    ok, 1 answered                                          http://127.0.0.1:8086\n"
        "                                   candidate  failing: 1 of 10 failed, the last 1 h 0 min ago: reset  http://127.0.0.1:8087\n"
        "bare     primary    0 %         0\n");
    // clang-format on
    kit_end(&kit);
}

static void
test_a_role_that_answers_with_errors_is_not_well(void **state)
{
    struct kit_reading kit;
    const char *text = print_services(&kit,
                                      "{\"services\":[{\"name\":\"a\",\"stage\":\"shadow\",\"roles\":{"
                                      "\"primary\":{\"url\":\"p\",\"answered\":1000,\"failed\":0,\"errors\":4},"
                                      "\"candidate\":{\"url\":\"c\",\"answered\":50,\"failed\":0,\"errors\":30}}}]}",
                                      100);

    assert_non_null(strstr(text, "primary    ok; answers 5xx to 0.4 %, 4 of 1000 "));
    assert_non_null(strstr(text, "candidate  answers 5xx to 60.0 %, 30 of 50 "));
    kit_end(&kit);
}

static void
test_services_from_a_hostile_proxy_are_harmless_and_fit(void **state)
{
    struct kit_reading kit;
    const char *text = print_services(
        &kit,
        "{\"services\":[{\"name\":\"\\u001b[2J and a name that is far too long for any column of any table\",\"stage\":"
        "\"\\u001bc\",\"roles\":{\"\\u001b\":{\"url\":\"\\u001b and an address that is far too long for a table\","
        "\"failed\":3,\"last_failure\":{\"reason\":\"\\u001b\",\"time\":\"9999999999-\\u001b\"}}}},3,null]}",
        70);

    kit_expect_harmless(text);
    kit_expect_width(text, 70);
    kit_end(&kit);
}

static void
test_what_is_no_list_of_services_is_refused(void **state)
{
    struct plx_terminal terminal;
    struct kit_reading kit;
    struct plx_buffer out;

    kit_read(&kit, "{\"services\":{}}");
    plx_buffer_init(&out, 1u << 20);
    terminal = (struct plx_terminal){.out = &out, .width = 80};
    assert_int_equal(plx_services_print(&terminal, &kit.document, NOW_MS), PLX_E_SYNTAX);
    assert_int_equal(out.len, 0);
    plx_buffer_fini(&out);
    kit_end(&kit);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_record_shows_request_answers_and_differences),
        cmocka_unit_test(test_a_record_begins_with_the_field_that_was_asked_for),
        cmocka_unit_test(test_a_record_from_hostile_peers_is_harmless),
        cmocka_unit_test(test_services_are_a_table_with_the_health_of_each_role),
        cmocka_unit_test(test_a_role_that_answers_with_errors_is_not_well),
        cmocka_unit_test(test_services_from_a_hostile_proxy_are_harmless_and_fit),
        cmocka_unit_test(test_what_is_no_list_of_services_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
