/* SPDX-License-Identifier: Apache-2.0 */
/* The readings of `parallax diff`. Of two long values that differ little the same beginning is left out. */
#include "cli/report/diff_text.h"

#include "cli/terminal/terminal.h"
#include "json/writer.h"

#include <inttypes.h>
#include <stdio.h>

#define SAME_KEPT 24u /* bytes before the first one that differs */

/* ---- for people ---- */

/* The bytes at the beginning of both that need not be shown; whole characters. */
static size_t
same_beginning(struct plx_slice a, struct plx_slice b, size_t columns)
{
    size_t shorter = a.len < b.len ? a.len : b.len, same = 0;

    if (plx_text_columns(a) <= columns && plx_text_columns(b) <= columns)
        return 0;
    while (same < shorter && a.ptr[same] == b.ptr[same])
        same++;
    if (same <= 2 * SAME_KEPT)
        return 0;
    for (same -= SAME_KEPT; same > 0 && ((unsigned char)a.ptr[same] & 0xC0) == 0x80;)
        same--;
    return same;
}

struct side {
    struct plx_slice value;
    bool cut;
    const char *mark;
    enum plx_style style;
};

static void
add_value(const struct plx_terminal *terminal, const struct side *side, size_t from, size_t columns)
{
    struct plx_buffer text;

    plx_buffer_init(&text, 64 * (side->value.len + 64));
    plx_buffer_format(&text, "  %s %s", side->mark, from ? "... " : "");
    plx_text_add(&text, plx_slice_make(side->value.ptr + from, side->value.len - from), columns);
    plx_buffer_text(&text, side->cut ? " ..." : "");
    plx_terminal_write(terminal, side->style, plx_buffer_slice(&text));
    plx_buffer_byte(terminal->out, '\n');
    plx_buffer_fini(&text);
}

static void
add_difference(const struct plx_terminal *terminal, const struct plx_difference *d)
{
    const struct side sides[] = {{d->primary, d->primary_cut, "-", PLX_RED},
                                 {d->candidate, d->candidate_cut, "+", PLX_GREEN}};
    size_t columns = terminal->width > 32 ? terminal->width - 12 : 20, from = 0;
    struct plx_buffer field;

    plx_buffer_init(&field, 64 * (d->field.len + 64));
    if (d->field.len)
        plx_text_add(&field, d->field, columns);
    else
        plx_buffer_text(&field, "(the whole document)");
    plx_terminal_write(terminal, PLX_BOLD, plx_buffer_slice(&field));
    plx_buffer_fini(&field);
    plx_buffer_format(terminal->out, "  %s%s\n", plx_kind_text(d->kind),
                      d->ids ? ": the same ids in another order; the rest is compared by id" : "");
    if (d->kind == PLX_KIND_VALUE)
        from = same_beginning(d->primary, d->candidate, columns);
    for (int i = 0; i < 2; i++)
        if (d->kind != (i == 0 ? PLX_KIND_EXTRA : PLX_KIND_MISSING))
            add_value(terminal, &sides[i], from, columns);
}

void
plx_diff_tell(struct plx_buffer *out, const struct plx_comparison *comparison)
{
    struct plx_terminal terminal;
    const char *comma = " (";

    plx_terminal_init(&terminal, out, stdout);
    for (size_t i = 0; i < comparison->count; i++)
        add_difference(&terminal, &comparison->differences[i]);
    if (comparison->total > comparison->count)
        plx_buffer_format(out, "... and %" PRIu64 " more\n", comparison->total - comparison->count);
    if (comparison->total == 0)
        plx_buffer_text(out, "the same");
    else
        plx_buffer_format(out, "%" PRIu64 " difference%s", comparison->total, comparison->total == 1 ? "" : "s");
    if (comparison->ruled_out) {
        plx_buffer_format(out, ", %" PRIu64 " ignored", comparison->ruled_out);
        for (int kind = 0; kind < PLX_RULE_KINDS; kind++)
            if (comparison->ruled_out_by[kind]) {
                plx_buffer_format(out, "%s%s %" PRIu64, comma, plx_rule_kind_text((enum plx_rule_kind)kind),
                                  comparison->ruled_out_by[kind]);
                comma = ", ";
            }
        plx_buffer_byte(out, ')');
    }
    plx_buffer_byte(out, '\n');
    if (comparison->unexamined)
        plx_buffer_format(out, "%" PRIu64 " elements or lines %s: too many differ\n", comparison->unexamined,
                          comparison->bodies == PLX_OK ? "were paired by their position" : "were not examined");
}

/* ---- for machines ---- */

static void
write_value(struct plx_json_writer *json, const char *key, struct plx_slice value, bool cut, bool there)
{
    char cut_key[32];

    if (!there)
        return;
    plx_json_key(json, key);
    plx_json_string(json, value);
    snprintf(cut_key, sizeof(cut_key), "%s_cut", key);
    if (cut) {
        plx_json_key(json, cut_key);
        plx_json_bool(json, true);
    }
}

static void
write_difference(struct plx_json_writer *json, const struct plx_difference *d)
{
    plx_json_begin_object(json);
    plx_json_key(json, "field");
    plx_json_string(json, d->field);
    plx_json_key(json, "kind");
    plx_json_text_value(json, plx_kind_text(d->kind));
    if (d->ids) {
        plx_json_key(json, "ids");
        plx_json_bool(json, true);
    }
    write_value(json, "primary", d->primary, d->primary_cut, d->kind != PLX_KIND_EXTRA);
    write_value(json, "candidate", d->candidate, d->candidate_cut, d->kind != PLX_KIND_MISSING);
    plx_json_end_object(json);
}

void
plx_diff_tell_json(struct plx_buffer *out, const struct plx_comparison *comparison)
{
    struct plx_json_writer json;

    plx_json_writer_init(&json, out);
    plx_json_begin_object(&json);
    plx_json_key(&json, "same");
    plx_json_bool(&json, comparison->total == 0);
    plx_json_key(&json, "total");
    plx_json_uint(&json, comparison->total);
    plx_json_key(&json, "ignored");
    plx_json_uint(&json, comparison->ruled_out);
    plx_json_key(&json, "ignored_by");
    plx_json_begin_object(&json);
    for (int kind = 0; kind < PLX_RULE_KINDS; kind++)
        if (comparison->ruled_out_by[kind]) {
            plx_json_key(&json, plx_rule_kind_text((enum plx_rule_kind)kind));
            plx_json_uint(&json, comparison->ruled_out_by[kind]);
        }
    plx_json_end_object(&json);
    plx_json_key(&json, "unexamined");
    plx_json_uint(&json, comparison->unexamined);
    plx_json_key(&json, "differences");
    plx_json_begin_array(&json);
    for (size_t i = 0; i < comparison->count; i++)
        write_difference(&json, &comparison->differences[i]);
    plx_json_end_array(&json);
    plx_json_end_object(&json);
    plx_buffer_byte(out, '\n');
}
