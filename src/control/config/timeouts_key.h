/* SPDX-License-Identifier: Apache-2.0 */
/* `timeout: {connect: 4s, answer: 10s, between: 60s, copy: 5s}`, of a service or a route. */
#ifndef PLX_CONFIG_TIMEOUTS_KEY_H
#define PLX_CONFIG_TIMEOUTS_KEY_H

#include "control/config/errors.h"
#include "service/service.h"

/* What is not said stays as it is. */
void plx_timeouts_read(struct plx_config_reader *reader, const struct plx_yaml *node, struct plx_timeouts *timeouts);

#endif
