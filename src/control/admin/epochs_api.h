/* SPDX-License-Identifier: Apache-2.0 */
/* Epochs of a service by the admin API: told, begun by a mark, and forgetting on purpose. */
#ifndef PLX_ADMIN_EPOCHS_API_H
#define PLX_ADMIN_EPOCHS_API_H

#include "control/admin/api_call.h"

plx_admin_handler plx_admin_get_epochs;
plx_admin_handler plx_admin_post_mark;
plx_admin_handler plx_admin_post_reset;
/* A service's report, of the present epoch or of that which `epoch` names. */
plx_admin_handler plx_admin_get_service_report;

#endif
