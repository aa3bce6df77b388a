/* SPDX-License-Identifier: Apache-2.0 */
/* What is recognised as the form of a value, what is not, and that the pattern which is proposed for it says the same.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the above first */
#include <cmocka.h>

#include "base/assert.h"
#include "forms/forms.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdio.h>
#include <stdlib.h>

struct row {
    const char *shown; /* with its quotes where it is a string */
    enum plx_form form;
};

#define HEX8  "0123abCD"
#define HEX32 HEX8 HEX8 HEX8 HEX8
#define HEX64 HEX32 HEX32

static const struct row rows[] = {
    /* RFC 3339 and ISO 8601 */
    {"\"2026-01-02T03:04:05Z\"", PLX_FORM_TIMESTAMP},
    {"\"2026-01-02t03:04:05z\"", PLX_FORM_TIMESTAMP},
    {"\"2026-01-02 03:04:05\"", PLX_FORM_TIMESTAMP},
    {"\"2026-01-02T03:04\"", PLX_FORM_TIMESTAMP},
    {"\"2026-01-02T03:04Z\"", PLX_FORM_TIMESTAMP},
    {"\"2026-01-02T03:04:05.1\"", PLX_FORM_TIMESTAMP},
    {"\"2026-01-02T03:04:05,123456789+02:00\"", PLX_FORM_TIMESTAMP},
    {"\"2026-01-02T03:04:05.123-0330\"", PLX_FORM_TIMESTAMP},
    {"\"2026-01-02 03:04:05.123+00\"", PLX_FORM_TIMESTAMP},
    {"\"2026-01-02 03:04:05 +0000\"", PLX_FORM_TIMESTAMP},
    {"\"2026-01-02 03:04:05 UTC\"", PLX_FORM_TIMESTAMP},
    {"\"2026-01-02T03:04:05+01:00[Europe/Berlin]\"", PLX_FORM_TIMESTAMP},
    {"\"2026-01-02T03:04:05[UTC]\"", PLX_FORM_TIMESTAMP},
    {"\"2016-12-31T23:59:60Z\"", PLX_FORM_TIMESTAMP},
    {"\"20260102T030405Z\"", PLX_FORM_TIMESTAMP},
    {"\"20260102T0304\"", PLX_FORM_TIMESTAMP},
    {"\"20260102T030405.5+0100\"", PLX_FORM_TIMESTAMP},
    {"2026-01-02T03:04:05Z", PLX_FORM_TIMESTAMP}, /* of a header */
    {"\"2026-01-02\"", PLX_FORM_DATE},
    {"\"2026-12-31\"", PLX_FORM_DATE},
    {"\"2026-00-02\"", PLX_FORM_NONE},
    {"\"2026-13-02\"", PLX_FORM_NONE},
    {"\"2026-01-32\"", PLX_FORM_NONE},
    {"\"2026-01-00\"", PLX_FORM_NONE},
    {"\"3026-01-02\"", PLX_FORM_NONE},
    {"\"2026-1-2\"", PLX_FORM_NONE},
    {"\"2026-01\"", PLX_FORM_NONE},
    {"\"2026-01-02T\"", PLX_FORM_NONE},
    {"\"2026-01-02T24:00:00\"", PLX_FORM_NONE},
    {"\"2026-01-02T03:60\"", PLX_FORM_NONE},
    {"\"2026-01-02T03:04:61\"", PLX_FORM_NONE},
    {"\"2026-01-02T03:04:\"", PLX_FORM_NONE},
    {"\"2026-01-02T03:04:05.\"", PLX_FORM_NONE},
    {"\"2026-01-02T03:04:05.1234567890\"", PLX_FORM_NONE},
    {"\"2026-01-02T03:04:05 \"", PLX_FORM_NONE},
    {"\"2026-01-02T03:04:05+2\"", PLX_FORM_NONE},
    {"\"2026-01-02T03:04:05+24:00\"", PLX_FORM_NONE},
    {"\"2026-01-02T03:04:05+02:\"", PLX_FORM_NONE},
    {"\"2026-01-02T03:04:05Z[]\"", PLX_FORM_NONE},
    {"\"2026-01-02T03:04:05Z[Europe/Berlin\"", PLX_FORM_NONE},
    {"\" 2026-01-02T03:04:05Z\"", PLX_FORM_NONE},
    {"\"2026-01-02T03:04:05ZZ\"", PLX_FORM_NONE},
    {"\"20260102 030405\"", PLX_FORM_NONE},
    {"\"20260102T03\"", PLX_FORM_NONE},
    /* RFC 9110 */
    {"Fri, 02 Jan 2026 03:04:05 GMT", PLX_FORM_HTTP_DATE},
    {"\"Sun, 31 Dec 2028 23:59:60 GMT\"", PLX_FORM_HTTP_DATE},
    {"Fri, 2 Jan 2026 03:04:05 GMT", PLX_FORM_NONE},
    {"Fri, 02 Jan 2026 03:04:05 CET", PLX_FORM_NONE},
    {"Fri 02 Jan 2026 03:04:05 GMT", PLX_FORM_NONE},
    {"Fre, 02 Jan 2026 03:04:05 GMT", PLX_FORM_NONE},
    {"Fri, 02 jan 2026 03:04:05 GMT", PLX_FORM_NONE},
    /* Unix times: from 10^9 s (September 2001) to December 2099, in four units */
    {"1000000000", PLX_FORM_UNIX_TIME},
    {"1767323045", PLX_FORM_UNIX_TIME},
    {"1767323045678", PLX_FORM_UNIX_TIME},
    {"1767323045678901", PLX_FORM_UNIX_TIME},
    {"1767323045678901234", PLX_FORM_UNIX_TIME},
    {"1767323045.678", PLX_FORM_UNIX_TIME},
    {"4099999999", PLX_FORM_UNIX_TIME},
    {"\"1767323045\"", PLX_FORM_UNIX_TIME_TEXT},
    {"\"1767323045678\"", PLX_FORM_UNIX_TIME_TEXT},
    {"999999999", PLX_FORM_COUNTER},
    {"4100000000", PLX_FORM_COUNTER},
    {"9999999999999", PLX_FORM_COUNTER},
    {"17673230456", PLX_FORM_COUNTER},
    {"1767323045.", PLX_FORM_NONE},
    {"1767323045e3", PLX_FORM_NONE},
    {"-1767323045", PLX_FORM_NONE},
    {"17673230456789012345", PLX_FORM_NONE},
    /* whole numbers */
    {"0", PLX_FORM_COUNTER},
    {"7", PLX_FORM_COUNTER},
    {"\"41\"", PLX_FORM_COUNTER},
    {"999999999999999999", PLX_FORM_COUNTER},
    {"9999999999999999999", PLX_FORM_NONE},
    {"-1", PLX_FORM_NONE},
    {"1.5", PLX_FORM_NONE},
    {"1e3", PLX_FORM_NONE},
    {"\"007\"", PLX_FORM_NONE},
    {"\"\"", PLX_FORM_NONE},
    {"", PLX_FORM_NONE},
    {"\"", PLX_FORM_NONE},
    /* RFC 9562 */
    {"\"01890a5d-ac96-774b-bcce-b302099a8057\"", PLX_FORM_UUID},
    {"\"F81D4FAE-7DEC-11D0-A765-00A0C91E6BF6\"", PLX_FORM_UUID},
    {"\"{f81d4fae-7dec-11d0-a765-00a0c91e6bf6}\"", PLX_FORM_UUID},
    {"\"urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6\"", PLX_FORM_UUID},
    {"\"00000000-0000-0000-0000-000000000000\"", PLX_FORM_UUID},
    {"\"f81d4fae-7dec-11d0-a765-00a0c91e6bf\"", PLX_FORM_NONE},
    {"\"f81d4fae-7dec-11d0-a765-00a0c91e6bf66\"", PLX_FORM_NONE},
    {"\"f81d4fae-7dec-11d0-a76500-a0c91e6bf6\"", PLX_FORM_NONE},
    {"\"g81d4fae-7dec-11d0-a765-00a0c91e6bf6\"", PLX_FORM_NONE},
    {"\"{f81d4fae-7dec-11d0-a765-00a0c91e6bf6\"", PLX_FORM_NONE},
    {"\"{urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6}\"", PLX_FORM_NONE},
    {"\"urn:uuid:\"", PLX_FORM_NONE},
    /* ULID */
    {"\"01J9ZQ4V3M8XK2T5N7R6C1D0EF\"", PLX_FORM_ULID},
    {"\"01j9zq4v3m8xk2t5n7r6c1d0ef\"", PLX_FORM_ULID},
    {"\"7ZZZZZZZZZZZZZZZZZZZZZZZZZ\"", PLX_FORM_ULID},
    {"\"81J9ZQ4V3M8XK2T5N7R6C1D0EF\"", PLX_FORM_NONE},
    {"\"01J9ZQ4V3M8XK2T5N7R6C1D0EU\"", PLX_FORM_NONE},
    {"\"01J9ZQ4V3M8XK2T5N7R6C1D0EI\"", PLX_FORM_NONE},
    {"\"01J9ZQ4V3M8XK2T5N7R6C1D0E\"", PLX_FORM_NONE},
    {"\"01J9ZQ4V3M8XK2T5N7R6C1D0EFF\"", PLX_FORM_NONE},
    /* digests */
    {"\"" HEX32 "\"", PLX_FORM_DIGEST},
    {"\"" HEX32 HEX8 "\"", PLX_FORM_DIGEST},
    {"\"" HEX32 HEX8 HEX8 HEX8 "\"", PLX_FORM_DIGEST},
    {"\"" HEX64 "\"", PLX_FORM_DIGEST},
    {"\"" HEX64 HEX32 "\"", PLX_FORM_DIGEST},
    {"\"" HEX64 HEX64 "\"", PLX_FORM_DIGEST},
    {"\"" HEX8 HEX8 "\"", PLX_FORM_NONE},
    {"\"" HEX32 "0\"", PLX_FORM_NONE},
    {"\"" HEX64 HEX64 HEX8 "\"", PLX_FORM_NONE},
    {"\"g123abcd" HEX8 HEX8 HEX8 "\"", PLX_FORM_NONE},
    /* RFC 7519 */
    {"\"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl\"", PLX_FORM_JWT},
    {"\"eyJhbGciOiJub25lIn0.e30.\"", PLX_FORM_JWT},
    {"\"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0\"", PLX_FORM_NONE},
    {"\"eyJhbGciOiJIUzI1NiJ9..c2ln\"", PLX_FORM_NONE},
    {"\"eyJ.e30.c2ln\"", PLX_FORM_NONE},
    {"\"eyJhbGci.e30.c2ln.x\"", PLX_FORM_NONE},
    {"\"eyXhbGci.e30.c2ln\"", PLX_FORM_NONE},
    {"\"eyJhbGci.e3+0.c2ln\"", PLX_FORM_NONE},
    /* nothing of the kind */
    {"[redacted 3fa2]", PLX_FORM_NONE},
    {"true", PLX_FORM_NONE},
    {"null", PLX_FORM_NONE},
    {"{\"id\":1}", PLX_FORM_NONE},
    {"[1767323045]", PLX_FORM_NONE},
    {"\"hello\"", PLX_FORM_NONE},
    {"\"2026-01-02T03:04:05\\u005a\"", PLX_FORM_NONE},
    {"\"V1StGXR8_Z5jdHi6B-myT\"", PLX_FORM_NONE},
};

