/* SPDX-License-Identifier: Apache-2.0 */
/* The headers that clients depend on: what in them is a difference, and what is the same thing written otherwise. */
#include "compare_kit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static struct plx_arena *arena;

static int
setup(void **state)
{
    arena = plx_arena_new(NULL);
    return arena == NULL;
}

static int
teardown(void **state)
{
    plx_arena_free(arena);
    return 0;
}

/* lines: further rules. A value NULL: the answer has no such header. */
static void
expect_lines(const char *lines, const char *name, const char *primary, const char *candidate, const char *want)
{
    const struct plx_header headers[] = {{plx_slice_of(name), plx_slice_of(primary ? primary : "")},
                                         {plx_slice_of(name), plx_slice_of(candidate ? candidate : "")}};
    struct plx_answer a = {.status = 200, .headers = headers, .header_count = primary != NULL};
    struct plx_answer b = {.status = 200, .headers = headers + 1, .header_count = candidate != NULL};
    struct plx_rules *rules = plx_rules_new(NULL);
    struct plx_comparison comparison;
    struct plx_buffer out;

    a.media_type = b.media_type = plx_slice_of("application/json");
    a.origin = plx_slice_of("http://127.0.0.1:8081");
    b.origin = plx_slice_of("http://new.test:80");
    plx_rules_compare_client_headers(rules, true);
    assert_int_equal(rules_add_lines(rules, plx_slice_of(lines), NULL), PLX_OK);
    plx_buffer_init(&out, 64u << 10);
    assert_int_equal(plx_compare(rules, &a, &b, NULL, arena, &comparison), PLX_OK);
    write_comparison(&out, &comparison);
    plx_buffer_byte(&out, '\0');
    assert_string_equal(out.ptr, want);
    plx_buffer_fini(&out);
    plx_rules_free(rules);
    plx_arena_reset(arena);
}

static void
expect(const char *name, const char *primary, const char *candidate, const char *want)
{
    expect_lines("", name, primary, candidate, want);
}

static void
test_location_by_role(void **state)
{
    expect("Location", "/a", "/a", "");
    expect("Location", "/a", "/b", "value header:Location: /a -> /b\n");
    expect("location", "http://127.0.0.1:8081/a?x#y", "HTTP://New.Test/a?x#y", "");
    expect("Location", "http://127.0.0.1:8081", "http://new.test:80/", "");
    expect("Location", "http://127.0.0.1:8081/a", "http://new.test/b",
           "value header:Location: http://127.0.0.1:8081/a -> http://new.test/b\n");
    /* The other role's address, another port, another scheme: clients would go elsewhere. */
    expect("Location", "http://127.0.0.1:8081/a", "http://127.0.0.1:8082/a",
           "value header:Location: http://127.0.0.1:8081/a -> http://127.0.0.1:8082/a\n");
    expect("Location", "http://127.0.0.1:8081/a", "https://new.test/a",
           "value header:Location: http://127.0.0.1:8081/a -> https://new.test/a\n");
    expect("Location", "/a", "http://new.test/a", "value header:Location: /a -> http://new.test/a\n");
    expect("Location", "http://127.0.0.1:8081@evil/a", "http://new.test@evil/a",
           "value header:Location: http://[redacted]@evil/a -> http://[redacted]@evil/a\n");
    expect("Location", "/a", NULL, "missing header:Location: /a ->\n");
}

static void
test_content_type_by_meaning(void **state)
{
    expect("Content-Type", "application/json; charset=utf-8", "Application/JSON;Charset=\"UTF-8\"", "");
    expect("Content-Type", "a/b; x=1; y=2", "a/b;y=2; x=1", "");
    expect("Content-Type", "a/b; x=q", "a/b; x=Q", "value header:Content-Type: a/b; x=q -> a/b; x=Q\n");
    expect("Content-Type", "text/html", "text/html; charset=utf-8",
           "value header:Content-Type: text/html -> text/html; charset=utf-8\n");
    expect("Content-Type", "application/json", "text/plain",
           "value header:Content-Type: application/json -> text/plain\n");
    expect("Content-Type", "multipart/mixed; boundary=a", "multipart/mixed; boundary=b", "");
    expect("Content-Type", "a/b; boundary=a", "a/b; boundary=b",
           "value header:Content-Type: a/b; boundary=a -> a/b; boundary=b\n");
}

static void
test_cookies_without_their_values(void **state)
{
    expect("Set-Cookie", "s=1; Path=/", "s=2; path=/", "");
    expect("Set-Cookie", "s=1; HttpOnly", "s=1", "missing header:Set-Cookie/s/HttpOnly: ->\n");
    expect("Set-Cookie", "s=1", "t=1",
           "missing header:Set-Cookie/s: [redacted] ->\nextra header:Set-Cookie/t: -> [redacted]\n");
    expect("Set-Cookie", "s=1", "s=", "value header:Set-Cookie/s: [redacted] ->\n");
    expect_lines("headers all", "Set-Cookie", "s=1", "s=2", "value header:Set-Cookie/s: [redacted] -> [redacted]\n");
    expect_lines("header set-cookie", "Set-Cookie", "s=1", "s=2",
                 "value header:Set-Cookie/s: [redacted] -> [redacted]\n");
}

static void
test_the_others(void **state)
{
    expect("Cache-Control", "no-store", "max-age=60", "value header:Cache-Control: no-store -> max-age=60\n");
    expect("WWW-Authenticate", "Basic realm=a", NULL, "missing header:WWW-Authenticate: Basic realm=a ->\n");
    expect("ETag", "1", "2", "");
    expect("X-Request-Id", "1", "2", "");
    expect_lines("header ETag", "ETag", "1", "2", "value header:ETag: 1 -> 2\n");
    expect_lines("headers all", "ETag", "1", "2", "");
    expect_lines("headers all", "Last-Modified", "now", "then", "");
    expect_lines("headers all", "ETag", "1", NULL, "missing header:ETag: 1 ->\n");
    expect_lines("headers all", "Content-Location", "http://127.0.0.1:8081/a", "http://new.test/a", "");
    expect_lines("headers all", "Content-Location", "/a", "/b", "value header:Content-Location: /a -> /b\n");
    expect_lines("ignore_header Cache-Control", "Cache-Control", "a", "b", "ruled out: 1\n");
}

static void
test_none_means_none(void **state)
{
    struct plx_rules *rules = plx_rules_new(NULL);

    assert_false(plx_rules_compare_any_headers(rules)); /* for those who embed it */
    plx_rules_compare_client_headers(rules, true);
    assert_int_equal(plx_rules_compare_header(rules, plx_slice_of("ETag"), NULL), PLX_OK);
    struct plx_rules *copy = plx_rules_copy(rules);
    plx_rules_compare_no_headers(rules);
    assert_false(plx_rules_compare_any_headers(rules));
    assert_true(plx_rules_compare_any_headers(copy));
    plx_rules_free(copy);
    plx_rules_free(rules);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_location_by_role),
        cmocka_unit_test(test_content_type_by_meaning),
        cmocka_unit_test(test_cookies_without_their_values),
        cmocka_unit_test(test_the_others),
        cmocka_unit_test(test_none_means_none),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
