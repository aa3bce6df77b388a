/* SPDX-License-Identifier: Apache-2.0 */
/* A table finds what was added, walks each entry once, and takes no more than its maximum. */
#include "base/assert.h"
#include "base/table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static size_t
key_of(char *key, size_t size, size_t i)
{
    return (size_t)snprintf(key, size, "key-%zu", i * 7919);
}

static void
test_finds_what_was_added_and_nothing_else(void **state)
{
    struct plx_table table;
    size_t values[1000];
    char key[32];

    plx_table_init(&table, 1000);
    assert_null(plx_table_get(&table, plx_slice_of("key-0")));
    for (size_t i = 0; i < 1000; i++) {
        values[i] = i;
        assert_int_equal(plx_table_add(&table, plx_slice_make(key, key_of(key, sizeof(key), i)), &values[i]), PLX_OK);
    }
    assert_int_equal(table.count, 1000);
    assert_int_equal(plx_table_add(&table, plx_slice_of("one more"), key), PLX_E_LIMIT);
    for (size_t i = 0; i < 1000; i++)
        assert_ptr_equal(plx_table_get(&table, plx_slice_make(key, key_of(key, sizeof(key), i))), &values[i]);
    assert_null(plx_table_get(&table, plx_slice_of("one more")));
    assert_null(plx_table_get(&table, plx_slice_of("key-")));
    plx_table_fini(&table, NULL);
    assert_int_equal(table.count, 0);
}

static void
test_keys_are_any_bytes(void **state)
{
    struct plx_table table;
    int values[3];

    plx_table_init(&table, 10);
    assert_int_equal(plx_table_add(&table, plx_slice_make("a\0b", 3), &values[0]), PLX_OK);
    assert_int_equal(plx_table_add(&table, plx_slice_make("a", 1), &values[1]), PLX_OK);
    assert_int_equal(plx_table_add(&table, plx_slice_make(NULL, 0), &values[2]), PLX_OK);
    assert_ptr_equal(plx_table_get(&table, plx_slice_make("a\0b", 3)), &values[0]);
    assert_ptr_equal(plx_table_get(&table, plx_slice_make("a", 1)), &values[1]);
    assert_ptr_equal(plx_table_get(&table, plx_slice_of("")), &values[2]);
    assert_null(plx_table_get(&table, plx_slice_make("a\0c", 3)));
    plx_table_fini(&table, NULL);
}

static void
test_walks_each_entry_once(void **state)
{
    struct plx_table table;
    const struct plx_table_entry *entry;
    unsigned seen[100] = {0};
    size_t at = 0;
    char key[32];

    plx_table_init(&table, SIZE_MAX);
    assert_null(plx_table_next(&table, &at));
    for (size_t i = 0; i < 100; i++)
        assert_int_equal(plx_table_add(&table, plx_slice_make(key, key_of(key, sizeof(key), i)), &seen[i]), PLX_OK);
    for (at = 0; (entry = plx_table_next(&table, &at));) {
        size_t i = (size_t)((unsigned *)entry->value - seen);

        seen[i]++;
        assert_int_equal(entry->key_len, key_of(key, sizeof(key), i));
        assert_string_equal(entry->key, key);
    }
    for (size_t i = 0; i < 100; i++)
        assert_int_equal(seen[i], 1);
    plx_table_fini(&table, NULL);
}

/* Whatever is taken out, in whatever order, all else is still found: chains have no gaps. */
static void
test_finds_the_rest_after_some_was_taken_out(void **state)
{
    static unsigned values[2000];
    static bool there[2000];
    struct plx_table table;
    uint32_t seed = 20260102;
    size_t count = 0;
    char key[32];

    print_message("seed %u\n", seed);
    plx_table_init(&table, SIZE_MAX);
    memset(there, 0, sizeof(there));
    assert_null(plx_table_remove(&table, plx_slice_of("none")));
    for (size_t turn = 0; turn < 40000; turn++) {
        seed = seed * 1664525 + 1013904223;
        size_t i = (seed >> 8) % PLX_COUNT(values);
        struct plx_slice name = plx_slice_make(key, key_of(key, sizeof(key), i));
        if (there[i])
            assert_ptr_equal(plx_table_remove(&table, name), &values[i]);
        else
            assert_int_equal(plx_table_add(&table, name, &values[i]), PLX_OK);
        there[i] = !there[i];
        count += there[i] ? 1 : -1;
        assert_int_equal(table.count, count);
        if (turn % 1000 == 0)
            for (size_t k = 0; k < PLX_COUNT(values); k++)
                assert_ptr_equal(plx_table_get(&table, plx_slice_make(key, key_of(key, sizeof(key), k))),
                                 there[k] ? &values[k] : NULL);
    }
    plx_table_fini(&table, NULL);
}

static void
test_releases_the_values_when_asked(void **state)
{
    struct plx_table table;

    plx_table_init(&table, 10);
    for (int i = 0; i < 10; i++) /* the leak checker tells the rest */
        assert_int_equal(plx_table_add(&table, plx_slice_make(&(char){(char)i}, 1), malloc(10)), PLX_OK);
    plx_table_fini(&table, free);
    plx_table_fini(&table, free);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_finds_what_was_added_and_nothing_else),
        cmocka_unit_test(test_keys_are_any_bytes),
        cmocka_unit_test(test_walks_each_entry_once),
        cmocka_unit_test(test_finds_the_rest_after_some_was_taken_out),
        cmocka_unit_test(test_releases_the_values_when_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
