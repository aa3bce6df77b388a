/* SPDX-License-Identifier: Apache-2.0 */
/* What roles are asked in the place of what clients ask, for `parallax check`. Values that are set are never shown. */
#ifndef PLX_REPORT_CONFIG_REQUESTS_H
#define PLX_REPORT_CONFIG_REQUESTS_H

#include "base/buffer.h"
#include "service/service.h"
#include "json/writer.h"

/* One line, with this before it: "Host new.example, sets X-Api-Key, removes Cookie, rewrites the path". Nothing where
 * nothing is changed. host: may be NULL, as changes may. */
void plx_config_add_request(struct plx_buffer *out, const char *before, const char *host,
                            const struct plx_request_changes *changes);
/* The key "requests", with a member for each role of the service whose requests are changed; by the route, where there
 * is one. */
void plx_config_write_requests(struct plx_json_writer *json, const struct plx_service *service,
                               const struct plx_route *route);

#endif
