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

struct plx_yaml {
    enum plx_node_type type;
    unsigned line, column;                /* from 1 */
    struct plx_slice text;                /* scalars; NUL-terminated */
    bool plain;                           /* scalars: not quoted */
    struct plx_yaml *key;                 /* of a mapping's value: its key */
    struct plx_yaml *first, *last, *next; /* children, in order; the next sibling */
};

#endif
