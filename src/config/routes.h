/* SPDX-License-Identifier: Apache-2.0 */
/* The routes of a service: for services.c alone. */
#ifndef PLX_CONFIG_ROUTES_H
#define PLX_CONFIG_ROUTES_H

#include "config/keys.h"

/* The list under `routes:`; the service's own rules must be whole. */
void plx_routes_read(struct plx_config_reader *reader, const struct plx_yaml *node, struct plx_service *service);

#endif
