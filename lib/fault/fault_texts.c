/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Texts that mean the same. One side is changed in one way at a time - decoded, folded, stripped - and compared with
 * the other: what a change makes equal is what the fault looks like.
 */
#include "fault/fault_texts.h"

#include "base/ascii.h"
#include "base/assert.h"
#include "base/slice.h"
#include "base/utf8.h"
#include "fault/fault_letters.h"
#include "fault/fault_numbers.h"

#include <stdlib.h>

#define WORDS_MAX 64u

/* A text that is being made; the longest: two code points of four bytes for each byte. */
struct made {
    size_t len;
    char bytes[PLX_FAULT_TEXT_MAX * 8];
};

static void
put(struct made *made, uint32_t code)
{
    made->len += plx_utf8_encode(code, made->bytes + made->len);
}

/* The next code point, of valid UTF-8. */
static uint32_t
next(struct plx_slice *rest)
{
    uint32_t code = 0;
    size_t len = plx_utf8_decode(*rest, &code);

    len = len ? len : 1;
    *rest = plx_slice_make(rest->ptr + len, rest->len - len);
    return code;
}

static bool
is_made(const struct made *made, struct plx_slice text)
{
    return made->len == text.len && (text.len == 0 || memcmp(made->bytes, text.ptr, text.len) == 0);
}

/* ---- one way of changing each ---- */

/* What it was before UTF-8 was read as Latin-1. */
static void
undo_latin(struct plx_slice text, struct made *made)
{
    while (text.len) {
        int byte = plx_letter_latin_byte(next(&text));

        if (byte < 0) {
            made->len = 0;
            return;
        }
        made->bytes[made->len++] = (char)byte;
    }
}

static void
undo_percent(struct plx_slice text, struct made *made)
{
    for (size_t i = 0; i < text.len; i++) {
        int byte = text.ptr[i] == '%' && text.len - i > 2 ? plx_ascii_hex_pair(text.ptr + i + 1) : -1;

        made->bytes[made->len++] = byte >= 0 ? (char)byte : text.ptr[i] == '+' ? ' ' : text.ptr[i];
        i += byte >= 0 ? 2 : 0;
    }
}

/* Of "&#233;", "&#xE9;", "&amp;" and the like the code point, and how many bytes they take; 0: it is none. */
static size_t
read_entity(struct plx_slice text, uint32_t *code)
{
    static const struct {
        const char *name;
        uint32_t code;
    } names[] = {{"&amp;", '&'},   {"&lt;", '<'},      {"&gt;", '>'},      {"&quot;", '"'},
                 {"&apos;", '\''}, {"&nbsp;", 0xA0},   {"&auml;", 0xE4},   {"&ouml;", 0xF6},
                 {"&uuml;", 0xFC}, {"&szlig;", 0xDF},  {"&Auml;", 0xC4},   {"&Ouml;", 0xD6},
                 {"&Uuml;", 0xDC}, {"&eacute;", 0xE9}, {"&egrave;", 0xE8}, {"&euro;", 0x20AC}};
    bool hex = text.len > 2 && (text.ptr[2] | 0x20) == 'x';
    size_t at = hex ? 3 : 2;

    for (size_t i = 0; i < PLX_COUNT(names); i++) {
        size_t len = strlen(names[i].name);
        *code = names[i].code;
        if (text.len >= len && memcmp(text.ptr, names[i].name, len) == 0)
            return len;
    }
    if (text.len < 4 || text.ptr[0] != '&' || text.ptr[1] != '#')
        return 0;
    *code = 0;
    for (; at < text.len && (hex ? plx_ascii_is_hex(text.ptr[at]) : plx_ascii_is_digit(text.ptr[at])); at++)
        if ((*code = *code * (hex ? 16 : 10) + (uint32_t)plx_ascii_hex_value(text.ptr[at])) > 0x10FFFF)
            return 0;
    return at > (hex ? 3u : 2u) && at < text.len && text.ptr[at] == ';' ? at + 1 : 0;
}

static void
undo_html(struct plx_slice text, struct made *made)
{
    while (text.len) {
        uint32_t code;
        size_t len = *text.ptr == '&' ? read_entity(text, &code) : 0;

        if (len == 0) {
            put(made, next(&text));
            continue;
        }
        put(made, code);
        text = plx_slice_make(text.ptr + len, text.len - len);
    }
}

static void
decompose(struct plx_slice text, struct made *made)
{
    while (text.len) {
        uint32_t parts[2];
        size_t count = plx_letter_decompose(next(&text), parts);

        for (size_t i = 0; i < count; i++)
            put(made, parts[i]);
    }
}