static void
test_what_is_recognised_and_what_is_not(void **state)
{
    for (size_t i = 0; i < PLX_COUNT(rows); i++) {
        enum plx_form form = plx_form_of(plx_slice_of(rows[i].shown), false);

        if (form != rows[i].form)
            fail_msg("%s: %s, not %s", rows[i].shown, plx_form_text(form), plx_form_text(rows[i].form));
    }
}

/* Only a JWT can be told by its beginning. */
static void
test_cut_values(void **state)
{
    static const struct row cut[] = {
        {"\"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", PLX_FORM_JWT},
        {"\"eyJhbGciOiJIUzI1NiJ9.eyJzdWIi", PLX_FORM_JWT},
        {"\"eyJhbGciOiJIUzI1NiJ9.", PLX_FORM_JWT},
        {"\"eyJhbGciOiJIUzI1NiJ9", PLX_FORM_NONE},
        {"\"eyJhbGciOiJIUzI1NiJ9.eyJz dWIi", PLX_FORM_NONE},
        {"\"2026-01-02T03:04:05Z", PLX_FORM_NONE},
        {"\"" HEX32, PLX_FORM_NONE},
        {"1767323045", PLX_FORM_NONE},
    };

    for (size_t i = 0; i < PLX_COUNT(cut); i++)
        assert_int_equal(plx_form_of(plx_slice_of(cut[i].shown), true), cut[i].form);
}

