/* SPDX-License-Identifier: Apache-2.0 */
/* The record of a mismatch shows what it must, nothing that is secret, and never more than its bound. */
#include "ledger_kit.h"

#include "base/utf8.h"
#include "evidence/record/record_json.h"

static struct plx_arena *scratch;
static struct plx_service service;
static struct kit_exchange x;
static struct plx_buffer text;
static struct plx_slice json;

static int
setup(void **state)
{
    scratch = plx_arena_new(NULL);
    plx_buffer_init(&text, PLX_RECORD_BYTES_MAX);
    service = kit_service("payment", true);
    return scratch == NULL;
}

static int
teardown(void **state)
{
    plx_arena_free(scratch);
    plx_buffer_fini(&text);
    return 0;
}

/* Made of x; its JSON, which is checked to be some and within its bound, is then in `json`. The caller frees it. */
static struct plx_record *
make_record(void)
{
    struct plx_record *record = plx_record_new(&x.outcome, scratch);
    struct plx_json_writer w;

    assert_non_null(record);
    plx_buffer_clear(&text);
    plx_json_writer_init(&w, &text);
    plx_record_write_stored(record, &w);
    assert_false(text.failed);
    json = plx_buffer_slice(&text);
    kit_expect_json(json);
    return record;
}

static void
set_body(struct plx_message_view *view, struct plx_slice body)
{
    view->body = body;
    view->body_length = body.len;
}

static char *
filled(size_t len, char c)
{
    char *bytes = malloc(len);

    assert_non_null(bytes);
    memset(bytes, c, len);
    return bytes;
}

/* The shape of docs/api.md. */
static void
test_record_has_its_shape(void **state)
{
    static const struct plx_header headers[] = {{{"Accept", 6}, {"*/*", 3}}, {{"X-Tag", 5}, {"a\"b", 3}}};
    struct plx_record *record;
    struct plx_json_writer writer;
    struct plx_buffer out;

    kit_match(&x, &service, "GET /payroll/{id}");
    kit_differ(&x, "/items/*/total", true, false);
    x.differences[0].field = S("/items/3/total");
    x.request = (struct plx_message_view){
        .method = S("GET"), .target = S("/payroll/7?page=2"), .headers = headers, .header_count = 2};
    set_body(&x.answers[PLX_PRIMARY], S("{\"total\":1}"));
    x.answers[PLX_CANDIDATE].status = 201;
    set_body(&x.answers[PLX_CANDIDATE], plx_slice_make("\x00\xff\x10", 3));
    kit_fail(&x, PLX_SECONDARY, PLX_INCOMPARABLE_TIMEOUT);
    record = make_record();
    record->sequence = 42;
    plx_buffer_init(&out, PLX_RECORD_BYTES_MAX * 2);
    plx_json_writer_init(&writer, &out);
    plx_record_write(record, &writer);
    json = plx_buffer_slice(&out);
    expect_at(json, "/sequence", "42");
    expect_at(json, "/id", x.outcome.id);
    expect_at(json, "/time", "2026-01-02T03:04:05.678Z");
    expect_at(json, "/service", "payment");
    expect_at(json, "/endpoint", "GET /payroll/{id}");
    expect_at(json, "/verdict", "mismatch");
    expect_at(json, "/request/method", "GET");
    expect_at(json, "/request/target", "/payroll/7?page=2");
    expect_at(json, "/request/headers/1/0", "X-Tag");
    expect_at(json, "/request/headers/1/1", "a\\\"b");
    expect_at(json, "/request/body_length", "0");
    expect_at(json, "/primary/status", "200");
    expect_at(json, "/primary/seconds", "0.001");
    expect_at(json, "/primary/body", "{\\\"total\\\":1}");
    expect_at(json, "/primary/body_length", "11");
    expect_at(json, "/candidate/status", "201");
    expect_at(json, "/candidate/body_base64", "AP8Q");
    expect_at(json, "/secondary/failed", "timeout");
    expect_at(json, "/differences/0/field", "/items/3/total");
    expect_at(json, "/differences/0/kind", "value");
    expect_at(json, "/differences/0/primary", "1");
    expect_at(json, "/differences/0/candidate", "2");
    expect_at(json, "/differences/0/noise", "false");
    expect_at(json, "/differences_total", "1");
    assert_false(kit_has(json, "body_cut"));
    assert_true(plx_record_has_field(record, S("/items/3/total")));
    assert_true(plx_record_has_field(record, S("/items/*/total")));
    assert_false(plx_record_has_field(record, S("/items")));
    assert_false(plx_record_has_field(record, S("")));
    plx_buffer_fini(&out);
    plx_record_free(record);
}

