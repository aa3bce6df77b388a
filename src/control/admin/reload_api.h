/* SPDX-License-Identifier: Apache-2.0 */
/* POST /api/v1/reload: the configuration is read again, and the answer says what came of it. */
#ifndef PLX_ADMIN_RELOAD_API_H
#define PLX_ADMIN_RELOAD_API_H

#include "control/admin/api_call.h"

plx_admin_handler plx_admin_post_reload;

/* Whether the last reload was taken over, and when, as /metrics has it. */
void plx_admin_write_reload_metrics(const struct plx_admin *admin, struct plx_buffer *out);

#endif
