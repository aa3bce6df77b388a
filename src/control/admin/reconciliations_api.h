/* SPDX-License-Identifier: Apache-2.0 */
/* Results of `parallax reconcile`, as the admin API takes them and tells of them. */
#ifndef PLX_ADMIN_RECONCILIATIONS_API_H
#define PLX_ADMIN_RECONCILIATIONS_API_H

#include "control/admin/api_call.h"

plx_admin_handler plx_admin_get_reconciliations;
plx_admin_handler plx_admin_get_reconciliation;
plx_admin_handler plx_admin_post_reconciliation;
plx_admin_handler plx_admin_post_forget;

#endif
