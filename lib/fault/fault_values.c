/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sorts a pair of values by what they are - times, numbers, texts, values of different types - and asks those who know
 * about it. Values come as a difference shows them: JSON as written, or the text of a header.
 */
#include "fault/fault_values.h"

#include "base/ascii.h"
#include "base/assert.h"
#include "base/utf8.h"
#include "fault/fault_numbers.h"
#include "fault/fault_texts.h"
#include "fault/fault_times.h"
#include "secrets/marks.h"

#include <xxhash.h>

#define SAMPLE_MASK 0xFFFFu /* too few bits to find a value by, enough to see that it changes */

/* A value without quotes and escapes. */
struct text {
    size_t len;
    char bytes[PLX_FAULT_TEXT_MAX];
};

/* ---- reading what is shown ---- */

static bool
is_string(struct plx_slice shown)
{
    return shown.len > 1 && shown.ptr[0] == '"' && shown.ptr[shown.len - 1] == '"';
}

static int
hex4(struct plx_slice text, size_t at)
{
    int high = text.len - at >= 4 ? plx_ascii_hex_pair(text.ptr + at) : -1;
    int low = high < 0 ? -1 : plx_ascii_hex_pair(text.ptr + at + 2);

    return low < 0 ? -1 : high << 8 | low;
}

/* Behind "\u"; *at moves over it and over the second half of a pair. False: it is no character. */
static bool
unescape_unicode(struct plx_slice text, size_t *at, uint32_t *code)
{
    int first = hex4(text, *at), second;

    if (first < 0 || (first >= 0xDC00 && first <= 0xDFFF))
        return false;
    *at += 4;
    *code = (uint32_t)first;
    if (first < 0xD800 || first > 0xDBFF)
        return true;
    if (text.len - *at < 6 || text.ptr[*at] != '\\' || text.ptr[*at + 1] != 'u')
        return false;
    second = hex4(text, *at + 2);
    *at += 6;
    *code = 0x10000 + (((uint32_t)first - 0xD800) << 10) + ((uint32_t)second - 0xDC00);
    return second >= 0xDC00 && second <= 0xDFFF;
}

static bool
unescape(struct plx_slice text, struct text *out)
{
    static const char from[] = "bfnrt\"\\/", to[] = "\b\f\n\r\t\"\\/";

    for (size_t at = 0; at < text.len;) {
        const char *found;
        uint32_t code;

        if (text.ptr[at] != '\\') {
            out->bytes[out->len++] = text.ptr[at++];
            continue;
        }
        if (++at == text.len)
            return false;
        if (text.ptr[at] == 'u') {
            at++;
            if (!unescape_unicode(text, &at, &code))
                return false;
            out->len += plx_utf8_encode(code, out->bytes + out->len);
            continue;
        }
        found = text.ptr[at] ? strchr(from, text.ptr[at++]) : NULL;
        if (!found)
            return false;
        out->bytes[out->len++] = to[found - from];
    }
    return true;
}

/* The text that is shown, in UTF-8; false: too long, or none. */
static bool
text_of(struct plx_slice shown, struct text *out)
{
    out->len = 0;
    if (shown.len > PLX_FAULT_TEXT_MAX)
        return false;
    if (is_string(shown)) {
        if (!unescape(plx_slice_make(shown.ptr + 1, shown.len - 2), out))
            return false;
    } else {
        memcpy(out->bytes, shown.len ? shown.ptr : "", shown.len);
        out->len = shown.len;
    }
    return plx_utf8_is_valid(plx_slice_make(out->bytes, out->len));
}

/* ---- JSON ---- */

static bool
is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static size_t
skip_blanks(struct plx_slice text, size_t at, bool quoted)
{
    while (!quoted && at < text.len && is_blank(text.ptr[at]))
        at++;
    return at;
}

bool
plx_fault_same_json(struct plx_slice a, struct plx_slice b)
{
    bool quoted = false, escaped = false;
    size_t i = 0, k = 0;

    for (;;) {
        i = skip_blanks(a, i, quoted);
        k = skip_blanks(b, k, quoted);
        if (i == a.len || k == b.len)
            return i == a.len && k == b.len;
        if (a.ptr[i] != b.ptr[k])
            return false;
        if (a.ptr[i] == '"' && !escaped)
            quoted = !quoted;
        escaped = quoted && a.ptr[i] == '\\' && !escaped;
        i++;
        k++;
    }
}

static enum plx_type
type_of(struct plx_slice shown)
{
    char c = shown.len ? shown.ptr[0] : 'n';

    return c == 'n'   ? PLX_NULL
           : c == 't' ? PLX_TRUE
           : c == 'f' ? PLX_FALSE
           : c == '"' ? PLX_STRING
           : c == '[' ? PLX_ARRAY
           : c == '{' ? PLX_OBJECT
                      : PLX_NUMBER;
}

/* What is as good as nothing, and how it is so; -1: it is something. */
static int
emptiness_of(struct plx_slice shown, bool missing)
{
    static const struct {
        const char *text;
        enum plx_fault_empty empty;
    } all[] = {{"null", PLX_FAULT_NULL},
               {"\"\"", PLX_FAULT_NO_TEXT},
               {"[]", PLX_FAULT_NO_ELEMENTS},
               {"{}", PLX_FAULT_NO_MEMBERS}};

    if (missing)
        return PLX_FAULT_MISSING;
    for (size_t i = 0; i < PLX_COUNT(all); i++)
        if (plx_fault_same_json(shown, plx_slice_of(all[i].text)))
            return all[i].empty;
    return -1;
}

