/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/report/report_parts.h"

#include "base/arena.h"
#include "base/assert.h"

#include <stdio.h>

static const char *const verdict_names[PLX_REPORT_VERDICTS] = {"regression", "inconclusive", "noise", "clean",
                                                               "not_compared"};

const char *
plx_report_verdict_name(enum plx_report_verdict verdict)
{
    return verdict_names[verdict];
}

const char *
plx_report_verdict_text(enum plx_report_verdict verdict)
{
    return verdict == PLX_REPORT_NOT_COMPARED ? "not compared" : verdict_names[verdict];
}

enum plx_report_verdict
plx_report_read_verdict(struct plx_item item, struct plx_arena *arena)
{
    struct plx_slice text = plx_item_text(item, arena);

    for (size_t i = 0; i < PLX_COUNT(verdict_names); i++)
        if (plx_slice_equal(text, plx_slice_of(verdict_names[i])))
            return (enum plx_report_verdict)i;
    return PLX_REPORT_INCONCLUSIVE;
}

/* A text, and behind it what else is said; itself where there is no memory. */
static struct plx_slice
followed(struct plx_slice text, struct plx_slice suffix, struct plx_arena *arena)
{
    char *whole = plx_arena_alloc(arena, text.len + suffix.len);

    if (!whole)
        return text;
    memcpy(whole, text.ptr, text.len);
    memcpy(whole + text.len, suffix.ptr, suffix.len);
    return plx_slice_make(whole, text.len + suffix.len);
}

/* "value", or "value, noise" of one that is noise in its exchange. */
static struct plx_slice
read_kind(struct plx_item item, struct plx_arena *arena)
{
    struct plx_slice kind = plx_item_text(plx_item_member(item, "kind"), arena);

    return plx_item_true(plx_item_member(item, "noise")) ? followed(kind, plx_slice_of(", noise"), arena) : kind;
}

/* What a side has, and whether there was more of it. */
static struct plx_slice
read_side(struct plx_item item, const char *side, struct plx_arena *arena)
{
    struct plx_slice value = plx_item_text(plx_item_member(item, side), arena);
    char cut[32];

    snprintf(cut, sizeof(cut), "%s_cut", side);
    return plx_item_true(plx_item_member(item, cut)) ? followed(value, plx_slice_of(" (cut)"), arena) : value;
}

bool
plx_report_read_differences(struct plx_item array, const struct plx_report_sides *sides, struct plx_arena *arena,
                            struct plx_report_differences *out)
{
    out->list = plx_item_room(arena, plx_item_length(array), sizeof(*out->list));
    if (!out->list)
        return false;
    for (struct plx_item item = plx_item_first(array); item.document; item = plx_item_next(array, item)) {
        struct plx_report_difference *difference = &out->list[out->count++];

        difference->field = plx_item_text(plx_item_member(item, "field"), arena);
        difference->kind = read_kind(item, arena);
        difference->primary = read_side(item, sides->primary, arena);
        difference->candidate = read_side(item, sides->candidate, arena);
        difference->shown = difference->field.len ? difference->field : plx_slice_of(sides->root);
    }
    return true;
}