static void
strip_accents(struct plx_slice text, struct made *made)
{
    while (text.len) {
        uint32_t parts[2];

        plx_letter_decompose(next(&text), parts);
        if (!plx_letter_is_accent(parts[0]))
            put(made, parts[0]);
    }
}

static void
lower(struct plx_slice text, struct made *made)
{
    while (text.len)
        put(made, plx_letter_lower(next(&text)));
}

static void
drop_returns(struct plx_slice text, struct made *made)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] != '\r' || i + 1 == text.len || text.ptr[i + 1] != '\n')
            made->bytes[made->len++] = text.ptr[i];
}

static bool
is_space(uint32_t code)
{
    return code == ' ' || (code >= '\t' && code <= '\r') || code == 0xA0;
}

/* Each run of blanks is one; at the ends there are none. */
static void
fold_blanks(struct plx_slice text, struct made *made)
{
    bool owed = false;

    while (text.len) {
        uint32_t code = next(&text);

        if (is_space(code)) {
            owed = made->len > 0;
            continue;
        }
        if (owed)
            put(made, ' ');
        owed = false;
        put(made, code);
    }
}

static struct plx_slice
trimmed(struct plx_slice text)
{
    while (text.len && is_space((unsigned char)text.ptr[0]))
        text = plx_slice_make(text.ptr + 1, text.len - 1);
    while (text.len && is_space((unsigned char)text.ptr[text.len - 1]))
        text.len--;
    return text;
}

/* ---- finding ---- */

typedef void change_text(struct plx_slice text, struct made *made);

/* Whether a change of one side gives the other: the side, or -1. */
static int
side_that_becomes(struct plx_slice p, struct plx_slice c, change_text *change)
{
    struct made made;

    made.len = 0;
    change(c, &made);
    if (is_made(&made, p))
        return PLX_FAULT_IN_CANDIDATE;
    made.len = 0;
    change(p, &made);
    return is_made(&made, c) ? PLX_FAULT_IN_PRIMARY : -1;
}

static bool
both_become_the_same(struct plx_slice p, struct plx_slice c, change_text *change)
{
    struct made a, b;

    a.len = b.len = 0;
    change(p, &a);
    change(c, &b);
    return a.len > 0 && is_made(&a, plx_slice_make(b.bytes, b.len));
}

static void
add_side(struct plx_slice p, struct plx_slice c, change_text *change, enum plx_fault fault, struct plx_faults *out)
{
    int side = side_that_becomes(p, c, change);

    if (side >= 0)
        plx_faults_add(out, fault, side);
}

/* 1: the candidate is in capitals; 2: in small letters; 0: neither alone. */
static int
case_of(struct plx_slice candidate)
{
    bool capitals = true, small = true;

    while (candidate.len) {
        uint32_t code = next(&candidate);

        capitals &= code < 'a' || code > 'z';
        small &= plx_letter_lower(code) == code;
    }
    return small ? 2 : capitals ? 1 : 0;
}

/* Question marks, or U+FFFD, one or several in place of each letter beyond ASCII that is gone. */
static bool
is_replaced(struct plx_slice whole, struct plx_slice other)
{
    bool any = false;

    while (whole.len) {
        struct plx_slice before = whole;
        uint32_t code = next(&whole), got;
        size_t bytes = before.len - whole.len;

        if (other.len == 0)
            return false;
        got = next(&other);
        if (got == code)
            continue;
        if (code < 0x80 || (got != '?' && got != 0xFFFD))
            return false;
        any = true;
        /* As many as it had bytes, where it was taken apart. */
        for (size_t i = 1; i < bytes && other.len > whole.len && other.len; i++) {
            struct plx_slice rest = other;
            if (next(&rest) != got)
                break;
            other = rest;
        }
    }
    return any && other.len == 0;
}

static void
add_letters(struct plx_slice p, struct plx_slice c, struct plx_faults *out)
{
    bool longer = c.len > p.len;

    add_side(p, c, undo_latin, PLX_FAULT_CHARSET, out);
    if (is_replaced(p, c) || is_replaced(c, p))
        plx_faults_add(out, PLX_FAULT_REPLACED, is_replaced(p, c) ? PLX_FAULT_IN_CANDIDATE : PLX_FAULT_IN_PRIMARY);
    if (both_become_the_same(p, c, decompose))
        plx_faults_add(out, PLX_FAULT_NORMALIZATION, longer ? PLX_FAULT_IN_CANDIDATE : PLX_FAULT_IN_PRIMARY);
    else
        add_side(p, c, strip_accents, PLX_FAULT_ACCENTS, out);
    if (plx_faults_hold(out, PLX_FAULT_ACCENTS)) /* the changed side is the one that has them */
        out->parameters[PLX_FAULT_ACCENTS] = !out->parameters[PLX_FAULT_ACCENTS];
    if (both_become_the_same(p, c, lower))
        plx_faults_add(out, PLX_FAULT_CASE, case_of(c));
}

