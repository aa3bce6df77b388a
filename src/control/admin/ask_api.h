/* SPDX-License-Identifier: Apache-2.0 */
/* One request to all roles of a service, and its verdict at once: Diferencia's answer with the result. */
#ifndef PLX_ADMIN_ASK_API_H
#define PLX_ADMIN_ASK_API_H

#include "control/admin/api_call.h"

#define PLX_ADMIN_ASKS_MAX 16u /* under way; further ones are refused (503) */

plx_admin_handler plx_admin_post_ask;

/* Whether one that somebody may wait for is done: its request is to be asked again. */
bool plx_admin_asks_are_done(const struct plx_admin *admin);
/* When no worker has any more of them. */
void plx_admin_asks_free(struct plx_admin *admin);

#endif
