/* SPDX-License-Identifier: Apache-2.0 */
/* The report's causes and proposals in every format: read at a glance, pasted as they are, and nothing of a peer's in
 * them that a terminal, a browser or YAML would obey. */
#include "base/assert.h"
#include "cli/report/report_html.h"
#include "cli/report/report_junit.h"
#include "cli/report/report_propose.h"

#include "report_documents.h"
#include "report_kit.h"

static const struct plx_report_look plain = {.width = 80};

#define CAUSE(id, endpoint, fields, count, noise, more)                                                 \
    "{\"id\":\"" id "\",\"endpoint\":\"" endpoint "\",\"fields\":[" fields "],\"fields_total\":2,"      \
    "\"count\":" count ",\"first\":\"2026-01-02T03:04:05.678Z\",\"last\":\"2026-01-02T03:14:05.678Z\"," \
    "\"noise\":" noise "," more "}"

#define LOOKS_LIKE                                                                                  \
    "\"looks_like\":[{\"pattern\":\"case\",\"sentence\":\"/id: in capitals in the candidate\"},{}," \
    "{\"sentence\":\"b & c\"}],"

#define REPORT_CAUSES                                                                                                 \
    "{\"name\":\"payment\",\"stage\":\"shadow\",\"verdict\":\"regression\",\"why\":\"they differ\",\"compared\":100," \
    "\"exchanges\":{\"total\":100,\"mismatch\":100},\"limits_hit\":{\"causes\":4},"                                   \
    "\"endpoints\":[{\"endpoint\":\"GET /payroll/{id}\",\"verdict\":\"regression\",\"exchanges\":{\"total\":100,"     \
    "\"mismatch\":100},\"fields\":["                                                                                  \
    "{\"field\":\"/id\",\"kind\":\"value\",\"differences\":90,\"noise\":0,\"verdict\":\"regression\",\"form\":"       \
    "\"uuid\",\"formed\":90,\"proposal\":\"match: ...\"},"                                                            \
    "{\"field\":\"/time\",\"kind\":\"value\",\"differences\":30,\"noise\":28,\"verdict\":\"noise\",\"noise_by\":"     \
    "\"counts\",\"excused\":9,\"form\":\"timestamp\",\"formed\":30,\"proposal\":\"match: ...\"}]}],"                  \
    "\"causes\":[" CAUSE("00000000000000aa", "GET /payroll/{id}",                                                     \
                         "{\"field\":\"/id\",\"kind\":\"value\"},{\"field\":\"\",\"kind\":\"type\"}", "90", "false",  \
                         LOOKS_LIKE                                                                                   \
                         "\"example\":{\"exchange\":\"01JC\",\"differences\":[{\"field\":\"/id\",\"kind\":"           \
                         "\"value\",\"primary\":\"\\\"a\\\"\",\"candidate\":\"\\\"b\\\"\"},{\"field\":"               \
                         "\"\",\"kind\":"                                                                             \
                         "\"type\",\"primary\":\"{}\",\"candidate\":\"\"}]},\"reproduce\":{\"primary\":"              \
                         "\"curl -i http://127.0.0.1:1/a\",\"candidate\":\"curl -i "                                  \
                         "'http://127.0.0.1:2/a?b&c'\"}") "," CAUSE("00000000"                                        \
                                                                    "000000b"                                         \
                                                                    "b",                                              \
                                                                    "GET "                                            \
                                                                    "/payroll"                                        \
                                                                    "/{id}",                                          \
                                                                    "{\"field"                                        \
                                                                    "\":\"/"                                          \
                                                                    "time\","                                         \
                                                                    "\"kind\""                                        \
                                                                    ":\"value"                                        \
                                                                    "\"},{"                                           \
                                                                    "\"field"                                         \
                                                                    "\":\"/"                                          \
                                                                    "when\","                                         \
                                                                    "\"kind\""                                        \
                                                                    ":\"value"                                        \
                                                                    "\"}",                                            \
                                                                    "9", "true",                                      \
                                                                    "\"exampl"                                        \
                                                                    "e\":"                                            \
                                                                    "null,"                                           \
                                                                    "\"reprod"                                        \
                                                                    "uce\":"                                          \
                                                                    "null") "," CAUSE("0000000000000000", "(other)",  \
                                                                                      "", "1", "false",               \
                                                                                      "\"example\":null,"             \
                                                                                      "\"reproduce\":null") "]}"

