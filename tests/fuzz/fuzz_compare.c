/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whatever the rules and the answers, nothing differs from itself, without rules what is the same is so from both
 * sides, values of different hashes differ, what the secondary shows as well is noise, and the verdict follows from
 * what was told.
 *
 * The input: a byte of flags, then rules, primary, candidate and secondary with a zero byte between them.
 */
#include "../unit/compare_kit.h"
#include "base/arena.h"
#include "base/assert.h"
#include "compare/compiled.h"
#include "compare/hashes.h"
#include "compare/redact.h"

#include <stdlib.h>

enum {
    FLAG_PRIMARY_TEXT = 1,
    FLAG_CANDIDATE_TEXT = 2,
    FLAG_FEW = 4, /* small bounds */
    FLAG_CANDIDATE_CUT = 8,
    FLAG_SECONDARY_CUT = 16,
    FLAG_FLAT = 32, /* a small depth */
    FLAG_POOR = 64, /* little memory, few values, little work */
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct plx_slice
take_part(struct plx_slice *rest)
{
    const char *zero = memchr(rest->ptr, '\0', rest->len);
    struct plx_slice part = plx_slice_make(rest->ptr, zero ? (size_t)(zero - rest->ptr) : rest->len);
    size_t used = part.len + (zero != NULL);

    *rest = plx_slice_make(rest->ptr + used, rest->len - used);
    if (part.len == 0)
        return plx_slice_make(NULL, 0);
    /* Exactly its bytes, so that what is read beyond them is found. */
    char *copy = malloc(part.len);
    PLX_ASSERT(copy);
    return plx_slice_make(memcpy(copy, part.ptr, part.len), part.len);
}

static struct plx_rules *
rules_of(struct plx_slice lines)
{
    struct plx_rules *rules = plx_rules_new(NULL);
    struct plx_rule_error error = {""};

    PLX_ASSERT(rules);
    enum plx_status status = rules_add_lines(rules, lines, &error);
    PLX_ASSERT(status != PLX_E_ARGUMENT || error.text[0]);
    struct plx_rules *copy = plx_rules_copy(rules);
    PLX_ASSERT(copy);
    plx_rules_free(rules);
    return copy;
}

static void
check_told(const struct plx_comparison *comparison, const struct plx_compare_limits *limits)
{
    uint64_t ruled_out = 0;

    PLX_ASSERT(comparison->count ==
               (comparison->total < limits->differences_max ? comparison->total : limits->differences_max));
    for (size_t i = 0; i < comparison->count; i++) {
        const struct plx_difference *d = &comparison->differences[i];
        PLX_ASSERT(!d->noise && d->field.len <= 4096);
        PLX_ASSERT(d->primary.len <= limits->value_bytes_max || !d->primary_cut);
        PLX_ASSERT(d->kind != PLX_KIND_MISSING || d->candidate.len == 0);
        PLX_ASSERT(d->kind != PLX_KIND_EXTRA || d->primary.len == 0);
    }
    for (int kind = 0; kind < PLX_RULE_KINDS; kind++)
        ruled_out += comparison->ruled_out_by[kind];
    PLX_ASSERT(ruled_out == comparison->ruled_out);
}

static void
check_hashes(const struct plx_answer *a, const struct plx_answer *b, bool same, struct plx_arena *arena)
{
    struct plx_document x, y;

    if (same && plx_json_read(a->body, NULL, arena, &x, NULL) == PLX_OK &&
        plx_json_read(b->body, NULL, arena, &y, NULL) == PLX_OK)
        PLX_ASSERT(plx_value_hash(&x, 0) == plx_value_hash(&y, 0));
}

static bool
is_spent(enum plx_status status)
{
    return status == PLX_E_TOO_LARGE || status == PLX_E_TIMEOUT;
}

static void
check_sides(const struct plx_rules *rules, const struct plx_answer *a, const struct plx_answer *b,
            const struct plx_compare_limits *limits, struct plx_arena *arena)
{
    struct plx_comparison there, back, same;
    enum plx_status status = plx_compare(rules, a, b, limits, arena, &there);

    if (limits->work_max) { /* one way round may take more than the other */
        PLX_ASSERT(status == PLX_OK || status == PLX_E_LIMIT || is_spent(status));
        if (status == PLX_OK && there.bodies == PLX_OK)
            check_told(&there, limits);
        return;
    }
    PLX_ASSERT(status == PLX_OK || status == PLX_E_LIMIT);
    PLX_ASSERT(plx_compare(rules, b, a, limits, arena, &back) == status);
    if (status == PLX_OK) {
        check_told(&there, limits);
        check_told(&back, limits);
        if (plx_rules_count(rules) == 0 && rules->mode == PLX_MODE_STRICT) {
            PLX_ASSERT((there.total == 0) == (back.total == 0));
            check_hashes(a, b, there.total == 0, arena);
        }
    }
    PLX_ASSERT(plx_compare(rules, a, a, limits, arena, &same) == PLX_OK && same.total == 0 && same.ruled_out == 0);
}

static void
check_judgement(const struct plx_rules *rules, const struct plx_answer *a, const struct plx_answer *b,
                const struct plx_answer *c, const struct plx_compare_limits *limits, struct plx_arena *arena)
{
    struct plx_judgement j;
    enum plx_status status = plx_judge(rules, a, b, c, limits, arena, &j);

    if (status != PLX_OK) {
        PLX_ASSERT(status == PLX_E_LIMIT || (limits->work_max && is_spent(status)));
        return;
    }
    if (j.comparison.bodies != PLX_OK) {
        PLX_ASSERT(j.verdict == PLX_MISMATCH);
        return;
    }
    bool clean = j.comparison.total == 0 && j.comparison.ruled_out == 0;
    PLX_ASSERT((j.verdict == PLX_MATCH) == clean);
    PLX_ASSERT(j.verdict != PLX_INCOMPARABLE && j.field_count <= 2 * (size_t)limits->fields_max);
    PLX_ASSERT(j.comparison.total == 0 || j.field_count > 0);
    if (!c)
        PLX_ASSERT((j.verdict == PLX_MISMATCH) == (j.comparison.total > 0) && !j.with_secondary);
    if (c == b && j.with_secondary)
        PLX_ASSERT(j.verdict != PLX_MISMATCH);
}

/* What is stored instead of a body is JSON where the body was. */
static void
check_redacted(const struct plx_rules *rules, struct plx_slice body, struct plx_arena *arena)
{
    struct plx_document document;
    struct plx_buffer out;

    plx_buffer_init(&out, 1 << 24);
    bool json = plx_json_read(body, NULL, arena, &document, NULL) == PLX_OK;
    enum plx_status status = plx_rules_write_redacted(rules, body, PLX_SECRET_ANY_TEXT, SIZE_MAX, arena, &out);
    PLX_ASSERT(status == PLX_OK || (!json && out.len == 0));
    if (json)
        PLX_ASSERT(plx_json_read(plx_buffer_slice(&out), NULL, arena, &document, NULL) == PLX_OK);
    plx_buffer_fini(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    uint8_t flags = data[0];
    struct plx_slice rest = plx_slice_make(data + 1, size - 1), parts[4];
    for (int i = 0; i < 4; i++)
        parts[i] = take_part(&rest);
    struct plx_compare_limits limits = {.differences_max = flags & FLAG_FEW ? 2 : 50,
                                        .fields_max = flags & FLAG_FEW ? 2 : 50,
                                        .value_bytes_max = flags & FLAG_FEW ? 3 : 64,
                                        .json.depth_max = flags & FLAG_FLAT ? 3 : 0,
                                        .memory_max = flags & FLAG_POOR ? 1 << 16 : 0,
                                        .values_max = flags & FLAG_POOR ? 64 : 0,
                                        .work_max = flags & FLAG_POOR ? 4096 : 0};
    struct plx_rules *rules = rules_of(parts[0]);
    struct plx_arena *arena = plx_arena_new(NULL);
    struct plx_answer a = json_answer(parts[1]), b = json_answer(parts[2]), c = json_answer(parts[3]);

    PLX_ASSERT(arena);
    if (flags & FLAG_PRIMARY_TEXT)
        a.media_type = plx_slice_of("text/csv");
    if (flags & FLAG_CANDIDATE_TEXT)
        b.media_type = plx_slice_of("text/csv");
    b.body_length += flags & FLAG_CANDIDATE_CUT ? 5 : 0;
    c.body_length += flags & FLAG_SECONDARY_CUT ? 5 : 0;
    check_sides(rules, &a, &b, &limits, arena);
    check_judgement(rules, &a, &b, NULL, &limits, arena);
    check_judgement(rules, &a, &b, &b, &limits, arena);
    check_judgement(rules, &a, &b, &c, &limits, arena);
    check_redacted(rules, a.body, arena);
    plx_arena_free(arena);
    plx_rules_free(rules);
    for (int i = 0; i < 4; i++)
        free((char *)parts[i].ptr);
    return 0;
}
