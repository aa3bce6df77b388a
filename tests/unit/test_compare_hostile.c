/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever a pair is like, comparing it takes no longer than n log n, and without memory nothing is half done. */
#include "listing_kit.h"
#include "memory_kit.h"

#include <time.h>

/* Of this thread's own work: what neighbours take of the machine says nothing about the comparison. */
static double
seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void
expect_soon(const char *lines, struct plx_slice primary, struct plx_slice candidate, uint64_t total, double limit)
{
    struct plx_rules *rules = plx_rules_new(NULL);
    struct plx_answer a = json_answer(primary), b = json_answer(candidate);
    struct plx_judgement j;
    double began = seconds();

    assert_int_equal(rules_add_lines(rules, plx_slice_of(lines), NULL), PLX_OK);
    assert_int_equal(plx_judge(rules, &a, &b, &b, NULL, arena, &j), PLX_OK);
    double took = seconds() - began;
    assert_int_equal(j.comparison.total, total);
    if (took > limit)
        fail_msg("it took %.1f s", took);
    plx_rules_free(rules);
    plx_arena_reset(arena);
}

static struct plx_buffer
many_members(int from, int to, const char *prefix)
{
    struct plx_buffer out;

    plx_buffer_init(&out, 64 << 20);
    for (int i = from; i != to; i += from < to ? 1 : -1)
        plx_buffer_format(&out, "%c\"%s%d\":%d", i == from ? '{' : ',', prefix, i, i);
    plx_buffer_byte(&out, '}');
    assert_false(out.failed);
    return out;
}

static void
test_many_members_in_the_opposite_order(void **state)
{
    struct plx_buffer a = many_members(1, 100001, "k"), b = many_members(100000, 0, "k");
    expect_soon("", plx_buffer_slice(&a), plx_buffer_slice(&b), 0, 2);
    plx_buffer_fini(&a);
    plx_buffer_fini(&b);
    a = many_members(1, 100001, "\\u006b"); /* escaped keys */
    b = many_members(100000, 0, "k");
    expect_soon("", plx_buffer_slice(&a), plx_buffer_slice(&b), 0, 4);
    plx_buffer_fini(&a);
    a = many_members(1, 100001, "x"); /* none of them the same */
    expect_soon("", plx_buffer_slice(&a), plx_buffer_slice(&b), 200000, 4);
    plx_buffer_fini(&a);
    plx_buffer_fini(&b);
}

/* A long key around many differences must not cost its length for each of them; nor must many patterns. */
static void
test_many_differences_below_a_long_key(void **state)
{
    struct plx_buffer a, b;

    plx_buffer_init(&a, 64 << 20);
    plx_buffer_init(&b, 64 << 20);
    for (int i = 0; i < 2; i++) {
        struct plx_buffer *out = i ? &b : &a;
        plx_buffer_text(out, "{\"");
        for (int k = 0; k < 500000; k++)
            plx_buffer_byte(out, 'k');
        plx_buffer_text(out, "\":[");
        for (int k = 0; k < 100000; k++)
            plx_buffer_format(out, "%s%d", k ? "," : "", k + i * 200000);
        plx_buffer_text(out, "]}");
    }
    expect_soon("", plx_buffer_slice(&a), plx_buffer_slice(&b), 100000, 2);
    expect_soon("ignore /**/a/**/b/**/c/**/d/**/e/**/f/**/g\nredact /**/x/*/*/*/*/*/*/y", plx_buffer_slice(&a),
                plx_buffer_slice(&b), 100000, 4);
    plx_buffer_fini(&a);
    plx_buffer_fini(&b);
}

static void
test_many_elements_that_differ(void **state)
{
    struct plx_buffer a, b;

    plx_buffer_init(&a, 64 << 20);
    plx_buffer_init(&b, 64 << 20);
    for (int k = 0; k < 100000; k++) {
        plx_buffer_format(&a, "%c{\"v\":%d}", k ? ',' : '[', k);
        plx_buffer_format(&b, "%c{\"v\":%d}", k ? ',' : '[', k + 200000);
    }
    plx_buffer_byte(&a, ']');
    plx_buffer_byte(&b, ']');
    expect_soon("", plx_buffer_slice(&a), plx_buffer_slice(&b), 100000, 2);
    plx_buffer_fini(&a);
    plx_buffer_fini(&b);
}

/* A place that is too far down to be named in full is told as the innermost that can be. */
static void
test_pointers_end_at_their_bound(void **state)
{
    char a[9000], b[9000], want[9000], key[4001];

    memset(key, 'k', sizeof(key) - 1);
    key[sizeof(key) - 1] = '\0';
    snprintf(a, sizeof(a), "{\"%s\":{\"a\":1,\"%s\":{\"b\":1}}}", key, key);
    snprintf(b, sizeof(b), "{\"%s\":{\"a\":2,\"%s\":{\"b\":2}}}", key, key);
    snprintf(want, sizeof(want), "value /%s/a: 1 -> 2\nvalue /%s: 1 -> 2\n", key, key);
    EXPECT("", a, b, want);
}

/* ---- memory ---- */

static void
test_without_memory_the_comparison_is_untouched(void **state)
{
    static const struct plx_header one[] = {HEADER("V", "a"), HEADER("W", "1")}, two[] = {HEADER("V", "b")};
    struct plx_buffer x = many_members(1, 3001, "k"), y = many_members(3100, 100, "k");
    struct plx_answer a = json_answer(plx_buffer_slice(&x)), b = json_answer(plx_buffer_slice(&y));
    struct plx_rules *rules = plx_rules_new(NULL);
    struct plx_comparison before;
    enum plx_status status;
    size_t fail_from = 0;

    a.headers = one;
    a.header_count = 2;
    b.headers = two;
    b.header_count = 1;
    assert_int_equal(rules_add_lines(rules, plx_slice_of("headers all\nredact /k7\nignore /**/k8"), NULL), PLX_OK);
    memset(&before, 0xA5, sizeof(before));
    do {
        struct counter counter = {.fail_from = ++fail_from};
        const struct plx_allocator allocator = counting(&counter);
        struct plx_arena *own = plx_arena_new(&allocator);
        struct plx_comparison comparison = before;
        status = own ? plx_compare(rules, &a, &b, NULL, own, &comparison) : PLX_E_MEMORY;
        if (status != PLX_OK) {
            assert_int_equal(status, PLX_E_MEMORY);
            assert_memory_equal(&comparison, &before, sizeof(before));
        }
        plx_arena_free(own);
        assert_int_equal(counter.held, 0);
    } while (status != PLX_OK);
    assert_true(fail_from > 5);
    plx_rules_free(rules);
    plx_buffer_fini(&x);
    plx_buffer_fini(&y);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_many_members_in_the_opposite_order),
        cmocka_unit_test(test_many_differences_below_a_long_key),
        cmocka_unit_test(test_many_elements_that_differ),
        cmocka_unit_test(test_pointers_end_at_their_bound),
        cmocka_unit_test(test_without_memory_the_comparison_is_untouched),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
