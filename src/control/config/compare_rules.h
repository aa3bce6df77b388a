/* SPDX-License-Identifier: Apache-2.0 */
/* What is compared and how: `compare:` and `redact:` of a service or a route, and of a file of rules. */
#ifndef PLX_CONFIG_COMPARE_RULES_H
#define PLX_CONFIG_COMPARE_RULES_H

#include "control/config/errors.h"

#include <parallax/compare.h>

/* The mapping under `compare:`, added to the rules. */
void plx_compare_read(struct plx_config_reader *reader, const struct plx_yaml *node, struct plx_rules *rules);
/* The pattern or patterns under `redact:`, added to the rules. */
void plx_redact_read(struct plx_config_reader *reader, const struct plx_yaml *node, struct plx_rules *rules);

/* `evidence: auto` or `all`. */
void plx_evidence_read(struct plx_config_reader *reader, const struct plx_yaml *node, bool *all);

/* A file of rules: what stands under `compare:`, and `redact:` and `secrets:`. */
void plx_rules_file_read(struct plx_config_reader *reader, const struct plx_yaml *node, struct plx_rules *rules);

#endif
