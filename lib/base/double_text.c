/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The digits are the C library's, which rounds correctly; only its decimal point is the locale's, of any length. What
 * it makes of a half says which one that is.
 */
#include "base/double_text.h"

#include "base/ascii.h"
#include "base/assert.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define POINT_MAX 16u /* bytes of a locale's decimal point */

/* ---- writing ---- */

/* What is no digit, sign or exponent is the point. */
static size_t
with_point(char *text)
{
    size_t len = 0;

    for (size_t at = 0; text[at]; at++) {
        if (strchr("0123456789+-e", text[at]))
            text[len++] = text[at];
        else if (len == 0 || text[len - 1] != '.')
            text[len++] = '.';
    }
    text[len] = '\0';
    return len;
}

static size_t
write_shortest(double number, bool single, int digits, int digits_max, char text[PLX_DOUBLE_TEXT_MAX])
{
    char written[PLX_DOUBLE_TEXT_MAX + POINT_MAX];

    if (!isfinite(number))
        return (size_t)snprintf(text, PLX_DOUBLE_TEXT_MAX, "%f", number);
    do
        snprintf(written, sizeof(written), "%.*g", digits, number);
    while ((single ? (double)strtof(written, NULL) : strtod(written, NULL)) != number && ++digits <= digits_max);
    size_t len = with_point(written);
    PLX_ASSERT(len < PLX_DOUBLE_TEXT_MAX);
    memcpy(text, written, len + 1);
    return len;
}

/* What 15 digits bring back is shortest with them, since %g leaves out zeros at the end; but below DBL_MIN a double has
 * fewer digits than these. Of floats likewise. */
size_t
plx_double_text(double number, char text[PLX_DOUBLE_TEXT_MAX])
{
    return write_shortest(number, false, fabs(number) < DBL_MIN ? 1 : DBL_DIG, DBL_DECIMAL_DIG, text);
}

size_t
plx_float_text(float number, char text[PLX_DOUBLE_TEXT_MAX])
{
    return write_shortest((double)number, true, fabsf(number) < FLT_MIN ? 1 : FLT_DIG, FLT_DECIMAL_DIG, text);
}

/* ---- reading ---- */

static size_t
skip_digits(struct plx_slice text, size_t *at)
{
    size_t from = *at;

    while (*at < text.len && plx_ascii_is_digit(text.ptr[*at]))
        ++*at;
    return *at - from;
}

static void
skip_sign(struct plx_slice text, size_t *at)
{
    *at += *at < text.len && (text.ptr[*at] == '-' || text.ptr[*at] == '+');
}

/* *point: where its point stands, or its length. */
static bool
is_decimal(struct plx_slice text, size_t *point)
{
    size_t at = 0, digits;

    skip_sign(text, &at);
    digits = skip_digits(text, &at);
    *point = text.len;
    if (at < text.len && text.ptr[at] == '.') {
        *point = at++;
        digits += skip_digits(text, &at);
    }
    if (digits > 0 && at < text.len && (text.ptr[at] | 0x20) == 'e') {
        at++;
        skip_sign(text, &at);
        digits = skip_digits(text, &at);
    }
    return digits > 0 && at == text.len;
}

bool
plx_double_read(struct plx_slice text, double *number)
{
    char copy[PLX_DOUBLE_READ_MAX + POINT_MAX + 1], half[POINT_MAX + 4];
    size_t point, behind, at;

    if (text.len > PLX_DOUBLE_READ_MAX || !is_decimal(text, &point))
        return false;
    memcpy(copy, text.ptr, at = point);
    if (point < text.len) {
        int len = snprintf(half, sizeof(half), "%.1f", 0.5);
        PLX_ASSERT(len > 2 && (size_t)len < sizeof(half));
        memcpy(copy + at, half + 1, (size_t)len - 2);
        at += (size_t)len - 2;
        behind = text.len - point - 1;
        memcpy(copy + at, text.ptr + point + 1, behind);
        at += behind;
    }
    copy[at] = '\0';
    *number = strtod(copy, NULL);
    return true;
}
