/* SPDX-License-Identifier: Apache-2.0 */
/* Keys sort by value whatever values are written like, and two stores are brought to what both can say. */
#include "batch/reconcile/cell.h"
#include "batch/reconcile/row_moment.h"
#include "batch/reconcile/row_record.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#define KEYS_MAX 64

static struct plx_slice
key_of(enum plx_cell_type type, struct plx_slice text, struct plx_buffer *key)
{
    struct plx_arena *arena = plx_arena_new(NULL);

    assert_non_null(arena);
    plx_buffer_init(key, 1u << 20);
    assert_true(plx_cell_add_key(key, (struct plx_cell){type, text}, arena));
    plx_arena_free(arena);
    return plx_buffer_slice(key);
}

static int
order_of(enum plx_cell_type a, struct plx_slice x, enum plx_cell_type b, struct plx_slice y)
{
    struct plx_buffer one, other;
    int order = plx_key_compare(key_of(a, x, &one), key_of(b, y, &other));

    plx_buffer_fini(&one);
    plx_buffer_fini(&other);
    return (order > 0) - (order < 0);
}

static void
test_numbers_sort_by_value(void **state)
{
    static const char *const ascending[] = {"-1e400",
                                            "-12345678901234567890123",
                                            "-1000",
                                            "-999.5",
                                            "-10",
                                            "-9",
                                            "-1.5",
                                            "-1",
                                            "-0.5",
                                            "-1e-70",
                                            "0",
                                            "1e-400",
                                            "0.001",
                                            "0.01",
                                            "0.5",
                                            "1",
                                            "1.25",
                                            "1.5",
                                            "2",
                                            "9",
                                            "10",
                                            "11",
                                            "99",
                                            "100",
                                            "9007199254740992",
                                            "9007199254740993",
                                            "1e60",
                                            "1e61",
                                            "1e62",
                                            "1e400"};
    const size_t count = sizeof(ascending) / sizeof(ascending[0]);

    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < count; k++)
            assert_int_equal(
                order_of(PLX_CELL_NUMBER, plx_slice_of(ascending[i]), PLX_CELL_NUMBER, plx_slice_of(ascending[k])),
                (i > k) - (i < k));
}

static void
test_numbers_of_one_value_have_one_key(void **state)
{
    static const char *const same[][3] = {
        {"1", "1.0", "10e-1"}, {"0", "-0", "0.00e5"}, {"-2500", "-25E2", "-2500.000"}, {"1e100", "10e99", "0.1e101"}};

    for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
        for (size_t k = 1; k < 3; k++)
            assert_int_equal(
                order_of(PLX_CELL_NUMBER, plx_slice_of(same[i][0]), PLX_CELL_NUMBER, plx_slice_of(same[i][k])), 0);
}

/* Against plx_decimal_compare(), which is tested by itself. */
static void
test_numbers_sort_as_decimals_compare(void **state)
{
    unsigned seed = (unsigned)time(NULL);

    print_message("seed %u\n", seed);
    srand(seed);
    for (int i = 0; i < 20000; i++) {
        char a[64], b[64];
        snprintf(a, sizeof(a), "%s%d.%de%d", rand() % 2 ? "-" : "", rand() % 200, rand() % 50, rand() % 130 - 65);
        snprintf(b, sizeof(b), "%s%de%d", rand() % 2 ? "-" : "", rand() % 200, rand() % 130 - 65);
        int want = plx_decimal_compare(plx_slice_of(a), plx_slice_of(b));
        assert_int_equal(order_of(PLX_CELL_NUMBER, plx_slice_of(a), PLX_CELL_NUMBER, plx_slice_of(b)),
                         (want > 0) - (want < 0));
    }
}

static void
test_texts_sort_by_their_bytes(void **state)
{
    static const struct plx_slice ascending[] = {{"", 0},       {"\0", 1}, {"\0\0", 2},    {"\0a", 2},
                                                 {"\0\xFF", 2}, {"a", 1},  {"a\0", 2},     {"a\0b", 3},
                                                 {"ab", 2},     {"b", 1},  {"\xC3\xA9", 2}};
    const size_t count = sizeof(ascending) / sizeof(ascending[0]);

    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < count; k++)
            assert_int_equal(order_of(PLX_CELL_TEXT, ascending[i], PLX_CELL_TEXT, ascending[k]), (i > k) - (i < k));
}

static void
test_types_are_told_apart(void **state)
{
    assert_int_equal(order_of(PLX_CELL_NULL, plx_slice_of(""), PLX_CELL_TEXT, plx_slice_of("")), -1);
    assert_int_equal(order_of(PLX_CELL_NUMBER, plx_slice_of("5"), PLX_CELL_TEXT, plx_slice_of("5")), -1);
    assert_int_equal(order_of(PLX_CELL_FALSE, plx_slice_of(""), PLX_CELL_TRUE, plx_slice_of("")), -1);
    assert_int_equal(order_of(PLX_CELL_TEXT, plx_slice_of("\\x00"), PLX_CELL_BLOB, plx_slice_of("\\x00")), -1);
}

static void
test_what_is_a_number(void **state)
{
    static const char *const numbers[] = {"0", "-0", "10", "1.5", "1e5", "1E+5", "-1.25e-7"};
    static const char *const others[] = {"",    "-",   "01", "+1", "1.",  ".5",       "1e",
                                         "1e+", "0x1", " 1", "1 ", "NaN", "Infinity", "1,5"};

    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        assert_true(plx_cell_is_number(plx_slice_of(numbers[i])));
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        assert_false(plx_cell_is_number(plx_slice_of(others[i])));
}

