/* SPDX-License-Identifier: Apache-2.0 */
/* The classes of classes.h as numbers: the kind in the upper byte, what tells it apart below. */
#include "forms/classes.h"

#include "base/ascii.h"
#include "base/double_text.h"
#include "forms/forms.h"
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

#define CLOCK_SKEW_MS 6e3    /* that a machine's clock may be off, and a second by which the exchange's time is cut */
#define ZONE_STEP_MS  900e3  /* zones are quarters of an hour apart */
#define ZONE_MAX_MS   5.22e7 /* 14 hours and a half */

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

/* Its last digit may stand for all that follows, and in a time of day without a zone whole quarters of an hour count
 * for nothing; of a date and its zone nothing is known, so that it is taken as UTC's. */
static bool
is_read_now(const struct plx_moment *moment, double late_ms, double begun_ms)
{
    double off = moment->ms - begun_ms;

    if (moment->step_ms <= 1000 && fabs(off) <= ZONE_MAX_MS)
        off = remainder(off, ZONE_STEP_MS);
    return off > -CLOCK_SKEW_MS - moment->step_ms && off < CLOCK_SKEW_MS + CLOCK_TIMES * late_ms;
}

bool
plx_class_is_same_time(struct plx_slice primary, struct plx_slice value, double late_ms, double begun_ms)
{
    enum plx_form form = plx_form_of(primary, false);
    struct plx_moment p, v;

    return plx_moment_of(primary, &p) && plx_moment_of(value, &v) && fabs(v.ms - p.ms) <= floor_ms(&p, &v, late_ms) &&
           is_read_now(&p, late_ms, begun_ms) && is_read_now(&v, late_ms, begun_ms) &&
           form == plx_form_of(value, false) && plx_form_is_alike(form, primary, value);
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
