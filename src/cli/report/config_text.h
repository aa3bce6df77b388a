/* SPDX-License-Identifier: Apache-2.0 */
/* What `parallax check` says of a configuration: what would run, for people. */
#ifndef PLX_REPORT_CONFIG_TEXT_H
#define PLX_REPORT_CONFIG_TEXT_H

#include "base/buffer.h"
#include "control/config/config.h"

void plx_config_say(struct plx_buffer *out, const struct plx_config *config);

#endif