/* Base64 of every length of its last group. */
static void
test_bytes_that_are_no_text_are_base64(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
        const char *want;
    } rows[] = {{"\xff", 1, "/w=="},
                {"\xff\xfe", 2, "//4="},
                {"\xff\xfe\xfd", 3, "//79"},
                {"a\xff"
                 "bc",
                 4, "Yf9iYw=="}};

    for (size_t i = 0; i < PLX_COUNT(rows); i++) {
        struct plx_record *record;

        kit_match(&x, &service, "GET /");
        kit_differ(&x, "body", true, false);
        set_body(&x.answers[PLX_PRIMARY], plx_slice_make(rows[i].bytes, rows[i].len));
        record = make_record();
        expect_at(json, "/primary/body_base64", rows[i].want);
        plx_record_free(record);
    }
}

/* No header that carries a credential is recorded, nor one in a query. */
static void
test_credentials_are_redacted(void **state)
{
    static const struct plx_header headers[] = {
        {{"authorization", 13}, {"Bearer SECRET1", 14}},
        {{"Proxy-Authorization", 19}, {"SECRET2", 7}},
        {{"Cookie", 6}, {"s=SECRET3", 9}},
        {{"SET-COOKIE", 10}, {"s=SECRET4", 9}},
        {{"X-Api-Key", 9}, {"SECRET5", 7}},
        {{"Location", 8}, {"https://u:SECRET6@h/cb?code=SECRET7#access_token=SECRET8", 56}},
        {{"X-Plain", 7}, {"visible", 7}},
    };
    struct plx_record *record;

    kit_match(&x, &service, "GET /");
    kit_differ(&x, "/a", true, false);
    x.request =
        (struct plx_message_view){.method = S("GET"),
                                  .target = S("/a?Access%5FToken=SECRETA&page=2&pass%77ord=SECRETB;api-key=SECRETC"),
                                  .headers = headers,
                                  .header_count = PLX_COUNT(headers)};
    x.answers[PLX_PRIMARY].headers = headers;
    x.answers[PLX_PRIMARY].header_count = PLX_COUNT(headers);
    record = make_record();
    assert_false(kit_has(json, "SECRET"));
    expect_at(json, "/request/headers/0/1", "Bearer [redacted]");
    expect_at(json, "/request/headers/2/1", "s=[redacted]");
    expect_at(json, "/request/headers/6/1", "visible");
    expect_at(json, "/primary/headers/5/1", "https://[redacted]@h/cb?code=[redacted]#access_token=[redacted]");
    expect_at(json, "/request/target", "/a?Access%5FToken=[redacted]&page=2&pass%77ord=[redacted];api-key=[redacted]");
    plx_record_free(record);
}

/* Redact rules go for every body; one that cannot be read is left out. */
static void
test_redact_rules_cover_bodies(void **state)
{
    struct plx_rules *rules = plx_rules_new(NULL);
    struct plx_record *record;

    assert_int_equal(plx_rules_redact(rules, S("/card/number"), NULL), PLX_OK);
    kit_match(&x, &service, "POST /pay");
    kit_differ(&x, "body", true, false);
    x.outcome.rules = rules;
    set_body(&x.request, S("{\"card\":{\"number\":\"4111\"},\"total\":1}"));
    set_body(&x.answers[PLX_PRIMARY], S("{\"card\": {\"number\": 4111}}"));
    set_body(&x.answers[PLX_CANDIDATE], S("{\"card\":{\"number\":\"4111"));
    record = make_record();
    assert_false(kit_has(json, "4111"));
    expect_at(json, "/request/body", "{\\\"card\\\":{\\\"number\\\":\\\"[redacted]\\\"},\\\"total\\\":1}");
    assert_true(kit_has(json, "\"body_withheld\""));
    expect_at(json, "/candidate/body_length", "23");
    plx_record_free(record);
    plx_rules_free(rules);
}

