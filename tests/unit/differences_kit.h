/* SPDX-License-Identifier: Apache-2.0 */
/* The differences of two JSON texts under rules, as lines: see compare_kit.h. Behind cmocka.h, since it asserts. */
#ifndef TEST_DIFFERENCES_KIT_H
#define TEST_DIFFERENCES_KIT_H

#include "arena_kit.h"
#include "compare_kit.h"

static inline const char *
differences(const char *lines, const char *primary, const char *candidate)
{
    struct plx_rules *rules = plx_rules_new(NULL);
    struct plx_answer a = json_answer(plx_slice_of(primary)), b = json_answer(plx_slice_of(candidate));
    struct plx_comparison comparison;

    assert_int_equal(rules_add_lines(rules, plx_slice_of(lines), NULL), PLX_OK);
    assert_int_equal(plx_compare(rules, &a, &b, NULL, arena, &comparison), PLX_OK);
    plx_buffer_clear(&told);
    write_comparison(&told, &comparison);
    plx_buffer_byte(&told, '\0');
    plx_rules_free(rules);
    return told.ptr;
}

#define EXPECT(lines, primary, candidate, want) assert_string_equal(differences(lines, primary, candidate), want)

#endif
