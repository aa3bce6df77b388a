/* SPDX-License-Identifier: Apache-2.0 */
/* Text by lines, aligned as arrays are, so that one inserted line is one difference; and bytes. */
#include "compare/text_lines.h"

#include "base/arena.h"
#include "base/utf8.h"
#include "compare/align.h"
#include "compare/compiled.h"
#include "compare/levenshtein.h"
#include "secrets/secret_text.h"

#include <stdio.h>
#include <xxhash.h>

#define LINE_STEPS 256u /* of telling one */

static const struct plx_shown nothing = {{"", 0}, false};

/* ---- secrets ---- */

/* Of a text its parts are shown; what is secret in them is found in all of it, once something is shown. */
struct side {
    struct plx_slice text;
    struct plx_secret_range *secrets;
    size_t count, room;
    struct plx_sink *sink;
};

struct texts {
    const struct plx_rules *rules;
    struct plx_sink *sink;
    struct side a, b;
    bool looked; /* for secrets */
};

static struct texts
texts_of(const struct plx_rules *rules, struct plx_slice a, struct plx_slice b, struct plx_sink *sink)
{
    return (struct texts){rules, sink, {.text = a, .sink = sink}, {.text = b, .sink = sink}, false};
}

/* Beyond as many as fit all of the rest is one. */
static bool
note_secret(void *context, const struct plx_secret_range *range)
{
    struct side *side = context;

    if (side->count == side->room) {
        size_t room = side->room ? side->room * 4 : 16;
        struct plx_secret_range *grown = plx_arena_alloc(side->sink->arena, room * sizeof(*grown));
        if (!grown) {
            side->sink->failed = true;
            return false;
        }
        if (side->count)
            memcpy(grown, side->secrets, side->count * sizeof(*grown));
        side->secrets = grown;
        side->room = room;
    }
    side->secrets[side->count++] = *range;
    if (side->count < PLX_TEXT_SECRETS_MAX)
        return true;
    side->secrets[side->count - 1].to = side->text.len;
    return false;
}

static void
look_for_secrets(struct texts *texts)
{
    if (texts->looked || plx_rules_redacts(texts->rules))
        return;
    texts->looked = true;
    plx_secrets_find(texts->sink->secrets, texts->a.text, PLX_SECRET_ANY_TEXT, note_secret, &texts->a);
    plx_secrets_find(texts->sink->secrets, texts->b.text, PLX_SECRET_ANY_TEXT, note_secret, &texts->b);
}

