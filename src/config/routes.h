/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of a service that are about what is compared: for services.c alone. */
#ifndef PLX_CONFIG_ROUTES_H
#define PLX_CONFIG_ROUTES_H

#include "config/keys.h"

/* The mapping under `compare:`, added to the rules. */
void plx_compare_read(struct plx_config_reader *reader, const struct plx_yaml *node, struct plx_rules *rules);
/* The pattern or patterns under `redact:`, added to the rules. */
void plx_redact_read(struct plx_config_reader *reader, const struct plx_yaml *node, struct plx_rules *rules);
/* The list under `routes:`; the service's own rules must be whole. */
void plx_routes_read(struct plx_config_reader *reader, const struct plx_yaml *node, struct plx_service *service);

#endif
