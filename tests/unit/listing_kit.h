/* SPDX-License-Identifier: Apache-2.0 */
/* Two answers compared under rules given as lines; the differences as lines. */
#ifndef TEST_LISTING_KIT_H
#define TEST_LISTING_KIT_H

#include "base/arena.h"
#include "compare_kit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* cmocka wants the above first */
#include <cmocka.h>

static struct plx_arena *arena;
static struct plx_buffer text;

/* The answers' bodies in memory of exactly their size. */
static inline const char *
listing(const char *lines, const struct plx_answer *primary, const struct plx_answer *candidate,
        const struct plx_compare_limits *limits)
{
    struct plx_rules *rules = plx_rules_new(NULL);
    struct plx_comparison comparison;
    struct plx_answer a = *primary, b = *candidate;
    char *x = malloc(a.body.len + !a.body.len), *y = malloc(b.body.len + !b.body.len);

    assert_int_equal(rules_add_lines(rules, plx_slice_of(lines), NULL), PLX_OK);
    if (a.body.len)
        a.body.ptr = memcpy(x, a.body.ptr, a.body.len);
    if (b.body.len)
        b.body.ptr = memcpy(y, b.body.ptr, b.body.len);
    assert_int_equal(plx_compare(rules, &a, &b, limits, arena, &comparison), PLX_OK);
    plx_rules_free(rules);
    free(x); /* what is told is copied */
    free(y);
    plx_buffer_clear(&text);
    write_comparison(&text, &comparison);
    plx_buffer_byte(&text, '\0');
    assert_false(text.failed);
    return text.ptr;
}

static inline const char *
compare(const char *lines, const char *primary, const char *candidate)
{
    struct plx_answer a = json_answer(plx_slice_of(primary)), b = json_answer(plx_slice_of(candidate));

    return listing(lines, &a, &b, NULL);
}

#define EXPECT(lines, primary, candidate, want) assert_string_equal(compare(lines, primary, candidate), want)

#define HEADER(name, value)          \
    {                                \
        {name, sizeof(name) - 1},    \
        {                            \
            value, sizeof(value) - 1 \
        }                            \
    }

static inline int
set_up(void **state)
{
    arena = plx_arena_new(NULL);
    plx_buffer_init(&text, 1 << 20);
    return arena ? 0 : -1;
}

static inline int
tear_down(void **state)
{
    plx_arena_free(arena);
    plx_buffer_fini(&text);
    return 0;
}

#endif
