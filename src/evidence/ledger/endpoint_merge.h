/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Merges endpoints of a service into those that they are folded into: counts, durations, fields, evidence, causes, the
 * mismatches that are kept whole. What is gone stands in the ledger's lists until the store has forgotten it, too.
 */
#ifndef PLX_LEDGER_ENDPOINT_MERGE_H
#define PLX_LEDGER_ENDPOINT_MERGE_H

#include "evidence/count/counts.h"

struct plx_folding;
struct plx_ledger;
struct plx_record;

void plx_endpoints_merge(struct plx_ledger *ledger, const struct plx_folding *folding,
                         struct plx_service_counts *service);
/* One into another, which may be "(other)". */
void plx_endpoint_merge(struct plx_ledger *ledger, struct plx_endpoint_counts *from, struct plx_slice name);
/* All that one has goes into another one; what is left of it is to be freed. */
void plx_endpoint_absorb(struct plx_ledger *ledger, struct plx_endpoint_counts *into, struct plx_endpoint_counts *from);
/* One field into the one of this name at an endpoint, or into its "(other)"; whose it was frees it. */
void plx_field_merge(struct plx_ledger *ledger, struct plx_endpoint_counts *endpoint, struct plx_field_counts *from,
                     struct plx_slice name);
/* One cause into another of its service, which is like this one. */
void plx_cause_move(struct plx_ledger *ledger, struct plx_cause *from, const struct plx_cause *like);
/* Of what comes under names that are folded by now: the record as it is to be kept, `record` itself or another one in
 * its place. of: the counts it came with, which know its cause. */
struct plx_record *plx_record_fold(const struct plx_folding *folding, const struct plx_service_counts *of,
                                   struct plx_record *record);
/* Frees what the store has forgotten. */
void plx_ledger_drop_gone(struct plx_ledger *ledger);

#endif
