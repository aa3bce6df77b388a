/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of rivals.h. */
#include "rivals.h"

#include <math.h>
#include <stdlib.h>

#define DIFFY_RELATIVE    0.2
#define DIFFY_ABSOLUTE    0.0003
#define KAYENTA_Z         2.3263 /* of a two-sided interval of 98 % */
#define KAYENTA_TOLERANCE 0.25

bool
diffy_flags(uint64_t requests, uint64_t candidate_differs, uint64_t secondary_differs)
{
    double raw = (double)candidate_differs, noise = (double)secondary_differs;

    return raw > noise && (raw - noise) / (raw + noise) > DIFFY_RELATIVE &&
           (raw - noise) / (double)requests > DIFFY_ABSOLUTE;
}

static int
ascending(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;

    return (left > right) - (left < right);
}

/* The interval of the shift is between two of the ordered differences of all pairs, the estimate is their median. */
bool
kayenta_is_high(const double *candidate, const double *baseline, size_t count)
{
    static double shifts[KAYENTA_INTERVALS * KAYENTA_INTERVALS];
    double n = (double)count, pairs = n * n, spread = sqrt(pairs * (2 * n + 1) / 12), low;
    size_t at = 0;

    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < count; j++)
            shifts[at++] = candidate[i] - baseline[j];
    qsort(shifts, at, sizeof(*shifts), ascending);
    low = floor(pairs / 2 - KAYENTA_Z * spread);
    return low >= 0 && shifts[(size_t)low] > KAYENTA_TOLERANCE * fabs(shifts[at / 2]);
}