#define REPORT_HOSTILE_CAUSE                                                                                       \
    "{\"name\":\"pay\",\"verdict\":\"regression\",\"exchanges\":{\"total\":1,\"mismatch\":1},\"endpoints\":[],"    \
    "\"causes\":[{\"id\":\"\\u001b\",\"endpoint\":\"GET /\\u001b[2J<b>\",\"fields\":[{\"field\":\"/\\u202e<i>\","  \
    "\"kind\":\"\\u0007\"}],\"looks_like\":[{\"sentence\":\"<b>\\u001b[2J\\u202e\"}],\"count\":1,\"first\":"       \
    "\"\\u001b\\n\",\"last\":\"<script>\",\"example\":{\"exchange\":"                                              \
    "\"x\",\"differences\":[{\"field\":\"\\r\",\"kind\":\"\\n\",\"primary\":\"\\\"<img src=x onerror=alert(1)>\"," \
    "\"candidate\":\"\\u009b\"}]},\"reproduce\":{\"primary\":\"curl \\u001b[31m\",\"candidate\":\"<script>\\n\"}}]}"

static const char *
print(struct kit_reading *kit, const char *json, unsigned width)
{
    kit_read(kit, json);
    assert_int_equal(
        kit_print_report(kit->out, &kit->document, &(struct plx_report_look){.width = width, .admin = plain.admin}),
        PLX_OK);
    return kit_printed(kit);
}

static void
expect_part(const char *text, const char *part)
{
    if (!text || !strstr(text, part))
        fail_msg("there is no:\n%s\nin:\n%s", part, text ? text : "nothing");
}

/* What came of asking again, in each format and in words. */
static void
test_rechecks_are_said_in_words(void **state)
{
    static const struct {
        const char *after, *recheck, *want;
    } rows[] = {
        {"0.5", "{\"persistent\":3,\"race\":0,\"flaky\":0}", "sked again: 3 of 3 differed again 500 ms later"},
        {"2", "{\"persistent\":0,\"race\":1,\"flaky\":0}", "sked again: 1 of 1 was equal 2 s later: a race?"},
        {"null", "{\"persistent\":0,\"race\":0,\"flaky\":4}", "sked again: 4 of 4 differed otherwise later: flaky?"},
        {"1.5", "{\"persistent\":5,\"race\":2,\"flaky\":1}",
         "sked again: 5 of 8 differed again 1.5 s later; 2 were equal: a race?; 1 differed otherwise: flaky?"},
        {"0.5", "{\"persistent\":0,\"race\":0,\"flaky\":0}", NULL},
    };

    for (size_t i = 0; i < PLX_COUNT(rows); i++) {
        struct kit_reading kit;
        char json[2048];

        snprintf(
            json, sizeof(json),
            "{\"services\":[{\"name\":\"pay\",\"verdict\":\"regression\",\"exchanges\":{\"total\":9,\"mismatch\":9},"
            "\"recheck\":{\"after\":%s},\"endpoints\":[],\"causes\":[" CAUSE(
                "00000000000000aa", "GET /", "", "9", "false", "\"example\":null,\"recheck\":%s") "]}]}",
            rows[i].after, rows[i].recheck);
        const char *text = print(&kit, json, 120);
        if (rows[i].want)
            expect_part(text, rows[i].want);
        else
            assert_null(strstr(text, "sked again"));
        kit_end(&kit);
    }
}

