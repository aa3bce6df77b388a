/* SPDX-License-Identifier: Apache-2.0 */
/* A copy of the store, for `parallax backup`: begun by POST, then asked for until it is whole, part by part. */
#ifndef PLX_ADMIN_BACKUP_API_H
#define PLX_ADMIN_BACKUP_API_H

#include "control/admin/api_call.h"

plx_admin_handler plx_admin_post_backup, plx_admin_get_backup, plx_admin_get_backup_stages;

#endif
