/* SPDX-License-Identifier: Apache-2.0 */
/* The verdict alone, of a service: for /metrics, and for the log that tells when one changes. */
#ifndef PLX_FINDINGS_VERDICTS_H
#define PLX_FINDINGS_VERDICTS_H

#include "evidence/findings/conclusion.h"

/* Of a service as a whole, whether anything of it was counted or not. It judges its fields. */
void plx_service_verdict(struct plx_ledger *ledger, const struct plx_service *service,
                         struct plx_conclusion *conclusion);

#endif
