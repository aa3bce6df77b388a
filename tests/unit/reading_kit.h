/* SPDX-License-Identifier: Apache-2.0 */
/* For tests of what commands print: documents from text, and what was printed as text. */
#ifndef READING_KIT_H
#define READING_KIT_H

#include "base/arena.h"

#include <parallax/value.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct kit_reading {
    struct plx_arena *arena;
    struct plx_document document;
    FILE *out; /* to print to, until kit_printed() */
    char *text;
    size_t len;
};

static inline void
kit_read(struct kit_reading *kit, const char *json)
{
    struct plx_json_error error = {0};

    *kit = (struct kit_reading){.arena = plx_arena_new(NULL)};
    if (plx_json_read(plx_slice_of(json), NULL, kit->arena, &kit->document, &error) != PLX_OK)
        fail_msg("the test's JSON is wrong at byte %zu: %s", error.offset, error.expected);
    kit->out = open_memstream(&kit->text, &kit->len);
    assert_non_null(kit->out);
}

/* What was printed, until kit_end(). */
static inline const char *
kit_printed(struct kit_reading *kit)
{
    fclose(kit->out);
    kit->out = NULL;
    return kit->text;
}

static inline void
kit_end(struct kit_reading *kit)
{
    if (kit->out)
        fclose(kit->out);
    free(kit->text);
    plx_arena_free(kit->arena);
}

/* Nothing but printable characters and line ends: no escape sequence can have come through. */
static inline void
kit_expect_harmless(const char *text)
{
    for (const char *c = text; *c; c++)
        assert_true(*c == '\n' || ((unsigned char)*c >= 0x20 && *c != 0x7F));
    assert_null(strstr(text, "\xC2\x9B"));
    assert_null(strstr(text, "\xE2\x80\xAE"));
}

/* No line has more characters than that. */
static inline void
kit_expect_width(const char *text, size_t width)
{
    size_t column = 0;

    for (const char *c = text; *c; c++) {
        if (*c == '\n')
            column = 0;
        else if ((*c & 0xC0) != 0x80 && ++column > width)
            fail_msg("a line is wider than %zu in:\n%s", width, text);
    }
}

#endif
