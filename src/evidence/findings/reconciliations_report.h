/* SPDX-License-Identifier: Apache-2.0 */
/* The reconciliations that the ledger keeps, as the API has them. */
#ifndef PLX_FINDINGS_RECONCILIATIONS_REPORT_H
#define PLX_FINDINGS_RECONCILIATIONS_REPORT_H

#include "evidence/ledger/ledger.h"
#include "json/writer.h"

/* {"reconciliations":[{"name":..,"runs":{..},"rows":{..},"last":result}...]}, by name. */
void plx_findings_write_reconciliations(const struct plx_ledger *ledger, struct plx_json_writer *out);
/* One of them, and its "history"; false where there is none of that name. */
bool plx_findings_write_reconciliation(const struct plx_ledger *ledger, struct plx_slice name,
                                       struct plx_json_writer *out);

#endif
