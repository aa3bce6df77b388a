/* SPDX-License-Identifier: Apache-2.0 */
/* The routes of a service or a spy: for services.c and spies.c alone. */
#ifndef PLX_CONFIG_ROUTES_H
#define PLX_CONFIG_ROUTES_H

#include "control/config/errors.h"
#include "service/service.h"

/* The list under `routes:`; the service's own rules must be whole. of_spy: nothing is copied there, and `answer` is
 * read by the caller. */
void plx_routes_read(struct plx_config_reader *reader, const struct plx_yaml *node, struct plx_service *service,
                     bool of_spy);

#endif
