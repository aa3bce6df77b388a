/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers by their exact decimal value. A number that is not zero is its sign, its digits from the first to the last
 * one that is not 0, and the power of ten of the first; neither digits nor powers are ever expanded, so 1e999999999
 * costs what 1e9 costs.
 */
#include "json/decimal.h"

#include "base/arena.h"

#define FAR ((int64_t)1 << 50) /* beyond what the length of a text can add to an exponent */

struct decimal {
    bool zero, negative;
    const char *first, *end; /* digits, perhaps with a point among them */
    int64_t lead;            /* power of ten of the first digit, without the exponent */
    bool exponent_negative;
    struct plx_slice exponent; /* its digits; may be empty */
};

static void
take_exponent(struct decimal *d, const char *at, const char *end)
{
    if (at == end)
        return;
    at++; /* e */
    d->exponent_negative = *at == '-';
    if (*at == '-' || *at == '+')
        at++;
    while (at != end && *at == '0')
        at++;
    d->exponent = plx_slice_make(at, (size_t)(end - at));
}

static struct decimal
decimal_of(struct plx_slice text)
{
    struct decimal d = {.zero = true};
    const char *at = text.ptr, *end = text.ptr + text.len, *point = NULL;

    d.negative = *at == '-';
    at += d.negative;
    for (; at != end && (*at | 0x20) != 'e'; at++) {
        if (*at == '.') {
            point = at;
        } else if (*at != '0') {
            if (d.zero)
                d.first = at;
            d.zero = false;
            d.end = at + 1;
        }
    }
    if (d.zero)
        return d;
    /* Digits between the first one and the point, or zeros between the point and the first one. */
    if (!point)
        d.lead = at - d.first - 1;
    else
        d.lead = point > d.first ? point - d.first - 1 : point - d.first;
    take_exponent(&d, at, end);
    return d;
}

static int
digit_at(struct plx_slice digits, size_t places, size_t i)
{
    size_t pad = places - digits.len;

    return i < pad ? 0 : digits.ptr[i - pad] - '0';
}

/* a's exponent less b's; beyond FAR it stays there, since later digits can't bring it back. */
static int64_t
exponent_difference(const struct decimal *a, const struct decimal *b)
{
    size_t places = a->exponent.len > b->exponent.len ? a->exponent.len : b->exponent.len;
    int64_t difference = 0;

    for (size_t i = 0; i < places; i++) {
        int x = digit_at(a->exponent, places, i), y = digit_at(b->exponent, places, i);
        difference = difference * 10 + (a->exponent_negative ? -x : x) - (b->exponent_negative ? -y : y);
        if (difference > FAR || difference < -FAR)
            return difference > 0 ? FAR : -FAR;
    }
    return difference;
}

static int
next_digit(const char **at, const char *end)
{
    if (*at != end && **at == '.')
        ++*at;
    return *at == end ? 0 : *(*at)++ - '0';
}

static int
compare_digits(const struct decimal *a, const struct decimal *b)
{
    const char *x = a->first, *y = b->first;

    while (x != a->end || y != b->end) {
        int c = next_digit(&x, a->end), d = next_digit(&y, b->end);
        if (c != d)
            return c < d ? -1 : 1;
    }
    return 0;
}

int
plx_decimal_compare(struct plx_slice a, struct plx_slice b)
{
    if (plx_slice_equal(a, b))
        return 0;
    struct decimal x = decimal_of(a), y = decimal_of(b);
    if (x.zero || y.zero) {
        int sign_x = x.zero ? 0 : x.negative ? -1 : 1, sign_y = y.zero ? 0 : y.negative ? -1 : 1;
        return (sign_x > sign_y) - (sign_x < sign_y);
    }
    if (x.negative != y.negative)
        return x.negative ? -1 : 1;
    int64_t power = exponent_difference(&x, &y) + x.lead - y.lead;
    int order = power ? (power > 0) - (power < 0) : compare_digits(&x, &y);
    return x.negative ? -order : order;
}

/* ---- numbers to reckon with ---- */

static const struct decimal one = {.zero = true};

bool
plx_decimal_read(struct plx_slice text, struct plx_arena *arena, struct plx_decimal *out)
{
    struct decimal d = decimal_of(text);

    *out = (struct plx_decimal){.negative = d.negative && !d.zero};
    if (d.zero)
        return true;
    out->digits = plx_arena_alloc(arena, (size_t)(d.end - d.first));
    if (!out->digits)
        return false;
    for (const char *at = d.first; at != d.end; at++)
        if (*at != '.')
            out->digits[out->count++] = (uint8_t)(*at - '0');
    out->top = exponent_difference(&d, &one) + d.lead;
    return true;
}

uint64_t
plx_decimal_hash(struct plx_slice text)
{
    struct decimal d = decimal_of(text);
    uint64_t hash = d.negative ? 0x9E3779B97F4A7C15u : 0x2545F4914F6CDD1Du;

    if (d.zero)
        return 1;
    for (const char *at = d.first; at != d.end; at++)
        if (*at != '.')
            hash = (hash ^ (uint64_t)*at) * 0x100000001B3u;
    hash ^= (uint64_t)(exponent_difference(&d, &one) + d.lead);
    return (hash ^ hash >> 29) * 0xBF58476D1CE4E5B9u;
}
