/* SPDX-License-Identifier: Apache-2.0 */
/* The verdicts alone, of services and of their endpoints: for /metrics, and for the log that tells when one changes. */
#ifndef PLX_FINDINGS_VERDICTS_H
#define PLX_FINDINGS_VERDICTS_H

#include "evidence/findings/conclusion.h"

/* Of one endpoint, once its service was judged (plx_service_counts_judge()). False where there is no memory. */
PLX_MUST_USE bool plx_endpoint_counts_conclude(struct plx_endpoint_counts *endpoint, const struct plx_ledger *ledger,
                                               const struct plx_subject *subject, struct plx_conclusion *conclusion);
/* Of a service as a whole, whether anything of it was counted or not; likewise. It judges its fields. */
PLX_MUST_USE bool plx_service_verdict(struct plx_ledger *ledger, const struct plx_service *service,
                                      struct plx_conclusion *conclusion);

#endif
