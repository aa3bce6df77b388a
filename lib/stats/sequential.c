/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The capitals of the header, as means over GRID sizes of the bet, l = (k - 1/2) / GRID: a mean of test martingales is one, so the grid costs some
 * power but no validity. Computed in logarithms, since capitals overflow anything else.
 */
#include "stats/sequential.h"

#include <math.h>
#include <stdlib.h>

#define GRID 64

const char *
plx_finding_text(enum plx_finding finding)
{
    switch (finding) {
    case PLX_REGRESSION:
        return "regression";
    case PLX_NOISE:
        return "noise";
    case PLX_INCONCLUSIVE:
        break;
    }
    return "inconclusive";
}

/* 0 * log(0) is 0 here: what was never seen does not matter. */
static double
times_log(uint64_t count, double factor)
{
    return count ? (double)count * log(factor) : 0;
}

static double
mean_of_exponentials(const double *logs)
{
    double top = logs[0], sum = 0;

    for (int k = 1; k < GRID; k++)
        if (logs[k] > top)
            top = logs[k];
    for (int k = 0; k < GRID; k++)
        sum += exp(logs[k] - top);
    return top + log(sum / GRID);
}

static double
bet(int k)
{
    return (k + 0.5) / GRID;
}

double
plx_evidence_regression(const struct plx_pairs *pairs)
{
    double logs[GRID];

    for (int k = 0; k < GRID; k++)
        logs[k] = times_log(pairs->candidate_alone, 1 + bet(k)) + times_log(pairs->secondary_alone, 1 - bet(k));
    return mean_of_exponentials(logs);
}

double
plx_evidence_noise(const struct plx_pairs *pairs)
{
    double logs[GRID];

    for (int k = 0; k < GRID; k++)
        logs[k] = times_log(pairs->candidate_alone, 1 - bet(k)) + times_log(pairs->secondary_alone, 1 + 2 * bet(k)) +
                  times_log(pairs->both, 1 + bet(k));
    return mean_of_exponentials(logs);
}

enum plx_finding
plx_finding_of(const struct plx_pairs *pairs, double confidence)
{
    double needed = -log(1 - confidence);

    if (plx_evidence_regression(pairs) >= needed)
        return PLX_REGRESSION;
    return plx_evidence_noise(pairs) >= needed ? PLX_NOISE : PLX_INCONCLUSIVE;
}

static int
descending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x < y) - (x > y);
}

/* The logarithm of the capital from which on e-BH counts a field as a regression; infinite where none is. */
static double
threshold(double *sorted, size_t count, double needed)
{
    double found = INFINITY;

    qsort(sorted, count, sizeof(*sorted), descending);
    for (size_t k = 1; k <= count; k++)
        if (sorted[k - 1] >= needed + log((double)count / (double)k))
            found = sorted[k - 1];
    return found;
}

bool
plx_findings_of(const struct plx_pairs *pairs, size_t count, double confidence, enum plx_finding *findings)
{
    double needed = -log(1 - confidence);

    if (count == 0)
        return true;
    double *sorted = malloc(count * sizeof(*sorted));
    if (!sorted)
        return false;
    for (size_t i = 0; i < count; i++)
        sorted[i] = plx_evidence_regression(&pairs[i]);
    double from = threshold(sorted, count, needed);
    free(sorted);
    for (size_t i = 0; i < count; i++) {
        if (plx_evidence_regression(&pairs[i]) >= from)
            findings[i] = PLX_REGRESSION;
        else
            findings[i] = plx_evidence_noise(&pairs[i]) >= needed ? PLX_NOISE : PLX_INCONCLUSIVE;
    }
    return true;
}

uint64_t
plx_exchanges_to_be_clean(double confidence, double detect)
{
    double n = log(1 - confidence) / log(1 - detect);

    return (uint64_t)ceil(n - 1e-9);
}
