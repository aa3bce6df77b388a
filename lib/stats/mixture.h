/* SPDX-License-Identifier: Apache-2.0 */
/* Sums of capitals that no double holds: everything is a logarithm, and sums are taken relative to the largest. */
#ifndef PLX_STATS_MIXTURE_H
#define PLX_STATS_MIXTURE_H

#include <math.h>

/* ln(exp(a) + exp(b)); either may be -INFINITY. */
static inline double
plx_log_add(double a, double b)
{
    double high = fmax(a, b), low = fmin(a, b);

    return isinf(high) ? high : high + log1p(exp(low - high));
}

/* ln(1/alpha): what evidence must reach. */
static inline double
plx_log_needed(double confidence)
{
    return -log1p(-confidence);
}

/* count ln(factor), which is 0 for a count of 0, whatever the factor. */
static inline double
plx_log_times(double count, double log_factor)
{
    return count > 0 ? count * log_factor : 0;
}

#endif