static void
test_causes_are_read_in_a_terminal(void **state)
{
    struct kit_reading kit;
    const char *text = print(&kit, REPORTS(REPORT_CAUSES), 80);

    expect_part(text, "    field  kind   differs  noise  verdict\n"
                      "    /id    value       90      0  regression\n"
                      "      both sides are a UUID in 90 of 90\n"
                      "      a rule for it: match: ...\n"
                      "    /time  value       30     28  noise\n"
                      "      in 9 exchanges by the counts alone: the secondary did not show it\n");
    expect_part(text, "\n  causes: mismatches that look alike\n"
                      "\n"
                      "  90 exchanges, 90.0 %: GET /payroll/{id}\n"
                      "    /id: in capitals in the candidate\n"
                      "    b & c\n"
                      "    2026-01-02 03:04:05 to 2026-01-02 03:14:05 UTC, cause 00000000000000aa\n"
                      "    /id               value\n"
                      "      \"a\" -> \"b\"\n"
                      "    (the whole body)  type\n"
                      "      {} -> (nothing)\n"
                      "    primary    curl -i http://127.0.0.1:1/a\n"
                      "    candidate  curl -i 'http://127.0.0.1:2/a?b&c'\n"
                      "\n"
                      "  1 exchange, 1.0 %: (other)\n"
                      "    2026-01-02 03:04:05 to 2026-01-02 03:14:05 UTC, cause 0000000000000000\n"
                      "    2 fields\n"
                      "\n"
                      "  noise, by the counts over all exchanges:\n"
                      "    9 exchanges: GET /payroll/{id}: /time (value), /when (value)\n");
    expect_part(text, "  those of the most frequent cause:\n    parallax diffs --cause 00000000000000aa\n");
    expect_part(text, "  1 field looks like noise by the form of its values; rules for that:\n"
                      "    parallax report --propose --service payment\n");
    expect_part(text, "  4 mismatches are counted under the cause \"(other)\": there are too many causes\n");
    kit_end(&kit);
}

static void
test_causes_of_hostile_peers_are_harmless(void **state)
{
    struct plx_report report;
    struct kit_reading kit;
    struct plx_buffer out;

    kit_expect_harmless(print(&kit, REPORTS(REPORT_HOSTILE_CAUSE), 60));
    expect_part(kit.text, "curl \\x1B[31m\n");
    kit_end(&kit);
    kit_read(&kit, REPORTS(REPORT_HOSTILE_CAUSE));
    assert_int_equal(plx_report_read(&kit.document, kit.arena, &report), PLX_OK);
    plx_buffer_init(&out, 1u << 20);
    for (int format = 0; format < 2; format++) {
        plx_buffer_clear(&out);
        if (format)
            plx_report_write_html(&out, &report);
        else
            plx_report_write_junit(&out, &report, &(struct plx_junit_look){.time_ms = 1767323045678});
        plx_buffer_byte(&out, '\0');
        assert_false(out.failed);
        kit_expect_harmless(out.ptr);
        assert_null(strstr(out.ptr, "<script"));
        assert_null(strstr(out.ptr, "<img"));
        assert_null(strstr(out.ptr, "<i>"));
        assert_null(strstr(out.ptr, "<b>"));
        expect_part(out.ptr, "\\u202E");
    }
    plx_buffer_fini(&out);
    kit_end(&kit);
}

