/* SPDX-License-Identifier: Apache-2.0 */
/* `services:`, and a service as it is before its keys are read. */
#ifndef PLX_CONFIG_SERVICES_H
#define PLX_CONFIG_SERVICES_H

#include "control/config/errors.h"
#include "service/service.h"

/* The list under `services:` into a snapshot; NULL where errors were found. */
struct plx_snapshot *plx_services_read(struct plx_config_reader *reader, const struct plx_yaml *list);
/* A service as it is without any key; name is copied. false: no memory. */
bool plx_service_defaults(struct plx_service *service, const char *name);

#endif
