/* SPDX-License-Identifier: Apache-2.0 */
/* YAML as a small tree that knows where each node stands. tree.h makes one of a file. */
#ifndef PLX_CONFIG_YAML_NODE_H
#define PLX_CONFIG_YAML_NODE_H

#include <parallax/base.h>

enum plx_node_type {
    PLX_YAML_SCALAR,
    PLX_YAML_LIST,
    PLX_YAML_MAPPING,
};

/* A file, as errors show it. */
struct plx_config_source {
    const char *file;
    struct plx_slice text;
};

struct plx_yaml {
    enum plx_node_type type;
    const struct plx_config_source *source; /* that it stands in ... */
    unsigned line, column;                  /* ... and where, from 1 */
    struct plx_slice text;                  /* scalars; NUL-terminated */
    struct plx_slice written;               /* scalars: what the file says, with ${VARIABLES} (variables.h) */
    bool plain;                             /* scalars: not quoted */
    struct plx_yaml *key;                   /* of a mapping's value: its key */
    struct plx_yaml *first, *last, *next;   /* children, in order; the next sibling */
};

#endif