static void
test_causes_in_junit_and_html(void **state)
{
    struct plx_report report;
    struct kit_reading kit;
    struct plx_buffer out;

    kit_read(&kit, REPORTS(REPORT_CAUSES));
    assert_int_equal(plx_report_read(&kit.document, kit.arena, &report), PLX_OK);
    plx_buffer_init(&out, 1u << 20);
    plx_report_write_junit(&out, &report, &(struct plx_junit_look){.time_ms = 1767323045678});
    plx_buffer_byte(&out, '\0');
    expect_part(out.ptr, "<failure message=\"regression: they differ\">\n"
                         "cause 00000000000000aa: 90 exchanges of GET /payroll/{id} differ in /id (value), (the whole "
                         "body) (type): /id: in capitals in the candidate; b &#38; c\n"
                         "  2026-01-02 03:04:05 to 2026-01-02 03:14:05 UTC\n"
                         "  exchange 01JC\n"
                         "    /id (value): &#34;a&#34; -> &#34;b&#34;\n"
                         "    (the whole body) (type): {} -> (nothing)\n"
                         "  primary: curl -i http://127.0.0.1:1/a\n"
                         "  candidate: curl -i &#39;http://127.0.0.1:2/a?b&#38;c&#39;\n"
                         "cause 0000000000000000: 1 exchange of (other) differs in 2 fields\n"
                         "  2026-01-02 03:04:05 to 2026-01-02 03:14:05 UTC</failure>");
    expect_part(out.ptr, "\nnoise, by the counts:\ncause 00000000000000bb: 9 exchanges of GET /payroll/{id} differ in "
                         "/time (value), /when (value)\n");
    expect_part(out.ptr, "name=\"GET /payroll/{id}\" time=\"0.000000\">\n      <failure message=\"regression\">\n"
                         "/id (value): regression: differs in 90 exchanges, in 0 of them the secondary does too\n"
                         "  both sides are a UUID in 90 of 90\n"
                         "  a rule for it: match: ...\n"
                         "cause 00000000000000aa: ");
    plx_buffer_clear(&out);
    plx_report_write_html(&out, &report);
    plx_buffer_byte(&out, '\0');
    expect_part(out.ptr, "<h3>Causes: mismatches that look alike</h3>");
    expect_part(out.ptr, "<section>\n<h4>90 exchanges, 90.0 %: GET /payroll/{id}</h4>\n"
                         "<p><strong>/id: in capitals in the candidate</strong></p>\n"
                         "<p><strong>b &#38; c</strong></p>\n");
    expect_part(out.ptr, "<pre><code>curl -i &#39;http://127.0.0.1:2/a?b&#38;c&#39;</code></pre>");
    expect_part(out.ptr, "<section class=\"quiet\">\n<h4>9 exchanges");
    expect_part(out.ptr, "<li class=\"quiet\">in 9 exchanges by the counts alone: the secondary did not show it</li>");
    expect_part(out.ptr, "<li class=\"quiet\">both sides are a UUID in 90 of 90</li>");
    plx_buffer_fini(&out);
    kit_end(&kit);
}

/* ---- proposals ---- */

#define FIELD(name, kind, form, differences, formed, proposal)                                             \
    "{\"field\":\"" name "\",\"kind\":\"" kind "\",\"differences\":" differences ",\"formed\":" formed "," \
    "\"form\":" form ",\"proposal\":" proposal ",\"verdict\":\"regression\"}"
#define ENDPOINT(name, fields)   "{\"endpoint\":\"" name "\",\"exchanges\":{},\"fields\":[" fields "]}"
#define SERVICE(name, endpoints) "{\"name\":\"" name "\",\"exchanges\":{},\"endpoints\":[" endpoints "]}"

static void
expect_proposals(const char *json, const char *want)
{
    struct plx_report report;
    struct kit_reading kit;
    struct plx_buffer out;

    kit_read(&kit, json);
    assert_int_equal(plx_report_read(&kit.document, kit.arena, &report), PLX_OK);
    plx_buffer_init(&out, 1u << 20);
    plx_report_write_proposals(&out, &report);
    plx_buffer_byte(&out, '\0');
    assert_false(out.failed);
    assert_string_equal(out.ptr, want);
    plx_buffer_fini(&out);
    kit_end(&kit);
}

#define PROPOSALS_HEAD                                                                                              \
    "# Rules for what is new in each answer and has one form on both sides. They excuse nothing until they stand\n" \
    "# in the configuration: read them, and merge them into the services that they name.\n"                         \
    "services:\n"

#define ULID "'[0-7][0-9A-HJKMNP-TV-Za-hjkmnp-tv-z]{25}'"

