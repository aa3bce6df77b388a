/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Causes among the counts of their services: found, added, counted, and which of their fields are noise. What finds no
 * room counts under "(other)", whose id is 0.
 */
#ifndef PLX_COUNT_CAUSES_H
#define PLX_COUNT_CAUSES_H

#include "base/arena.h"
#include "evidence/count/counts.h"
#include "evidence/count/exchange_outcome.h"

/* Counts a mismatch, in a tally, and returns where. Allocates in scratch, too. */
struct plx_cause *plx_causes_count(struct plx_counts *counts, struct plx_service_counts *service,
                                   const struct plx_exchange_outcome *outcome, struct plx_arena *scratch);
/* The cause with the id of one from elsewhere, added where it is new: "(other)" where there is no room. */
struct plx_cause *plx_causes_find(struct plx_counts *counts, struct plx_service_counts *service,
                                  const struct plx_cause *like);

/* The one with this id: "(other)" where there is none. */
struct plx_cause *plx_causes_known(struct plx_service_counts *service, uint64_t id);
/* What came of the rechecks of all causes of the service. */
struct plx_recheck_counts plx_causes_rechecks(const struct plx_service_counts *service);
/* Takes it out of its service; the caller frees it. Not that of "(other)". */
void plx_causes_take(struct plx_counts *counts, struct plx_cause *cause);
/* The signature that it would have at this endpoint; it points into the cause and the endpoint. */
struct plx_cause plx_cause_at(const struct plx_cause *cause, struct plx_slice endpoint);

/* As of the last plx_conclude(): whether the counts have found a field of it to be noise; its id without
 * those fields. *noise: there are no others, the id is its own. */
bool plx_cause_field_is_noise(const struct plx_cause *cause, uint32_t i);
uint64_t plx_cause_id_without_noise(const struct plx_cause *cause, bool *noise);

#endif
