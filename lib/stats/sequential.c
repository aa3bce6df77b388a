/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The capitals of sequential.h, in logarithms. A bet size l is a guess at how different the rates are; the capital is
 * the mean over 64 guesses, evenly spread: l = (k - 0.5) / 64, k = 1 .. 64. The mean of martingales is one, so the
 * mixture is as valid as each of them, and never more than 64 times smaller than the best.
 *
 * Why the factors cannot be expected to grow the capital, with a, s, b the probabilities of "candidate alone",
 * "secondary alone" and "both" given all that came before:
 *   regression, under a <= s:           E[factor] = 1 + l (a - s) <= 1
 *   noise, under a + b >= 2 (s + b):    E[factor] = 1 + l (-a + 2 s + b) = 1 - l ((a + b) - 2 (s + b)) <= 1
 * Nothing is asked of how the two depend on one another, nor that the rates stay the same.
 *
 * The hard thing is range: a capital of (1 + l)^n leaves what a double holds after a thousand
 * exchanges. All sums are taken as logarithms, relative to their largest term.
 */
#include "stats/internal.h"

#include <math.h>
#include <stdlib.h>

void
plx_bets_init(struct plx_bets *bets)
{
    for (int k = 0; k < PLX_BETS; k++) {
        double l = (k + 0.5) / PLX_BETS;

        bets->lose[k] = log1p(-l);
        bets->win[k] = log1p(l);
        bets->more[k] = log1p(2 * l);
    }
}

/* ln of the mean of exp(terms). */
static double
log_mean(const double terms[PLX_BETS])
{
    double largest = terms[0], sum = 0;

    for (int k = 1; k < PLX_BETS; k++)
        largest = fmax(largest, terms[k]);
    for (int k = 0; k < PLX_BETS; k++)
        sum += exp(terms[k] - largest);
    return largest + log(sum / PLX_BETS);
}

double
plx_evidence_regression(const struct plx_bets *bets, const struct plx_pairs *pairs)
{
    double terms[PLX_BETS];

    for (int k = 0; k < PLX_BETS; k++)
        terms[k] = (double)pairs->candidate_alone * bets->win[k] + (double)pairs->secondary_alone * bets->lose[k];
    return log_mean(terms);
}

double
plx_evidence_noise(const struct plx_bets *bets, const struct plx_pairs *pairs)
{
    double terms[PLX_BETS];

    for (int k = 0; k < PLX_BETS; k++)
        terms[k] = (double)pairs->candidate_alone * bets->lose[k] + (double)pairs->secondary_alone * bets->more[k] +
                   (double)pairs->both * bets->win[k];
    return log_mean(terms);
}

const char *
plx_finding_text(enum plx_finding finding)
{
    switch (finding) {
    case PLX_INCONCLUSIVE:
        break;
    case PLX_REGRESSION:
        return "regression";
    case PLX_NOISE:
        return "noise";
    }
    return "inconclusive";
}

/* ln(1 / alpha): what a capital must reach. */
static double
threshold(double confidence)
{
    return -log1p(-confidence);
}

static int
descending(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;

    return (left < right) - (left > right);
}

/*
 * What a field's logarithm must reach to be among the regressions: the largest k for which the k-th largest
 * reaches ln(m / (k alpha)) says it. Infinite where there is none. Sorts the evidence.
 */
static double
threshold_of_many(double *evidence, size_t count, double confidence)
{
    qsort(evidence, count, sizeof(*evidence), descending);
    for (size_t k = count; k > 0; k--) {
        double enough = threshold(confidence) + log((double)count / (double)k);

        if (evidence[k - 1] >= enough)
            return enough;
    }
    return INFINITY;
}

bool
plx_findings_of(const struct plx_pairs *pairs, size_t count, double confidence, enum plx_finding *findings)
{
    double *evidence, enough;
    struct plx_bets bets;

    if (count == 0)
        return true;
    evidence = calloc(count, sizeof(*evidence));
    if (!evidence)
        return false;
    plx_bets_init(&bets);
    for (size_t i = 0; i < count; i++)
        evidence[i] = plx_evidence_regression(&bets, &pairs[i]);
    enough = threshold_of_many(evidence, count, confidence);
    for (size_t i = 0; i < count; i++) {
        if (plx_evidence_regression(&bets, &pairs[i]) >= enough)
            findings[i] = PLX_REGRESSION;
        else
            findings[i] = plx_evidence_noise(&bets, &pairs[i]) >= threshold(confidence) ? PLX_NOISE : PLX_INCONCLUSIVE;
    }
    free(evidence);
    return true;
}

uint64_t
plx_exchanges_to_be_clean(double confidence, double detect)
{
    double exchanges;

    if (confidence <= 0)
        return 0;
    if (detect >= 1)
        return 1;
    exchanges = threshold(confidence) / -log1p(-detect);
    exchanges = ceil(exchanges * (1 - 1e-12)); /* the quotient of two logarithms may be a hair above a whole number */
    return exchanges >= 0 && exchanges < 0x1p63 ? (uint64_t)exchanges : UINT64_MAX; /* NaN too */
}