static void
test_proposals_stand_in_the_narrowest_place(void **state)
{
    expect_proposals(
        REPORTS(SERVICE(
            "pay",
            ENDPOINT(
                "GET /a/{id}",
                FIELD("/id", "value", "\"ulid\"", "10", "10", "\"x\"") "," FIELD("/other", "value", "null", "1", "0", "null") "," FIELD("/n", "value", "\"counter\"", "40", "40", "\"x\"") "," FIELD(
                    "/mixed", "value",
                    "\"ulid\"", "4", "4",
                    "\"x\"")) "," ENDPOINT("GET /a/b",
                                           FIELD("/id", "value", "\"ulid\"", "20", "20", "\"x\"") "," FIELD(
                                               "header:X-Request-Id",
                                               "value", "\"ulid\"",
                                               "5", "5",
                                               "\"x\"") "," FIELD("/mixed", "value", "\"ulid\"", "4", "3",
                                                                  "null")) "," ENDPOINT("POST /a",
                                                                                        FIELD(
                                                                                            "/made", "value",
                                                                                            "\"ulid\"",
                                                                                            "2",
                                                                                            "2",
                                                                                            "\"x\"")) "," ENDPOINT("pay"
                                                                                                                   "rol"
                                                                                                                   "l: "
                                                                                                                   "rea"
                                                                                                                   "d",
                                                                                                                   FIELD(
                                                                                                                       "/x y",
                                                                                                                       "value",
                                                                                                                       "\"ulid\"",
                                                                                                                       "1",
                                                                                                                       "1",
                                                                                                                       "\"x\""))) "," SERVICE("quiet",
                                                                                                                                              ENDPOINT(
                                                                                                                                                  "GET /",
                                                                                                                                                  FIELD(
                                                                                                                                                      "/a",
                                                                                                                                                      "value",
                                                                                                                                                      "null",
                                                                                                                                                      "1",
                                                                                                                                                      "0",
                                                                                                                                                      "null")))),
        PROPOSALS_HEAD "  - name: \"pay\"\n"
                       "    compare:\n"
                       "      match:\n"
                       "        # 30 of 30 differences in 2 endpoints: both sides are a ULID\n"
                       "        /id: {pattern: " ULID ", why: both sides are a ULID}\n"
                       "    # where a route of yours matches first, put the compare: below that one\n"
                       "    routes:\n"
                       "      - match: \"GET /a/b\"\n"
                       "        compare:\n"
                       "          ignore_headers:\n"
                       "            # 5 of 5 differences: both sides are a ULID\n"
                       "            - X-Request-Id: {why: both sides are a ULID}\n"
                       "      # it is copied by a route of yours: put its compare: there\n"
                       "      - match: \"POST /a\"\n"
                       "        compare:\n"
                       "          match:\n"
                       "            # 2 of 2 differences: both sides are a ULID\n"
                       "            /made: {pattern: " ULID ", why: both sides are a ULID}\n"
                       "      - match: \"GET /a/{id}\"\n"
                       "        compare:\n"
                       "          match:\n"
                       "            # 4 of 4 differences: both sides are a ULID\n"
                       "            /mixed: {pattern: " ULID ", why: both sides are a ULID}\n"
                       "          ignore:\n"
                       "            # 40 of 40 differences: both sides are a number that counts up\n"
                       "            - /n: {why: both sides are a number that counts up}\n"
                       "    # below compare: of the route whose endpoint is \"payroll: read\":\n"
                       "    #   match: {\"/x y\": {pattern: " ULID ", why: both sides are a ULID}}\n");
}

static void
test_nothing_to_propose_is_said(void **state)
{
    expect_proposals(
        REPORTS(REPORT_CLEAN),
        "# Nothing to propose: no field differs in values of one known form that are new in each answer.\n");
    /* A form of a later version is not known here. */
    expect_proposals(
        REPORTS(SERVICE("pay", ENDPOINT("GET /", FIELD("/a", "value", "\"snowflake\"", "1", "1", "\"ignore: [/a]\"")))),
        "# Nothing to propose: no field differs in values of one known form that are new in each answer.\n");
}

/* A name that would be YAML is a quoted scalar, in comments too. */
static void
test_names_are_no_yaml(void **state)
{
    expect_proposals(
        REPORTS(SERVICE("a\\nb", ENDPOINT("GET /x\\nignore",
                                          FIELD("/\\u0000\\u202e\\\"\\\\: #{", "value", "\"ulid\"", "1", "1",
                                                "\"x\"")) "," ENDPOINT("GET /{id}", FIELD("/true", "value", "\"ulid\"",
                                                                                          "1", "1", "\"x\"")))),
        PROPOSALS_HEAD "  - name: \"a\\x0Ab\"\n"
                       "    # where a route of yours matches first, put the compare: below that one\n"
                       "    routes:\n"
                       "      - match: \"GET /{id}\"\n"
                       "        compare:\n"
                       "          match:\n"
                       "            # 1 of 1 differences: both sides are a ULID\n"
                       "            /true: {pattern: " ULID ", why: both sides are a ULID}\n"
                       "    # below compare: of the route whose endpoint is \"GET /x\\x0Aignore\":\n"
                       "    #   match: {\"/\\x00\\u202E\\\"\\\\: #{\": {pattern: " ULID
                       ", why: both sides are a ULID}}\n");
}