static void
test_numbers_are_read(void **state)
{
    uint64_t number = 5;

    assert_true(plx_form_number(plx_slice_of("\"999999999999999999\""), &number));
    assert_int_equal(number, 999999999999999999);
    assert_true(plx_form_number(plx_slice_of("0"), &number));
    assert_int_equal(number, 0);
    assert_false(plx_form_number(plx_slice_of("9999999999999999999"), &number));
    assert_false(plx_form_number(plx_slice_of(""), &number));
    assert_false(plx_form_number(plx_slice_of("\""), &number));
    assert_false(plx_form_number(plx_slice_of("1x"), &number));
}

static void
test_names_lead_back(void **state)
{
    for (int i = PLX_FORM_NONE + 1; i < PLX_FORM_COUNT; i++) {
        const char *name = plx_form_text((enum plx_form)i);

        assert_int_equal(plx_form_by_name(plx_slice_of(name)), i);
        assert_non_null(plx_form_words((enum plx_form)i));
    }
    assert_int_equal(plx_form_by_name(plx_slice_of("none")), PLX_FORM_NONE);
    assert_int_equal(plx_form_by_name(plx_slice_of("")), PLX_FORM_NONE);
    assert_string_equal(plx_form_text(PLX_FORM_COUNT), "none");
    assert_null(plx_form_pattern(PLX_FORM_NONE));
}

