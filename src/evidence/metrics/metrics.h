/* SPDX-License-Identifier: Apache-2.0 */
/* Everything that a ledger counts, for Prometheus. */
#ifndef PLX_METRICS_METRICS_H
#define PLX_METRICS_METRICS_H

#include "base/buffer.h"
#include "evidence/ledger/ledger.h"

/* Prometheus text (version 0.0.4); out fails where there is no memory. */
void plx_metrics_write(struct plx_ledger *ledger, const struct plx_snapshot *snapshot, struct plx_buffer *out);

#endif
