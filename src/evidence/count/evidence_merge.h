/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Evidence of endpoints that have become one. Names and services are not touched by that: theirs was over all endpoints
 * all along.
 */
#ifndef PLX_COUNT_EVIDENCE_MERGE_H
#define PLX_COUNT_EVIDENCE_MERGE_H

#include "evidence/count/counts.h"
#include "evidence/count/evidence_state.h"

/* Where there is no memory the evidence of `into` stays as it is. Its counts have taken in those of `from` before. */
void plx_endpoint_evidence_merge(struct plx_endpoint_counts *into, const struct plx_endpoint_counts *from);
/* Of one service, of two times: `from` was counted apart from `into`, which begins to count it in. */
void plx_service_evidence_merge(struct plx_service_counts *into, const struct plx_service_counts *from);
void plx_field_evidence_merge(struct plx_field_counts *into, const struct plx_field_counts *from);

#endif
