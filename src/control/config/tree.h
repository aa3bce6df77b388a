/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the text of a file to its tree of nodes, by libfyaml's events. Aliases are refused: a configuration has no use
 * for them, and they are how a small file becomes a large one.
 */
#ifndef PLX_CONFIG_TREE_H
#define PLX_CONFIG_TREE_H

#include "control/config/errors.h"

#define PLX_CONFIG_DEPTH_MAX 32u

/* The root of reader->source, or NULL: errors say why; without one, it is empty and may be. */
struct plx_yaml *plx_yaml_read(struct plx_config_reader *reader, bool may_be_empty);

#endif
