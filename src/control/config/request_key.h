/* SPDX-License-Identifier: Apache-2.0 */
/* `request:` of a role, and of the roles in a route: what is changed of a request on its way. */
#ifndef PLX_CONFIG_REQUEST_KEY_H
#define PLX_CONFIG_REQUEST_KEY_H

#include "control/config/errors.h"
#include "service/service.h"

/* {set: {NAME: VALUE}, remove: [NAME], rewrite: {path: {from:, to:}, query: ...}}; *changes: NULL, or what is added to;
 * the caller's. */
void plx_request_read(struct plx_config_reader *reader, const struct plx_yaml *node,
                      struct plx_request_changes **changes);
/* {candidate: {set: ...}, ...} of a route: what each role of the service has, and this. */
void plx_route_requests_read(struct plx_config_reader *reader, const struct plx_yaml *node,
                             const struct plx_service *service, struct plx_route *route);

#endif
