/* SPDX-License-Identifier: Apache-2.0 */
/* What must hold between the parts of a configuration. */
#ifndef PLX_CONFIG_CHECKS_H
#define PLX_CONFIG_CHECKS_H

#include "control/config/config_reading.h"
#include "control/config/errors.h"

/* Listeners, admin, services and spies. */
void plx_config_check(struct plx_config_reader *reader, const struct plx_reading *r);

#endif
