/* SPDX-License-Identifier: Apache-2.0 */
/* What looks like an id is folded, whatever else is in a path stays, and a name never outgrows PLX_ENDPOINT_MAX. */
#include "base/assert.h"
#include "service/endpoint.h"
#include "service/service.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

static const char *
endpoint_of(struct plx_slice method, struct plx_slice path)
{
    static char text[PLX_ENDPOINT_MAX + 1];
    char *out = malloc(PLX_ENDPOINT_MAX); /* its own block: a byte too many is seen by the sanitizer */

    assert_non_null(out);
    size_t len = plx_endpoint_write(NULL, NULL, method, path, out);
    assert_true(len <= PLX_ENDPOINT_MAX);
    memcpy(text, out, len);
    text[len] = '\0';
    free(out);
    return text;
}

static void
expect(const char *path, const char *want)
{
    char full[PLX_ENDPOINT_MAX + 16];

    snprintf(full, sizeof(full), "GET %s", want);
    assert_string_equal(endpoint_of(plx_slice_of("GET"), plx_slice_of(path)), full);
}

/* They say no more of what is asked for than a query, and may be a session's id. */
static void
test_parameters_of_segments_are_left_out(void **state)
{
    expect("/a;jsessionid=1234/b;v=1;w", "/a/b");
    expect("/17;x=1?y", "/{id}");
    expect("/;x", "/");
}

/* Names stand in reports and in /metrics. */
static void
test_secrets_are_folded(void **state)
{
    expect("/password-reset/3f9cq1", "/password-reset/{id}");
    expect("/verify/eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOjF9.c2ln/x", "/verify/{id}/x");
    expect("/d/Zk3mQ9xT7vLr2WbY8sNc4HdJ6pGf1AaE", "/d/{id}");
    expect("/token/refresh/v2", "/token/refresh/v2");
    expect("/reset/[erased]/{name}", "/reset/[erased]/{name}");
}

static void
test_ids_are_folded(void **state)
{
    expect("/payroll/17", "/payroll/{id}");
    expect("/0", "/{id}");
    expect("/123456789012345678901234567890", "/{id}");
    expect("/a/3f2504e0-4f89-11d3-9a0c-0305e82c3301/b", "/a/{id}/b");
    expect("/a/3F2504E0-4F89-11D3-9A0C-0305E82C3301", "/a/{id}");
    expect("/01ARZ3NDEKTSV4RRFFQ69G5FAV", "/{id}");
    expect("/01arz3ndektsv4rrffq69g5fav", "/{id}");
    expect("/d41d8cd98f00b204e9800998ecf8427e", "/{id}"); /* MD5 */
    expect("/blobs/0123456789abcdef", "/blobs/{id}");     /* 16 digits */
    expect("/1/2/3", "/{id}/{id}/{id}");
    expect("/payroll/17/", "/payroll/{id}/");
    expect("//17//", "//{id}//");
}

static void
test_words_stay(void **state)
{
    static const char *const stay[] = {
        "/",
        "/payroll",
        "/v1/payroll",
        "/decade",
        "/facade/feed/added",
        "/deadbeefdeadbeefdead", /* no decimal digit: a word, as far as we know */
        "/0123456789abcde",      /* 15 digits are no digest */
        "/17a",
        "/-17",
        "/1.5",
        "/17.json",
        "/2026-01-31",
        "/3f2504e0-4f89-11d3-9a0c-0305e82c330",   /* a digit short */
        "/3f2504e0-4f89-11d3-9a0c-0305e82c33011", /* one too many */
        "/3f2504e0x4f89-11d3-9a0c-0305e82c3301",
        "/3f2504e0-4f89-11d3-9a0c-0305e82c330g",
        "/81ARZ3NDEKTSV4RRFFQ69G5FAV", /* beyond 128 bits */
        "/01ARZ3NDEKTSV4RRFFQ69G5FAI", /* I is none of Crockford's digits */
        "/01ARZ3NDEKTSV4RRFFQ69G5FA",  /* 25 */
        "/{id}",
        "/*",
        "/%31%37", /* what is escaped is not looked into */
    };

    for (size_t i = 0; i < PLX_COUNT(stay); i++)
        expect(stay[i], stay[i]);
}

static void
test_the_query_is_not_looked_at(void **state)
{
    expect("/payroll/17?month=3", "/payroll/{id}");
    expect("/payroll?", "/payroll");
    expect("/payroll?a=/17/x", "/payroll");
    expect("?17", "");
    expect("", "");
    assert_string_equal(endpoint_of(plx_slice_of("OPTIONS"), plx_slice_of("*")), "OPTIONS *");
}

static void
test_hostile_bytes_are_written_as_question_marks(void **state)
{
    expect("/a b\tc", "/a?b?c");
    expect("/\x01\x7f\x80\xff", "/????");
    assert_string_equal(endpoint_of(plx_slice_of("GET"), plx_slice_make("/a\0b\nc", 6)), "GET /a?b?c");
    assert_string_equal(endpoint_of(plx_slice_of("G\nT"), plx_slice_of("/")), "G?T /");
}

