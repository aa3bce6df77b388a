/* SPDX-License-Identifier: Apache-2.0 */
/* Two answers differ where their meaning does, each difference is told once, in bounds, and what is redacted is never
 * shown. */
#include "listing_kit.h"

static void
test_values_that_mean_the_same(void **state)
{
    static const char *const same[][2] = {
        {"{\"a\":1,\"b\":2}", "{\"b\":2,\"a\":1}"},
        {"{\"a\":{\"x\":1,\"y\":[{}]},\"b\":2}", " { \"b\":2.0 ,\n\"a\":{\"y\":[ { } ],\"x\":1e0} } "},
        {"\"\\u0041\"", "\"A\""},
        {"\"\\/\"", "\"/\""},
        {"\"\\ud834\\udd1e\"", "\"\xF0\x9D\x84\x9E\""},
        {"\"\\uD800\"", "\"\\ud800\""},
        {"{\"\\u0061b\":1,\"c\":2}", "{\"c\":2,\"ab\":1}"},
        {"[0,-0,1.50]", "[-0,0.0,15e-1]"},
        {"{\"b\":0,\"a\":1,\"a\":2}", "{\"a\":1,\"b\":0,\"a\":2}"},
        {"{}", "{ }"},
    };

    for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
        EXPECT("", same[i][0], same[i][1], "");
        EXPECT("", same[i][1], same[i][0], "");
    }
}

static void
test_each_kind_of_difference(void **state)
{
    EXPECT("", "{\"a\":1}", "{\"a\":2}", "value /a: 1 -> 2\n");
    EXPECT("", "{\"a\":true}", "{\"a\":false}", "value /a: true -> false\n");
    EXPECT("", "{\"a\":\"x\"}", "{\"a\":\"y\"}", "value /a: \"x\" -> \"y\"\n");
    EXPECT("", "{\"a\":\"x\"}", "{\"a\":\"x \"}", "value /a: \"x\" -> \"x \"\n");
    EXPECT("", "\"\\u00e9\"", "\"e\\u0301\"", "value : \"\\u00e9\" -> \"e\\u0301\"\n");
    EXPECT("", "9007199254740993", "9007199254740992", "value : 9007199254740993 -> 9007199254740992\n");
    EXPECT("", "1e400", "1e401", "value : 1e400 -> 1e401\n");
    EXPECT("", "{\"a\":1}", "{\"a\":\"1\"}", "type /a: 1 -> \"1\"\n");
    EXPECT("", "{\"a\":null}", "{\"a\":false}", "type /a: null -> false\n");
    EXPECT("", "{\"a\":null}", "{}", "missing /a: null ->\n");
    EXPECT("", "{}", "{\"a\":[1, 2]}", "extra /a: -> [1, 2]\n");
    EXPECT("", "{\"a\":[]}", "{\"a\":{}}", "type /a: [] -> {}\n");
    EXPECT("", "[1,2,3]", "[1,3]", "missing /1: 2 ->\n");
    EXPECT("", "[1]", "[1,[2],{\"a\":3}]", "extra /1: -> [2]\nextra /2: -> {\"a\":3}\n");
    EXPECT("", "[1,2]", "[2,1]", "order : [1,2] -> [2,1]\n");
    EXPECT("", "[1,2,3]", "[2,1,4]", "value /0: 1 -> 2\nvalue /1: 2 -> 1\nvalue /2: 3 -> 4\n");
    EXPECT("", "[[1]]", "[[2]]", "value /0/0: 1 -> 2\n");
    EXPECT("", "{\"a/b~c\":{\"\":1}}", "{\"a/b~c\":{\"\":2}}", "value /a~1b~0c/: 1 -> 2\n");
    EXPECT("", "{\"\\u0061\\n\":1}", "{\"\\u0061\\n\":2}", "value /a\n: 1 -> 2\n");
}

