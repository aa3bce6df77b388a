/* SPDX-License-Identifier: Apache-2.0 */
/* What the admin API says of spies besides their reports: whether the calls of both sides are equal, and by what. */
#ifndef PLX_ADMIN_SPIES_API_H
#define PLX_ADMIN_SPIES_API_H

#include "evidence/ledger/ledger.h"
#include "traffic/spy/spy_set.h"
#include "json/writer.h"

struct plx_subject plx_spy_subject(const struct plx_spy *spy);
/* NULL where there is none of this name. */
const struct plx_spy *plx_spy_by_name(const struct plx_spies *spies, struct plx_slice name);
/*
 * Whether every call of both sides that was counted, ever, was paired with an equal one. Calls that wait for their pair
 * are not counted yet; one that waits longer than its window is.
 */
bool plx_spy_is_equal(struct plx_ledger *ledger, const struct plx_spy *spy);
/* {"name":..,"equal":true,"waiting":0,...}: the counts behind it. */
void plx_spy_write(struct plx_ledger *ledger, const struct plx_spy *spy, struct plx_json_writer *w);

/* Prometheus text of what no ledger counts: calls that wait. */
void plx_spies_write_metrics(const struct plx_spies *spies, struct plx_buffer *out);

#endif
