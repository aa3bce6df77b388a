/* SPDX-License-Identifier: Apache-2.0 */
/* A buffer holds what was appended, never more than its maximum, and says once and for all that something is missing.
 * Statuses and slices too. */
#include "base/assert.h"
#include "base/buffer.h"

#include <parallax/parallax.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void
assert_text(const struct plx_buffer *buffer, const char *want)
{
    assert_int_equal(buffer->len, strlen(want));
    if (buffer->len > 0)
        assert_memory_equal(buffer->ptr, want, buffer->len);
}

static void
test_appends_in_order(void **state)
{
    struct plx_buffer buffer;

    plx_buffer_init(&buffer, 1000);
    assert_null(buffer.ptr);
    plx_buffer_text(&buffer, "a");
    plx_buffer_byte(&buffer, 'b');
    plx_buffer_number(&buffer, 0);
    plx_buffer_number(&buffer, UINT64_MAX);
    plx_buffer_format(&buffer, "<%s %d>", "c", -4);
    plx_buffer_add(&buffer, plx_slice_of("!"));
    plx_buffer_append(&buffer, NULL, 0);
    assert_text(&buffer, "ab018446744073709551615<c -4>!");
    plx_buffer_drop(&buffer, 3);
    plx_buffer_drop(&buffer, 0);
    assert_text(&buffer, "18446744073709551615<c -4>!");
    plx_buffer_drop(&buffer, buffer.len);
    assert_text(&buffer, "");
    assert_false(buffer.failed);
    plx_buffer_fini(&buffer);
    assert_null(buffer.ptr);
    assert_int_equal(buffer.max, 1000);
}

static void
test_the_maximum_is_hard_and_a_failure_sticks(void **state)
{
    struct plx_buffer buffer;

    plx_buffer_init(&buffer, 300);
    for (int i = 0; i < 299; i++)
        plx_buffer_byte(&buffer, 'x');
    plx_buffer_text(&buffer, "yz"); /* one too many: none of it */
    assert_true(buffer.failed);
    assert_int_equal(buffer.len, 299);
    plx_buffer_byte(&buffer, 'y'); /* would fit, but something is missing before it */
    assert_int_equal(buffer.len, 299);
    assert_true(buffer.cap <= 300);
    plx_buffer_clear(&buffer);
    assert_false(buffer.failed);
    for (int i = 0; i < 300; i++)
        plx_buffer_byte(&buffer, 'x');
    assert_false(buffer.failed);
    assert_int_equal(buffer.len, 300);
    assert_false(plx_buffer_reserve(&buffer, SIZE_MAX));
    plx_buffer_fini(&buffer);
    plx_buffer_init(&buffer, 0);
    plx_buffer_byte(&buffer, 'x');
    assert_true(buffer.failed);
    plx_buffer_fini(&buffer);
}

static void
test_reserve_makes_room_without_appending(void **state)
{
    struct plx_buffer buffer;

    plx_buffer_init(&buffer, SIZE_MAX);
    assert_true(plx_buffer_reserve(&buffer, 0));
    assert_true(plx_buffer_reserve(&buffer, 5000));
    assert_true(buffer.cap >= 5000);
    assert_int_equal(buffer.len, 0);
    memset(buffer.ptr, 'x', 5000);
    buffer.len = 5000;
    plx_buffer_trim(&buffer, 5000);
    assert_non_null(buffer.ptr);
    assert_int_equal(buffer.len, 0);
    plx_buffer_trim(&buffer, 4999);
    assert_null(buffer.ptr);
    plx_buffer_fini(&buffer);
}

static void
test_long_formats_are_whole(void **state)
{
    struct plx_buffer buffer;

    plx_buffer_init(&buffer, 1000);
    for (int width = 250; width < 260; width++) { /* around the size of the space on the stack */
        plx_buffer_clear(&buffer);
        plx_buffer_format(&buffer, "%*d", width, 7);
        assert_int_equal(buffer.len, width);
        assert_int_equal(buffer.ptr[width - 1], '7');
    }
    plx_buffer_clear(&buffer);
    plx_buffer_format(&buffer, "%*d", 1001, 7);
    assert_true(buffer.failed);
    assert_int_equal(buffer.len, 0);
    plx_buffer_fini(&buffer);
}

static void
test_slices_compare_by_bytes_and_without_case(void **state)
{
    assert_true(plx_slice_equal_nocase(plx_slice_of("Content-LENGTH"), plx_slice_of("content-length")));
    assert_false(plx_slice_equal_nocase(plx_slice_of("@"), plx_slice_of("`"))); /* 0x20 apart, but no letters */
    assert_false(plx_slice_equal_nocase(plx_slice_of("["), plx_slice_of("{")));
    assert_false(plx_slice_equal_nocase(plx_slice_of("a"), plx_slice_of("ab")));
    assert_false(plx_slice_equal_nocase(plx_slice_of("\xC4"), plx_slice_of("\xE4")));
    assert_true(plx_slice_equal_nocase(plx_slice_make(NULL, 0), plx_slice_of("")));
    assert_true(plx_slice_equal(plx_slice_make(NULL, 0), plx_slice_of("")));
}

static void
test_every_status_has_a_text(void **state)
{
    assert_string_equal(plx_status_text(PLX_OK), "done");
    assert_string_equal(plx_status_text(PLX_E_CANCELED), "canceled");
    assert_string_equal(plx_status_text((enum plx_status) - 99), "unknown status");
    assert_string_equal(plx_version(), PLX_VERSION);
}

/* What a terminal would obey is shown as text, and no two values become one. */
static void
test_labels_have_no_raw_controls(void **state)
{
    static const struct {
        const char *value, *want;
    } labels[] = {
        {"a\x1b[31m", "a\\\\u001b[31m"},
        {"a\a\r\n", "a\\\\u0007\\\\u000d\\n"},
        {"\xc2\x9b", "\\\\u009b"},
        {"x\xe2\x80\xaey", "x\\\\u202ey"},
        {"x\\u202ey", "x\\\\u005cu202ey"},
        {"\xff\x7f", "\\\\u00ff\\\\u007f"},
        {"\xc3\xa9 \\ \"", "\xc3\xa9 \\\\ \\\""},
    };
    struct plx_buffer buffer;

    for (size_t i = 0; i < PLX_COUNT(labels); i++) {
        plx_buffer_init(&buffer, 1024);
        plx_buffer_label(&buffer, plx_slice_of(labels[i].value));
        plx_buffer_byte(&buffer, 0);
        assert_string_equal(buffer.ptr, labels[i].want);
        plx_buffer_fini(&buffer);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_labels_have_no_raw_controls),
        cmocka_unit_test(test_appends_in_order),
        cmocka_unit_test(test_the_maximum_is_hard_and_a_failure_sticks),
        cmocka_unit_test(test_reserve_makes_room_without_appending),
        cmocka_unit_test(test_long_formats_are_whole),
        cmocka_unit_test(test_slices_compare_by_bytes_and_without_case),
        cmocka_unit_test(test_every_status_has_a_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
