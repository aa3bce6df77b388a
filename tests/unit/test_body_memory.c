/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where there is no memory a comparison says so: what could not be read of a body is never taken for a difference, nor
 * for none. (A text of an element that found no memory was left out.)
 */
#include "failing_memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the above first */
#include <cmocka.h>

#include "base/arena.h"
#include "base/assert.h"

#include <parallax/compare.h>
#include <stdlib.h>

struct sample {
    const char *type, *primary, *same, *other;
};

static const struct sample samples[] = {
    {"text/html", "<p>alpha</p><p title=a>bravo</p>", "<p> alpha</p><p title=\"a\">bravo </p>",
     "<p>alpha</p><p title=a></p>"},
    {"application/xml", "<a b='1'>long enough<c/>text</a>", "<a  b=\"1\">long enough<c></c>text</a>",
     "<a b='1'><c/>text</a>"},
    {"application/x-www-form-urlencoded", "a=%41+b&c=%20d&+=+", "a=A+b&c=+d&%20=%20", "a=A+b&c=&+=+"},
    {"application/json", "{\"a\":[1,\"bc\"],\"d\":2}", "{\"d\":2.0,\"a\":[1,\"b\\u0063\"]}", "{\"a\":[1],\"d\":2}"},
};

static enum plx_status
compare(const struct plx_rules *rules, const struct sample *sample, const char *candidate, size_t failing_one,
        struct plx_comparison *found, bool *failed)
{
    const struct plx_header type = {plx_slice_of("Content-Type"), plx_slice_of(sample->type)};
    struct plx_answer a = {.status = 200, .headers = &type, .header_count = 1, .body = plx_slice_of(sample->primary)};
    struct plx_answer b = a;

    a.body_length = a.body.len;
    b.body = plx_slice_of(candidate);
    b.body_length = b.body.len;
    struct plx_arena *arena = plx_arena_new(NULL);
    assert_non_null(arena);
    *found = (struct plx_comparison){.total = 0};
    start_failing(failing_one, false);
    enum plx_status status = plx_compare(rules, &a, &b, NULL, arena, found);
    *failed = stop_failing();
    plx_arena_free(arena);
    return status;
}

/* Each allocation fails once. */
static void
test_without_memory_nothing_is_said_of_a_body(void **state)
{
    struct plx_rules *rules = plx_rules_new(NULL);
    struct plx_comparison found;
    bool failed;

    assert_non_null(rules);
    for (size_t i = 0; i < PLX_COUNT(samples); i++)
        for (int differs = 0; differs < 2; differs++) {
            const char *candidate = differs ? samples[i].other : samples[i].same;
            size_t at = 1;
            do {
                enum plx_status status = compare(rules, &samples[i], candidate, at++, &found, &failed);
                if (failed)
                    assert_true(status != PLX_OK || found.bodies != PLX_OK || (found.total > 0) == differs);
                else
                    assert_true(status == PLX_OK && (found.total > 0) == differs);
            } while (failed);
            assert_true(at > 2); /* something was asked for */
        }
    plx_rules_free(rules);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_without_memory_nothing_is_said_of_a_body),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
