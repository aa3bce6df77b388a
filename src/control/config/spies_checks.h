/* SPDX-License-Identifier: Apache-2.0 */
/* What must hold between spies and all other addresses. */
#ifndef PLX_CONFIG_SPIES_CHECKS_H
#define PLX_CONFIG_SPIES_CHECKS_H

#include "control/config/config_reading.h"
#include "control/config/errors.h"

void plx_spies_check(struct plx_config_reader *reader, const struct plx_reading *r);

#endif
