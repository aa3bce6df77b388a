/* SPDX-License-Identifier: Apache-2.0 */
/* Flags over a file, or instead of it. */
#ifndef PLX_CONFIG_OVERRIDES_H
#define PLX_CONFIG_OVERRIDES_H

#include "control/config/config_reading.h"
#include "control/config/errors.h"
#include "control/config/flags.h"

/* What flags say stands over what the file says, or is the one service where there is no file. */
void plx_flags_apply(struct plx_config_reader *reader, const struct plx_config_flags *flags, struct plx_reading *r);

#endif