/* What a client can make of a path, and names of other kinds: none of them is printed as a route. */
static void
test_only_routes_are_proposed_as_routes(void **state)
{
    static const char *const names[] = {"GET /{id",  "GET /a{id}", "GET /{id}b", "GET /{x}", "GET /id}", "GET /a?b",
                                        "GET /a*/b", "GET /**",    "get /a",     "GET",      "GET a",    "/a",
                                        "GET /a b",  "reads",      "(other)",    " /a",      "GET  /a",  "GET /#"};
    static const char *const routes[] = {"GET /", "PATCH /a/{id}/b/{id}", "GET /%7Bid%7D"};
    char json[1024];

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) + sizeof(routes) / sizeof(routes[0]); i++) {
        bool is_route = i >= sizeof(names) / sizeof(names[0]);
        const char *name = is_route ? routes[i - sizeof(names) / sizeof(names[0])] : names[i];
        struct plx_report report;
        struct kit_reading kit;
        struct plx_buffer out;

        snprintf(json, sizeof(json),
                 REPORTS(SERVICE("pay", ENDPOINT("%s", FIELD("/a", "value", "\"ulid\"", "1", "1", "\"x\"")))), name);
        kit_read(&kit, json);
        assert_int_equal(plx_report_read(&kit.document, kit.arena, &report), PLX_OK);
        plx_buffer_init(&out, 1u << 20);
        plx_report_write_proposals(&out, &report);
        plx_buffer_byte(&out, '\0');
        if ((strstr(out.ptr, "- match: ") != NULL) != is_route)
            fail_msg("%s:\n%s", name, out.ptr);
        plx_buffer_fini(&out);
        kit_end(&kit);
    }
}

/* Rules that have ended are named, with whose they are and why they were there. */
static void
test_rules_that_have_ended(void **state)
{
    static const char json[] =
        "{\"services\":[{\"name\":\"payment\",\"stage\":\"shadow\",\"verdict\":\"clean\",\"rules_ended\":["
        "{\"route\":null,\"kind\":\"ignore\",\"field\":\"/at\",\"why\":\"set by \\u001b[2J\",\"owner\":\"payments\","
        "\"until\":\"2027-02-01T00:00:00.000Z\"},{\"route\":\"GET /x\",\"kind\":\"tolerance\",\"field\":\"/<b>\","
        "\"why\":null,\"owner\":null,\"until\":\"2027-03-01T12:00:00.000Z\"}]}]}";
    struct kit_reading kit;
    struct plx_report report;
    struct plx_buffer out;

    const char *text = print(&kit, json, 80);
    expect_part(text, "  rule ended 2027-02-01: ignore /at, owner payments: set by \\x1B[2J\n"
                      "  rule ended 2027-03-01: tolerance /<b> of GET /x\n");
    kit_expect_harmless(text);
    assert_int_equal(plx_report_read(&kit.document, kit.arena, &report), PLX_OK);
    plx_buffer_init(&out, 1 << 20);
    plx_report_write_html(&out, &report);
    plx_buffer_byte(&out, '\0');
    expect_part(out.ptr, "<li class=\"open\">rule ended 2027-03-01: tolerance /&#60;b&#62; of GET /x</li>");
    plx_buffer_fini(&out);
    kit_end(&kit);
}