static void
expect_brought(struct plx_cell cell, struct plx_typing common, enum plx_cell_type type, const char *text)
{
    struct plx_cell brought = plx_cell_bring(cell, common);

    assert_int_equal(brought.type, type);
    assert_true(plx_slice_equal(brought.text, plx_slice_of(text)));
}

static void
test_two_stores_are_brought_to_what_both_can_say(void **state)
{
    const struct plx_typing all = {true, true, true, true}, sqlite = {true, false, true, true},
                            json = {true, true, false, false}, csv = {false, false, false, true};
    const struct plx_cell yes = {PLX_CELL_TRUE, {"", 0}}, no = {PLX_CELL_FALSE, {"", 0}},
                          five = {PLX_CELL_TEXT, {"5", 1}}, null = {PLX_CELL_JSON, {"null", 4}},
                          bytes = {PLX_CELL_BLOB, {"\\x00", 4}};

    expect_brought(yes, plx_typing_common(all, json), PLX_CELL_TRUE, "");
    expect_brought(yes, plx_typing_common(all, sqlite), PLX_CELL_NUMBER, "1");
    expect_brought(no, plx_typing_common(sqlite, all), PLX_CELL_NUMBER, "0");
    expect_brought(yes, plx_typing_common(all, csv), PLX_CELL_TEXT, "true");
    expect_brought(five, plx_typing_common(all, sqlite), PLX_CELL_TEXT, "5");
    expect_brought(null, plx_typing_common(all, sqlite), PLX_CELL_JSON, "null");
    expect_brought(null, plx_typing_common(all, json), PLX_CELL_NULL, "");
    expect_brought(bytes, plx_typing_common(all, sqlite), PLX_CELL_BLOB, "\\x00");
    expect_brought(bytes, plx_typing_common(all, json), PLX_CELL_TEXT, "\\x00");
}

static void
test_records_come_out_as_they_went_in(void **state)
{
    struct plx_buffer packed, cells;
    struct plx_record in = {.key = {"key", 3}, .by_len = 2, .time_ms = -5}, out;

    plx_buffer_init(&packed, 1u << 16);
    plx_buffer_init(&cells, 1u << 16);
    plx_cells_add(&cells, (struct plx_cell){PLX_CELL_NUMBER, {"12", 2}});
    plx_cells_add(&cells, (struct plx_cell){PLX_CELL_NULL, {"", 0}});
    in.cells = plx_buffer_slice(&cells);
    plx_record_pack(&packed, &in);
    for (size_t len = 0; len < packed.len; len++)
        assert_int_equal(plx_record_unpack(plx_slice_make(packed.ptr, len), &out), 0);
    assert_int_equal(plx_record_unpack(plx_buffer_slice(&packed), &out), packed.len);
    assert_true(plx_slice_equal(out.key, in.key) && plx_slice_equal(plx_record_by(&out), plx_slice_of("ke")));
    assert_int_equal(out.time_ms, -5);
    struct plx_slice rest = out.cells;
    struct plx_cell number = plx_cells_take(&rest), null = plx_cells_take(&rest);
    assert_true(number.type == PLX_CELL_NUMBER && plx_slice_equal(number.text, plx_slice_of("12")));
    assert_true(null.type == PLX_CELL_NULL && null.text.len == 0 && rest.len == 0);
    plx_buffer_fini(&packed);
    plx_buffer_fini(&cells);
}

static void
test_times_of_every_form(void **state)
{
    static const struct {
        const char *text;
        int64_t ms;
    } times[] = {
        {"0", 0},
        {"1700000000", 1700000000000},
        {"1700000000.25", 1700000000250},
        {"1700000000123", 1700000000123},
        {"2023-11-14", 1699920000000},
        {"2023-11-14 22:13", 1699999980000},
        {"2023-11-14T22:13:20Z", 1700000000000},
        {"2023-11-14 22:13:20.123456", 1700000000123},
        {"2023-11-14T23:13:20+01", 1700000000000},
        {"2023-11-14T23:43:20,5+0130", 1700000000500},
        {"2023-11-14T20:13:20-02:00", 1700000000000},
        {"2023-11-14 22:13:20.5+00", 1700000000500},
    };
    static const char *const others[] = {"",
                                         "now",
                                         "2023-13-01",
                                         "2023-00-10",
                                         "2023-11-31x",
                                         "2023-11-14T",
                                         "2023-11-14T24:00",
                                         "2023-11-14T22:60",
                                         "2023-11-14T22:13:61",
                                         "2023-11-14T22:13:20.Z",
                                         "2023-11-14T22:13+",
                                         "2023-11-14T22:13+25",
                                         "14.11.2023",
                                         "1e400",
                                         "--1"};
    int64_t ms;

    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
        assert_true(plx_moment_read(plx_slice_of(times[i].text), &ms));
        assert_int_equal(ms, times[i].ms);
    }
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        assert_false(plx_moment_read(plx_slice_of(others[i]), &ms));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers_sort_by_value),
        cmocka_unit_test(test_numbers_of_one_value_have_one_key),
        cmocka_unit_test(test_numbers_sort_as_decimals_compare),
        cmocka_unit_test(test_texts_sort_by_their_bytes),
        cmocka_unit_test(test_types_are_told_apart),
        cmocka_unit_test(test_what_is_a_number),
        cmocka_unit_test(test_two_stores_are_brought_to_what_both_can_say),
        cmocka_unit_test(test_records_come_out_as_they_went_in),
        cmocka_unit_test(test_times_of_every_form),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
