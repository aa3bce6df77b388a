/* SPDX-License-Identifier: Apache-2.0 */
/* How many exchanges there were, and what became of them: members of an object that has been begun. */
#ifndef PLX_FINDINGS_EXCHANGES_REPORT_H
#define PLX_FINDINGS_EXCHANGES_REPORT_H

#include "evidence/count/counts.h"
#include "json/writer.h"

/* "exchanges" */
void plx_exchanges_write(const struct plx_exchange_counts *counts, struct plx_json_writer *w);
/* "uncopied" and "incomparable" by their reasons; "mismatches" by their results, where the kind has any. */
void plx_exchanges_write_reasons(struct plx_json_writer *w, enum plx_subject_kind kind,
                                 const struct plx_exchange_counts *counts);
/* "served" and "fallbacks": whose answers the clients got; "retries": who had to be asked again. */
void plx_exchanges_write_served(struct plx_json_writer *w, const struct plx_subject *subject,
                                const struct plx_exchange_counts *counts);

/* What says nothing of the candidate, by why: the member "no_evidence". */
void plx_exchanges_write_no_evidence(struct plx_json_writer *w, const struct plx_exchange_counts *counts);

#endif
