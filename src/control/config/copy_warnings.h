/* SPDX-License-Identifier: Apache-2.0 */
/* What a configuration can tell of copies that will lack what the primary has: worth a warning, no error. */
#ifndef PLX_CONFIG_COPY_WARNINGS_H
#define PLX_CONFIG_COPY_WARNINGS_H

#include "control/config/routes.h"

/* Of a service whose keys were all read. by: where that key stands; NULL: nowhere. routes: of each of its routes;
 * NULL: it has none. */
void plx_copies_warn(struct plx_config_reader *reader, const struct plx_service *service, const struct plx_yaml *by,
                     const struct plx_route_nodes *routes);

#endif