/* Redact rules have all of a body read: no more than a worker can bear for one mismatch. */
static void
test_a_body_that_is_long_to_read_is_withheld(void **state)
{
    struct plx_rules *rules = plx_rules_new(NULL);
    struct plx_record *record;

    assert_int_equal(plx_rules_redact(rules, S("/card/number"), NULL), PLX_OK);
    for (size_t over = 0; over <= 1; over++) {
        size_t len = PLX_RECORD_READ_MAX + over;
        char *bytes = filled(len, ' ');

        memcpy(bytes, "{\"total\":1}", 11);
        kit_match(&x, &service, "POST /pay");
        kit_differ(&x, "body", true, false);
        x.outcome.rules = rules;
        set_body(&x.answers[PLX_PRIMARY], plx_slice_make(bytes, len));
        record = make_record();
        assert_int_equal(kit_has(json, "\"body_withheld\""), over == 1);
        plx_record_free(record);
        free(bytes);
    }
    plx_rules_free(rules);
}

/* A form's passwords are no more recorded than a query's. */
static void
test_forms_are_redacted(void **state)
{
    static const struct plx_header headers[] = {
        {{"content-type", 12}, {"application/X-www-form-urlencoded; charset=utf-8", 48}}};
    struct plx_record *record;

    kit_match(&x, &service, "POST /login");
    kit_differ(&x, "status", true, false);
    x.request.headers = headers;
    x.request.header_count = 1;
    set_body(&x.request, S("user=a&password=SECRET1&&client_secret=SECRET2&x=1?code=2"));
    record = make_record();
    expect_at(json, "/request/body", "user=a&password=[redacted]&&client_secret=[redacted]&x=1?code=2");
    plx_record_free(record);
}

/* What is secret by its name, in bodies that are whole and cut off; of what can't be looked into nothing is kept. */
static void
test_bodies_hold_no_secrets_by_name(void **state)
{
    static const struct plx_header coded[] = {{{"Content-Encoding", 16}, {"gzip", 4}}};
    static const struct plx_header wide[] = {{{"Content-Type", 12}, {"text/plain; charset=UTF-16", 26}}};
    struct plx_record *record;

    kit_match(&x, &service, "GET /");
    kit_differ(&x, "status", true, false);
    set_body(&x.request, S("{\"password\":\"SECRET\",\"a\":1}"));
    set_body(&x.answers[PLX_PRIMARY], S("{\"a\":[{\"pin\":SECRET"));
    set_body(&x.answers[PLX_CANDIDATE], S("not gzip, and SECRET"));
    x.answers[PLX_CANDIDATE].headers = coded;
    x.answers[PLX_CANDIDATE].header_count = 1;
    set_body(&x.answers[PLX_SECONDARY], S("S\xFF"
                                          "ECRET"));
    x.answers[PLX_SECONDARY].headers = wide;
    x.answers[PLX_SECONDARY].header_count = 1;
    record = make_record();
    assert_false(kit_has(json, "SECRET"));
    expect_at(json, "/request/body", "{\\\"password\\\":\\\"[redacted]\\\",\\\"a\\\":1}");
    expect_at(json, "/primary/body", "{\\\"a\\\":[{\\\"pin\\\":\\\"[redacted]\\\"");
    expect_at(json, "/candidate/body_withheld", "it may hold what is to be redacted, and could not be read to find it");
    expect_at(json, "/secondary/body_withheld", "it may hold what is to be redacted, and could not be read to find it");
    plx_record_free(record);
}

/* Bodies and headers of any size and kind: the record stays within its bound and says what it left out. */
static void
test_record_is_bounded(void **state)
{
    static const char kinds[] = {'a', '"', '\x01', '\xff', '\\'};
    enum { SIZE = 1 << 20 };
    static struct plx_header headers[128];
    static char long_field[60000];

    memset(long_field, 'f', sizeof(long_field) - 1);
    for (size_t k = 0; k < sizeof(kinds); k++) {
        char *bytes = filled(SIZE, kinds[k]);
        struct plx_record *record;

        kit_match(&x, &service, "GET /");
        for (int i = 0; i < 300; i++) {
            kit_differ(&x, long_field, true, false);
            x.differences[i].primary = x.differences[i].candidate = plx_slice_make(bytes, 256);
        }
        for (size_t i = 0; i < PLX_COUNT(headers); i++)
            headers[i] = (struct plx_header){S("Name"), plx_slice_make(bytes, 256)};
        x.request.target = plx_slice_make(bytes, 30000);
        set_body(&x.request, plx_slice_make(bytes, SIZE));
        for (int i = 0; i < PLX_ROLES; i++) {
            set_body(&x.answers[i], plx_slice_make(bytes, SIZE));
            x.answers[i].headers = headers;
            x.answers[i].header_count = PLX_COUNT(headers);
        }
        record = make_record();
        assert_true(json.len > 100000);
        expect_at(json, "/candidate/body_cut", "true");
        expect_at(json, "/candidate/headers_cut", "true");
        expect_at(json, "/candidate/body_length", "1048576");
        expect_at(json, "/differences_total", "300");
        assert_true(record->names.len <= PLX_RECORD_NAMES_MAX);
        plx_record_free(record);
        free(bytes);
    }
}

