/* SPDX-License-Identifier: Apache-2.0 */
/* A value is gone from a text however it is written there, and nothing else is; JSON stays JSON. */
#include "secrets/eraser.h"

#include "base/assert.h"
#include "secrets/marks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define S(text) plx_slice_of(text)

static char shown[65536];

/* The text without the value; the text itself where nothing was found. */
static const char *
erased(const char *value, const char *text, enum plx_erase_text kind, size_t max, size_t *places)
{
    struct plx_eraser *eraser;
    struct plx_buffer out;

    assert_int_equal(plx_eraser_new(S(value), &eraser), PLX_OK);
    plx_buffer_init(&out, sizeof(shown));
    *places = plx_erase(eraser, S(text), kind, max, &out);
    assert_false(out.failed);
    const struct plx_slice got = *places ? plx_buffer_slice(&out) : S(text);
    snprintf(shown, sizeof(shown), "%.*s", (int)got.len, got.ptr);
    plx_buffer_fini(&out);
    plx_eraser_free(eraser);
    return shown;
}

struct row {
    const char *value, *text, *want; /* want NULL: nothing is found */
};

static void
expect(const struct row *rows, size_t count, enum plx_erase_text kind)
{
    for (size_t i = 0; i < count; i++) {
        const char *want = rows[i].want ? rows[i].want : rows[i].text;
        size_t places;
        const char *got = erased(rows[i].value, rows[i].text, kind, SIZE_MAX, &places);

        if (strcmp(got, want) != 0 || (places > 0) != (rows[i].want != NULL))
            fail_msg("%s in %s\n is %s (%zu places)\n not %s", rows[i].value, rows[i].text, got, places, want);
    }
}

static void
test_a_value_is_found_in_each_writing(void **state)
{
    static const struct row rows[] = {
        {"bob@example.com", "to bob@example.com, bob@example.com.", "to [erased], [erased]."},
        {"bob@example.com", "bob@example.co", NULL},
        {"bob@example.com", "Bob@example.com", NULL},
        {"bob@example.com", "?to=bob%40example.com&x=1", "?to=[erased]&x=1"},
        {"bob@example.com", "?to=bob%40example%2ecom&x=1", "?to=[erased]&x=1"},
        {"bob@example.com", "?next=%3Fto%3Dbob%2540example.com", "?next=%3Fto%3D[erased]"},
        {"Jo Ann", "n=Jo+Ann&n=Jo%20Ann&n=Jo Ann", "n=[erased]&n=[erased]&n=[erased]"},
        {"a+b@x.de", "q=a+b@x.de q=a%2Bb@x.de", "q=[erased] q=[erased]"},
        {"50%41", "50%41 50%2541 50A", "[erased] [erased] 50A"},
        {"bob@example.com", "{\"a\":\"bob\\u0040example.com\"}", "{\"a\":\"[erased]\"}"},
        {"say \"hi\"", "{\"a\":\"say \\\"hi\\\"\"}", "{\"a\":\"[erased]\"}"},
        {"say \"hi\"", "{\"a\":\"{\\\"b\\\":\\\"say \\\\\\\"hi\\\\\\\"\\\"}\"}",
         "{\"a\":\"{\\\"b\\\":\\\"[erased]\\\"}\"}"},
        {"C:\\tmp\\x", "C:\\tmp\\x C:\\\\tmp\\\\x", "[erased] [erased]"},
        {"a/b/c", "a\\/b\\/c", "[erased]"},
        {"Jos\xc3\xa9", "Jos\xc3\xa9 Jos\\u00e9 Jos%C3%A9 Jos&#233; Jos&#xE9;",
         "[erased] [erased] [erased] [erased] [erased]"},
        {"\xf0\x9f\x98\x80!!", "\\ud83d\\ude00!! \\\\ud83d\\\\ude00!!", "[erased] [erased]"},
        {"R&D <x>", "R&amp;D &lt;x&gt;", "[erased]"},
        /* bob:bob@example.com, and the value at each place in a group */
        {"bob@example.com", "Basic Ym9iOmJvYkBleGFtcGxlLmNvbQ==", "Basic [erased]"},
        {"bob@example.com", "Ym9iQGV4YW1wbGUuY29t", "[erased]"},
        {"bob@example.com", "IGJvYkBleGFtcGxlLmNvbSE=", "[erased]"},
        {"bob@example.com", "ICBib2JAZXhhbXBsZS5jb20hIQ==", "[erased]"},
        {"bob@example.com", "Ym9iQGV4YW1wbGUub3Jn", NULL},
        {"\xfb\xff\xfe\xfb\xff\xfe", "a=-__--__- b=%2B%2F%2F%2B%2B%2F%2F%2B", "a=[erased] b=[erased]"},
        {"12345", "MTIzNDU=", NULL}, /* too short for base64 */
    };

    expect(rows, PLX_COUNT(rows), PLX_ERASE_PLAIN);
}

