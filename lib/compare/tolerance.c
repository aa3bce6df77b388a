/* SPDX-License-Identifier: Apache-2.0 */
/*
 * a - b <= t and b - a <= t, each as the sign of a sum of three decimals.
 *
 * The hard thing is to be exact without ever writing out the zeros between 1e999999999 and 0.01. Where one of the three
 * is at least a hundred times as large as the other two it decides the sign alone. Else the two largest lie beside
 * each other, so that their sum has no more digits than they have together; and whether the third changes its sign is
 * a comparison, which expands nothing.
 */
#include "compare/tolerance.h"

#include "base/arena.h"
#include "json/decimal.h"

__extension__ typedef unsigned __int128 wide;

#define TOP_MAX ((int64_t)1 << 49) /* beyond it the exponents are no longer told apart */

static int
sign_of(const struct plx_decimal *d)
{
    return d->count == 0 ? 0 : d->negative ? -1 : 1;
}

static int
compare_magnitudes(const struct plx_decimal *a, const struct plx_decimal *b)
{
    if (a->count == 0 || b->count == 0)
        return (a->count > 0) - (b->count > 0);
    if (a->top != b->top)
        return a->top < b->top ? -1 : 1;
    for (size_t i = 0; i < a->count || i < b->count; i++) {
        int x = i < a->count ? a->digits[i] : 0, y = i < b->count ? b->digits[i] : 0;
        if (x != y)
            return x < y ? -1 : 1;
    }
    return 0;
}

/* The digit that stands for ten to the power of place. */
static int
digit_at(const struct plx_decimal *d, int64_t place)
{
    int64_t i = d->top - place;

    return i < 0 || i >= (int64_t)d->count ? 0 : d->digits[i];
}

static void
trim(struct plx_decimal *d)
{
    while (d->count && d->digits[d->count - 1] == 0)
        d->count--;
    while (d->count && d->digits[0] == 0) {
        d->digits++;
        d->count--;
        d->top--;
    }
}

/* a + b, of which |a| >= |b| > 0; false: no memory. */
static bool
add(const struct plx_decimal *a, const struct plx_decimal *b, struct plx_arena *arena, struct plx_decimal *sum)
{
    int64_t low_a = a->top - (int64_t)a->count + 1, low_b = b->top - (int64_t)b->count + 1;
    int64_t low = low_a < low_b ? low_a : low_b, top = a->top + 1;
    size_t count = (size_t)(top - low + 1);
    int carry = 0;

    *sum = (struct plx_decimal){.negative = a->negative, .count = count, .top = top};
    sum->digits = plx_arena_alloc(arena, count);
    if (!sum->digits)
        return false;
    for (size_t i = count; i-- > 0;) {
        int64_t place = top - (int64_t)i;
        int digit = digit_at(a, place) + (a->negative == b->negative ? 1 : -1) * digit_at(b, place) + carry;
        carry = digit < 0 ? -1 : digit > 9;
        sum->digits[i] = (uint8_t)(digit - 10 * carry);
    }
    trim(sum);
    return true;
}

/* The sign of u + v + w. */
static int
sign_of_sum(struct plx_decimal u, struct plx_decimal v, struct plx_decimal w, struct plx_arena *arena, bool *failed)
{
    struct plx_decimal *d[] = {&u, &v, &w}, sum;

    for (int i = 0; i < 2; i++) /* the largest first */
        for (int k = 0; k < 2 - i; k++)
            if (compare_magnitudes(d[k], d[k + 1]) < 0) {
                struct plx_decimal *swapped = d[k];
                d[k] = d[k + 1];
                d[k + 1] = swapped;
            }
    if (d[1]->count == 0 || d[0]->top - d[1]->top >= 2)
        return sign_of(d[0]);
    if (!add(d[0], d[1], arena, &sum)) {
        *failed = true;
        return 0;
    }
    if (sum.count == 0 || d[2]->count == 0 || sum.negative == d[2]->negative)
        return sum.count ? sign_of(&sum) : sign_of(d[2]);
    int order = compare_magnitudes(&sum, d[2]);
    return order == 0 ? 0 : order > 0 ? sign_of(&sum) : sign_of(d[2]);
}

/* d times the tolerance's digits, divided by a hundred. */
static bool
take_percent(const struct plx_decimal *d, struct plx_decimal *t, struct plx_arena *arena)
{
    uint64_t factor = 0;
    wide carry = 0;
    size_t count = d->count + t->count;
    uint8_t *digits = plx_arena_alloc(arena, count);

    if (!digits)
        return false;
    for (size_t i = 0; i < t->count; i++)
        factor = factor * 10 + t->digits[i];
    for (size_t i = count; i-- > 0;) {
        if (i >= t->count)
            carry += (wide)factor * d->digits[i - t->count];
        digits[i] = (uint8_t)(carry % 10);
        carry /= 10;
    }
    t->top += d->top + 1 - 2;
    t->digits = digits;
    t->count = d->count ? count : 0;
    trim(t);
    return true;
}

static bool
is_far(const struct plx_decimal *d)
{
    return d->top > TOP_MAX || d->top < -TOP_MAX;
}

bool
plx_within_tolerance(struct plx_slice primary, struct plx_slice candidate, struct plx_slice value, bool relative,
                     struct plx_arena *arena, bool *failed)
{
    struct plx_decimal a, b, t;

    if (!plx_decimal_read(primary, arena, &a) || !plx_decimal_read(candidate, arena, &b) ||
        !plx_decimal_read(value, arena, &t) || (relative && t.count && !take_percent(&a, &t, arena))) {
        *failed = true;
        return false;
    }
    if ((is_far(&a) && is_far(&b)) || is_far(&t))
        return plx_decimal_compare(primary, candidate) == 0;
    struct plx_decimal minus_a = a, minus_b = b;
    minus_a.negative = !a.negative;
    minus_b.negative = !b.negative;
    t.negative = true;
    return sign_of_sum(a, minus_b, t, arena, failed) <= 0 && sign_of_sum(b, minus_a, t, arena, failed) <= 0 && !*failed;
}
