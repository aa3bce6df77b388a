/* SPDX-License-Identifier: Apache-2.0 */
/* Lists, tokens and blanks are read as HTTP means them, and bytes become base64 as RFC 4648 has it. */
#include "base/ascii.h"
#include "base/base64.h"
#include "base/slice.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static struct plx_slice
text(const char *of)
{
    return plx_slice_of(of);
}

static void
test_only_blanks_are_trimmed(void **state)
{
    assert_true(plx_slice_equal(plx_slice_trimmed(text(" \t a b\t ")), text("a b")));
    assert_true(plx_slice_equal(plx_slice_trimmed(text("\ra\n")), text("\ra\n")));
    assert_int_equal(plx_slice_trimmed(text(" \t ")).len, 0);
    assert_int_equal(plx_slice_trimmed(plx_slice_make(NULL, 0)).len, 0);
}

static void
test_tokens(void **state)
{
    char c[1];

    assert_true(plx_slice_is_token(text("X-Id_1.2~!#$%&'*+^`|")));
    assert_false(plx_slice_is_token(text("")));
    for (int i = 0; i < 256; i++) {
        c[0] = (char)i;
        bool want = i && strchr("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", i);
        assert_int_equal(plx_slice_is_token(plx_slice_make(c, 1)), want);
    }
}

static void
test_classes(void **state)
{
    for (int i = 0; i < 256; i++) {
        char c = (char)i;
        const char *hex = i ? strchr("0123456789abcdefABCDEF", i) : NULL;
        assert_int_equal(plx_ascii_is_digit(c), i >= '0' && i <= '9');
        assert_int_equal(plx_ascii_is_letter(c), (i >= 'a' && i <= 'z') || (i >= 'A' && i <= 'Z'));
        assert_int_equal(plx_ascii_is_hex(c), hex != NULL);
        assert_int_equal(plx_ascii_hex_value(c), hex ? strtol((char[]){c, 0}, NULL, 16) : -1);
        assert_int_equal((unsigned char)plx_ascii_lower(c), i >= 'A' && i <= 'Z' ? i + 32 : i);
    }
}

static void
test_a_list_has_elements_that_are_not_empty(void **state)
{
    struct plx_slice list = text(" , a ,,\tb c\t, ,d"), element;

    assert_true(plx_slice_list_next(&list, &element));
    assert_true(plx_slice_equal(element, text("a")));
    assert_true(plx_slice_list_next(&list, &element));
    assert_true(plx_slice_equal(element, text("b c")));
    assert_true(plx_slice_list_next(&list, &element));
    assert_true(plx_slice_equal(element, text("d")));
    assert_false(plx_slice_list_next(&list, &element));
    assert_true(plx_slice_list_has(text("x, Close"), text("close")));
    assert_false(plx_slice_list_has(text("closed, not-close"), text("close")));
    assert_false(plx_slice_list_has(plx_slice_make(NULL, 0), text("close")));
}

/* RFC 4648, 10. */
static void
test_base64(void **state)
{
    static const char *const pairs[][2] = {{"", ""},
                                           {"f", "Zg=="},
                                           {"fo", "Zm8="},
                                           {"foo", "Zm9v"},
                                           {"foob", "Zm9vYg=="},
                                           {"fooba", "Zm9vYmE="},
                                           {"foobar", "Zm9vYmFy"}};

    for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
        struct plx_buffer out;
        plx_buffer_init(&out, strlen(pairs[i][1]));
        plx_base64_write(&out, text(pairs[i][0]));
        assert_false(out.failed);
        assert_true(plx_slice_equal(plx_buffer_slice(&out), text(pairs[i][1])));
        plx_buffer_fini(&out);
    }
}

static void
test_base64_without_room_writes_nothing(void **state)
{
    struct plx_buffer out;

    plx_buffer_init(&out, 7);
    plx_base64_write(&out, text("foob"));
    assert_true(out.failed);
    assert_int_equal(out.len, 0);
    plx_buffer_fini(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_blanks_are_trimmed),
        cmocka_unit_test(test_tokens),
        cmocka_unit_test(test_classes),
        cmocka_unit_test(test_a_list_has_elements_that_are_not_empty),
        cmocka_unit_test(test_base64),
        cmocka_unit_test(test_base64_without_room_writes_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