/* ---- the patterns say the same ---- */

static pcre2_code *patterns[PLX_FORM_COUNT];
static pcre2_match_data *match;

static int
compile(void **state)
{
    match = pcre2_match_data_create(1, NULL);
    for (int i = PLX_FORM_NONE + 1; i < PLX_FORM_COUNT; i++) {
        int error;
        PCRE2_SIZE at;

        patterns[i] = pcre2_compile((PCRE2_SPTR)plx_form_pattern((enum plx_form)i), PCRE2_ZERO_TERMINATED,
                                    PCRE2_ANCHORED | PCRE2_ENDANCHORED | PCRE2_DOLLAR_ENDONLY, &error, &at, NULL);
        if (!patterns[i])
            return 1;
    }
    return 0;
}

static int
release(void **state)
{
    for (int i = 0; i < PLX_FORM_COUNT; i++)
        pcre2_code_free(patterns[i]);
    pcre2_match_data_free(match);
    return 0;
}

static bool
matches(enum plx_form form, struct plx_slice content)
{
    return pcre2_match(patterns[form], (PCRE2_SPTR)content.ptr, content.len, 0, 0, match, NULL) >= 0;
}

/* What stands in a string is of a form if and only if that form's pattern matches it, where no earlier form does. */
static void
expect_pattern_agrees(struct plx_slice content)
{
    /* A Unix time is a whole number too; all other forms exclude one another. */
    char *exact = malloc(content.len + 2); /* nothing behind it that could be read unseen */
    enum plx_form form, by_pattern = PLX_FORM_NONE;

    exact[0] = '"';
    memcpy(exact + 1, content.ptr, content.len);
    exact[content.len + 1] = '"';
    form = plx_form_of(plx_slice_make(exact, content.len + 2), false);
    for (int i = PLX_FORM_NONE + 1; i < PLX_FORM_COUNT && by_pattern == PLX_FORM_NONE; i++)
        if (i != PLX_FORM_UNIX_TIME && matches((enum plx_form)i, content))
            by_pattern = (enum plx_form)i;
    if (form != by_pattern)
        fail_msg("\"%.*s\": recognised as %s, its pattern is that of %s", (int)content.len, content.ptr,
                 plx_form_text(form), plx_form_text(by_pattern));
    free(exact);
}

