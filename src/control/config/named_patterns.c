/* SPDX-License-Identifier: Apache-2.0 */
/* Names of patterns. Those of forms are the patterns that `report --propose` writes. */
#include "control/config/named_patterns.h"

#include "base/assert.h"
#include "base/nearest.h"

#include <parallax/compare.h>

#include <stdio.h>
#include <string.h>

#define NAMES "uuid, ulid, timestamp, date, number"

static const struct {
    const char *name;
    enum plx_form form; /* NONE: a number, as JSON writes it */
} names[] = {{"uuid", PLX_FORM_UUID},
             {"ulid", PLX_FORM_ULID},
             {"timestamp", PLX_FORM_TIMESTAMP},
             {"date", PLX_FORM_DATE},
             {"number", PLX_FORM_NONE}};

static const char number[] = "-?(?:0|[1-9][0-9]*)(?:\\.[0-9]+)?(?:[eE][+-]?[0-9]+)?";

/* Whether nothing in it has a meaning in a pattern. */
static bool
is_plain_text(struct plx_slice pattern)
{
    for (const char *meant = "\\^$.[|()?*+{"; *meant; meant++)
        if (memchr(pattern.ptr, *meant, pattern.len))
            return false;
    return true;
}

static void
warn(struct plx_config_reader *reader, const struct plx_yaml *node, struct plx_slice text)
{
    struct plx_nearest nearest = plx_nearest_begin(text);
    char mend[160];
    size_t len = 0;

    for (size_t i = 0; i < PLX_COUNT(names); i++)
        plx_nearest_look(&nearest, names[i].name);
    if (nearest.found)
        len = (size_t)snprintf(mend, sizeof(mend), "did you mean `%s`? ", nearest.found);
    snprintf(mend + len, sizeof(mend) - len, "write a pattern as in \"PAY-[0-9]+\", or one of " NAMES);
    plx_config_warning(reader, node, mend, "only the text %s itself matches, so the rule excuses nothing",
                       plx_config_quoted(text));
}

void
plx_named_pattern_resolve(struct plx_config_reader *reader, const struct plx_yaml *node, struct plx_slice *text)
{
    for (size_t i = 0; i < PLX_COUNT(names); i++)
        if (plx_slice_equal(*text, plx_slice_of(names[i].name))) {
            *text = plx_slice_of(names[i].form ? plx_form_pattern(names[i].form) : number);
            return;
        }
    if (text->len && is_plain_text(*text))
        warn(reader, node, *text);
}
