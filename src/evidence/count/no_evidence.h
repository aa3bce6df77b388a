/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Exchanges in which both answers are the same and say nothing of the candidate: a health check, or what neither role
 * has. They are told by path and status alone; what differs is evidence, whatever it is.
 */
#ifndef PLX_COUNT_NO_EVIDENCE_H
#define PLX_COUNT_NO_EVIDENCE_H

#include "evidence/count/exchange_outcome.h"

/* Why one is no evidence: enum, name. */
#define PLX_NO_EVIDENCE_MAP(X)                                                                   \
    X(PLX_NO_EVIDENCE_HEALTH, "health_check") /* its path is one of those that probes ask for */ \
    X(PLX_NO_EVIDENCE_NOT_FOUND, "not_found") /* both roles answered 404 */

enum plx_no_evidence {
#define PLX_NO_EVIDENCE_ENUM(name, text) name,
    PLX_NO_EVIDENCE_MAP(PLX_NO_EVIDENCE_ENUM)
#undef PLX_NO_EVIDENCE_ENUM
        PLX_NO_EVIDENCE_COUNT
};

const char *plx_no_evidence_text(enum plx_no_evidence why);
/* False where it is evidence, or all is (`evidence: all`). */
bool plx_outcome_is_no_evidence(const struct plx_exchange_outcome *outcome, enum plx_no_evidence *why);

#endif
