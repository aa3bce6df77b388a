/* SPDX-License-Identifier: Apache-2.0 */
/* What the evidence of a whole subject says besides the verdict: incidents, errors, latency, a change, masked fields.
 */
#ifndef PLX_FINDINGS_EVIDENCE_REPORT_H
#define PLX_FINDINGS_EVIDENCE_REPORT_H

#include "evidence/findings/conclusion.h"

/*
 * The members "secondary", "incident", "incidents", "changed_since", "errors", "latency_verdict",
 * "uncopied_answers" and "masked_fields" of a report that has been begun; after plx_conclude().
 */
void plx_evidence_write(const struct plx_service_counts *counts, const struct plx_ledger *ledger,
                        const struct plx_conclusion *conclusion, struct plx_json_writer *w);

#endif
