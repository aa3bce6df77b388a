/* SPDX-License-Identifier: Apache-2.0 */
/* The report of one subject as the API has it, and its endpoints alone. */
#ifndef PLX_FINDINGS_SERVICE_REPORT_H
#define PLX_FINDINGS_SERVICE_REPORT_H

#include "evidence/ledger/ledger.h"
#include "json/writer.h"

/* How much of a report is written, where it must not be too long. */
enum plx_report_length {
    PLX_REPORT_WHOLE,
    PLX_REPORT_WITHOUT_EXAMPLES, /* no fields of endpoints, no examples of causes; "shortened": true, as below */
    PLX_REPORT_HEAD,             /* no endpoints and no causes either */
    PLX_REPORT_LENGTHS,
};

/* One subject's report, also where it has seen nothing yet; a service's stage and share from the snapshot. */
void plx_findings_write_report(struct plx_ledger *ledger, const struct plx_subject *subject,
                               struct plx_json_writer *out);
/* The same of an epoch that ends now, without the list of earlier ones. */
void plx_findings_write_ended_report(struct plx_ledger *ledger, const struct plx_subject *subject,
                                     enum plx_report_length length, uint64_t ended_ms, struct plx_json_writer *out);
void plx_findings_write_endpoints(struct plx_ledger *ledger, const struct plx_subject *subject,
                                  struct plx_json_writer *out);

#endif
