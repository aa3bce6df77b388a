/* SPDX-License-Identifier: Apache-2.0 */
/* The same instant is the same whatever its form and zone; what is no instant is none. */
#include "forms/written_time.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static void
test_forms(void **state)
{
    static const struct {
        const char *text;
        int64_t s;
        uint32_t ns;
        bool zoned;
    } rows[] = {
        {"1970-01-01T00:00:00Z", 0, 0, true},
        {"2026-01-31T08:00:00Z", 1769846400, 0, true},
        {"2026-01-31t08:00:00z", 1769846400, 0, true},
        {"2026-01-31 09:00:00+01:00", 1769846400, 0, true},
        {"2026-01-31T08:00:00 UTC", 1769846400, 0, true},
        {"2026-01-31T02:30-0530", 1769846400, 0, true},
        {"2026-01-31T08:00:00.000000001Z", 1769846400, 1, true},
        {"2026-01-31T08:00:00,5Z", 1769846400, 500000000, true},
        {"2026-01-31T08:00:00.1234567890000Z", 1769846400, 123456789, true},
        {"2026-01-31T09:00:00+01:00[Europe/Berlin]", 1769846400, 0, true},
        {"20260131T080000Z", 1769846400, 0, true},
        {"2026-01-31T08:00:00", 1769846400, 0, false},
        {"2026-01-31 08:00", 1769846400, 0, false},
        {"2026-01-31", 1769817600, 0, false},
        {"2024-02-29T00:00:00Z", 1709164800, 0, true},
        {"0001-01-01T00:00:00Z", -62135596800, 0, true},
        {"2016-12-31T23:59:60Z", 1483228800, 0, true},
        {"Sat, 31 Jan 2026 08:00:00 GMT", 1769846400, 0, true},
        {"31 Jan 2026 09:00:00 +0100", 1769846400, 0, true},
        {"Sun, 6 Nov 1994 08:49:37 GMT", 784111777, 0, true},
        {"1769846400", 1769846400, 0, true},
        {"1769846400.5", 1769846400, 500000000, true},
        {"1769846400000", 1769846400, 0, true},
        {"1769846400000000", 1769846400, 0, true},
        {"1769846400000000001", 1769846400, 1, true},
        {"1769846400123.5", 1769846400, 123500000, true},
        {"0", 0, 0, true},
        {"-1.5", -2, 500000000, true},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct plx_written_time instant;
        if (!plx_written_time_read(plx_slice_of(rows[i].text), &instant))
            fail_msg("%s is not read", rows[i].text);
        if (instant.s != rows[i].s || instant.ns != rows[i].ns || instant.zoned != rows[i].zoned)
            fail_msg("%s is %lld.%09u", rows[i].text, (long long)instant.s, instant.ns);
    }
}

static void
test_what_is_none(void **state)
{
    static const char *const texts[] = {
        "",
        "2026-02-29T00:00:00Z",
        "2026-13-01",
        "2026-04-31",
        "20260131 080000Z",
        "2026-01-31T",
        "2026-1-31",
        "2026-01-31T08:00:00X",
        "2026-01-31T8:00",
        "2026-01-31T24:00Z",
        "1.7e9",
        "12345678901234567890",
        "x",
        "2026-01-31T08:00:00. ",
        "31 Feb 2026 08:00:00 GMT",
        "Sat, 31 Jan 2026 08:00:00",
        "2026-01-31T08:00:00[Europe/Berlin]",
        "2026-01-31T08:00:00.0000000001Z",
        "2026-01-31 ",
        "-",
        "2026-01-31T08:00:00+1",
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct plx_written_time instant;
        if (plx_written_time_read(plx_slice_of(texts[i]), &instant))
            fail_msg("%s is read as %lld", texts[i], (long long)instant.s);
    }
}

static void
test_near(void **state)
{
    const struct plx_written_time a = {10, 900000000, true}, b = {12, 100000000, true},
                                  unknown = {10, 900000000, false};

    assert_true(plx_written_time_is_near(&a, &a, 0));
    assert_true(plx_written_time_is_near(&a, &b, 1200000000));
    assert_true(plx_written_time_is_near(&b, &a, 1200000000));
    assert_false(plx_written_time_is_near(&a, &b, 1199999999));
    assert_false(plx_written_time_is_near(&b, &a, 1199999999));
    assert_false(plx_written_time_is_near(&a, &unknown, INT64_MAX));
    assert_true(plx_written_time_is_near(&unknown, &unknown, 0));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_what_is_none),
        cmocka_unit_test(test_near),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
