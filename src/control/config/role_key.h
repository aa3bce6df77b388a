/* SPDX-License-Identifier: Apache-2.0 */
/* `primary`, `candidate`, `secondary`: a URL, or a mapping of it and of what the role is asked. */
#ifndef PLX_CONFIG_ROLE_KEY_H
#define PLX_CONFIG_ROLE_KEY_H

#include "control/config/errors.h"
#include "service/service.h"

/* "http://HOST:PORT/PREFIX", or {url:, host:, request:}, into a role that is not set yet. */
void plx_role_read(struct plx_config_reader *reader, const struct plx_yaml *node, enum plx_role role,
                   struct plx_upstream *upstream);
/* Another URL for the role, as a flag has it; its host and request stay. NULL, or what is wrong with it. Without memory
 * NULL, and upstream->url is NULL. */
const char *plx_role_take_url(struct plx_slice url, struct plx_upstream *upstream);

#endif