static void
test_members_in_another_order_are_paired_by_key(void **state)
{
    EXPECT("", "{\"a\":1,\"b\":2,\"c\":3}", "{\"c\":3,\"a\":1,\"b\":4}", "value /b: 2 -> 4\n");
    EXPECT("", "{\"a\":1,\"b\":2,\"c\":3}", "{\"a\":1,\"c\":3}", "missing /b: 2 ->\n");
    EXPECT("", "{\"a\":1,\"c\":3}", "{\"a\":1,\"b\":2,\"c\":3}", "extra /b: -> 2\n");
    EXPECT("", "{\"a\":1,\"b\":2}", "{\"c\":1,\"d\":2}",
           "missing /a: 1 ->\nmissing /b: 2 ->\nextra /c: -> 1\nextra /d: -> 2\n");
    EXPECT("", "{\"a\":1,\"b\":2}", "{}", "missing /a: 1 ->\nmissing /b: 2 ->\n");
    EXPECT("", "{}", "{\"a\":1}", "extra /a: -> 1\n");
}

/* Repeated keys pair in the order in which they stand, among few members and among many. */
static void
test_repeated_keys(void **state)
{
    EXPECT("", "{\"a\":1,\"a\":2}", "{\"a\":1,\"a\":2}", "");
    EXPECT("", "{\"a\":1,\"a\":2}", "{\"a\":2,\"a\":1}", "value /a: 1 -> 2\nvalue /a: 2 -> 1\n");
    EXPECT("", "{\"a\":1,\"a\":2}", "{\"a\":1}", "missing /a: 2 ->\n");
    EXPECT("", "{\"a\":2}", "{\"a\":1,\"a\":2}", "value /a: 2 -> 1\nextra /a: -> 2\n");
    EXPECT("", "{\"b\":0,\"a\":1,\"a\":2}", "{\"a\":2,\"b\":0,\"a\":1}", "value /a: 1 -> 2\nvalue /a: 2 -> 1\n");
    for (int members = 2; members < 64; members++) {
        char a[1024], b[1024];
        int x = snprintf(a, sizeof(a), "{\"z\":0,\"\\u007a\":1"), y = snprintf(b, sizeof(b), "{");
        for (int i = 0; i < members; i++) {
            x += snprintf(a + x, sizeof(a) - (size_t)x, ",\"k%d\":%d", i, i);
            y += snprintf(b + y, sizeof(b) - (size_t)y, "\"k%d\":%d,%s", members - 1 - i, members - 1 - i,
                          i == members / 2 ? "\"z\":0," : "");
        }
        snprintf(a + x, sizeof(a) - (size_t)x, "}");
        snprintf(b + y, sizeof(b) - (size_t)y, "\"z\":1}");
        EXPECT("", a, b, "");
        EXPECT("", b, a, "");
    }
}

static void
test_rules_leave_out_and_are_counted(void **state)
{
    EXPECT("ignore /t", "{\"t\":1}", "{\"t\":2}", "ruled out: 1\n");
    EXPECT("ignore /t", "{\"t\":1}", "{\"t\":1}", "");
    EXPECT("ignore /t", "{\"t\":1,\"u\":1}", "{\"u\":2}", "value /u: 1 -> 2\nruled out: 1\n");
    EXPECT("ignore /*/t", "[{\"t\":1,\"u\":1},{\"t\":1}]", "[{\"t\":2,\"u\":2},{\"t\":2}]",
           "value /0/u: 1 -> 2\nruled out: 2\n");
    EXPECT("ignore /a", "{\"a\":{\"b\":[1,2],\"c\":{}}}", "{\"a\":{\"b\":[3,4],\"c\":0}}", "ruled out: 3\n");
    EXPECT("ignore /**/t", "{\"t\":1,\"a\":[{\"t\":1}]}", "{\"t\":2,\"a\":[{}]}", "ruled out: 2\n");
    EXPECT("ignore ", "{\"a\":1}", "[]", "ruled out: 1\n");
    EXPECT("ignore body", "{\"a\":1}", "no JSON at all", "ruled out: 1\n");
    EXPECT("ignore /a", "{\"b\":1}", "[]", "type : {\"b\":1} -> []\n");
}

