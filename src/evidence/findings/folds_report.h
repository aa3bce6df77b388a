/* SPDX-License-Identifier: Apache-2.0 */
/* The paths of a service that were folded, as a report names them. */
#ifndef PLX_FINDINGS_FOLDS_REPORT_H
#define PLX_FINDINGS_FOLDS_REPORT_H

#include "evidence/ledger/ledger.h"
#include "json/writer.h"

/* The member "folded" of a report: of each parent with names the endpoint that they became, and what stays beside it.
 */
void plx_folds_write(const struct plx_ledger *ledger, const struct plx_service *service, struct plx_json_writer *out);

#endif
