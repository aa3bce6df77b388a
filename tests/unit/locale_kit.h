/* SPDX-License-Identifier: Apache-2.0 */
/* A locale that writes a decimal comma: the German one, or where that is not installed one made for the test. */
#ifndef TEST_LOCALE_KIT_H
#define TEST_LOCALE_KIT_H

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void
write_locale(const char *path)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    fputs("comment_char %\nescape_char /\nLC_NUMERIC\ndecimal_point \",\"\nthousands_sep \".\"\ngrouping 3;3\n"
          "END LC_NUMERIC\n",
          file);
    assert_int_equal(fclose(file), 0);
}

static void
make_locale(void)
{
    char folder[] = "/tmp/parallax-locale-XXXXXX", source[64], command[256];

    assert_non_null(mkdtemp(folder));
    snprintf(source, sizeof(source), "%s/source", folder);
    write_locale(source);
    /* It warns of the categories that are not there, and says so with its exit code. */
    snprintf(command, sizeof(command), "localedef -c -i %s %s/comma >%s/log 2>&1", source, folder, folder);
    int code = system(command);
    setenv("LOCPATH", folder, 1);
    const char *set = setlocale(LC_NUMERIC, "comma");
    unsetenv("LOCPATH");
    snprintf(command, sizeof(command), "rm -r %s", folder);
    assert_int_equal(system(command), 0);
    if (!set)
        fail_msg("localedef made no locale: %d", code);
}

static void
use_decimal_comma(void)
{
    char text[8];

    if (!setlocale(LC_NUMERIC, "de_DE.UTF-8"))
        make_locale();
    snprintf(text, sizeof(text), "%.1f", 0.5);
    assert_string_equal(text, "0,5");
}

static void
use_decimal_point(void)
{
    assert_non_null(setlocale(LC_NUMERIC, "C"));
}

#endif
