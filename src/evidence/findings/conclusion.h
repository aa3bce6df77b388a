/* SPDX-License-Identifier: Apache-2.0 */
/* The verdict on an endpoint or a whole subject, from its counts, and why, for people. */
#ifndef PLX_FINDINGS_CONCLUSION_H
#define PLX_FINDINGS_CONCLUSION_H

#include "evidence/count/counts.h"
#include "json/writer.h"

struct plx_ledger;

enum plx_evidence {
    PLX_EVIDENCE_INCONCLUSIVE,
    PLX_EVIDENCE_CLEAN,
    PLX_EVIDENCE_REGRESSION,
    PLX_EVIDENCE_NOT_COMPARED, /* it has nothing to be compared with, and no regression is known */
};

/* The verdict on an endpoint or a whole service, and why, for people. */
struct plx_conclusion {
    enum plx_evidence verdict;
    uint64_t compared, needed;
    uint64_t regressions, open; /* fields */
    char why[240];
};

const char *plx_evidence_text(enum plx_evidence verdict);
/* Sets the finding of each field of the service. False where there is no memory. */
PLX_MUST_USE bool plx_service_counts_judge(struct plx_service_counts *counts, bool has_secondary, double confidence);
/* Counts one field in. */
void plx_conclusion_add(struct plx_conclusion *conclusion, const struct plx_field_counts *field);
/* After all fields were added: the verdict. */
void plx_conclusion_finish(struct plx_conclusion *conclusion, const struct plx_exchange_counts *exchanges,
                           const struct plx_ledger *ledger, const struct plx_subject *subject);
/* All of it for a whole subject: sets the findings, and *exchanges to their sum. False where there is no memory. */
PLX_MUST_USE bool plx_service_counts_conclude(struct plx_service_counts *counts, const struct plx_ledger *ledger,
                                              const struct plx_subject *subject, struct plx_exchange_counts *exchanges,
                                              struct plx_conclusion *conclusion);
/* Its members "verdict" and "why", and of how many exchanges. */
void plx_conclusion_write(const struct plx_conclusion *conclusion, struct plx_json_writer *w);

#endif
