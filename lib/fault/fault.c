/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of faults: what two have in common, and which of them has evidence enough. Their sentences: fault_words.c. */
#include "fault/fault.h"

const char *
plx_fault_text(enum plx_fault fault)
{
    static const char *const texts[] = {
#define FAULT_TEXT(name, text) text,
        PLX_FAULT_MAP(FAULT_TEXT)
#undef FAULT_TEXT
    };

    return (unsigned)fault < PLX_FAULTS ? texts[fault] : "none";
}

void
plx_faults_add(struct plx_faults *faults, enum plx_fault fault, int parameter)
{
    faults->held |= UINT32_C(1) << fault;
    faults->parameters[fault] = (int16_t)parameter;
}

/* ---- what two have in common ---- */

/* Digits that explain both; -1: none do. */
static int
meet_digits(int a, int b)
{
    int both = a & b & ~PLX_FAULT_BY_PRIMARY;

    return (a ^ b) & PLX_FAULT_BY_PRIMARY || !both ? -1 : both | (a & PLX_FAULT_BY_PRIMARY);
}

static bool
are_whole_hours(int quarters)
{
    return quarters % 4 == 0;
}

/* Into *into what explains both; false where nothing does. */
static bool
meet_parameters(enum plx_fault fault, int16_t *into, int16_t from)
{
    if (fault == PLX_FAULT_ROUNDED || fault == PLX_FAULT_CUT) {
        int both = meet_digits(*into, from);

        *into = (int16_t)both;
        return both != -1;
    }
    if (*into == from)
        return true;
    if (fault == PLX_FAULT_TIME_ZONE) {
        bool whole = are_whole_hours(*into) && are_whole_hours(from);

        *into = 0;
        return whole;
    }
    if (fault == PLX_FAULT_BLANKS || fault == PLX_FAULT_CASE) {
        *into = fault == PLX_FAULT_BLANKS;
        return true;
    }
    return false;
}

void
plx_faults_and(struct plx_faults *into, const struct plx_faults *from)
{
    into->held &= from->held;
    for (int i = 0; i < PLX_FAULTS; i++) {
        uint32_t bit = UINT32_C(1) << i;

        if (!(into->held & bit))
            continue;
        if (i == PLX_FAULT_OFFSET ? into->offset != from->offset
                                  : !meet_parameters((enum plx_fault)i, &into->parameters[i], from->parameters[i]))
            into->held &= ~bit;
    }
    into->varied |= from->varied || into->sample != from->sample;
}

void
plx_faults_meet(struct plx_faults *into, const struct plx_faults *from)
{
    uint32_t seen = into->seen > UINT32_MAX - from->seen ? UINT32_MAX : into->seen + from->seen;

    if (from->seen == 0)
        return;
    if (into->seen == 0)
        *into = *from;
    else
        plx_faults_and(into, from);
    into->seen = seen;
}

bool
plx_faults_are_sound(const struct plx_faults *faults)
{
    const int16_t *of = faults->parameters;

    if (faults->held >> PLX_FAULTS || (faults->held && !faults->seen))
        return false;
    for (int i = PLX_FAULT_ROUNDED; i <= PLX_FAULT_CUT; i++)
        if (plx_faults_hold(faults, (enum plx_fault)i) && (of[i] <= 0 || !(of[i] & ~PLX_FAULT_BY_PRIMARY)))
            return false;
    return true;
}

/* ---- evidence ---- */

/* The most digits that explain it: with fewer it would be said of a value that happens to end in zeros. */
static int
digits_of(int parameter)
{
    int digits = PLX_FAULT_DIGITS_MOST;

    while (digits > PLX_FAULT_DIGITS_LEAST && !(parameter & PLX_FAULT_DIGIT(digits)))
        digits--;
    return digits;
}

/* Of one value a distance or a factor tells nothing; some are what faults make. */
static bool
is_evident(const struct plx_faults *faults, enum plx_fault fault)
{
    int parameter = faults->parameters[fault];

    if (faults->varied)
        return true;
    if (fault == PLX_FAULT_OFFSET)
        return faults->offset == PLX_FAULT_OFFSET_ONE || faults->offset == -PLX_FAULT_OFFSET_ONE;
    if (fault == PLX_FAULT_SCALE)
        return parameter < PLX_FAULT_UNIT && parameter % 10 != 1 && parameter % 10 != -1;
    if (fault == PLX_FAULT_ROUNDED || fault == PLX_FAULT_CUT)
        return digits_of(parameter) >= 0;
    return true;
}

enum plx_fault
plx_faults_strongest(const struct plx_faults *faults)
{
    for (int i = 0; i < PLX_FAULTS; i++)
        if (plx_faults_hold(faults, (enum plx_fault)i) && is_evident(faults, (enum plx_fault)i))
            return (enum plx_fault)i;
    return PLX_FAULTS;
}
