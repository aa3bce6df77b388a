/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of excuse.h among the counts: finding or adding one, and what they come to. */
#ifndef PLX_COUNT_EXCUSES_H
#define PLX_COUNT_EXCUSES_H

#include "evidence/count/counts.h"

#define PLX_LEDGER_EXCUSES_MAX 20000u /* of all endpoints together; what comes after counts under "(other)" */

/* Finds or adds a rule by its name; "(other)" where it has no room. NULL where there is no memory for even that. */
struct plx_excuse_counts *plx_counts_excuse(struct plx_counts *counts, struct plx_endpoint_counts *endpoint,
                                            struct plx_slice rule);

/* Of a service, or of one endpoint: the exchanges that are ignored and in which rules excused something, and the number
 * of different rules that have excused anything. */
struct plx_excused {
    uint64_t exchanges, rules;
};
struct plx_excused plx_endpoint_counts_excused(const struct plx_endpoint_counts *endpoint);
/* False where there is no memory. */
PLX_MUST_USE bool plx_service_counts_excused(const struct plx_service_counts *service, struct plx_excused *excused);

/* All rows of a service that have counted something, in no order, at most as many as there are; malloc'd, the caller
 * frees. NULL where there is no memory (an empty array is not NULL). */
struct plx_excuse_counts **plx_service_counts_excuses(const struct plx_service_counts *service, size_t *count);

#endif
