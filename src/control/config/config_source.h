/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files of a configuration: one, those that its `include:` names, and files that hold a secret alone. What a file
 * names is relative to the folder of the file that names it.
 */
#ifndef PLX_CONFIG_SOURCE_H
#define PLX_CONFIG_SOURCE_H

#include "control/config/errors.h"

#define PLX_CONFIG_BYTES_MAX         (1u << 20) /* of a file */
#define PLX_CONFIG_FILES_MAX         64u        /* of a configuration */
#define PLX_CONFIG_INCLUDE_DEPTH_MAX 8u         /* files that include each other */
#define PLX_CONFIG_SECRET_BYTES_MAX  4096u      /* of a file that holds a secret */

/* The tree of a file; NULL: errors say why. */
struct plx_yaml *plx_source_read(struct plx_config_reader *reader, const char *file);
/*
 * The same with all that it includes: keys at the top of any of them are keys of the whole, and lists of services,
 * spies and jobs are joined. Only regular files are included, each of them once.
 */
struct plx_yaml *plx_source_read_all(struct plx_config_reader *reader, const char *file);
/* The text of the regular file that a node names, without the line ends behind it. false: an error was told. */
bool plx_source_read_secret(struct plx_config_reader *reader, const struct plx_yaml *node, struct plx_slice *text);

#endif
