/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules and differences as lines of text, for the unit tests and the golden files.
 *
 *   ignore PATTERN · redact PATTERN · header NAME · headers all · ignore_header NAME
 *   KIND FIELD [(noise)]: PRIMARY [(cut)] -> CANDIDATE [(cut)]       a value's line ends are written as \n
 *   further: N      differences that were counted and not kept
 *   ruled out: N
 */
#ifndef TEST_COMPARE_KIT_H
#define TEST_COMPARE_KIT_H

#include "base/buffer.h"
#include <parallax/compare.h>

static inline enum plx_status
rules_add_line(struct plx_rules *rules, struct plx_slice line, struct plx_rule_error *error)
{
    static const char *const verbs[] = {"ignore ", "redact ", "header ", "ignore_header "};

    if (plx_slice_equal(line, plx_slice_of("headers all"))) {
        plx_rules_compare_all_headers(rules, true);
        return PLX_OK;
    }
    for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
        size_t len = strlen(verbs[i]);
        if (line.len < len || memcmp(line.ptr, verbs[i], len) != 0)
            continue;
        struct plx_slice rest = plx_slice_make(line.ptr + len, line.len - len);
        return i == 0   ? plx_rules_ignore(rules, rest, error)
               : i == 1 ? plx_rules_redact(rules, rest, error)
               : i == 2 ? plx_rules_compare_header(rules, rest, error)
                        : plx_rules_ignore_header(rules, rest, error);
    }
    return PLX_E_NOT_FOUND;
}

static inline enum plx_status
rules_add_lines(struct plx_rules *rules, struct plx_slice lines, struct plx_rule_error *error)
{
    enum plx_status status = PLX_OK;

    while (lines.len && status == PLX_OK) {
        const char *newline = memchr(lines.ptr, '\n', lines.len);
        size_t len = newline ? (size_t)(newline - lines.ptr) : lines.len;
        if (len)
            status = rules_add_line(rules, plx_slice_make(lines.ptr, len), error);
        lines = plx_slice_make(lines.ptr + len + (newline != NULL), lines.len - len - (newline != NULL));
    }
    return status;
}

static inline void
write_shown(struct plx_buffer *out, struct plx_slice text, bool cut)
{
    if (text.len)
        plx_buffer_byte(out, ' ');
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] == '\n')
            plx_buffer_text(out, "\\n");
        else
            plx_buffer_byte(out, text.ptr[i]);
    plx_buffer_text(out, cut ? " (cut)" : "");
}

static inline void
write_comparison(struct plx_buffer *out, const struct plx_comparison *comparison)
{
    for (size_t i = 0; i < comparison->count; i++) {
        const struct plx_difference *d = &comparison->differences[i];
        plx_buffer_format(out, "%s %.*s%s:", plx_kind_text(d->kind), (int)d->field.len, d->field.ptr,
                          d->noise ? " (noise)" : "");
        write_shown(out, d->primary, d->primary_cut);
        plx_buffer_text(out, " ->");
        write_shown(out, d->candidate, d->candidate_cut);
        plx_buffer_byte(out, '\n');
    }
    if (comparison->total > comparison->count)
        plx_buffer_format(out, "further: %zu\n", (size_t)(comparison->total - comparison->count));
    if (comparison->ruled_out)
        plx_buffer_format(out, "ruled out: %zu\n", (size_t)comparison->ruled_out);
}

/* A JSON body that is all there. */
static inline struct plx_answer
json_answer(struct plx_slice body)
{
    return (struct plx_answer){.body = body, .body_length = body.len, .json = true};
}

#endif
