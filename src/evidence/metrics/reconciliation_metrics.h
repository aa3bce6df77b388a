/* SPDX-License-Identifier: Apache-2.0 */
/* Reconciliations as Prometheus text: of a ledger, or of the program that runs them itself. */
#ifndef PLX_METRICS_RECONCILIATION_METRICS_H
#define PLX_METRICS_RECONCILIATION_METRICS_H

#include "base/buffer.h"
#include "evidence/record/reconciliation.h"

struct plx_ledger;

struct plx_reconciliation_view {
    const struct plx_reconciliation *last;
    const struct plx_reconciliation_totals *totals;
};

/* All of them as Prometheus text, parallax_reconcile_*; out fails where there is no memory. */
void plx_reconciliations_expose(const struct plx_reconciliation_view *views, size_t count, struct plx_buffer *out);
/* Those that a ledger keeps. */
void plx_reconciliations_expose_kept(const struct plx_ledger *ledger, struct plx_buffer *out);

#endif
