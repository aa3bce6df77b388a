/* SPDX-License-Identifier: Apache-2.0 */
/* What the evidence says, in sentences: the member "says" of a report, the same for every reading of it. */
#ifndef PLX_FINDINGS_EVIDENCE_SENTENCES_H
#define PLX_FINDINGS_EVIDENCE_SENTENCES_H

#include "evidence/findings/conclusion.h"

/* After plx_conclude(), into an object that has been begun. held: the service whose holds are said first; NULL: none.
 */
void plx_evidence_write_sentences(const struct plx_service_counts *counts, const struct plx_ledger *ledger,
                                  const struct plx_conclusion *conclusion, const struct plx_service *held,
                                  struct plx_json_writer *w);

#endif
