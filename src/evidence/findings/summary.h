/* SPDX-License-Identifier: Apache-2.0 */
/* Subjects that no configuration knows, in short, as the API has them. */
#ifndef PLX_FINDINGS_SUMMARY_H
#define PLX_FINDINGS_SUMMARY_H

#include "evidence/ledger/ledger.h"
#include "json/writer.h"

/* An experiment or a spy, in short:
 * {"name":..,"kind":..,"verdict":..,"exchanges":{..},"endpoints":["..."],"last":TIME}; null where nothing is known of
 * it. "last" is of its newest exchange since the start, or null. */
void plx_findings_write_summary(struct plx_ledger *ledger, const struct plx_subject *subject,
                                struct plx_json_writer *out);
/* Its verdict, counts, endpoints and last answer, also where it has seen nothing yet, into an object that has been
 * begun. */
void plx_findings_write_summary_members(struct plx_ledger *ledger, const struct plx_subject *subject,
                                        struct plx_json_writer *out);
/* All of a kind, by name: an array. */
void plx_findings_write_summaries(struct plx_ledger *ledger, enum plx_subject_kind kind, struct plx_json_writer *out);

#endif