static void
add_blanks(struct plx_slice p, struct plx_slice c, struct plx_faults *out)
{
    if (both_become_the_same(p, c, drop_returns))
        plx_faults_add(out, PLX_FAULT_LINE_ENDS, c.len > p.len ? PLX_FAULT_IN_CANDIDATE : PLX_FAULT_IN_PRIMARY);
    else if (both_become_the_same(p, c, fold_blanks))
        plx_faults_add(out, PLX_FAULT_BLANKS, !plx_slice_equal(trimmed(p), trimmed(c)));
}

/* ---- words in another order ---- */

static int
by_text(const void *a, const void *b)
{
    return plx_slice_order(*(const struct plx_slice *)a, *(const struct plx_slice *)b);
}

/* The words between commas, semicolons, ampersands, bars and blanks, sorted; false: too many. */
static bool
take_words(struct plx_slice text, struct plx_slice words[WORDS_MAX], size_t *count)
{
    size_t start = 0;

    *count = 0;
    for (size_t i = 0; i <= text.len; i++) {
        if (i < text.len && !strchr(",;&| \t\r\n", text.ptr[i] ? text.ptr[i] : 'x'))
            continue;
        if (i > start && *count == WORDS_MAX)
            return false;
        if (i > start)
            words[(*count)++] = plx_slice_make(text.ptr + start, i - start);
        start = i + 1;
    }
    qsort(words, *count, sizeof(*words), by_text);
    return true;
}

static bool
is_another_order(struct plx_slice p, struct plx_slice c)
{
    struct plx_slice x[WORDS_MAX], y[WORDS_MAX];
    size_t m, n;

    if (p.len != c.len || !take_words(p, x, &m) || !take_words(c, y, &n) || m != n || m < 2)
        return false;
    for (size_t i = 0; i < m; i++)
        if (!plx_slice_equal(x[i], y[i]))
            return false;
    return true;
}

/* ---- numbers in text ---- */

/* "1,234.50" with a point before its decimals and nothing between thousands; false: it is no number so written. */
static bool
plain_number(struct plx_slice text, bool comma, struct made *made)
{
    size_t since = 0;
    bool grouped = false, point = false;

    made->len = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];

        if (plx_ascii_is_digit(c) || (c == '-' && i == 0)) {
            made->bytes[made->len++] = c;
            since += c != '-';
            continue;
        }
        if (c == (comma ? ',' : '.') && !point && since && (!grouped || since == 3)) {
            point = true;
            made->bytes[made->len++] = '.';
        } else if (c == (comma ? '.' : ',') || c == '\'' || c == ' ') {
            if (point || since == 0 || since > 3 || (grouped && since != 3))
                return false;
            grouped = true;
        } else {
            return false;
        }
        since = 0;
    }
    return since && (point || !grouped || since == 3);
}

static bool
is_same_number(struct plx_slice p, struct plx_slice c)
{
    struct made a, b;

    for (int way = 0; way < 4; way++)
        if (plain_number(p, way & 1, &a) && plain_number(c, way & 2, &b) &&
            plx_fault_numbers_equal(plx_slice_make(a.bytes, a.len), plx_slice_make(b.bytes, b.len)))
            return true;
    return false;
}

void
plx_fault_texts_find(struct plx_slice primary, struct plx_slice candidate, struct plx_faults *out)
{
    if (primary.len > PLX_FAULT_TEXT_MAX || candidate.len > PLX_FAULT_TEXT_MAX)
        return;
    if (is_same_number(primary, candidate))
        plx_faults_add(out, PLX_FAULT_NUMBER_FORMAT, 0);
    if (primary.len == 0 || candidate.len == 0)
        return;
    add_letters(primary, candidate, out);
    add_blanks(primary, candidate, out);
    add_side(primary, candidate, undo_html, PLX_FAULT_HTML, out);
    add_side(primary, candidate, undo_percent, PLX_FAULT_PERCENT, out);
    if (is_another_order(primary, candidate))
        plx_faults_add(out, PLX_FAULT_ORDER, PLX_FAULT_WORDS);
}