static void
test_redacted_values_are_compared_and_never_shown(void **state)
{
    static const char *const bodies[] = {
        "{\"a\":{\"pin\":\"SECRET\"}}",
        "{\"a\":{\"pin\":\"SECRET2\"}}",
        "{\"a\":{}}",
        "{}",
        "{\"a\":[\"SECRET\"]}",
        "[]",
        "SECRET no JSON",
        "{\"a\":{\"pin\":{\"SECRET\":[\"SECRET\"]}}}",
        "{\"a\":{\"pin\":[1,\"SECRET\"]}}",
        "{\"a\":{\"pin\":[1,\"SECRET3\",4]}}",
        "",
        "{\"a\":{\"\\u0070in\":\"SECRET4\"},\"b\":1}",
        "{\"a\":7}",
        "[[{\"pin\":\"SECRET\"}]]",
        "{\"x\":{\"y\":{\"pin\":\"SECRET\"}}}",
    };
    static const char *const rules[] = {"redact /a/pin\nredact /a/0",  "redact /a/*", "redact /a",
                                        "redact /**/pin\nredact /a/*", "redact ",     "redact body\nredact /**"};
    const size_t count = sizeof(bodies) / sizeof(bodies[0]);

    for (size_t r = 0; r < sizeof(rules) / sizeof(rules[0]); r++)
        for (size_t i = 0; i < count; i++)
            for (size_t k = 0; k < count; k++) {
                if (r < 3 && (i > 12 || k > 12))
                    continue; /* there the secret is not where the rule says */
                const char *told = compare(rules[r], bodies[i], bodies[k]);
                for (const char *at = told; (at = strstr(at, "SECRET")); at++)
                    if (strncmp(at - 5, "/pin/", 5) != 0) /* a key on the way to a value is a place */
                        fail_msg("%s, %s -> %s: %s", rules[r], bodies[i], bodies[k], told);
                assert_true((i == k) == (told[0] == '\0'));
            }
    EXPECT("redact /pin", "{\"pin\":1,\"a\":1}", "{\"pin\":2,\"a\":2}",
           "value /pin: [redacted] -> [redacted]\nvalue /a: 1 -> 2\n");
    EXPECT("redact /pin", "{\"pin\":1}", "{}", "missing /pin: [redacted] ->\n");
    EXPECT("redact /**/pin", "{\"a\":{\"b\":1}}", "{\"a\":{\"b\":2}}", "value /a/b: 1 -> 2\n");
    EXPECT("redact /a/*/pin", "{\"a\":[{\"pin\":1}],\"b\":[1]}", "{}",
           "missing /a: [redacted] ->\nmissing /b: [1] ->\n");
    EXPECT("redact /pin", "{\"pin\":1.0}", "{\"pin\":1}", "");
}

/* Values that are secret by their names are compared, not shown; nor is any part of one. */
static void
test_secrets_by_name_are_compared_and_not_shown(void **state)
{
    EXPECT("", "{\"user\":{\"apiKey\":\"SECRET1\"}}", "{\"user\":{\"apiKey\":\"SECRET2\"}}",
           "value /user/apiKey: [redacted] -> [redacted]\n");
    EXPECT("", "{\"token\":{\"a\":[\"SECRET1\"]}}", "{\"token\":{\"a\":[\"SECRET2\"]}}",
           "value /token/a/0: [redacted] -> [redacted]\n");
    EXPECT("", "{\"pin\":1.0}", "{\"pin\":1}", "");
    EXPECT("", "{\"pin\":1}", "{\"pin\":null}", "type /pin: [redacted] -> null\n");
    EXPECT("", "{\"a\":{\"password\":\"SECRET\",\"n\":1}}", "{}",
           "missing /a: {\"password\":\"[redacted]\",\"n\":1} ->\n");
    EXPECT("", "{\"next\":\"/a?token=SECRET\"}", "{\"next\":\"/b\"}",
           "value /next: \"/a?token=[redacted]\" -> \"/b\"\n");
    EXPECT("", "{\"code\":\"EUR\",\"key\":1}", "{\"code\":\"USD\",\"key\":1}", "value /code: \"EUR\" -> \"USD\"\n");
    EXPECT("ignore /pin", "{\"pin\":1}", "{\"pin\":2}", "ruled out: 1\n");
}

