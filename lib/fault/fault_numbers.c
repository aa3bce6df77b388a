/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers as digits and a power of ten, of bounded length. The hard thing is rounding: 1.204 that became 1.2 may have
 * been rounded to one digit or to two, so all numbers of digits that explain it are told; later ones narrow them down.
 */
#include "fault/fault_numbers.h"

#include "base/ascii.h"
#include "base/assert.h"
#include "base/double_text.h"

#include <math.h>
#include <stdlib.h>

#define DIGITS_MAX   40
#define EXPONENT_MAX 400
#define SCALE_MAX    9  /* powers of ten */
#define OFFSET_TOP   11 /* the power of ten of an offset's numbers: in millionths they fit into 63 bits */

/* d[0].d[1]d[2]... times ten to the power of top; no digits: zero. Neither the first nor the last digit is 0. */
struct number {
    bool negative;
    int count, top;
    uint8_t digits[DIGITS_MAX];
};

static const struct {
    int factor;
    const char *words;
} units[] = {{60, "minutes and seconds, or hours and minutes?"},
             {3600, "hours and seconds?"},
             {86400, "days and seconds?"},
             {1024, "KiB and bytes?"},
             {1048576, "MiB and bytes?"}};

/* ---- reading ---- */

static void
normalize(struct number *n)
{
    int zeros = 0;

    while (zeros < n->count && n->digits[zeros] == 0)
        zeros++;
    for (int i = zeros; i < n->count; i++)
        n->digits[i - zeros] = n->digits[i];
    n->count -= zeros;
    n->top -= zeros;
    while (n->count && n->digits[n->count - 1] == 0)
        n->count--;
    if (n->count == 0)
        *n = (struct number){0};
}

static bool
read_exponent(struct plx_slice text, int *exponent)
{
    size_t at = text.len && (*text.ptr == '-' || *text.ptr == '+');
    bool negative = at && *text.ptr == '-';

    *exponent = 0;
    if (at == text.len)
        return false;
    for (; at < text.len; at++) {
        if (!plx_ascii_is_digit(text.ptr[at]) || *exponent > EXPONENT_MAX)
            return false;
        *exponent = *exponent * 10 + (text.ptr[at] - '0');
    }
    *exponent = negative ? -*exponent : *exponent;
    return true;
}

static bool
read_number(struct plx_slice text, struct number *out)
{
    size_t at = text.len && *text.ptr == '-';
    int before = 0, exponent = 0;
    bool point = false;

    *out = (struct number){.negative = at};
    for (; at < text.len && (text.ptr[at] | 0x20) != 'e'; at++) {
        char c = text.ptr[at];

        if (c == '.' && !point && out->count) {
            point = true;
            continue;
        }
        if (!plx_ascii_is_digit(c) || out->count == DIGITS_MAX)
            return false;
        out->digits[out->count++] = (uint8_t)(c - '0');
        before += !point;
    }
    if (out->count == 0 || text.ptr[at - 1] == '.' ||
        (at < text.len && !read_exponent(plx_slice_make(text.ptr + at + 1, text.len - at - 1), &exponent)))
        return false;
    out->top = before - 1 + exponent;
    normalize(out);
    return true;
}

static bool
have_equal_digits(const struct number *a, const struct number *b)
{
    return a->count == b->count && memcmp(a->digits, b->digits, (size_t)a->count) == 0;
}

static bool
are_equal(const struct number *a, const struct number *b)
{
    return have_equal_digits(a, b) && a->top == b->top && a->negative == b->negative;
}

/* Digits behind the point; below 0: zeros before it. */
static int
decimals_of(const struct number *n)
{
    return n->count ? n->count - 1 - n->top : PLX_FAULT_DIGITS_LEAST;
}

/* ---- rounding ---- */

/* The number without what is behind so many decimals. */
static struct number
cut(const struct number *n, int decimals)
{
    struct number out = *n;
    int kept = n->top + 1 + decimals;

    out.count = kept < 0 ? 0 : kept < n->count ? kept : n->count;
    normalize(&out);
    return out;
}

/* One more at the last of those decimals; n has no more. */
static struct number
next_away_from_zero(const struct number *n, bool negative, int decimals)
{
    struct number out = {.negative = negative, .top = n->count ? n->top : -decimals};
    int last;

    if (n->count)
        memcpy(out.digits + 1, n->digits, (size_t)n->count);
    out.top++; /* a 0 before it takes the carry */
    last = out.top + decimals;
    if (last < 0 || last >= DIGITS_MAX)
        return out;
    out.count = last + 1;
    while (++out.digits[last] == 10)
        out.digits[last--] = 0;
    normalize(&out);
    return out;
}

/* How what is behind the decimals compares to a half: -1, 0, 1. */
static int
rest_to_half(const struct number *n, int decimals)
{
    int first = n->top + 1 + decimals;

    if (first < 0 || first >= n->count)
        return -1;
    if (n->digits[first] != 5)
        return n->digits[first] < 5 ? -1 : 1;
    return first + 1 < n->count ? 1 : 0;
}

