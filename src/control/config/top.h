/* SPDX-License-Identifier: Apache-2.0 */
/* The keys at the top of a configuration. */
#ifndef PLX_CONFIG_TOP_H
#define PLX_CONFIG_TOP_H

#include "control/config/config_reading.h"
#include "control/config/errors.h"

/* The file, key by key. */
void plx_top_read(struct plx_config_reader *reader, const char *file, struct plx_reading *r);

#endif
