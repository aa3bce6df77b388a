/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a role says of its own address goes to clients as a path that they can reach, and stays a path whatever stands
 * in it; what names anything else stays as it is.
 */
#include "traffic/exchange/redirects.h"

#include "http_trace.h"

#include "base/assert.h"
#include "traffic/http1/write.h"

static char old_url[] = "http://Old:80", old[] = "Old:80";
static char below_url[] = "http://old:81/v2", below_authority[] = "old:81", known[] = "known.example", v2[] = "/v2";
static const struct plx_upstream plain = {.url = old_url, .authority = old};
static const struct plx_upstream below = {
    .url = below_url, .authority = below_authority, .sent_host = known, .prefix = v2};

/* want NULL: it stays. */
static void
expect(const struct plx_upstream *role, const char *name, const char *value, const char *want)
{
    struct plx_http1_head *head = malloc(sizeof(*head));
    struct plx_arena *arena = plx_arena_new(NULL);
    struct plx_http_error error;
    char wire[400], line[400];
    struct plx_buffer out;
    size_t scanned = 0;

    assert_true(head && arena);
    snprintf(wire, sizeof(wire), "HTTP/1.1 302 Found\r\nA: b\r\n%s: %s\r\nC: d\r\n\r\n", name, value);
    assert_int_equal(plx_http_read_response(plx_slice_of(wire), &scanned, PLX_METHOD_GET, head, &error), PLX_OK);
    plx_redirects_rewrite(head, role, arena);
    plx_buffer_init(&out, TRACE_MAX);
    plx_http_write_response(&out, head, &(struct plx_http_reply){1, true, PLX_FRAMING_CHUNKED, {NULL, 0}});
    plx_buffer_byte(&out, '\0');
    snprintf(line, sizeof(line), "A: b\r\n%s: %s\r\nC: d\r\n", name, want ? want : value);
    if (!strstr(out.ptr, line))
        fail_msg("%s: %s went out as %s", name, value, out.ptr);
    plx_buffer_fini(&out);
    plx_arena_free(arena);
    free(head);
}

static void
test_own_addresses_become_paths(void **state)
{
    expect(&plain, "Location", "http://old/a?b#c", "/a?b#c");
    expect(&plain, "location", "HTTP://OLD:80/a", "/a");
    expect(&plain, "Location", "http://old", "/");
    expect(&plain, "Location", "http://old?q", "/?q");
    expect(&plain, "Content-Location", "http://old/a", "/a");
    expect(&plain, "Refresh", "5; url=http://old/a", "5; url=/a");
    expect(&plain, "Refresh", "0;URL='http://old/a'", "0;URL='/a'");
    expect(&below, "Location", "http://old:81/v2/a", "/a");
    expect(&below, "Location", "http://known.example/v2?q", "/?q");
    expect(&below, "Location", "/v2/a", "/a");
    expect(&below, "Location", "/v2", "/");
}

static void
test_all_else_stays(void **state)
{
    static const char *const values[] = {
        "/a",
        "a",
        "",
        "http://other/a",
        "https://old/a",
        "http://old:81/a",
        "//old/a",
        "http://old@evil/a",
        "http://oldevil/a",
        "http://old.evil/a",
        "http://old\t/a",
        "mailto:a@old",
    };

    for (size_t i = 0; i < PLX_COUNT(values); i++)
        expect(&plain, "Location", values[i], NULL);
    expect(&plain, "X-Location", "http://old/a", NULL);
    expect(&plain, "Refresh", "5", NULL);
    expect(&plain, "Refresh", "5; url=", NULL);
    expect(&below, "Location", "http://old:81/v1/a", NULL);
    expect(&below, "Location", "/v22/a", NULL);
    expect(&below, "Location", "//v2/a", NULL);
}

/* No reader may take it for another host's address. */
static void
test_a_path_stays_a_path(void **state)
{
    expect(&plain, "Location", "http://old//evil.example/a", "/.//evil.example/a");
    expect(&plain, "Location", "http://old/\\evil.example", "/./\\evil.example");
    expect(&below, "Location", "/v2//evil.example", "/.//evil.example");
    expect(&plain, "Location", "http://old/ /evil.example", NULL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_own_addresses_become_paths),
        cmocka_unit_test(test_all_else_stays),
        cmocka_unit_test(test_a_path_stays_a_path),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