static void
test_secrets_in_bodies_of_any_type_are_not_shown(void **state)
{
    static const struct {
        const char *type, *a, *b, *want;
    } rows[] = {
        {"application/x-www-form-urlencoded", "code=SECRET1&a=1", "code=SECRET2&a=1",
         "value /code: [redacted] -> [redacted]\n"},
        {"application/xml", "<u pin=\"SECRET1\"><token>SECRET1</token></u>",
         "<u pin=\"SECRET2\"><token>SECRET2</token></u>",
         "value /u/0/token/0: [redacted] -> [redacted]\nvalue /u@pin: [redacted] -> [redacted]\n"},
        {"text/plain", "a\npassword=SECRET1 b\n", "a\npassword=SECRET2 c\n",
         "value body:2: password=[redacted] b -> password=[redacted] c\n"},
        {"text/plain", "token: SECRET1\nx\n", "x\n", "missing body:1: token: [redacted] ->\n"},
        {"image/png", "{\"password\":\"SECRET1\",\"a\":1}", "{\"password\":\"SECRET2\",\"a\":1}",
         "value body: at byte 19: [redacted]\",\"a\":1} -> at byte 19: [redacted]\",\"a\":1}\n"},
        {"image/png", "pin=SECRET1\1", "pin=SECRET2\1",
         "value body: at byte 10: [redacted] -> at byte 10: [redacted]\n"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct plx_answer a = json_answer(plx_slice_of(rows[i].a)), b = json_answer(plx_slice_of(rows[i].b));
        a.media_type = b.media_type = plx_slice_of(rows[i].type);
        assert_string_equal(listing("", &a, &b, NULL), rows[i].want);
    }
}

static void
test_secrets_are_shown_where_that_is_asked_for(void **state)
{
    const struct plx_header header = HEADER("Cookie", "a=1"), other = HEADER("Cookie", "a=2");
    struct plx_answer a = json_answer(plx_slice_of("{\"pin\":1}")), b = json_answer(plx_slice_of("{\"pin\":2}"));
    struct plx_rules *rules = plx_rules_new(NULL);
    struct plx_comparison comparison;

    a.headers = &header;
    b.headers = &other;
    a.header_count = b.header_count = 1;
    plx_rules_compare_all_headers(rules, true);
    plx_rules_show_secrets(rules, true);
    struct plx_rules *copy = plx_rules_copy(rules);
    assert_int_equal(plx_compare(copy, &a, &b, NULL, arena, &comparison), PLX_OK);
    plx_buffer_clear(&text);
    write_comparison(&text, &comparison);
    plx_buffer_byte(&text, '\0');
    assert_string_equal(text.ptr, "value header:Cookie: a=1 -> a=2\nvalue /pin: 1 -> 2\n");
    plx_rules_free(copy);
    plx_rules_free(rules);
}

static void
test_bodies_that_are_not_json(void **state)
{
    const struct plx_slice json = plx_slice_of("application/json"), bytes = plx_slice_of("image/png");
    struct plx_answer a = {.body = plx_slice_of("hello"), .body_length = 5}, b = a;
    assert_string_equal(listing("", &a, &b, NULL), "");
    b.body = plx_slice_of("hallo");
    assert_string_equal(listing("", &a, &b, NULL), "value body:1: hello -> hallo\n");
    assert_string_equal(listing("redact /x", &a, &b, NULL), "value body:1: [redacted] -> [redacted]\n");
    a.media_type = b.media_type = bytes;
    assert_string_equal(listing("", &a, &b, NULL), "value body: at byte 1: ello -> at byte 1: allo\n");
    assert_string_equal(listing("redact /x", &a, &b, NULL), "value body: [redacted] -> [redacted]\n");
    b.body = plx_slice_of("h\xFF"
                          "llo");
    assert_string_equal(listing("", &a, &b, NULL), "value body: at byte 1: 65 6c 6c 6f -> at byte 1: ff 6c 6c 6f\n");
    b.body = plx_slice_of("hell");
    b.body_length = 4;
    assert_string_equal(listing("", &a, &b, NULL), "value body: at byte 4: o -> ends at byte 4\n");
    b.body = (struct plx_slice){NULL, 0};
    b.body_length = 0;
    assert_string_equal(listing("", &a, &b, NULL), "missing body: hello ->\n");
    assert_string_equal(listing("", &b, &a, NULL), "extra body: -> hello\n");
    /* Of no type it may be JSON; where one is said it is not: spaces count. */
    a.media_type = b.media_type = plx_slice_of("");
    a.body = plx_slice_of("[1]");
    b.body = plx_slice_of("[ 1]");
    a.body_length = 3;
    b.body_length = 4;
    assert_string_equal(listing("", &a, &b, NULL), "");
    a.media_type = json;
    assert_string_equal(listing("", &a, &b, NULL), "");
    a.media_type = b.media_type = plx_slice_of("text/csv");
    assert_string_equal(listing("", &a, &b, NULL), "value body:1: [1] -> [ 1]\n");
    EXPECT("", "{\"a\":1}", "<html>", "type body: {\"a\":1} -> <html>\n");
    EXPECT("", "{\"a\":1", "{\"a\":2", "value body:1: {\"a\":1 -> {\"a\":2\n");
    EXPECT("", "{\"a\":", "{\"a\":", "");
    EXPECT("", "", "{\"a\":1}", "extra body: -> {\"a\":1}\n");
}

static void
test_bodies_that_were_cut_off(void **state)
{
    struct plx_rules *rules = plx_rules_new(NULL);
    struct plx_answer a = {.body = plx_slice_of("beg"), .body_length = 10, .body_digest = {1, 2}}, b;
    a.media_type = plx_slice_of("text/csv");
    b = a;
    struct plx_comparison comparison, before;

    memset(&comparison, 0xA5, sizeof(comparison));
    before = comparison;
    assert_string_equal(listing("", &a, &b, NULL), "");
    b.body_digest[1] = 3;
    assert_string_equal(listing("", &a, &b, NULL),
                        "value body: 10 bytes, XXH3 00000000000000020000000000000001 -> 10 bytes, XXH3 "
                        "00000000000000030000000000000001\n");
    assert_string_equal(listing("ignore body", &a, &b, NULL), "ruled out: 1\n");
    a.media_type = plx_slice_of("application/json"); /* only its reading could tell */
    assert_int_equal(plx_compare(rules, &a, &b, NULL, arena, &comparison), PLX_E_LIMIT);
    assert_memory_equal(&comparison, &before, sizeof(before));
    b.body_digest[1] = 2; /* equal, JSON or not */
    assert_string_equal(listing("", &a, &b, NULL), "");
    a.media_type = b.media_type;
    b.body = plx_slice_of("beginning!"); /* whole, of the same length: its digest was not looked at */
    assert_int_equal(plx_compare(rules, &a, &b, NULL, arena, &comparison), PLX_E_LIMIT);
    assert_int_equal(plx_compare(rules, &b, &a, NULL, arena, &comparison), PLX_E_LIMIT);
    b.body = plx_slice_of("short");
    b.body_length = 5;
    assert_string_equal(listing("", &a, &b, NULL),
                        "value body: 10 bytes, XXH3 00000000000000020000000000000001 -> 5 bytes\n");
    a.media_type = plx_slice_of("application/json"); /* a longer text may mean the same */
    assert_int_equal(plx_compare(rules, &a, &b, NULL, arena, &comparison), PLX_E_LIMIT);
    assert_memory_equal(&comparison, &before, sizeof(before));
    plx_rules_free(rules);
}

static void
test_statuses(void **state)
{
    struct plx_answer a = {.status = 200}, b = {.status = 404};

    assert_string_equal(listing("", &a, &b, NULL), "value status: 200 -> 404\n");
    assert_string_equal(listing("ignore status", &a, &b, NULL), "ruled out: 1\n");
    b.status = 0;
    assert_string_equal(listing("", &a, &b, NULL), "");
    b.status = 200;
    assert_string_equal(listing("", &a, &b, NULL), "");
}

#define WITH(list)                                                          \
    {                                                                       \
        .headers = (list), .header_count = sizeof(list) / sizeof((list)[0]) \
    }

static void
test_headers(void **state)
{
    static const struct plx_header one[] = {HEADER("Vary", "a"),
                                            HEADER("X-Old", "1"),
                                            HEADER("vary", "b"),
                                            HEADER("ETag", "x"),
                                            HEADER("Date", "now"),
                                            HEADER("Content-Length", "5"),
                                            HEADER("Set-Cookie", "id=SECRET")};
    static const struct plx_header two[] = {HEADER("VARY", "b"),
                                            HEADER("ETAG", "y"),
                                            HEADER("Vary", "a"),
                                            HEADER("Date", "then"),
                                            HEADER("Connection", "close"),
                                            HEADER("X-New", ""),
                                            HEADER("Set-Cookie", "id=OTHER")};
    const struct plx_answer a = WITH(one), b = WITH(two);

    assert_string_equal(listing("", &a, &b, NULL), "");
    assert_string_equal(listing("header etag", &a, &b, NULL), "value header:etag: x -> y\n");
    assert_string_equal(listing("header etag\nignore_header ETag", &a, &b, NULL), "ruled out: 1\n");
    assert_string_equal(listing("header Vary\nheader X-Old\nheader X-New\nheader X-None", &a, &b, NULL),
                        "order header:Vary: a\\nb -> b\\na\nmissing header:X-Old: 1 ->\nextra header:X-New: ->\n");
    assert_string_equal(listing("header Date", &a, &b, NULL), "value header:Date: now -> then\n");
    assert_string_equal(listing("headers all\nignore_header x-old", &a, &b, NULL),
                        "order header:Vary: a\\nb -> b\\na\n"
                        "value header:Set-Cookie/id: [redacted] -> [redacted]\nextra header:X-New: ->\nruled out: 1\n");
}

static void
test_headers_of_several_lines(void **state)
{
    static const struct plx_header one[] = {HEADER("V", "a"), HEADER("V", "a"), HEADER("V", "b")};
    static const struct plx_header two[] = {HEADER("V", "a"), HEADER("V", "b"), HEADER("V", "b")};
    static const struct plx_header three[] = {HEADER("V", "a, a, b")};
    static const struct plx_header four[] = {HEADER("V", ""), HEADER("V", "a")};
    static const struct plx_header five[] = {HEADER("V", "a")};
    const struct plx_answer a = WITH(one), b = WITH(two), c = WITH(three), d = WITH(four), e = WITH(five);

    assert_string_equal(listing("header V", &a, &b, NULL), "value header:V: a\\na\\nb -> a\\nb\\nb\n");
    assert_string_equal(listing("header V", &a, &c, NULL), "value header:V: a\\na\\nb -> a, a, b\n");
    assert_string_equal(listing("header V", &d, &e, NULL), "value header:V: \\na -> a\n");
    assert_string_equal(listing("header V", &a, &a, NULL), "");
}

static void
test_differences_and_values_end_at_their_bounds(void **state)
{
    struct plx_answer a = json_answer(plx_slice_of("[1,2,3,\"0123456789\"]")),
                      b = json_answer(plx_slice_of("[4,5,6,7]"));
    struct plx_compare_limits limits = {.differences_max = 2};

    assert_string_equal(listing("", &a, &b, &limits), "value /0: 1 -> 4\nvalue /1: 2 -> 5\nfurther: 2\n");
    limits = (struct plx_compare_limits){.value_bytes_max = 5};
    assert_string_equal(listing("ignore /0\nignore /1\nignore /2", &a, &b, &limits),
                        "type /3: \"0123 (cut) -> 7\nruled out: 3\n");
    /* Whole characters: 1, then 2 to 4 bytes each. */
    a = json_answer(plx_slice_of("\"\xC3\xA9\xE2\x82\xAC\xF0\x9D\x84\x9E\""));
    b = json_answer(plx_slice_of("\"x\""));
    static const size_t lengths[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11};
    for (uint32_t max = 1; max <= 11; max++) {
        struct plx_rules *rules = plx_rules_new(NULL);
        struct plx_comparison c;
        limits.value_bytes_max = max;
        assert_int_equal(plx_compare(rules, &a, &b, &limits, arena, &c), PLX_OK);
        assert_int_equal(c.differences[0].primary.len, lengths[max]);
        assert_int_equal(c.differences[0].primary_cut, max < 11);
        plx_rules_free(rules);
    }
}

static void
test_documents_beyond_the_depth_are_compared_as_bytes(void **state)
{
    struct plx_compare_limits limits = {.json.depth_max = 2};
    struct plx_answer a = json_answer(plx_slice_of("[[1]]")), b = json_answer(plx_slice_of("[[ 1]]"));

    assert_string_equal(listing("", &a, &b, &limits), "");
    a = json_answer(plx_slice_of("[[[1]]]"));
    assert_string_equal(listing("", &a, &b, &limits), "type body: [[[1]]] -> [[ 1]]\n");
    b = json_answer(plx_slice_of("[[[ 1]]]"));
    assert_string_equal(listing("", &a, &b, &limits), "value body:1: [[[1]]] -> [[[ 1]]]\n");
    /* However deep a caller allows it to be, the walk stays within the stack. */
    size_t depth = 200000;
    char *x = malloc(2 * depth + 1), *y = malloc(2 * depth + 1);
    memset(x, '[', depth);
    memset(x + depth, ']', depth);
    memcpy(y, x, 2 * depth);
    memmove(y + depth + 1, y + depth, depth);
    y[depth] = '1';
    a = json_answer(plx_slice_make(x, 2 * depth));
    b = json_answer(plx_slice_make(y, 2 * depth + 1));
    limits.json.depth_max = UINT32_MAX;
    assert_non_null(strstr(listing("ignore /**/x", &a, &b, &limits), "value body:"));
    depth = 4096;
    a.body = plx_slice_make(x + 200000 - depth, 2 * depth);
    b.body = plx_slice_make(y + 200000 - depth, 2 * depth + 1);
    a.body_length = a.body.len;
    b.body_length = b.body.len;
    assert_non_null(strstr(listing("ignore /**/x", &a, &b, &limits), ": -> 1\n"));
    free(x);
    free(y);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values_that_mean_the_same),
        cmocka_unit_test(test_each_kind_of_difference),
        cmocka_unit_test(test_members_in_another_order_are_paired_by_key),
        cmocka_unit_test(test_repeated_keys),
        cmocka_unit_test(test_rules_leave_out_and_are_counted),
        cmocka_unit_test(test_redacted_values_are_compared_and_never_shown),
        cmocka_unit_test(test_secrets_by_name_are_compared_and_not_shown),
        cmocka_unit_test(test_secrets_in_bodies_of_any_type_are_not_shown),
        cmocka_unit_test(test_secrets_are_shown_where_that_is_asked_for),
        cmocka_unit_test(test_bodies_that_are_not_json),
        cmocka_unit_test(test_bodies_that_were_cut_off),
        cmocka_unit_test(test_statuses),
        cmocka_unit_test(test_headers),
        cmocka_unit_test(test_headers_of_several_lines),
        cmocka_unit_test(test_differences_and_values_end_at_their_bounds),
        cmocka_unit_test(test_documents_beyond_the_depth_are_compared_as_bytes),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