static void
test_json_stays_json(void **state)
{
    static const struct row rows[] = {
        {"bob@x.de", "{\"m\":\"bob@x.de\",\"bob@x.de\":1}", "{\"m\":\"[erased]\",\"[erased]\":1}"},
        {"bob@x.de", "{\"m\":\"bob\\u0040x.de\"}", "{\"m\":\"[erased]\"}"},
        {"bob@x.de", "{\"m\":\"{\\\"n\\\":\\\"bob\\\\u0040x.de\\\"}\"}", "{\"m\":\"{\\\"n\\\":\\\"[erased]\\\"}\"}"},
        {"nathan", "{\"m\":\"\\nathan \\\\nathan\"}", "{\"m\":\"\\nathan \\\\[erased]\"}"},
        {"u0040x", "{\"m\":\"\\u0040x\"}", NULL},
        {"b\":\"c", "{\"ab\":\"cd\"}", NULL},
        {"primary", "{\"primary\":{\"a\":\"primary\"}}", "{\"primary\":{\"a\":\"[erased]\"}}"},
        {"4012888", "{\"n\":4012888,\"m\":40128880,\"o\":-4012888}",
         "{\"n\":\"[erased]\",\"m\":40128880,\"o\":-4012888}"},
        {"4012", "{\"n\":4012,\"m\":\"4012\"}", "{\"n\":4012,\"m\":\"[erased]\"}"},
        {"bob@example.com", "{\"m\":\"x\\nYm9iQGV4YW1wbGUuY29t\"}", "{\"m\":\"x\\n[erased]\"}"},
    };

    expect(rows, PLX_COUNT(rows), PLX_ERASE_JSON);
}

static void
test_the_mark_of_the_value_goes_too(void **state)
{
    char mark[PLX_MARK_LEN], text[128];
    size_t places;

    plx_mark_write(S("hunter2"), PLX_SECRET_PLAIN, mark);
    snprintf(text, sizeof(text), "a=%.*s b=[redacted zzzz]", (int)PLX_MARK_LEN, mark);
    assert_string_equal(erased("hunter2", text, PLX_ERASE_PLAIN, SIZE_MAX, &places), "a=[erased] b=[redacted zzzz]");
    plx_mark_write(S("hunter3"), PLX_SECRET_PLAIN, mark);
    snprintf(text, sizeof(text), "a=%.*s", (int)PLX_MARK_LEN, mark);
    assert_string_equal(erased("hunter2", text, PLX_ERASE_PLAIN, SIZE_MAX, &places), text);
}

static void
test_what_was_cut_off_is_found_by_its_beginning(void **state)
{
    static const char token[] = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJib2IifQ.c2lnbmF0dXJl";
    size_t places;

    assert_string_equal(erased(token, "\"eyJhbGciOiJIUzI1NiJ9", PLX_ERASE_PLAIN, SIZE_MAX, &places), "\"[erased]");
    assert_string_equal(erased(token, "{\"a\":\"eyJhbGciOiJIUzI1NiJ9\"}", PLX_ERASE_JSON, SIZE_MAX, &places),
                        "{\"a\":\"[erased]\"}");
    erased(token, "eyJhbGciOiJIUzI", PLX_ERASE_PLAIN, SIZE_MAX, &places); /* 15 bytes */
    assert_int_equal(places, 0);
    erased(token, "eyJhbGciOiJIUzI1NiJ9 and more", PLX_ERASE_PLAIN, SIZE_MAX, &places);
    assert_int_equal(places, 0);
}

static void
test_it_never_grows_beyond_the_maximum(void **state)
{
    size_t places;

    assert_string_equal(erased("abcd", "abcd-abcd", PLX_ERASE_PLAIN, 17, &places), "[erased]-[erased]");
    assert_string_equal(erased("abcd", "abcd-abcd", PLX_ERASE_PLAIN, 16, &places), "-");
    assert_int_equal(places, 2);
    assert_string_equal(erased("123456", "[123456]", PLX_ERASE_JSON, 8, &places), "[\"\"]");
}

static void
test_what_can_be_no_value_is_refused(void **state)
{
    static char longest[PLX_ERASE_MAX + 1];
    struct plx_eraser *eraser;

    memset(longest, 'x', sizeof(longest));
    assert_int_equal(plx_eraser_new(S("abc"), &eraser), PLX_E_ARGUMENT);
    assert_int_equal(plx_eraser_new(plx_slice_make("ab\0cd", 5), &eraser), PLX_E_ARGUMENT);
    assert_int_equal(plx_eraser_new(plx_slice_make(longest, sizeof(longest)), &eraser), PLX_E_ARGUMENT);
    assert_int_equal(plx_eraser_new(plx_slice_make(longest, sizeof(longest) - 1), &eraser), PLX_OK);
    plx_eraser_free(eraser);
}

/* Texts of the characters that escapes are made of: nothing is read beyond them, and what was erased is not there any
 * more in its plain form. */
static void
test_any_text_can_be_looked_through(void **state)
{
    static const char letters[] = "\\u004\"%25b&#;x+ab=";
    unsigned seed = 20261126;
    char text[40];

    for (unsigned i = 0; i < 60000; i++) {
        size_t len = (seed >> 8) % sizeof(text), places;
        for (size_t j = 0; j < len; j++) {
            seed = seed * 1103515245 + 12345;
            text[j] = letters[(seed >> 16) % (sizeof(letters) - 1)];
        }
        char *exact = malloc(len + 1); /* so that a sanitizer sees a read beyond it */
        PLX_ASSERT(exact);
        memcpy(exact, text, len);
        exact[len] = '\0';
        seed = seed * 1103515245 + 12345;
        const char *got = erased("abab", exact, seed >> 30 & 1 ? PLX_ERASE_JSON : PLX_ERASE_PLAIN, SIZE_MAX, &places);
        if (!(seed >> 30 & 1))
            assert_null(strstr(got, "abab"));
        free(exact);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_value_is_found_in_each_writing),
        cmocka_unit_test(test_json_stays_json),
        cmocka_unit_test(test_the_mark_of_the_value_goes_too),
        cmocka_unit_test(test_what_was_cut_off_is_found_by_its_beginning),
        cmocka_unit_test(test_it_never_grows_beyond_the_maximum),
        cmocka_unit_test(test_what_can_be_no_value_is_refused),
        cmocka_unit_test(test_any_text_can_be_looked_through),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
