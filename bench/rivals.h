/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How Diffy and Kayenta decide, by their rules and written anew, for the same streams as verdict.c's. Diffy: a field
 * whose differences from the primary are more than its noise's, by more than 20 % of both together and by more than
 * 0.03 % of the requests (Twitter's README; DifferencesFilterFactory). Kayenta: per metric a Mann-Whitney U test of the
 * values of time intervals with a confidence of 98 %; "High" where the lower end of the interval is above 0.25 times
 * the estimate (NetflixACAJudge, MannWhitneyClassifier).
 */
#ifndef PLX_BENCH_RIVALS_H
#define PLX_BENCH_RIVALS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KAYENTA_INTERVALS 50 /* as many as its documents ask for */

bool diffy_flags(uint64_t requests, uint64_t candidate_differs, uint64_t secondary_differs);

/* Values of `count` intervals, at most KAYENTA_INTERVALS. */
bool kayenta_is_high(const double *candidate, const double *baseline, size_t count);

#endif
