/* SPDX-License-Identifier: Apache-2.0 */
/* However TCP cuts a body, the same bytes are kept, and length and digest are those of the whole. */
#include "base/assert.h"
#include "traffic/exchange/capture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <xxhash.h>

#define BODY_BYTES 700u

static char body[BODY_BYTES];

static uint64_t
next_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static int
setup(void **state)
{
    uint64_t seed = 0x5eed;

    for (size_t i = 0; i < sizeof(body); i++)
        body[i] = (char)next_random(&seed);
    return 0;
}

/* What must be known of the first len bytes of the body, where at most max were kept. */
static void
expect(const struct plx_capture *capture, size_t len, size_t max)
{
    struct plx_answer answer = {.body_digest = {1, 2}};
    size_t kept = len < max ? len : max;

    assert_false(capture->broken);
    plx_capture_describe(capture, &answer);
    assert_int_equal(answer.body_length, len);
    assert_int_equal(answer.body.len, kept);
    if (kept)
        assert_memory_equal(answer.body.ptr, body, kept);
    if (len > max) {
        XXH128_hash_t want = XXH3_128bits(body, len);
        assert_true(answer.body_digest[0] == want.low64 && answer.body_digest[1] == want.high64);
    } else { /* all is there: nothing has to be digested */
        assert_null(capture->digest);
        assert_true(answer.body_digest[0] == 1 && answer.body_digest[1] == 2);
    }
}

/* A copy of its own for each part: a capture that kept a pointer, or read on, would be caught. */
static void
add(struct plx_capture *capture, size_t from, size_t to)
{
    char *part = malloc(to - from + 1);

    assert_non_null(part);
    memcpy(part, body + from, to - from);
    plx_capture_add(capture, plx_slice_make(part, to - from));
    free(part);
}

static void
test_every_cut_in_two(void **state)
{
    static const size_t limits[] = {0, 1, 16, 239, 240, 241, 256, 299, 300, 301};
    const size_t len = 300;
    struct plx_capture capture;

    plx_capture_init(&capture);
    for (size_t i = 0; i < PLX_COUNT(limits); i++)
        for (size_t cut = 0; cut <= len; cut++) {
            plx_capture_begin(&capture, limits[i], cut % 2 ? len : 0);
            add(&capture, 0, cut);
            expect(&capture, cut, limits[i]);
            add(&capture, cut, len);
            expect(&capture, len, limits[i]);
        }
    plx_capture_fini(&capture);
}

static void
test_cuts_at_random(void **state)
{
    uint64_t seed = 0xC0FFEE;
    struct plx_capture capture;

    print_message("seed %#llx\n", (unsigned long long)seed);
    plx_capture_init(&capture);
    for (int round = 0; round < 2000; round++) {
        size_t max = next_random(&seed) % (BODY_BYTES + 50), len = next_random(&seed) % (BODY_BYTES + 1);
        plx_capture_begin(&capture, max,
                          next_random(&seed) % 3 * len / 2); /* the length that was announced may be wrong */
        for (size_t at = 0; at < len;) {
            size_t to = at + next_random(&seed) % 90;
            to = to < len ? to : len;
            add(&capture, at, to);
            at = to;
        }
        expect(&capture, len, max);
    }
    plx_capture_fini(&capture);
}

static void
test_a_byte_at_a_time(void **state)
{
    struct plx_capture capture;

    plx_capture_init(&capture);
    plx_capture_begin(&capture, 100, 0);
    expect(&capture, 0, 100);
    for (size_t i = 0; i < BODY_BYTES; i++) {
        add(&capture, i, i + 1);
        expect(&capture, i + 1, 100);
    }
    plx_capture_fini(&capture);
}

/* What one exchange leaves is neither seen by the next, nor does a large one hold memory for ever. */
static void
test_reuse(void **state)
{
    struct plx_capture capture;
    char *large = calloc(1, 100000);

    assert_non_null(large);
    plx_capture_init(&capture);
    plx_capture_begin(&capture, 100000, 100000);
    plx_capture_add(&capture, plx_slice_make(large, 100000));
    assert_int_equal(capture.kept.len, 100000);
    plx_capture_reset(&capture);
    assert_int_equal(capture.kept.cap, 0);
    expect(&capture, 0, 0);
    plx_capture_begin(&capture, 300, 0);
    add(&capture, 0, 500);
    expect(&capture, 500, 300);
    plx_capture_reset(&capture);
    assert_true(capture.kept.cap > 0 && capture.kept.cap <= PLX_CAPTURE_SPARE_BYTES);
    assert_null(capture.digest);
    plx_capture_begin(&capture, 100, 0); /* less than the memory that is left */
    add(&capture, 0, 200);
    expect(&capture, 200, 100);
    plx_capture_fini(&capture);
    plx_capture_begin(&capture, 10, 0); /* and after fini */
    add(&capture, 0, 10);
    expect(&capture, 10, 10);
    plx_capture_fini(&capture);
    free(large);
}

/* An answer that announces more than is kept must not make room for it. */
static void
test_an_announced_length_is_not_trusted(void **state)
{
    struct plx_capture capture;

    plx_capture_init(&capture);
    plx_capture_begin(&capture, 1000, UINT64_MAX);
    assert_int_equal(capture.kept.cap, 0);
    add(&capture, 0, 20);
    expect(&capture, 20, 1000);
    plx_capture_begin(&capture, 1000, 600);
    assert_true(capture.kept.cap >= 600 && capture.kept.cap <= 1000);
    plx_capture_fini(&capture);
}

/* Lines as framing.h leaves them: some, none, more than are kept. */
static void
test_trailers_are_copied(void **state)
{
    struct plx_arena *arena = plx_arena_new(NULL);
    struct plx_header *trailers = NULL;
    size_t count = 99;
    static char many[(PLX_HTTP_HEADERS_MAX + 3) * 6];
    char lines[] = "X-Sum:  abc \r\nEmpty:\r\n";

    assert_true(plx_capture_trailers(arena, plx_slice_of(lines), &trailers, &count));
    memset(lines, '-', sizeof(lines));
    assert_int_equal(count, 2);
    assert_true(plx_slice_equal(trailers[0].name, plx_slice_of("X-Sum")));
    assert_true(plx_slice_equal(trailers[0].value, plx_slice_of("abc")));
    assert_true(plx_slice_equal(trailers[1].name, plx_slice_of("Empty")));
    assert_int_equal(trailers[1].value.len, 0);
    for (size_t i = 0; i < sizeof(many); i += 6)
        memcpy(many + i, "a: b\r\n", 6);
    assert_true(plx_capture_trailers(arena, plx_slice_make(many, sizeof(many)), &trailers, &count));
    assert_int_equal(count, PLX_HTTP_HEADERS_MAX);
    assert_true(plx_slice_equal(trailers[count - 1].value, plx_slice_of("b")));
    plx_arena_free(arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_cut_in_two),
        cmocka_unit_test(test_cuts_at_random),
        cmocka_unit_test(test_a_byte_at_a_time),
        cmocka_unit_test(test_reuse),
        cmocka_unit_test(test_an_announced_length_is_not_trusted),
        cmocka_unit_test(test_trailers_are_copied),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
