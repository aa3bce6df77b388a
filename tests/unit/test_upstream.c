/* SPDX-License-Identifier: Apache-2.0 */
/* What a role is asked for a client's request: prefix, rewritten path and query, changed fields. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the above first */
#include <cmocka.h>

#include "base/arena.h"
#include "base/assert.h"
#include "service/upstream.h"

#include <stdlib.h>

#define S(text) plx_slice_of(text)

static struct plx_arena *arena;
static struct plx_request_changes *changes;
static struct plx_upstream upstream;

static int
setup(void **state)
{
    arena = plx_arena_new(NULL);
    changes = plx_request_changes_new(NULL);
    upstream = (struct plx_upstream){0};
    return !arena || !changes;
}

static int
teardown(void **state)
{
    plx_arena_free(arena);
    plx_request_changes_free(changes);
    return 0;
}

static void
rewrite(enum plx_rewritten part, const char *from, const char *to)
{
    const char *fault = "";

    if (plx_rewrites_add(&changes->rewrites[part], part, S(from), S(to), &fault) != PLX_OK)
        fail_msg("%s -> %s: %s", from, to, fault);
}

static void
expect(const char *path, const char *want)
{
    struct plx_slice target;

    assert_int_equal(plx_upstream_target(&upstream, changes, S(path), arena, &target), PLX_OK);
    if (!plx_slice_equal(target, S(want)))
        fail_msg("%s became %.*s, not %s", path, (int)target.len, target.ptr, want);
}

static void
expect_limit(const char *path)
{
    struct plx_slice target;

    assert_int_equal(plx_upstream_target(&upstream, changes, S(path), arena, &target), PLX_E_LIMIT);
}

static void
test_nothing_is_changed(void **state)
{
    expect("/a/b?c=%20&d", "/a/b?c=%20&d");
    expect("*", "*");
    assert_true(plx_upstream_is_plain(&upstream, NULL));
    assert_false(plx_upstream_is_plain(&upstream, changes));
}

static void
test_a_prefix_stands_before_each_path(void **state)
{
    upstream.prefix = (char *)(uintptr_t) "/v2";
    expect("/payroll?x=1", "/v2/payroll?x=1");
    expect("/", "/v2/");
    expect("/?", "/v2/?");
    expect("/a?b?c", "/v2/a?b?c");
    expect("*", "*"); /* OPTIONS asks the server itself */
    assert_false(plx_upstream_is_plain(&upstream, NULL));
}

static void
test_a_path_is_rewritten(void **state)
{
    rewrite(PLX_REWRITTEN_PATH, "^/v1/([^/]+)/(.*)", "/$2/of/$1$$");
    rewrite(PLX_REWRITTEN_PATH, "/old(/|$)", "/new$1");
    expect("/v1/a/b/c?x=/old/", "/b/c/of/a$?x=/old/");
    expect("/v1/old/x", "/x/of/old$"); /* the first one that matches */
    expect("/v1/old", "/v1/new");
    expect("/x/old/y/old", "/x/new/y/old");
    expect("/x/old", "/x/new");
    expect("/other", "/other");
    upstream.prefix = (char *)(uintptr_t) "/p";
    expect("/x/old", "/p/x/new");
}

static void
test_a_query_is_rewritten(void **state)
{
    rewrite(PLX_REWRITTEN_QUERY, "(^|&)debug=[^&]*", "");
    rewrite(PLX_REWRITTEN_QUERY, "^$", "page=1");
    expect("/a?debug=1", "/a");
    expect("/a?x=1&debug=1&y=2", "/a?x=1&y=2");
    expect("/a", "/a?page=1");
    expect("/a?", "/a?page=1");
    expect("/a?b", "/a?b");
}

static void
test_what_could_not_be_sent_is_refused(void **state)
{
    static char longest[PLX_REWRITTEN_MAX + 2];
    static char nested[64] = "/";

    rewrite(PLX_REWRITTEN_PATH, "^/cut", "");
    rewrite(PLX_REWRITTEN_PATH, "^/bare/", "bare/");
    rewrite(PLX_REWRITTEN_PATH, "^/long(.*)", "/$1$1");
    rewrite(PLX_REWRITTEN_PATH, "^/(a|aa)*(a|aa)*(a|aa)*$", "/x");
    expect_limit("/cut");
    expect("/cut/x", "/x");
    expect_limit("/bare/x");
    memset(longest, 'x', sizeof(longest) - 1);
    memcpy(longest, "/long", 5);
    expect_limit(longest);
    memset(nested + 1, 'a', 60); /* no end within the limit of steps */
    nested[61] = '!';
    expect_limit(nested);
}

