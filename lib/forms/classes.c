/* SPDX-License-Identifier: Apache-2.0 */
/* The classes of classes.h as numbers: the kind in the upper byte, what tells it apart below. */
#include "forms/classes.h"

#include "base/ascii.h"
#include "base/double_text.h"
#include "forms/moment.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <xxhash.h>

enum kind {
    ABSENT = 1,
    WORD,
    EARLIER,
    LATER,
    LESS,
    MORE,
    SAME_AS_LAST,
    TEXT,
};

#define KIND_SHIFT  24
#define REST        0xFFFFFFu
#define WORD_MAX    24 /* bytes of a word of an enumeration */
#define NUMBER_MAX  64 /* bytes; longer ones are text */
#define CLOCK_TIMES 4  /* the latency's difference, within which clocks say the same */

static uint32_t class(enum kind kind, uint32_t rest)
{
    return (uint32_t)kind << KIND_SHIFT | (rest & REST);
}

/* ---- distances ---- */

static uint32_t
steps(double distance)
{
    double log = 2 * log2(1 + fabs(distance));

    return log < 4096 ? (uint32_t)log : 4096;
}

static double
floor_ms(const struct plx_moment *p, const struct plx_moment *v, double latency_ms)
{
    return fmax(fmax(p->step_ms, v->step_ms), CLOCK_TIMES * fabs(latency_ms));
}

static bool
number_of(struct plx_slice shown, double *number)
{
    return shown.len <= NUMBER_MAX && shown.len > 0 && shown.ptr[0] != '+' && shown.ptr[0] != '.' &&
           plx_double_read(shown, number) && isfinite(*number);
}

/* ---- text ---- */

static bool
is_word(struct plx_slice shown)
{
    if (shown.len == 0 || shown.len > WORD_MAX)
        return false;
    for (size_t i = 0; i < shown.len; i++) {
        char c = shown.ptr[i];

        if (!plx_ascii_is_letter(c) && c != '_' && c != '-' && c != '"')
            return false;
    }
    return true;
}

/* Bits for: digits, a to f, other letters, marks, spaces, what is not ASCII. */
static uint32_t
characters(struct plx_slice shown)
{
    uint32_t seen = 0;

    for (size_t i = 0; i < shown.len; i++) {
        unsigned char c = (unsigned char)shown.ptr[i];

        if (c >= 0x80)
            seen |= 32;
        else if (plx_ascii_is_digit((char)c))
            seen |= 1;
        else if (plx_ascii_is_hex((char)c))
            seen |= 2;
        else if (plx_ascii_is_letter((char)c))
            seen |= 4;
        else
            seen |= c == ' ' ? 16 : 8;
    }
    return seen;
}

static uint32_t
length_bucket(size_t len)
{
    uint32_t bucket = 0;

    while (len >>= 1)
        bucket++;
    return bucket;
}

/* ---- classes ---- */

static uint32_t
class_by_value(struct plx_slice primary, struct plx_slice value, double latency_ms, bool same)
{
    struct plx_moment p, v;
    double a, b;

    if (value.len == 0)
        return class(ABSENT, 0);
    if (plx_moment_of(primary, &p) && plx_moment_of(value, &v)) {
        uint32_t far = steps((v.ms - p.ms) / floor_ms(&p, &v, latency_ms));

        return far <= 2 ? class(LATER, 0) : class(v.ms < p.ms ? EARLIER : LATER, far);
    }
    if (number_of(primary, &a) && number_of(value, &b))
        return class(b < a ? LESS : MORE, steps(b - a));
    if (is_word(value))
        return class(WORD, (uint32_t)XXH3_64bits(value.ptr, value.len));
    if (same)
        return class(SAME_AS_LAST, 0);
    return class(TEXT, length_bucket(value.len) << 8 | characters(value));
}

uint32_t
plx_class_of(struct plx_slice primary, struct plx_slice value, double latency_ms, uint64_t *last)
{
    uint64_t hash = value.len ? XXH3_64bits(value.ptr, value.len) | 1 : 0;
    bool same = hash != 0 && hash == *last;

    *last = hash;
    return class_by_value(primary, value, latency_ms, same);
}

bool
plx_class_is_same_time(struct plx_slice primary, struct plx_slice value, double latency_ms)
{
    struct plx_moment p, v;

    return plx_moment_of(primary, &p) && plx_moment_of(value, &v) && fabs(v.ms - p.ms) <= floor_ms(&p, &v, latency_ms);
}

void
plx_class_text(uint32_t id, char text[PLX_CLASS_TEXT_MAX])
{
    double distance = exp2((id & REST) / 2.0) - 1;

    snprintf(text, PLX_CLASS_TEXT_MAX, "another value");
    switch ((enum kind)(id >> KIND_SHIFT)) {
    case ABSENT:
        snprintf(text, PLX_CLASS_TEXT_MAX, "missing");
        break;
    case WORD:
        snprintf(text, PLX_CLASS_TEXT_MAX, "always one word");
        break;
    case EARLIER:
        snprintf(text, PLX_CLASS_TEXT_MAX, "an earlier time");
        break;
    case LATER:
        snprintf(text, PLX_CLASS_TEXT_MAX, (id & REST) ? "a later time" : "about the same time");
        break;
    case LESS:
        snprintf(text, PLX_CLASS_TEXT_MAX, "less, by about %.3g", distance);
        break;
    case MORE:
        snprintf(text, PLX_CLASS_TEXT_MAX, "more, by about %.3g", distance);
        break;
    case SAME_AS_LAST:
        snprintf(text, PLX_CLASS_TEXT_MAX, "the same as in the exchange before");
        break;
    case TEXT:
        snprintf(text, PLX_CLASS_TEXT_MAX, "text of %u bytes and more", 1u << (((id & REST) >> 8) & 31));
        break;
    }
}
