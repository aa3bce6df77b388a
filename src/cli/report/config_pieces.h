/* SPDX-License-Identifier: Apache-2.0 */
/* Pieces of a configuration that are read back the same way to people and to machines. */
#ifndef PLX_REPORT_CONFIG_PIECES_H
#define PLX_REPORT_CONFIG_PIECES_H

#include "base/buffer.h"
#include "service/service.h"

/* How many there are of each kind from the one at index from on: a route's begin with its service's. */
void plx_config_count_rules(const struct plx_rules *rules, size_t from, size_t counts[PLX_RULE_KINDS]);
/* "cookie session", "header X-Beta = 1" */
void plx_config_add_trait(struct plx_buffer *out, const struct plx_client_trait *trait);

#endif
