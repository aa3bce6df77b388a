/* SPDX-License-Identifier: Apache-2.0 */
/* CSV is read as RFC 4180 has it, however the bytes are cut, and what is not so is refused with its place. */
#include "batch/reconcile/csv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static struct plx_csv csv;

/* Each field as <text> or, in quotes, as "text"; records end by a bar; what is wrong as !LINE:COLUMN. */
static void
trace_record(struct plx_buffer *trace)
{
    for (size_t i = 0; i < csv.count; i++) {
        plx_buffer_byte(trace, csv.fields[i].quoted ? '"' : '<');
        plx_buffer_add(trace, plx_csv_text(&csv, i));
        plx_buffer_byte(trace, csv.fields[i].quoted ? '"' : '>');
    }
    plx_buffer_byte(trace, '|');
}

static void
trace_wrong(struct plx_buffer *trace)
{
    assert_non_null(csv.wrong);
    plx_buffer_format(trace, "!%d:%d", (int)csv.line, (int)csv.column);
}

/* The bytes in pieces of so many. */
static void
expect(const char *text, size_t len, const char *want)
{
    for (size_t piece = 1; piece <= len + 1; piece++) {
        struct plx_buffer trace;
        enum plx_status status = PLX_AGAIN;

        plx_csv_init(&csv, 1u << 16);
        plx_buffer_init(&trace, 1u << 16);
        for (size_t at = 0; at < len && status >= 0;) {
            size_t used, give = len - at < piece ? len - at : piece;
            status = plx_csv_feed(&csv, plx_slice_make(text + at, give), &used);
            assert_true(status != PLX_AGAIN || used == give);
            if (status == PLX_OK)
                trace_record(&trace);
            at += used;
        }
        if (status >= 0 && (status = plx_csv_end(&csv)) == PLX_OK)
            trace_record(&trace);
        if (status < 0)
            trace_wrong(&trace);
        plx_buffer_byte(&trace, '\0');
        assert_string_equal(trace.ptr, want);
        plx_buffer_fini(&trace);
        plx_csv_fini(&csv);
    }
}

static void
test_fields_and_records(void **state)
{
    static const char *const cases[][2] = {
        {"a,b\r\nc,d\r\n", "<a><b>|<c><d>|"},
        {"a,b\nc,d", "<a><b>|<c><d>|"},
        {"", ""},
        {"\n", "<>|"},
        {",\n", "<><>|"},
        {"a,,\"\"\n", "<a><>\"\"|"},
        {"\"a,b\",\"c\"\"d\",\"e\r\nf\"\r\n", "\"a,b\"\"c\"d\"\"e\r\nf\"|"},
        {"\"\"\"\"\n", "\"\"\"|"},
        {" a ,b \n", "< a ><b >|"},
        {"\"a\"", "\"a\"|"},
        {"a\n\n", "<a>|<>|"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        expect(cases[i][0], strlen(cases[i][0]), cases[i][1]);
    expect("a\0b,c\n", 6, "<a"); /* a NUL is a byte like any other; the trace ends at it */
}

static void
test_what_is_wrong_has_a_place(void **state)
{
    static const char *const cases[][2] = {
        {"a\"b\n", "!1:2"}, {"a,b\n\"c\"d\n", "<a><b>|!2:4"}, {"\"a", "!1:3"},        {"a\rb\n", "!1:3"},
        {"a\r", "!1:3"},    {"x\n\"y\n\nz", "<x>|!4:2"},      {"\"a\" ,b\n", "!1:4"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        expect(cases[i][0], strlen(cases[i][0]), cases[i][1]);
}

static void
test_a_record_has_an_end(void **state)
{
    struct plx_slice piece = plx_slice_of("\"0123456789");
    size_t used;

    plx_csv_init(&csv, 100);
    enum plx_status status = PLX_AGAIN;
    for (int i = 0; i < 100 && status == PLX_AGAIN; i++) {
        status = plx_csv_feed(&csv, piece, &used);
        piece = plx_slice_of("0123456789");
    }
    assert_int_equal(status, PLX_E_LIMIT);
    assert_non_null(strstr(csv.wrong, "too long"));
    plx_csv_fini(&csv);
}

static void
test_fields_have_an_end(void **state)
{
    size_t used;
    enum plx_status status = PLX_AGAIN;

    plx_csv_init(&csv, 1u << 16);
    for (unsigned i = 0; i < PLX_CSV_FIELDS_MAX + 1 && status == PLX_AGAIN; i++)
        status = plx_csv_feed(&csv, plx_slice_of(","), &used);
    assert_int_equal(status, PLX_E_LIMIT);
    assert_int_equal(csv.count, PLX_CSV_FIELDS_MAX);
    plx_csv_fini(&csv);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fields_and_records),
        cmocka_unit_test(test_what_is_wrong_has_a_place),
        cmocka_unit_test(test_a_record_has_an_end),
        cmocka_unit_test(test_fields_have_an_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
