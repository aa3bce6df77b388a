/* SPDX-License-Identifier: Apache-2.0 */
/* Where there is no memory, buffers and tables keep what they had, statistics leave their result alone, and readings
 * are whole or refused. */
#include "base/table.h"
#include "cli/report/services_text.h"
#include "failing_memory.h"
#include "report_documents.h"
#include "report_kit.h"

static void
test_a_buffer_keeps_what_it_had(void **state)
{
    struct plx_buffer buffer;

    plx_buffer_init(&buffer, 1u << 20);
    plx_buffer_text(&buffer, "kept");
    start_failing(1, true);
    for (int i = 0; i < 1000; i++)
        plx_buffer_byte(&buffer, 'x'); /* fits until the memory must grow */
    stop_failing();
    assert_true(buffer.failed);
    assert_true(buffer.len >= 4 && buffer.len <= buffer.cap);
    assert_memory_equal(buffer.ptr, "kept", 4);
    plx_buffer_fini(&buffer);
}

static void
test_a_table_is_as_before_a_failed_add(void **state)
{
    struct plx_table table;
    int value;

    plx_table_init(&table, 100);
    for (char key = 'a'; key < 'a' + 26; key++) {
        struct plx_slice slice = plx_slice_make(&key, 1);
        enum plx_status status = PLX_E_MEMORY;

        for (size_t at = 1; status != PLX_OK; at++) {
            start_failing(at, true);
            status = plx_table_add(&table, slice, &value);
            stop_failing();
            assert_true(status == PLX_OK || status == PLX_E_MEMORY);
            assert_ptr_equal(plx_table_get(&table, slice), status == PLX_OK ? &value : NULL);
            assert_int_equal(table.count, key - 'a' + (status == PLX_OK));
        }
        assert_ptr_equal(plx_table_get(&table, plx_slice_of("a")), &value);
    }
    plx_table_fini(&table, NULL);
}

/* Whatever allocation fails: all of the report, or a status that says that it is not. */
static void
test_a_report_is_whole_or_refused(void **state)
{
    const struct plx_report_look look = {.width = 80};
    enum plx_status status = PLX_E_MEMORY;
    size_t whole, failures = 0;
    struct kit_reading kit;
    static char space[1u << 16]; /* the stream's own memory must not count */

    kit_read(&kit, REPORTS(REPORT_REGRESSION));
    assert_int_equal(kit_print_report(kit.out, &kit.document, &look), PLX_OK);
    whole = strlen(kit_printed(&kit));
    for (size_t at = 1; status != PLX_OK; at++) {
        FILE *out = fmemopen(space, sizeof(space), "w");

        start_failing(at, true);
        status = kit_print_report(out, &kit.document, &look);
        stop_failing();
        fclose(out);
        assert_true(status == PLX_OK || status == PLX_E_MEMORY);
        failures += status != PLX_OK;
    }
    assert_true(failures > 2);
    assert_int_equal(strlen(space), whole);
    kit_end(&kit);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_buffer_keeps_what_it_had),
        cmocka_unit_test(test_a_table_is_as_before_a_failed_add),
        cmocka_unit_test(test_a_report_is_whole_or_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