static uint64_t
random_next(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static struct plx_slice
content_of(const char *shown)
{
    size_t len = strlen(shown);

    if (len >= 2 && shown[0] == '"')
        return plx_slice_make(shown + 1, len - 2);
    return plx_slice_make(shown, len);
}

static void
mutate(char *bytes, size_t *len, uint64_t *seed)
{
    static const char likely[] = "0123456789abcdefABCDEFGHIUZTz-:+., []{}_/\"\\\n";
    size_t at = random_next(seed) % (*len + 1);
    char c = random_next(seed) % 16 == 0 ? (char)random_next(seed) : likely[random_next(seed) % (sizeof(likely) - 1)];

    switch (random_next(seed) % 3) {
    case 0:
        if (at < *len)
            bytes[at] = c;
        break;
    case 1:
        memmove(bytes + at + 1, bytes + at, *len - at);
        bytes[at] = c;
        ++*len;
        break;
    default:
        if (at < *len) {
            memmove(bytes + at, bytes + at + 1, *len - at - 1);
            --*len;
        }
    }
}

static void
test_patterns_match_what_is_recognised(void **state)
{
    uint64_t seed = 20260131;
    char bytes[256];

    print_message("seed %llu\n", (unsigned long long)seed);
    for (size_t i = 0; i < PLX_COUNT(rows); i++) {
        struct plx_slice content = content_of(rows[i].shown);

        expect_pattern_agrees(content);
        for (int round = 0; round < 3000; round++) {
            size_t len = content.len;

            memcpy(bytes, content.ptr, len);
            for (uint64_t n = 1 + random_next(&seed) % 3; n > 0; n--)
                mutate(bytes, &len, &seed);
            expect_pattern_agrees(plx_slice_make(bytes, len));
        }
    }
}

/* Numbers, which have no quotes. */
static void
test_pattern_of_unix_times(void **state)
{
    uint64_t seed = 7;
    char digits[32];

    for (int round = 0; round < 20000; round++) {
        int len = snprintf(digits, sizeof(digits), "%llu",
                           (unsigned long long)(random_next(&seed) >> random_next(&seed) % 40));

        assert_int_equal(plx_form_of(plx_slice_make(digits, (size_t)len), false) == PLX_FORM_UNIX_TIME,
                         matches(PLX_FORM_UNIX_TIME, plx_slice_make(digits, (size_t)len)));
    }
}

static void
test_values_that_are_written_alike(void **state)
{
    static const struct {
        const char *a, *b;
        bool alike;
    } pairs[] = {
        {"\"2026-01-02T03:04:05Z\"", "\"2027-11-12T13:14:15Z\"", true},
        {"\"2026-01-02T03:04:05Z\"", "\"2026-01-02 03:04:05Z\"", false},
        {"\"2026-01-02T03:04:05Z\"", "\"2026-01-02T03:04:05\"", false},
        {"\"2026-01-02T03:04:05Z\"", "\"2026-01-02T03:04:05.123Z\"", false},
        {"\"2026-01-02T03:04:05.12Z\"", "\"2026-01-02T03:04:05.123Z\"", true}, /* a zero was left out */
        {"\"2026-01-02T03:04:05.123Z\"", "\"2026-01-02T03:04:05.123456Z\"", false},
        {"\"2026-01-02T03:04:05+01:00\"", "\"2026-01-02T04:04:06+01:00\"", true},
        {"\"2026-01-02T03:04:05+01:00\"", "\"2026-01-02T04:04:05+02:00\"", false},
        {"\"2026-01-02T03:04:05-01:00\"", "\"2026-01-02T03:04:05+01:00\"", false},
        {"\"2026-01-02\"", "\"2026-11-12\"", true},
        {"1767323045", "1767323046", true},
        {"1767323045", "1767323045678", false},
        {"\"018f3f5e-0a0b-4c0d-8e0f-0123456789ab\"", "\"118f3f5e-0a0b-4c0d-8e0f-0123456789ab\"", true},
        {"\"018f3f5e-0a0b-4c0d-8e0f-0123456789ab\"", "\"018F3F5E-0A0B-4C0D-8E0F-0123456789AB\"", false},
        {"\"018f3f5e-0a0b-4c0d-8e0f-0123456789ab\"", "\"018f3f5e-0a0b-7c0d-8e0f-0123456789ab\"", false},
        {"\"018f3f5e-0a0b-4c0d-8e0f-0123456789ab\"", "\"{018f3f5e-0a0b-4c0d-8e0f-0123456789ab}\"", false},
        {"\"0123456789abcdef0123456789abcdef\"", "\"0123456789abcdef0123456789abcdef01234567\"", false},
        {"17", "18", true},
    };

    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        struct plx_slice a = plx_slice_of(pairs[i].a), b = plx_slice_of(pairs[i].b);
        enum plx_form form = plx_form_of(a, false);
        assert_int_equal(form, plx_form_of(b, false));
        if (plx_form_is_alike(form, a, b) != pairs[i].alike || plx_form_is_alike(form, b, a) != pairs[i].alike)
            fail_msg("%s | %s", pairs[i].a, pairs[i].b);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_recognised_and_what_is_not),
        cmocka_unit_test(test_cut_values),
        cmocka_unit_test(test_numbers_are_read),
        cmocka_unit_test(test_names_lead_back),
        cmocka_unit_test(test_patterns_match_what_is_recognised),
        cmocka_unit_test(test_pattern_of_unix_times),
        cmocka_unit_test(test_values_that_are_written_alike),
    };

    return cmocka_run_group_tests(tests, compile, release);
}
