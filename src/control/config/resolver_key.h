/* SPDX-License-Identifier: Apache-2.0 */
/* `resolver: 127.0.0.1:5353`, or a list: the servers that are asked for names. */
#ifndef PLX_CONFIG_RESOLVER_KEY_H
#define PLX_CONFIG_RESOLVER_KEY_H

#include "control/config/errors.h"
#include "control/config/settings.h"

void plx_resolver_read(struct plx_config_reader *reader, const struct plx_yaml *node, struct plx_config *config);

#endif
