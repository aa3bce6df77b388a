/* SPDX-License-Identifier: Apache-2.0 */
/* The words that stand for a pattern in `match: {/at: timestamp}`, wherever rules are read. */
#ifndef PLX_CONFIG_NAMED_PATTERNS_H
#define PLX_CONFIG_NAMED_PATTERNS_H

#include "control/config/errors.h"

/*
 * The pattern that *text, the value at node, names takes its place; a pattern stays. One that is a plain text is warned
 * of: where both sides match it they are equal, so it excuses nothing. Nor would one that is spelled as a name is, so
 * names take nothing from anybody.
 */
void plx_named_pattern_resolve(struct plx_config_reader *reader, const struct plx_yaml *node, struct plx_slice *text);

#endif
