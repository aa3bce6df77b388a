/* SPDX-License-Identifier: Apache-2.0 */
/* Text for a terminal is harmless, fits, and is cut where it says so; colour comes only where it is wanted. */
#include "cli/terminal/terminal.h"

#include "reading_kit.h"

#include <fcntl.h>
#include <unistd.h>

static void
expect_added(struct plx_slice text, size_t columns, const char *want)
{
    struct plx_buffer out;
    size_t taken;

    plx_buffer_init(&out, 4096);
    taken = plx_text_add(&out, text, columns);
    assert_true(taken <= columns);
    assert_int_equal(taken, plx_text_columns(plx_buffer_slice(&out)));
    plx_buffer_byte(&out, '\0');
    assert_string_equal(out.ptr, want);
    plx_buffer_fini(&out);
}

#define EXPECT_ADDED(text, columns, want) expect_added(plx_slice_of(text), (columns), (want))

static void
test_control_characters_and_wrong_bytes_are_made_visible(void **state)
{
    expect_added(plx_slice_make("a\0b", 3), 80, "a\\x00b");
    EXPECT_ADDED("\n\r\t\x1B[31m\x7F", 80, "\\n\\r\\t\\x1B[31m\\x7F");
    EXPECT_ADDED("\xC2\x9B\xFF\xC3", 80, "\\x9B\\xFF\\xC3");
    EXPECT_ADDED("\xE2\x80\xAE\xE2\x80\x8B", 80, "\\u202E\\u200B");
    EXPECT_ADDED("\xF3\xA0\x80\x81", 80, "\\uE0001"); /* a tag: invisible */
    EXPECT_ADDED("ma\xC3\xB1"
                 "ana \xE2\x82\xAC",
                 80,
                 "ma\xC3\xB1"
                 "ana \xE2\x82\xAC");
}

#define DOTS "\xE2\x80\xA6"

static void
test_long_text_is_cut_in_the_middle(void **state)
{
    EXPECT_ADDED("0123456789", 10, "0123456789");
    EXPECT_ADDED("0123456789", 9, "0123" DOTS "6789");
    EXPECT_ADDED("0123456789", 6, "012" DOTS "89");
    EXPECT_ADDED("0123456789", 2, "0" DOTS);
    EXPECT_ADDED("0123456789", 1, DOTS);
    EXPECT_ADDED("0123456789", 0, "");
    EXPECT_ADDED("", 0, "");
}

static void
test_neither_characters_nor_escapes_are_torn(void **state)
{
    EXPECT_ADDED("\xE6\x97\xA5\xE6\x9C\xAC\xE8\xAA\x9E", 6,
                 "\xE6\x97\xA5\xE6\x9C\xAC\xE8\xAA\x9E"); /* two columns each */
    EXPECT_ADDED("\xE6\x97\xA5\xE6\x9C\xAC\xE8\xAA\x9E", 5, "\xE6\x97\xA5" DOTS "\xE8\xAA\x9E");
    EXPECT_ADDED("\xE6\x97\xA5\xE6\x9C\xAC\xE8\xAA\x9E", 4, "\xE6\x97\xA5" DOTS);
    EXPECT_ADDED("\x1B\x1B\x1B\x1B", 9, "\\x1B" DOTS "\\x1B");
    EXPECT_ADDED("\x1B\x1B\x1B\x1B", 8, "\\x1B" DOTS);
    assert_int_equal(plx_text_columns(plx_slice_of("e\xCC\x81")), 1); /* a combining accent */
    assert_int_equal(plx_text_columns(plx_slice_of("\xF0\x9F\x98\x80")), 2);
}

static void
expect_change(const char *before, const char *after, size_t columns, const char *want)
{
    struct plx_buffer out;

    plx_buffer_init(&out, 4096);
    plx_text_add_change(&out, plx_slice_of(before), plx_slice_of(after), columns);
    assert_true(plx_text_columns(plx_buffer_slice(&out)) <= columns);
    plx_buffer_byte(&out, '\0');
    assert_string_equal(out.ptr, want);
    plx_buffer_fini(&out);
}

static void
test_a_change_shows_where_two_values_part(void **state)
{
    expect_change("41.555", "41.56", 40, "41.555 -> 41.56");
    expect_change("a", "0123456789012345678901234567890", 24, "a -> 012345678" DOTS "234567890");
    expect_change("the same beginning, the same beginning, old end", "the same beginning, the same beginning, new end",
                  40, DOTS "eginning, old end -> " DOTS "eginning, new end");
    expect_change("the same beginning, the same beginning, A, the same end, the same end",
                  "the same beginning, the same beginning, B, the same end, the same end", 40,
                  DOTS "ng, A, the same " DOTS " -> " DOTS "ng, B, the same " DOTS);
    expect_change("x0123456789012345678901234567890123456789", "y0123456789012345678901234567890123456789", 30,
                  "x01234" DOTS "456789 -> y01234" DOTS "456789");
}

static void
expect_shell(struct plx_slice text, bool possible, const char *want)
{
    struct plx_buffer out;

    plx_buffer_init(&out, 4096);
    assert_int_equal(plx_text_add_shell(&out, text), possible);
    plx_buffer_byte(&out, '\0');
    assert_string_equal(out.ptr, want);
    plx_buffer_fini(&out);
}

