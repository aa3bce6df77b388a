/* SPDX-License-Identifier: Apache-2.0 */
/* What must hold between spies and all other addresses. */
#ifndef PLX_CONFIG_SPIES_CHECKS_H
#define PLX_CONFIG_SPIES_CHECKS_H

#include "control/config/config_reading.h"
#include "control/config/errors.h"

/* Marks the services (`spied`) by the configuration's spies, which a reload may have changed. */
void plx_spies_mark(struct plx_config *config);
void plx_spies_check(struct plx_config_reader *reader, const struct plx_reading *r);

#endif