/* What was not looked at is said in text and HTML: rules, what says nothing, headers, endpoints never compared. */
static void
test_what_was_not_looked_at(void **state)
{
    static const char json[] =
        "{\"services\":[{\"name\":\"payment\",\"stage\":\"shadow\",\"verdict\":\"clean\","
        "\"exchanges\":{\"total\":1720,\"match\":579,\"ignored\":1120,\"uncopied\":21},"
        "\"no_evidence\":{\"health_check\":7,\"not_found\":0},\"headers\":\"not compared\","
        "\"excused\":{\"exchanges\":1120,\"rules\":3},\"rules\":["
        "{\"rule\":\"ignore /ts\",\"endpoint\":\"GET /x\",\"route\":null,\"owner\":\"team\",\"why\":\"a clock\","
        "\"until\":\"2027-02-01T00:00:00.000Z\",\"configured\":true,\"excused\":1120,\"compared\":1699,"
        "\"example\":{\"exchange\":\"01J\",\"field\":\"/ts\",\"primary\":\"1\",\"candidate\":\"<2\\u001b\"}},"
        "{\"rule\":\"ignore /old\",\"endpoint\":\"GET /x\",\"configured\":false,\"excused\":1,\"compared\":1699,"
        "\"example\":null},"
        "{\"rule\":\"ignore /b\",\"endpoint\":null,\"route\":\"GET /y\",\"owner\":null,\"why\":null,\"until\":null,"
        "\"configured\":true,\"excused\":0,\"compared\":4000,\"example\":null}],\"rules_left_out\":0,"
        "\"endpoints\":[{\"endpoint\":\"GET /x\",\"verdict\":\"clean\",\"exchanges\":{\"total\":1699,\"match\":579,"
        "\"ignored\":1120}},{\"endpoint\":\"POST /pay\",\"verdict\":\"inconclusive\",\"exchanges\":{\"total\":21,"
        "\"uncopied\":21},\"uncopied\":{\"unsafe_method\":21}}]}]}";
    struct kit_reading kit;
    struct plx_report report;
    struct plx_buffer out;

    const char *text = print(&kit, json, 120);
    expect_part(text, "  1120 of 1699 compared exchanges are equal only by 3 rules\n"
                      "  7 equal exchanges are no evidence: health_check 7\n"
                      "  headers: not compared\n");
    expect_part(text, "  what excuses\n"
                      "    ignore /ts of GET /x: excused 1120 of 1699, owner team, until 2027-02-01: a clock\n"
                      "      /ts: 1 -> <2\\x1B, exchange 01J\n"
                      "    ignore /old of GET /x: excused 1 of 1699, no more in the configuration\n"
                      "    ignore /b of GET /y: never applied in 4000 exchanges\n");
    expect_part(text, "  1 endpoint in which no difference was seen:\n"
                      "    GET /x  1699 exchanges: 579 match, 1120 ignored\n\n"
                      "  never compared: 1 endpoint\n"
                      "    POST /pay  uncopied: unsafe_method 21\n");
    kit_expect_harmless(text);
    assert_int_equal(plx_report_read(&kit.document, kit.arena, &report), PLX_OK);
    plx_buffer_init(&out, 1 << 20);
    plx_report_write_html(&out, &report);
    plx_buffer_byte(&out, '\0');
    expect_part(out.ptr, "<li class=\"open\">1120 of 1699 compared exchanges are equal only by 3 rules</li>");
    expect_part(out.ptr, "<li class=\"open\">headers: not compared</li>");
    expect_part(out.ptr, "<p>never compared: POST /pay</p>");
    expect_part(out.ptr, "<td><code>ignore /ts</code></td><td>GET /x</td><td class=\"n\">1120</td>");
    expect_part(out.ptr, "never applied");
    plx_buffer_fini(&out);
    kit_end(&kit);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rules_that_have_ended),
        cmocka_unit_test(test_rechecks_are_said_in_words),
        cmocka_unit_test(test_what_was_not_looked_at),
        cmocka_unit_test(test_causes_are_read_in_a_terminal),
        cmocka_unit_test(test_causes_of_hostile_peers_are_harmless),
        cmocka_unit_test(test_causes_in_junit_and_html),
        cmocka_unit_test(test_proposals_stand_in_the_narrowest_place),
        cmocka_unit_test(test_nothing_to_propose_is_said),
        cmocka_unit_test(test_names_are_no_yaml),
        cmocka_unit_test(test_only_routes_are_proposed_as_routes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