/* The first secret that ends behind at; count where there is none. */
static size_t
secret_at(const struct side *side, size_t at)
{
    size_t low = 0, high = side->count;

    while (low < high) {
        size_t middle = (low + high) / 2;
        if (side->secrets[middle].to > at)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

/* A part of the text as it is shown, at most max bytes. */
static struct plx_shown
show_part(struct texts *texts, struct side *side, size_t from, size_t to, size_t max)
{
    struct plx_slice part = plx_slice_make(side->text.ptr + from, to - from);
    struct plx_buffer out;

    if (plx_rules_redacts(texts->rules))
        return plx_show_mark(texts->sink, part, PLX_SECRET_PLAIN);
    look_for_secrets(texts);
    size_t next = secret_at(side, from);
    if (!side->secrets || next == side->count || side->secrets[next].from >= to)
        return plx_show(part, max);
    plx_buffer_init(&out, max + PLX_MARK_LEN + part.len);
    for (; from < to && out.len <= max; next++) {
        bool more = next < side->count && side->secrets[next].from < to;
        size_t end = more ? side->secrets[next].from : to;
        if (end > from)
            plx_buffer_append(&out, side->text.ptr + from, end - from);
        if (!more)
            break;
        const struct plx_secret_range *secret = &side->secrets[next];
        plx_secrets_write_mark(plx_slice_make(side->text.ptr + secret->from, secret->to - secret->from), secret->coding,
                               &out);
        from = secret->to;
    }
    struct plx_shown shown = plx_show(plx_buffer_slice(&out), max);
    shown.text = plx_arena_copy(texts->sink->arena, shown.text);
    if (out.failed || !shown.text.ptr) {
        texts->sink->failed = true;
        shown = nothing;
    }
    plx_buffer_fini(&out);
    return shown;
}

/* ---- bytes ---- */

/* Whether all that would be shown is text that a person can read. */
static bool
is_readable(struct plx_slice text, size_t max)
{
    size_t at = 0, len = 1;

    for (; at < text.len && at < max && len; at += len) {
        uint32_t code;
        len = plx_utf8_decode(plx_slice_make(text.ptr + at, text.len - at), &code);
        if (len && plx_utf8_is_control(code) && !strchr("\t\n\r", text.ptr[at]))
            return false;
    }
    return len > 0 || text.len - at < 4;
}

/* "at byte 7: ..." and what stands there, as text or in hexadecimal digits. */
static struct plx_shown
show_from(struct texts *texts, struct side *side, size_t from, bool readable, bool placed)
{
    struct plx_sink *sink = texts->sink;
    size_t max = sink->limits.value_bytes_max, left = side->text.len - from;
    size_t shown_max = readable ? max : max / 3 + 1, bytes = left < shown_max ? left : shown_max;
    struct plx_shown part = show_part(texts, side, from, from + bytes, 2 * max);
    bool secret = part.text.len != bytes || (bytes && memcmp(part.text.ptr, side->text.ptr + from, bytes) != 0);
    char *text = plx_arena_alloc(sink->arena, 3 * bytes + part.text.len + 40);

    if (!text) {
        sink->failed = true;
        return nothing;
    }
    size_t len = placed ? (size_t)snprintf(text, 40, left ? "at byte %zu: " : "ends at byte %zu", from) : 0;
    for (size_t i = 0; i < bytes && !readable && !secret; i++)
        len += (size_t)snprintf(text + len, 4, i ? " %02x" : "%02x", (unsigned char)side->text.ptr[from + i]);
    if ((readable || secret) && part.text.len) {
        memcpy(text + len, part.text.ptr, part.text.len);
        len += part.text.len;
    }
    struct plx_shown shown = plx_show(plx_slice_make(text, len), max);
    shown.cut |= bytes < left;
    return shown;
}

static void
compare_bytes(struct texts *texts)
{
    struct plx_slice a = texts->a.text, b = texts->b.text;
    struct plx_sink *sink = texts->sink;
    size_t at = 0, shorter = a.len < b.len ? a.len : b.len, max = sink->limits.value_bytes_max;
    enum plx_kind kind = a.len == 0 ? PLX_KIND_EXTRA : b.len == 0 ? PLX_KIND_MISSING : PLX_KIND_VALUE;
    struct plx_slice body = plx_slice_of("body");

    if (plx_rules_redacts(texts->rules)) {
        plx_sink_add(sink, body, body, kind, a.len ? plx_show_mark(sink, a, PLX_SECRET_PLAIN) : nothing,
                     b.len ? plx_show_mark(sink, b, PLX_SECRET_PLAIN) : nothing);
        return;
    }
    while (at < shorter && a.ptr[at] == b.ptr[at])
        at++;
    size_t from = at;
    while (from > 0 && from < shorter && at - from < 4 && ((unsigned char)a.ptr[from] & 0xC0) == 0x80)
        from--;
    bool readable = is_readable(plx_slice_make(a.ptr ? a.ptr + from : "", a.len - from), max) &&
                    is_readable(plx_slice_make(b.ptr ? b.ptr + from : "", b.len - from), max);
    plx_sink_add(sink, body, body, kind, a.len ? show_from(texts, &texts->a, from, readable, b.len) : nothing,
                 b.len ? show_from(texts, &texts->b, from, readable, a.len) : nothing);
}

void
plx_compare_bytes(const struct plx_rules *rules, struct plx_slice a, struct plx_slice b, struct plx_sink *sink)
{
    struct texts texts = texts_of(rules, a, b, sink);

    compare_bytes(&texts);
}

/* ---- lines ---- */

struct lines {
    struct plx_slice *lines; /* with their ends */
    uint64_t *hashes;
    uint32_t count;
};

static uint32_t
count_lines(struct plx_slice text)
{
    uint32_t count = 0;

    while (text.len && count <= PLX_TEXT_LINES_MAX) {
        const char *end = memchr(text.ptr, '\n', text.len);
        size_t used = end ? (size_t)(end - text.ptr) + 1 : text.len;
        text = plx_slice_make(text.ptr + used, text.len - used);
        count++;
    }
    return count;
}

static bool
take_lines(struct plx_slice text, uint32_t count, struct plx_arena *arena, struct lines *out)
{
    out->count = 0;
    out->lines = plx_arena_alloc(arena, count * sizeof(*out->lines));
    out->hashes = plx_arena_alloc(arena, count * sizeof(*out->hashes));
    if (!out->lines || !out->hashes)
        return false;
    while (text.len) {
        const char *end = memchr(text.ptr, '\n', text.len);
        size_t used = end ? (size_t)(end - text.ptr) + 1 : text.len;
        out->lines[out->count] = plx_slice_make(text.ptr, used);
        out->hashes[out->count++] = XXH3_64bits(text.ptr, used);
        text = plx_slice_make(text.ptr + used, text.len - used);
    }
    return true;
}

static struct plx_slice
without_end(struct plx_slice line)
{
    line.len -= line.len && line.ptr[line.len - 1] == '\n';
    return line;
}

/*
 * The words of a line, so that noise is told by them: what a line has besides a time-stamp is still looked at. A word
 * is a run of what is neither blank nor one of the marks that structures and lists are written with; each of those is a
 * word of its own, but for blanks.
 */
struct words {
    uint64_t *hashes;
    uint32_t count;
};

static bool
is_mark(char c)
{
    return c && strchr(",;<>\"'|&=()[]{}", c);
}

static bool
is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* false: no memory (sink->failed), or more than are told apart. */
static bool
take_words(struct plx_slice line, struct plx_sink *sink, struct words *out)
{
    size_t most = sink->words_left < PLX_TEXT_WORDS_MAX ? sink->words_left : PLX_TEXT_WORDS_MAX;
    size_t room = line.len < most ? line.len : most, at = 0;

    out->count = 0;
    out->hashes = plx_arena_alloc(sink->arena, (room + 1) * sizeof(*out->hashes));
    if (!out->hashes) {
        sink->failed = true;
        return false;
    }
    while (at < line.len) {
        size_t from = at;
        if (is_blank(line.ptr[at])) {
            at++;
            continue;
        }
        for (at++; !is_mark(line.ptr[from]) && at < line.len && !is_blank(line.ptr[at]) && !is_mark(line.ptr[at]);)
            at++;
        if (out->count == room)
            return false;
        out->hashes[out->count++] = XXH3_64bits(line.ptr + from, at - from);
    }
    sink->words_left -= out->count;
    return true;
}

/* The place of a word in a line; an `end` marks where words were put in, or left out. */
static uint64_t
word_place(uint32_t line, uint32_t word, bool end)
{
    const uint32_t place[] = {line, word, end};

    return XXH3_64bits(place, sizeof(place)) | 1;
}

/* The places in which two lines differ, each a word of the first; their number, 0 where nobody can say by words. */
static size_t
differing_words(uint32_t line, struct plx_slice a, struct plx_slice b, struct plx_sink *sink, uint64_t **places)
{
    uint32_t i = 0, k = 0, *pairs;
    size_t count = 0;
    struct words x, y;

    if (!take_words(a, sink, &x) || !take_words(b, sink, &y))
        return 0;
    pairs = plx_arena_alloc(sink->arena, (x.count + 1) * sizeof(*pairs));
    *places = plx_arena_alloc(sink->arena, ((size_t)x.count * 2 + 1) * sizeof(**places));
    if (!pairs || !*places ||
        !plx_align(x.hashes, x.count, y.hashes, y.count, &sink->words_align, sink->work, sink->arena, pairs)) {
        sink->failed = true;
        return 0;
    }
    for (uint32_t at = 0; at <= x.count; at++) {
        uint32_t partner = at < x.count ? pairs[at] : y.count;
        if (partner == UINT32_MAX)
            continue;
        if (at - i != partner - k)
            (*places)[count++] = word_place(line, i, true);
        for (uint32_t word = i; word < at; word++)
            (*places)[count++] = word_place(line, word, false);
        if (at < x.count && x.hashes[at] != y.hashes[partner]) /* paired by position */
            (*places)[count++] = word_place(line, at, false);
        i = at + 1;
        k = partner + 1;
    }
    return count;
}

static struct plx_shown
show_line(struct texts *texts, struct side *side, struct plx_slice line, bool with_end)
{
    size_t from = (size_t)(line.ptr - side->text.ptr), len = with_end ? line.len : without_end(line).len;

    return show_part(texts, side, from, from + len, texts->sink->limits.value_bytes_max);
}

/* NULL: that side has none. */
static void
tell_line(struct texts *texts, enum plx_kind kind, uint32_t number, const struct plx_slice *a,
          const struct plx_slice *b)
{
    /* Where only the line's end differs it is shown. */
    bool ends = a && b && plx_slice_equal(without_end(*a), without_end(*b));
    struct plx_sink *sink = texts->sink;
    struct plx_shown x = a ? show_line(texts, &texts->a, *a, ends) : nothing;
    struct plx_shown y = b ? show_line(texts, &texts->b, *b, ends) : nothing;
    uint64_t *places = NULL;
    char field[24];

    snprintf(field, sizeof(field), "body:%u", number);
    bool noise_counts = sink->places && (sink->secondary || sink->places->count);
    size_t count = a && b && noise_counts ? differing_words(number, *a, *b, sink, &places) : 0;
    if (count)
        plx_sink_add_parts(sink, plx_slice_of(field), plx_slice_of("body"), kind, x, y, places, count);
    else
        plx_sink_add(sink, plx_slice_of(field), plx_slice_of("body"), kind, x, y);
}

/* What is between two pairs: line beside line, as far as both go. */
static void
tell_gap(struct texts *texts, const struct lines *a, uint32_t i, uint32_t end_a, const struct lines *b, uint32_t k,
         uint32_t end_b)
{
    for (; (i < end_a || k < end_b) && !texts->sink->failed; i += i < end_a, k += k < end_b) {
        bool in_a = i < end_a, in_b = k < end_b;
        if (in_a && in_b && a->hashes[i] == b->hashes[k] && plx_slice_equal(a->lines[i], b->lines[k]))
            continue;
        if (!plx_work_spend(texts->sink->work, LINE_STEPS)) {
            texts->sink->failed = true;
            return;
        }
        tell_line(texts,
                  in_a && in_b ? PLX_KIND_VALUE
                  : in_a       ? PLX_KIND_MISSING
                               : PLX_KIND_EXTRA,
                  in_a ? i + 1 : k + 1, in_a ? &a->lines[i] : NULL, in_b ? &b->lines[k] : NULL);
    }
}

static void
compare_lines(struct texts *texts, const struct lines *a, const struct lines *b)
{
    struct plx_sink *sink = texts->sink;
    uint32_t *pairs = plx_arena_alloc(sink->arena, a->count * sizeof(*pairs));
    struct plx_align_budget budget = {PLX_ALIGN_STEPS_MAX};
    uint32_t i = 0, k = 0;

    if (!pairs || !plx_align(a->hashes, a->count, b->hashes, b->count, &budget, sink->work, sink->arena, pairs)) {
        sink->failed = true;
        return;
    }
    sink->result.unexamined += budget.unexamined;
    for (uint32_t at = 0; at <= a->count && !sink->failed; at++) {
        uint32_t partner = at < a->count ? pairs[at] : b->count;
        if (partner == UINT32_MAX)
            continue;
        tell_gap(texts, a, i, at, b, k, partner);
        if (at < a->count) /* paired by hash, or by position */
            tell_gap(texts, a, at, at + 1, b, partner, partner + 1);
        i = at + 1;
        k = partner + 1;
    }
}

static void
excuse_text(struct texts *texts, const struct plx_compiled_rule *rule)
{
    struct plx_sink *sink = texts->sink;
    struct plx_excuse *first = plx_sink_excuse(sink, texts->rules, (size_t)(rule - texts->rules->compiled));
    uint32_t max = sink->limits.value_bytes_max;

    if (first)
        plx_sink_show_excuse(sink, first, plx_slice_of("body"), show_part(texts, &texts->a, 0, texts->a.text.len, max),
                             show_part(texts, &texts->b, 0, texts->b.text.len, max));
}

void
plx_compare_text(const struct plx_rules *rules, struct plx_slice a, struct plx_slice b, struct plx_sink *sink)
{
    const struct plx_compiled_rule *similar =
        plx_rules_find(rules, PLX_RULE_SIMILAR, plx_slice_of("body"), sink->limits.now_s);
    uint32_t count_a = count_lines(a), count_b = count_lines(b);
    struct texts texts = texts_of(rules, a, b, sink);
    enum plx_similarity similarity = PLX_NOT_SIMILAR;
    uint64_t steps = PLX_SIMILAR_STEPS_MAX;
    struct lines x, y;

    if (plx_slice_equal(a, b))
        return;
    if (similar)
        similarity = plx_similar(a, b, similar->share, &steps, sink->work, sink->arena, &sink->failed);
    if (sink->failed || !plx_work_spend(sink->work, a.len + b.len)) {
        sink->failed = true;
    } else if (similarity == PLX_SIMILAR) {
        excuse_text(&texts, similar);
    } else if (similarity == PLX_SIMILAR_UNKNOWN) {
        sink->undecided = true;
        sink->result.unexamined++;
    } else if (count_a > PLX_TEXT_LINES_MAX || count_b > PLX_TEXT_LINES_MAX || count_a == 0 || count_b == 0) {
        compare_bytes(&texts);
    } else if (!take_lines(a, count_a, sink->arena, &x) || !take_lines(b, count_b, sink->arena, &y)) {
        sink->failed = true;
    } else {
        compare_lines(&texts, &x, &y);
    }
}
