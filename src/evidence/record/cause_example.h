/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The example of a cause: one of its exchanges, as it is shown after its record is gone. A tally makes one only where
 * it is lighter than the one that is there, so that a candidate that fails at everything costs no more.
 */
#ifndef PLX_RECORD_CAUSE_EXAMPLE_H
#define PLX_RECORD_CAUSE_EXAMPLE_H

#include "base/arena.h"
#include "evidence/count/cause.h"
#include "evidence/count/exchange_outcome.h"

#define PLX_CAUSE_DIFFERENCES_MAX   8u         /* shown of it, one a field */
#define PLX_CAUSE_DIFFERENCES_BYTES (8u << 10) /* of them together, as JSON */

/* Texts lie behind the structure. */
struct plx_cause_example {
    char exchange[PLX_EXCHANGE_ID_BYTES + 1];
    struct plx_slice differences; /* a JSON array of what differs beyond noise */
    struct plx_slice primary;     /* a command that asks the primary again; empty: too long */
    struct plx_slice candidate;
};

/* Makes the exchange the example of its cause where it is the better one. Allocates in scratch, too. */
void plx_cause_example_offer(struct plx_cause *cause, const struct plx_exchange_outcome *outcome,
                             struct plx_arena *scratch);
/* NULL where there is no memory. */
struct plx_cause_example *plx_cause_example_make(struct plx_slice exchange, struct plx_slice differences,
                                                 struct plx_slice primary, struct plx_slice candidate);

#endif
