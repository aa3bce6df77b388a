/* SPDX-License-Identifier: Apache-2.0 */
/* Results of `parallax reconcile` on their way into the ledger, and names that leave it. */
#ifndef PLX_INTAKE_POSTED_RECONCILIATION_H
#define PLX_INTAKE_POSTED_RECONCILIATION_H

#include "evidence/ledger/ledger.h"
#include "evidence/record/reconciliation.h"

/*
 * Counts a run and keeps it, in the store too when this returns (a store that can't be written now gets it with what
 * else it lacks). A run that is the last one once more is counted once: who got no answer may send it again.
 * PLX_E_LIMIT: there are too many names; PLX_E_MEMORY. Nothing has changed then.
 */
PLX_MUST_USE enum plx_status plx_reconciliation_take(struct plx_ledger *ledger,
                                                     const struct plx_reconciliation *result);
/* Whether there was one of that name. */
bool plx_reconciliation_forget(struct plx_ledger *ledger, struct plx_slice name);

#endif