static void
add_empty(const struct plx_difference *d, struct plx_faults *out)
{
    int p = emptiness_of(d->primary, d->kind == PLX_KIND_EXTRA);
    int c = emptiness_of(d->candidate, d->kind == PLX_KIND_MISSING);

    if (p >= 0 && c >= 0 && p != c)
        plx_faults_add(out, PLX_FAULT_EMPTY, PLX_FAULT_PAIR(p, c));
}

static bool
is_text_of(struct plx_slice string, struct plx_slice other)
{
    struct text text;

    if (!is_string(string) || is_string(other) || !text_of(string, &text))
        return false;
    struct plx_slice inside = plx_slice_make(text.bytes, text.len);
    return plx_fault_same_json(inside, other) || plx_fault_numbers_equal(inside, other);
}

static void
add_as_text(const struct plx_difference *d, struct plx_faults *out)
{
    if (is_text_of(d->candidate, d->primary))
        plx_faults_add(out, PLX_FAULT_AS_TEXT, PLX_FAULT_PAIR(type_of(d->primary), PLX_FAULT_IN_CANDIDATE));
    else if (is_text_of(d->primary, d->candidate))
        plx_faults_add(out, PLX_FAULT_AS_TEXT, PLX_FAULT_PAIR(type_of(d->candidate), PLX_FAULT_IN_PRIMARY));
    /* One number, boolean or other: true or false is one type in fault_words.c. */
    if (plx_faults_hold(out, PLX_FAULT_AS_TEXT) && out->parameters[PLX_FAULT_AS_TEXT] / 8 == PLX_TRUE)
        out->parameters[PLX_FAULT_AS_TEXT] -= 8;
}

/* ---- true and false ---- */

/* 1, 0, or -1: the text is no way of saying true or false. */
static int
flag_of(struct plx_slice text)
{
    static const char *const words[][2] = {{"1", "0"}, {"yes", "no"}, {"y", "n"}, {"on", "off"}, {"t", "f"}};

    for (size_t i = 0; i < PLX_COUNT(words); i++)
        for (int no = 0; no < 2; no++)
            if (plx_slice_equal_nocase(text, plx_slice_of(words[i][no])))
                return !no;
    return -1;
}

static void
add_flag(struct plx_slice primary, struct plx_slice candidate, struct plx_faults *out)
{
    bool by_candidate = type_of(primary) == PLX_TRUE || type_of(primary) == PLX_FALSE;
    struct plx_slice flag = by_candidate ? primary : candidate;
    struct text text;

    if (!plx_slice_equal(flag, plx_slice_of("true")) && !plx_slice_equal(flag, plx_slice_of("false")))
        return;
    if (text_of(by_candidate ? candidate : primary, &text) &&
        flag_of(plx_slice_make(text.bytes, text.len)) == (type_of(flag) == PLX_TRUE))
        plx_faults_add(out, PLX_FAULT_FLAG, by_candidate ? PLX_FAULT_IN_CANDIDATE : PLX_FAULT_IN_PRIMARY);
}

/* ---- the whole ---- */

static bool
are_numbers(const struct text *a, const struct text *b)
{
    return a->len && b->len && (plx_ascii_is_digit(a->bytes[0]) || a->bytes[0] == '-') &&
           (plx_ascii_is_digit(b->bytes[0]) || b->bytes[0] == '-');
}

/* Two of one type: both texts, or neither. */
static void
add_alike(const struct plx_difference *d, struct plx_faults *out)
{
    bool status = plx_slice_equal(d->field, plx_slice_of("status")); /* a number that nobody reckons with */
    bool json = d->field.len == 0 || d->field.ptr[0] == '/';
    struct text p, c;

    if (status || !text_of(d->primary, &p) || !text_of(d->candidate, &c))
        return;
    struct plx_slice x = plx_slice_make(p.bytes, p.len), y = plx_slice_make(c.bytes, c.len);
    if (are_numbers(&p, &c))
        plx_fault_numbers_find(x, y, out);
    if (!json || is_string(d->primary))
        plx_fault_texts_find(x, y, out);
}

static bool
can_be_read(const struct plx_difference *d)
{
    return !d->primary_cut && !d->candidate_cut && !plx_has_mark(d->primary) && !plx_has_mark(d->candidate);
}

void
plx_fault_values_find(const struct plx_difference *d, struct plx_faults *out)
{
    memset(out, 0, sizeof(*out));
    out->seen = 1;
    if (d->kind == PLX_KIND_ORDER)
        plx_faults_add(out, PLX_FAULT_ORDER, d->ids ? PLX_FAULT_IDS : PLX_FAULT_ELEMENTS);
    if (!can_be_read(d))
        return;
    out->sample = (uint32_t)XXH3_64bits(d->primary.len ? d->primary.ptr : "", d->primary.len) & SAMPLE_MASK;
    if (d->kind == PLX_KIND_MISSING || d->kind == PLX_KIND_EXTRA || d->kind == PLX_KIND_TYPE)
        add_empty(d, out);
    if (d->kind == PLX_KIND_TYPE || d->kind == PLX_KIND_VALUE)
        add_flag(d->primary, d->candidate, out);
    if (d->kind == PLX_KIND_TYPE)
        add_as_text(d, out);
    if ((d->kind == PLX_KIND_TYPE || d->kind == PLX_KIND_VALUE) &&
        !plx_fault_times_find(d->primary, d->candidate, out) && d->kind == PLX_KIND_VALUE)
        add_alike(d, out);
}