/* However long method and path are, and wherever an id meets the end. */
static void
test_a_long_name_is_cut(void **state)
{
    char path[1024], method[512];

    memset(method, 'M', sizeof(method));
    for (size_t len = PLX_ENDPOINT_MAX - 2; len <= PLX_ENDPOINT_MAX + 2; len++)
        assert_int_equal(strlen(endpoint_of(plx_slice_make(method, len), plx_slice_of("/17"))), PLX_ENDPOINT_MAX);
    for (size_t before = 0; before <= 300; before++) {
        memset(path, 'x', sizeof(path));
        path[0] = '/';
        size_t len = before + 1;
        memcpy(path + len, "/17/18/19", 9);
        len += 9;
        const char *got = endpoint_of(plx_slice_of("GET"), plx_slice_make(path, len));
        size_t whole = 4 + before + 1 + strlen("/{id}/{id}/{id}");
        assert_int_equal(strlen(got), whole < PLX_ENDPOINT_MAX ? whole : PLX_ENDPOINT_MAX);
    }
    memset(path, '/', sizeof(path));
    assert_int_equal(strlen(endpoint_of(plx_slice_of("GET"), plx_slice_make(path, sizeof(path)))), PLX_ENDPOINT_MAX);
}

static void
test_a_routes_endpoint_is_taken_as_it_is(void **state)
{
    char name[PLX_ENDPOINT_MAX + 10], out[PLX_ENDPOINT_MAX];
    struct plx_route route = {.endpoint = name};

    strcpy(name, "pay 17");
    assert_int_equal(plx_endpoint_write(&route, NULL, plx_slice_of("GET"), plx_slice_of("/x/17"), out), 6);
    assert_memory_equal(out, "pay 17", 6);
    memset(name, 'n', sizeof(name));
    name[sizeof(name) - 1] = '\0';
    assert_int_equal(plx_endpoint_write(&route, NULL, plx_slice_of("GET"), plx_slice_of("/x"), out), PLX_ENDPOINT_MAX);
    route.endpoint = NULL;
    assert_int_equal(plx_endpoint_write(&route, NULL, plx_slice_of("GET"), plx_slice_of("/x/17"), out),
                     strlen("GET /x/{id}"));
}

/* Random bytes: never too long, never an unprintable byte, the same each time. */
static void
test_any_bytes(void **state)
{
    static const char likely[] = "/0123456789abcdef-?Z";
    uint64_t seed = 0x9E3779B97F4A7C15u;
    char path[600], first[PLX_ENDPOINT_MAX + 1];

    print_message("seed %#llx\n", (unsigned long long)seed);
    for (int round = 0; round < 5000; round++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        size_t len = (seed >> 33) % sizeof(path);
        for (size_t i = 0; i < len; i++) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            path[i] = (seed >> 40) % 8 ? likely[(seed >> 48) % (sizeof(likely) - 1)] : (char)(seed >> 56);
        }
        strcpy(first, endpoint_of(plx_slice_of("PUT"), plx_slice_make(path, len)));
        for (const char *c = first + 4; *c; c++)
            assert_true(*c > ' ' && *c < 0x7F);
        assert_string_equal(endpoint_of(plx_slice_of("PUT"), plx_slice_make(path, len)), first);
    }
}

/* What one endpoint changes another one shows, as far as their paths can tell. */
static void
test_kinship(void **state)
{
    static const struct {
        const char *a, *b;
        size_t common;
    } rows[] = {
        {"POST /item", "GET /item/{id}", 1},
        {"PUT /item/{id}", "GET /item/{id}", 1},
        {"POST /api/v1/orders", "GET /api/v1/orders/{id}/lines", 3},
        {"POST /api/v1/orders", "GET /api/v1/users", 2},
        {"POST /cart/add", "GET /cart", 1},
        {"POST /cart/add", "GET /cart/items", 1},
        {"POST /cart/add/one", "GET /cart/items/all", 0},
        {"POST /item", "GET /items", 0},
        {"POST /login", "GET /profile", 0},
        {"POST /", "GET /", 0},
        {"POST /{id}", "GET /{id}", 0},
        {"POST /item/*", "GET /item/**", 1},
        {"the item", "GET /item", 0},
        {"", "GET /item", 0},
        {"POST //item", "GET //item", 0},
    };

    for (size_t i = 0; i < PLX_COUNT(rows); i++) {
        assert_int_equal(plx_endpoint_kinship(plx_slice_of(rows[i].a), plx_slice_of(rows[i].b)), rows[i].common);
        assert_int_equal(plx_endpoint_kinship(plx_slice_of(rows[i].b), plx_slice_of(rows[i].a)), rows[i].common);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parameters_of_segments_are_left_out),
        cmocka_unit_test(test_secrets_are_folded),
        cmocka_unit_test(test_ids_are_folded),
        cmocka_unit_test(test_words_stay),
        cmocka_unit_test(test_the_query_is_not_looked_at),
        cmocka_unit_test(test_hostile_bytes_are_written_as_question_marks),
        cmocka_unit_test(test_a_long_name_is_cut),
        cmocka_unit_test(test_a_routes_endpoint_is_taken_as_it_is),
        cmocka_unit_test(test_any_bytes),
        cmocka_unit_test(test_kinship),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