static void
test_what_can_t_be_a_rewrite(void **state)
{
    static const struct {
        enum plx_rewritten part;
        const char *from, *to, *fault;
    } rows[] = {
        {PLX_REWRITTEN_PATH, "(", "/", "not a PCRE2 pattern"},
        {PLX_REWRITTEN_PATH, "a", "/$1", "a group that `from` does not have"},
        {PLX_REWRITTEN_PATH, "a", "/$x", "write $1 to $9"},
        {PLX_REWRITTEN_PATH, "a", "/$", "write $1 to $9"},
        {PLX_REWRITTEN_PATH, "a", "/b c", "percent-encode"},
        {PLX_REWRITTEN_PATH, "a", "/b\r\nX: y", "percent-encode"},
        {PLX_REWRITTEN_PATH, "a", "/b?c", "percent-encode"},
        {PLX_REWRITTEN_PATH, "a", "/\xc3\xa9", "percent-encode"},
        {PLX_REWRITTEN_QUERY, "a", "b#c", "percent-encode"},
    };

    for (size_t i = 0; i < PLX_COUNT(rows); i++) {
        struct plx_rewrites none = {.count = 0};
        const char *fault = "";
        assert_int_equal(plx_rewrites_add(&none, rows[i].part, S(rows[i].from), S(rows[i].to), &fault), PLX_E_ARGUMENT);
        if (!strstr(fault, rows[i].fault))
            fail_msg("%s -> %s: %s", rows[i].from, rows[i].to, fault);
        assert_int_equal(none.count, 0);
    }
}

static void
test_fields_that_may_not_be_changed(void **state)
{
    static const char *const no[] = {"Host",
                                     "connection",
                                     "Content-Length",
                                     "transfer-encoding",
                                     "TE",
                                     "Upgrade",
                                     "Trailer",
                                     "Expect",
                                     "Via",
                                     "Parallax-Role",
                                     "parallax-x",
                                     "X_Forwarded_For",
                                     "A B",
                                     "A:",
                                     "",
                                     "A\r\nB",
                                     "Keep-Alive",
                                     "Proxy-Authorization",
                                     "Proxy-Connection",
                                     "Content_Length"};
    static const char *const yes[] = {"X-Api-Key",        "Cookie",     "Authorization", "X-Forwarded-For",
                                      "x-forwarded-port", "User-Agent", "Content-Type"};

    for (size_t i = 0; i < PLX_COUNT(no); i++)
        if (!plx_field_name_fault(S(no[i])))
            fail_msg("%s is taken", no[i]);
    for (size_t i = 0; i < PLX_COUNT(yes); i++)
        if (plx_field_name_fault(S(yes[i])))
            fail_msg("%s: %s", yes[i], plx_field_name_fault(S(yes[i])));
    assert_true(plx_field_value_is_valid(S("Bearer a\tb \xc3\xa9")));
    assert_true(plx_field_value_is_valid(S("")));
    assert_false(plx_field_value_is_valid(S("a\nb")));
    assert_false(plx_field_value_is_valid(S("a\r")));
    assert_false(plx_field_value_is_valid(S(" a")));
    assert_false(plx_field_value_is_valid(S("a\x7f")));
    assert_false(plx_field_value_is_valid(plx_slice_make("a\0b", 3)));
}

static void
test_changes_of_fields(void **state)
{
    struct plx_request_changes *copy;
    struct plx_field_changes *fields = &changes->fields;

    assert_true(plx_field_changes_add(fields, S("X-Api-Key"), S("k1")));
    assert_true(plx_field_changes_add(fields, S("Cookie"), plx_slice_make(NULL, 0)));
    assert_true(plx_field_changes_has(fields, S("x-api-key")));
    assert_true(plx_field_changes_has(fields, S("X_Api_Key"))); /* one variable for CGI */
    assert_true(plx_field_changes_has(fields, S("COOKIE")));
    assert_false(plx_field_changes_has(fields, S("Cookie2")));
    copy = plx_request_changes_new(changes);
    assert_non_null(copy);
    assert_true(plx_request_changes_equal(copy, changes));
    assert_true(plx_field_changes_add(&copy->fields, S("cookie"), S("a=b")));
    assert_int_equal(copy->fields.count, 2);
    assert_string_equal(copy->fields.list[1].value, "a=b");
    assert_false(plx_request_changes_equal(copy, changes));
    assert_false(plx_request_changes_equal(NULL, changes));
    assert_true(plx_request_changes_equal(NULL, NULL));
    plx_request_changes_free(copy);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_nothing_is_changed, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_prefix_stands_before_each_path, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_path_is_rewritten, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_query_is_rewritten, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_could_not_be_sent_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_can_t_be_a_rewrite, setup, teardown),
        cmocka_unit_test_setup_teardown(test_fields_that_may_not_be_changed, setup, teardown),
        cmocka_unit_test_setup_teardown(test_changes_of_fields, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