/* One header or difference that is too long is left out; those beside it are shown. */
static void
test_one_long_item_hides_no_other(void **state)
{
    enum { SIZE = 1 << 20 };
    char *bytes = filled(SIZE, 'z');
    struct plx_record *record;
    struct plx_header headers[] = {{S("A"), S("1")}, {S("B"), plx_slice_make(bytes, 30000)}, {S("C"), S("3")}};

    kit_match(&x, &service, "GET /");
    kit_differ(&x, "/a", true, false);
    kit_differ(&x, "/b", true, false);
    x.differences[0].field = plx_slice_make(bytes, SIZE);
    x.request.headers = headers;
    x.request.header_count = PLX_COUNT(headers);
    x.request.method = plx_slice_make(bytes, 30000);
    record = make_record();
    expect_at(json, "/request/headers/1/0", "C");
    expect_at(json, "/request/headers_cut", "true");
    expect_at(json, "/differences/0/field", "/b");
    expect_at(json, "/differences_total", "2");
    assert_true(json.len < 2000);
    plx_record_free(record);
    free(bytes);
}

/* A capture that ends in the middle of a character is text, cut before it. */
static void
test_capture_cut_inside_a_character_is_text(void **state)
{
    struct plx_record *record;

    kit_match(&x, &service, "GET /");
    kit_differ(&x, "body", true, false);
    set_body(&x.answers[PLX_PRIMARY], S("gr\xc3\xbc\xc3"));
    x.answers[PLX_PRIMARY].body_length = 1000;
    record = make_record();
    expect_at(json, "/primary/body", "gr\xc3\xbc");
    expect_at(json, "/primary/body_cut", "true");
    plx_record_free(record);
}

/* What is kept is looked at, and no more; a secret that lies across the cut is found all the same. */
static void
test_no_secret_is_kept_where_a_long_body_is_cut(void **state)
{
    enum { SIZE = 1 << 20, BUDGET = PLX_RECORD_BODIES_MAX };
    static const char before[] = "\",\"password\":\"";

    for (size_t at = BUDGET - 60; at < BUDGET + 20; at++) {
        char *bytes = filled(SIZE, '#');
        struct plx_record *record;

        memset(bytes, 'z', at);
        memcpy(bytes, "{\"a\":\"", 6);
        memcpy(bytes + at, before, sizeof(before) - 1);
        kit_match(&x, &service, "GET /");
        kit_differ(&x, "body", true, false);
        set_body(&x.answers[PLX_PRIMARY], plx_slice_make(bytes, SIZE));
        record = make_record();
        assert_false(kit_has(json, "#"));
        assert_true(kit_has(json, "zzzz"));
        plx_record_free(record);
        free(bytes);
    }
}

static void
test_text_is_cut_between_characters(void **state)
{
    assert_int_equal(plx_utf8_cut(S("\xe2\x82\xac"), 2).len, 0);
    assert_int_equal(plx_utf8_cut(S("a\xe2\x82\xac"), 3).len, 1);
    assert_int_equal(plx_utf8_cut(S("a\xe2\x82\xac"), 4).len, 4);
    assert_int_equal(plx_utf8_cut(S("\x80\x80\x80\x80\x80\x80"), 5).len, 2); /* no text at all: cut somewhere near */
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bodies_hold_no_secrets_by_name),
        cmocka_unit_test(test_record_has_its_shape),
        cmocka_unit_test(test_bytes_that_are_no_text_are_base64),
        cmocka_unit_test(test_credentials_are_redacted),
        cmocka_unit_test(test_redact_rules_cover_bodies),
        cmocka_unit_test(test_a_body_that_is_long_to_read_is_withheld),
        cmocka_unit_test(test_forms_are_redacted),
        cmocka_unit_test(test_record_is_bounded),
        cmocka_unit_test(test_one_long_item_hides_no_other),
        cmocka_unit_test(test_capture_cut_inside_a_character_is_text),
        cmocka_unit_test(test_no_secret_is_kept_where_a_long_body_is_cut),
        cmocka_unit_test(test_text_is_cut_between_characters),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
