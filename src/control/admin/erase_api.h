/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLX_ADMIN_ERASE_API_H
#define PLX_ADMIN_ERASE_API_H

#include "control/admin/api_call.h"

/* POST {"value":..,"dry_run":true|false}: the value is taken out of all that is kept. */
void plx_admin_post_erase(struct plx_admin_call *call);

#endif
