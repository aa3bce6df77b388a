/* SPDX-License-Identifier: Apache-2.0 */
/* The one spy of the command line. */
#ifndef PLX_CONFIG_SPY_FLAGS_H
#define PLX_CONFIG_SPY_FLAGS_H

#include "control/config/config_reading.h"
#include "control/config/errors.h"
#include "control/config/flags.h"

/* What `parallax spy` was given instead of a file, or over the file's only spy. */
void plx_spy_flags_apply(struct plx_config_reader *reader, const struct plx_config_flags *flags, struct plx_reading *r);

#endif
