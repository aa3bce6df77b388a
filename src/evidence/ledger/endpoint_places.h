/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which endpoint of the ledger takes what a tally has counted under a name, and who gives way where there is no place
 * left, so that whoever invents paths takes none for ever:
 *
 *   - What the configuration names (a route's `endpoint` or `match`) has places of its own.
 *   - Where neither role has answered anything but 404 yet it is "(not found)", for all such paths together.
 *   - Else the new one takes the place of the one with the fewest exchanges that has no differences, and what that one
 *     had counts to "(other)", so that sums stay exact. The new one ranks from there on as if it had one more, so that
 *     what is asked for more than the average is never lost for long (space-saving: Metwally, Agrawal and El Abbadi,
 *     Efficient computation of frequent and top-k elements in data streams, 2005).
 */
#ifndef PLX_LEDGER_ENDPOINT_PLACES_H
#define PLX_LEDGER_ENDPOINT_PLACES_H

#include "evidence/count/counts.h"

#define PLX_NOT_FOUND "(not found)"

struct plx_ledger;

/* Before anything of the service `from` of a tally is folded into its own of the ledger. */
void plx_endpoint_places_make(struct plx_ledger *ledger, struct plx_service_counts *into,
                              const struct plx_service_counts *from);
/* Where an endpoint of a tally's is counted. */
struct plx_endpoint_counts *plx_endpoint_place(struct plx_ledger *ledger, struct plx_service_counts *into,
                                               const struct plx_endpoint_counts *from);

#endif