static void
test_words_for_a_shell_are_quoted_or_refused(void **state)
{
    expect_shell(plx_slice_of("/lines/0"), true, "/lines/0");
    expect_shell(plx_slice_of(""), true, "''");
    expect_shell(plx_slice_of("GET /{id}"), true, "'GET /{id}'");
    expect_shell(plx_slice_of("it's $HOME"), true, "'it'\\''s $HOME'");
    expect_shell(plx_slice_of("~root"), true, "'~root'");
    expect_shell(plx_slice_of("a\nb"), false, "");
    expect_shell(plx_slice_of("a\x1B"), false, "");
    expect_shell(plx_slice_of("\xFF"), false, "");
}

static void
expect_seconds(double seconds, const char *want)
{
    struct plx_buffer out;

    plx_buffer_init(&out, 100);
    plx_text_add_seconds(&out, seconds);
    plx_buffer_byte(&out, '\0');
    assert_string_equal(out.ptr, want);
    plx_buffer_fini(&out);
}

static void
test_durations_have_three_digits_and_a_unit(void **state)
{
    expect_seconds(0, "-");
    expect_seconds(-1, "-");
    expect_seconds(0.0000001, "1 us");
    expect_seconds(0.000412, "412 us");
    expect_seconds(0.0009994, "999 us");
    expect_seconds(0.0009996, "1.00 ms");
    expect_seconds(0.009996, "10.0 ms");
    expect_seconds(0.0124, "12.4 ms");
    expect_seconds(0.9994, "999 ms");
    expect_seconds(0.9996, "1.00 s");
    expect_seconds(12.34, "12.3 s");
    expect_seconds(125, "2 min 5 s");
    expect_seconds(3599.6, "1 h 0 min");
    expect_seconds(11460, "3 h 11 min");
}

static void
expect_percent(uint64_t part, uint64_t of, const char *want)
{
    struct plx_buffer out;

    plx_buffer_init(&out, 100);
    plx_text_add_percent(&out, part, of);
    plx_buffer_byte(&out, '\0');
    assert_string_equal(out.ptr, want);
    plx_buffer_fini(&out);
}

static void
test_percentages_never_round_something_to_nothing(void **state)
{
    expect_percent(0, 0, "-");
    expect_percent(0, 7, "0.0 %");
    expect_percent(1, 3, "33.3 %");
    expect_percent(1, 100000, "<0.1 %");
    expect_percent(99999, 100000, ">99.9 %");
    expect_percent(100000, 100000, "100.0 %");
}

/* A terminal of our own, since the tests may run without one. */
static FILE *
open_terminal(int *master)
{
    FILE *slave;

    *master = posix_openpt(O_RDWR | O_NOCTTY);
    assert_true(*master >= 0);
    assert_int_equal(grantpt(*master), 0);
    assert_int_equal(unlockpt(*master), 0);
    slave = fopen(ptsname(*master), "w");
    assert_non_null(slave);
    return slave;
}

static bool
is_coloured(FILE *out, const char *no_color, const char *term)
{
    struct plx_terminal terminal;

    if (no_color)
        setenv("NO_COLOR", no_color, 1);
    else
        unsetenv("NO_COLOR");
    setenv("TERM", term, 1);
    plx_terminal_init(&terminal, NULL, out);
    return terminal.colour;
}

static void
test_colour_only_on_a_terminal_that_wants_it(void **state)
{
    FILE *file = tmpfile();
    int master;
    FILE *terminal = open_terminal(&master);

    assert_true(is_coloured(terminal, NULL, "xterm"));
    assert_true(is_coloured(terminal, "", "xterm"));
    assert_false(is_coloured(terminal, "1", "xterm"));
    assert_false(is_coloured(terminal, NULL, "dumb"));
    assert_false(is_coloured(file, NULL, "xterm"));
    fclose(terminal);
    fclose(file);
    close(master);
}

static unsigned
width(const char *columns)
{
    struct plx_terminal terminal;
    FILE *file = tmpfile();

    if (columns)
        setenv("COLUMNS", columns, 1);
    else
        unsetenv("COLUMNS");
    plx_terminal_init(&terminal, NULL, file);
    fclose(file);
    return terminal.width;
}

static void
test_the_width_is_bounded(void **state)
{
    assert_int_equal(width(NULL), PLX_WIDTH_DEFAULT);
    assert_int_equal(width("132"), 132);
    assert_int_equal(width("1"), PLX_WIDTH_MIN);
    assert_int_equal(width("99999999999999999999"), PLX_WIDTH_MAX);
    assert_int_equal(width("wide"), PLX_WIDTH_DEFAULT);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_control_characters_and_wrong_bytes_are_made_visible),
        cmocka_unit_test(test_long_text_is_cut_in_the_middle),
        cmocka_unit_test(test_neither_characters_nor_escapes_are_torn),
        cmocka_unit_test(test_a_change_shows_where_two_values_part),
        cmocka_unit_test(test_words_for_a_shell_are_quoted_or_refused),
        cmocka_unit_test(test_durations_have_three_digits_and_a_unit),
        cmocka_unit_test(test_percentages_never_round_something_to_nothing),
        cmocka_unit_test(test_colour_only_on_a_terminal_that_wants_it),
        cmocka_unit_test(test_the_width_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
