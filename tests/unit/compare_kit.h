/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules and differences as lines of text, for the unit tests and the golden files.
 *
 *   ignore PATTERN · redact PATTERN · header NAME · headers all · ignore_header NAME · mode NAME
 *   tolerance PATTERN VALUE · match PATTERN REGEX · similar PATTERN SHARE · unordered PATTERN [by POINTER...]
 *   KIND FIELD [(noise)]: PRIMARY [(cut)] -> CANDIDATE [(cut)]       a value's line ends are written as \n
 *   further: N      differences that were counted and not kept
 *   ruled out: N
 */
#ifndef TEST_COMPARE_KIT_H
#define TEST_COMPARE_KIT_H

#include "base/buffer.h"
#include "marks_kit.h"
#include <parallax/compare.h>

/* The word before the next space; rest begins behind it. */
static inline struct plx_slice
take_word(struct plx_slice *rest)
{
    const char *space = rest->len ? memchr(rest->ptr, ' ', rest->len) : NULL;
    size_t len = space ? (size_t)(space - rest->ptr) : rest->len, used = len + (space != NULL);
    struct plx_slice word = plx_slice_make(rest->ptr, len);

    *rest = plx_slice_make(rest->ptr + used, rest->len - used);
    return word;
}

static inline enum plx_status
rules_set_mode(struct plx_rules *rules, struct plx_slice name)
{
    for (int mode = PLX_MODE_STRICT; mode <= PLX_MODE_SCHEMA; mode++)
        if (plx_slice_equal(name, plx_slice_of(plx_mode_text((enum plx_mode)mode)))) {
            plx_rules_set_mode(rules, (enum plx_mode)mode);
            return PLX_OK;
        }
    return PLX_E_NOT_FOUND;
}

static inline enum plx_status
rules_add_line(struct plx_rules *rules, struct plx_slice line, struct plx_rule_error *error)
{
    struct plx_slice rest = line, verb = take_word(&rest);
    struct plx_rule rule = {.kind = PLX_RULE_IGNORE_HEADER, .field = rest};
    int kind = 0;

    if (plx_slice_equal(line, plx_slice_of("headers all"))) {
        plx_rules_compare_all_headers(rules, true);
        return PLX_OK;
    }
    if (plx_slice_equal(verb, plx_slice_of("mode")))
        return rules_set_mode(rules, rest);
    if (plx_slice_equal(verb, plx_slice_of("header")))
        return plx_rules_compare_header(rules, rest, error);
    if (plx_slice_equal(verb, plx_slice_of("ignore_header")))
        return plx_rules_add(rules, &rule, error);
    while (kind < PLX_RULE_KINDS && !plx_slice_equal(verb, plx_slice_of(plx_rule_kind_text((enum plx_rule_kind)kind))))
        kind++;
    if (kind == PLX_RULE_KINDS)
        return PLX_E_NOT_FOUND;
    rule.kind = (enum plx_rule_kind)kind;
    if (rule.kind != PLX_RULE_IGNORE && rule.kind != PLX_RULE_REDACT) {
        rule.field = take_word(&rest);
        rule.value = rest;
    }
    if (rule.kind == PLX_RULE_UNORDERED) {
        rule.value.len = 0;
        for (take_word(&rest); rest.len && rule.by_count < PLX_RULE_BY_MAX; rule.by_count++)
            rule.by[rule.by_count] = take_word(&rest);
        rule.by_count += rest.len > 0;
    }
    return plx_rules_add(rules, &rule, error);
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
    out->len = kit_without_digits(out->ptr, out->len);
}

/* A JSON body that is all there. */
static inline struct plx_answer
json_answer(struct plx_slice body)
{
    return (struct plx_answer){.body = body, .body_length = body.len, .media_type = {"application/json", 16}};
}

#endif
