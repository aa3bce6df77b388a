/* SPDX-License-Identifier: Apache-2.0 */
/* The report of one subject as the API has it, and its endpoints alone. */
#ifndef PLX_FINDINGS_SERVICE_REPORT_H
#define PLX_FINDINGS_SERVICE_REPORT_H

#include "evidence/ledger/ledger.h"
#include "json/writer.h"

/* One subject's report, also where it has seen nothing yet; a service's stage and share from the snapshot. */
void plx_findings_write_report(struct plx_ledger *ledger, const struct plx_subject *subject,
                               struct plx_json_writer *out);
void plx_findings_write_endpoints(struct plx_ledger *ledger, const struct plx_subject *subject,
                                  struct plx_json_writer *out);

#endif
