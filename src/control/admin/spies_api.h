/* SPDX-License-Identifier: Apache-2.0 */
/* What the admin API says of spies besides their reports: whether the calls of both sides are equal, and by what. */
#ifndef PLX_ADMIN_SPIES_API_H
#define PLX_ADMIN_SPIES_API_H

#include "control/admin/api_call.h"

plx_admin_handler plx_admin_get_spies;
plx_admin_handler plx_admin_get_spy;
plx_admin_handler plx_admin_get_spy_compare;
plx_admin_handler plx_admin_get_compare; /* of all spies together */

struct plx_subject plx_spy_subject(const struct plx_spy *spy);
/* NULL where there is none of this name. */
const struct plx_spy *plx_spy_by_name(const struct plx_spies *spies, struct plx_slice name);
/* Prometheus text of what no ledger counts: calls that wait. */
void plx_spies_write_metrics(const struct plx_spies *spies, struct plx_buffer *out);

#endif
