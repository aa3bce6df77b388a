/* SPDX-License-Identifier: Apache-2.0 */
/* `recheck` of a service: mismatches that are asked again. */
#ifndef PLX_CONFIG_RECHECK_KEY_H
#define PLX_CONFIG_RECHECK_KEY_H

#include "control/config/errors.h"
#include "service/service.h"

#define PLX_RECHECK_AFTER_MAX_MS 60000u

/* The key is what turns it on: what is not said is as by default. */
void plx_recheck_read(struct plx_config_reader *reader, const struct plx_yaml *node,
                      struct plx_recheck_options *recheck);

#endif
