/* SPDX-License-Identifier: Apache-2.0 */
/* `eject` of a service: when a canary's candidate is kept from its clients. For services.c alone. */
#ifndef PLX_CONFIG_EJECT_KEY_H
#define PLX_CONFIG_EJECT_KEY_H

#include "control/config/errors.h"
#include "service/service.h"

/* A service's without the key. */
extern const struct plx_eject_options plx_eject_default;

/* "no", "yes", or {after: 5, for: 10s, at_most: 5m, gateway_errors: no}. */
void plx_eject_read(struct plx_config_reader *reader, const struct plx_yaml *node, struct plx_eject_options *eject);

#endif
