/* SPDX-License-Identifier: Apache-2.0 */
/* What was counted, of whichever kind of subject; experiments; metrics. */
#ifndef PLX_ADMIN_COUNTED_H
#define PLX_ADMIN_COUNTED_H

#include "control/admin/api_call.h"

plx_admin_handler plx_admin_get_report;
plx_admin_handler plx_admin_get_endpoints;
plx_admin_handler plx_admin_get_differences;
plx_admin_handler plx_admin_get_exchange;
plx_admin_handler plx_admin_get_experiments;
plx_admin_handler plx_admin_get_experiment;
plx_admin_handler plx_admin_post_experiments;
plx_admin_handler plx_admin_get_metrics;

#endif
