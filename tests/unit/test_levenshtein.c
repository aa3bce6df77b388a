/* SPDX-License-Identifier: Apache-2.0 */
/* Two texts are similar exactly where their Levenshtein distance, reckoned in full, leaves the share that is asked for.
 */
#include "compare/levenshtein.h"
#include "memory_kit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "arena_kit.h"

#define LENGTH_MAX 24u

static bool
similar(const char *a, const char *b, double share)
{
    bool failed = false;
    uint64_t steps = PLX_SIMILAR_STEPS_MAX;
    enum plx_similarity result = plx_similar(plx_slice_of(a), plx_slice_of(b), share, &steps, NULL, arena, &failed);

    assert_false(failed || result == PLX_SIMILAR_UNKNOWN);
    return result == PLX_SIMILAR;
}

static void
test_shares(void **state)
{
    assert_true(similar("", "", 1));
    assert_true(similar("", "abc", 0));
    assert_false(similar("", "abc", 0.01));
    assert_true(similar("abcd", "abcd", 1));
    assert_true(similar("abcd", "abxd", 0.75)); /* one of four */
    assert_false(similar("abcd", "abxd", 0.76));
    assert_true(similar("kitten", "sitting", 4.0 / 7)); /* three of seven */
    assert_false(similar("kitten", "sitting", 4.0 / 7 + 0.001));
    assert_true(similar("abcd", "efgh", 0));
    /* Characters, not bytes; bytes that are no UTF-8 are one each. */
    assert_true(similar("\xC3\xA9\xC3\xA9",
                        "\xC3\xA9"
                        "e",
                        0.5));
    assert_true(similar("\xF0\x9F\x98\x80"
                        "a",
                        "\xF0\x9F\x98\x81"
                        "a",
                        0.5));
    assert_false(similar("\xFF\xFE", "\xFE\xFF", 0.5));
    assert_true(similar("a\xFF", "a\xFE", 0.5));
}

static unsigned
distance(const char *a, size_t m, const char *b, size_t n)
{
    unsigned best[LENGTH_MAX + 1][LENGTH_MAX + 1];

    for (size_t i = 0; i <= m; i++)
        for (size_t k = 0; k <= n; k++) {
            if (i == 0 || k == 0) {
                best[i][k] = (unsigned)(i + k);
                continue;
            }
            unsigned cost = best[i - 1][k - 1] + (a[i - 1] != b[k - 1]);
            unsigned less = best[i - 1][k] < best[i][k - 1] ? best[i - 1][k] + 1 : best[i][k - 1] + 1;
            best[i][k] = cost < less ? cost : less;
        }
    return best[m][n];
}

static void
test_as_the_whole_table_has_it(void **state)
{
    unsigned seed = (unsigned)time(NULL);
    char a[LENGTH_MAX + 1], b[LENGTH_MAX + 1];

    print_message("seed %u\n", seed);
    srand(seed);
    for (int round = 0; round < 20000; round++) {
        size_t m = (size_t)rand() % (LENGTH_MAX + 1), n = (size_t)rand() % (LENGTH_MAX + 1);
        int letters = 2 + rand() % 4;
        for (size_t i = 0; i < m; i++)
            a[i] = (char)('a' + rand() % letters);
        for (size_t i = 0; i < n; i++) /* like the first, but for some */
            b[i] = i < m && rand() % 4 ? a[i] : (char)('a' + rand() % letters);
        a[m] = b[n] = '\0';
        size_t longer = m > n ? m : n;
        unsigned edits = distance(a, m, b, n);
        for (unsigned allowed = 0; allowed <= longer && longer; allowed++) {
            double share = 1 - (double)allowed / (double)longer;
            if (similar(a, b, share) != (edits <= allowed) || similar(b, a, share) != (edits <= allowed))
                fail_msg("seed %u: %s and %s, %u edits of %u", seed, a, b, edits, allowed);
        }
        plx_arena_reset(arena);
    }
}

static enum plx_similarity
similarity(struct plx_slice a, struct plx_slice b, double share)
{
    uint64_t steps = PLX_SIMILAR_STEPS_MAX;
    bool failed = false;
    enum plx_similarity result = plx_similar(a, b, share, &steps, NULL, arena, &failed);

    assert_false(failed);
    plx_arena_reset(arena);
    return result;
}

/* The time goes with the distance, not with the length; what is beyond the bound nobody knows. */
static void
test_long_texts(void **state)
{
    const size_t len = 1 << 20;
    char *a = malloc(len), *b = malloc(len);
    const struct plx_slice x = plx_slice_make(a, len), y = plx_slice_make(b, len);

    for (size_t i = 0; i < len; i++)
        a[i] = (char)('a' + i * 2654435761u / 65536 % 26);
    memcpy(b, a, len);
    for (size_t i = 0; i < 1000; i++)
        b[i * 1000] = '-';
    assert_int_equal(similarity(x, y, 1 - 1000.0 / (double)len), PLX_SIMILAR);
    assert_int_equal(similarity(x, y, 1 - 999.0 / (double)len), PLX_NOT_SIMILAR);
    assert_int_equal(similarity(x, y, 0.5), PLX_SIMILAR);
    memmove(b, b + 7, len - 7); /* all of it stands elsewhere */
    assert_int_equal(similarity(x, plx_slice_make(b, len - 7), 0.9), PLX_SIMILAR);
    for (size_t i = 0; i < len; i++) /* the same letters, in no order */
        b[i] = a[(i * 40503u + 77) % len];
    assert_int_equal(similarity(plx_slice_make(a, 20000), plx_slice_make(b, 20000), 0.9), PLX_NOT_SIMILAR);
    assert_int_equal(similarity(x, y, 0.9), PLX_SIMILAR_UNKNOWN);
    memset(b, '-', len); /* no letter is the same */
    assert_int_equal(similarity(x, y, 0.5), PLX_NOT_SIMILAR);
    free(a);
    free(b);
}

static void
test_without_memory(void **state)
{
    size_t fail_from = 0;
    bool failed, result;

    do {
        struct counter counter = {.fail_from = ++fail_from};
        const struct plx_allocator allocator = counting(&counter);
        struct plx_arena *small = plx_arena_new(&allocator);
        char x[1024], y[1024];
        uint64_t steps = PLX_SIMILAR_STEPS_MAX;
        memset(x, 'a', sizeof(x));
        memset(y, 'a', sizeof(y));
        y[0] = y[1023] = 'b';
        failed = true;
        result = false;
        if (small) {
            failed = false;
            result = plx_similar(plx_slice_make(x, sizeof(x)), plx_slice_make(y, sizeof(y)), 0.9, &steps, NULL, small,
                                 &failed) == PLX_SIMILAR;
        }
        assert_true(result || failed);
        plx_arena_free(small);
        assert_int_equal(counter.held, 0);
    } while (failed);
    assert_true(fail_from > 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shares),
        cmocka_unit_test(test_as_the_whole_table_has_it),
        cmocka_unit_test(test_long_texts),
        cmocka_unit_test(test_without_memory),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
