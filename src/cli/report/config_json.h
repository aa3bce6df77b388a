/* SPDX-License-Identifier: Apache-2.0 */
/* What `parallax check` says of a configuration, for machines. */
#ifndef PLX_REPORT_CONFIG_JSON_H
#define PLX_REPORT_CONFIG_JSON_H

#include "base/buffer.h"
#include "control/config/config.h"

void plx_config_write(struct plx_buffer *out, const struct plx_config *config); /* an object and a line end */

#endif