/* Of exact the digits that make it shorter: rounded (half up or half to even), and cut. */
static void
find_digits(const struct number *exact, const struct number *shorter, int *rounded, int *cut_off)
{
    int from = shorter->count ? decimals_of(shorter) : 0, to = decimals_of(exact);

    *rounded = *cut_off = 0;
    if (from < PLX_FAULT_DIGITS_LEAST)
        from = PLX_FAULT_DIGITS_LEAST;
    for (int d = from; d < to && d <= PLX_FAULT_DIGITS_MOST; d++) {
        struct number low = cut(exact, d), high = next_away_from_zero(&low, exact->negative, d);
        int rest = rest_to_half(exact, d);

        if (are_equal(&low, shorter)) {
            *cut_off |= PLX_FAULT_DIGIT(d);
            *rounded |= rest <= 0 ? PLX_FAULT_DIGIT(d) : 0;
        } else if (are_equal(&high, shorter) && rest >= 0) {
            *rounded |= PLX_FAULT_DIGIT(d);
        }
    }
}

static void
add_rounding(const struct number *p, const struct number *c, struct plx_faults *out)
{
    bool by_primary = decimals_of(p) < decimals_of(c);
    int rounded, cut_off, who = by_primary ? PLX_FAULT_BY_PRIMARY : 0;

    find_digits(by_primary ? c : p, by_primary ? p : c, &rounded, &cut_off);
    if (rounded)
        plx_faults_add(out, PLX_FAULT_ROUNDED, rounded | who);
    if (cut_off)
        plx_faults_add(out, PLX_FAULT_CUT, cut_off | who);
}

/* ---- the rest ---- */

/* What a double, or a float, makes of a number with many digits. */
static void
add_float(const struct number *p, const struct number *c, double a, double b, struct plx_faults *out)
{
    int longer = p->count > c->count ? p->count : c->count;
    bool whole = decimals_of(p) <= 0 && decimals_of(c) <= 0;

    if (longer >= 16 && whole && a == b)
        plx_faults_add(out, PLX_FAULT_FLOAT, PLX_FAULT_FLOAT_WHOLE);
    else if (longer >= 16 && !whole && fabs(a - b) <= 1e-14 * fabs(a))
        plx_faults_add(out, PLX_FAULT_FLOAT, PLX_FAULT_FLOAT_64);
    else if (longer >= 9 && !whole && fabs(a) < 1e30 && fabs(b) < 1e30 && (float)a == (float)b)
        plx_faults_add(out, PLX_FAULT_FLOAT, PLX_FAULT_FLOAT_32);
}

static void
add_scale(const struct number *p, const struct number *c, double a, double b, struct plx_faults *out)
{
    int power = c->top - p->top;

    if (p->negative != c->negative || p->count == 0 || c->count == 0)
        return;
    if (have_equal_digits(p, c) && abs(power) <= SCALE_MAX) {
        plx_faults_add(out, PLX_FAULT_SCALE, power);
        return;
    }
    for (size_t i = 0; i < PLX_COUNT(units); i++) {
        double factor = units[i].factor;
        int parameter = PLX_FAULT_UNIT + (int)i;

        if (fabs(b - a * factor) <= 1e-9 * fabs(b))
            plx_faults_add(out, PLX_FAULT_SCALE, parameter);
        else if (fabs(a - b * factor) <= 1e-9 * fabs(a))
            plx_faults_add(out, PLX_FAULT_SCALE, -parameter);
    }
}

/* In millionths; false where it is not exact, or too large. */
static bool
millionths_of(const struct number *n, int64_t *out)
{
    *out = 0;
    if (n->count && (n->top > OFFSET_TOP || decimals_of(n) > 6))
        return false;
    for (int at = 0, places = n->count ? n->top + 7 : 0; at < places; at++)
        *out = *out * 10 + (at < n->count ? n->digits[at] : 0);
    *out = n->negative ? -*out : *out;
    return true;
}

static void
add_offset(const struct number *p, const struct number *c, struct plx_faults *out)
{
    int64_t a, b;

    if (!millionths_of(p, &a) || !millionths_of(c, &b))
        return;
    plx_faults_add(out, PLX_FAULT_OFFSET, 0);
    out->offset = b - a;
}

void
plx_fault_numbers_find(struct plx_slice primary, struct plx_slice candidate, struct plx_faults *out)
{
    struct number p, c;
    double a, b;

    if (!read_number(primary, &p) || !read_number(candidate, &c) || !plx_double_read(primary, &a) ||
        !plx_double_read(candidate, &b) || !isfinite(a) || !isfinite(b) || are_equal(&p, &c))
        return;
    if (p.count && p.negative != c.negative && have_equal_digits(&p, &c) && p.top == c.top)
        plx_faults_add(out, PLX_FAULT_SIGN, 0);
    add_float(&p, &c, a, b, out);
    add_scale(&p, &c, a, b, out);
    add_rounding(&p, &c, out);
    add_offset(&p, &c, out);
}

bool
plx_fault_numbers_equal(struct plx_slice a, struct plx_slice b)
{
    struct number x, y;

    return read_number(a, &x) && read_number(b, &y) && are_equal(&x, &y);
}

void
plx_fault_numbers_say_unit(int parameter, struct plx_buffer *out)
{
    size_t unit = (size_t)(abs(parameter) - PLX_FAULT_UNIT) % PLX_COUNT(units);

    plx_buffer_format(out, parameter > 0 ? "%d times as much: %s" : "1/%d as much: %s", units[unit].factor,
                      units[unit].words);
}
