/* SPDX-License-Identifier: Apache-2.0 */
/*
 * YAML as a small tree that knows where each node stands, built from libfyaml's events. Aliases are refused: a
 * configuration has no use for them, and they are how a small file becomes a large one. Also the errors of a
 * configuration, each with its place and its mend.
 */
#ifndef PLX_CONFIG_TREE_H
#define PLX_CONFIG_TREE_H

#include "base/arena.h"
#include "control/config/config.h"

#define PLX_CONFIG_ERRORS_MAX 50u /* told; of warnings as many */
#define PLX_CONFIG_DEPTH_MAX  32u

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

/* What a configuration is read with. */
struct plx_config_reader {
    const char *file; /* as errors show it; NULL: the flags */
    struct plx_slice text;
    struct plx_arena *arena;
    struct plx_config_errors *errors;
    bool no_memory;
};

/* The root, or NULL: errors say why. */
struct plx_yaml *plx_yaml_read(struct plx_config_reader *reader);

/* The bytes of the line's end at this place, 0 where there is none: CR LF is one, and so is either alone
 * (YAML 1.2, 5.4). */
size_t plx_config_line_end(struct plx_slice text, size_t at);
struct plx_slice plx_config_line(struct plx_slice text, unsigned line); /* from 1, without its end */

/* line 0: about a flag, or the whole file. */
void plx_config_error_at(struct plx_config_reader *reader, unsigned line, unsigned column, const char *mend,
                         const char *what);
/* what is a format; mend is static text (may be NULL). node NULL: about the whole file. */
void plx_config_error(struct plx_config_reader *reader, const struct plx_yaml *node, const char *mend,
                      const char *format, ...) __attribute__((format(printf, 4, 5)));
/* The same for what is no error, but wants to be seen. */
void plx_config_warning(struct plx_config_reader *reader, const struct plx_yaml *node, const char *mend,
                        const char *format, ...) __attribute__((format(printf, 4, 5)));
/* "'text'": cut where it is long, and without the secrets that a URL may hold. Stands until the next call. */
const char *plx_config_quoted(struct plx_slice text);
/* "a list", "a mapping", "'text'": what stands at a node, for an error. */
const char *plx_yaml_name(const struct plx_yaml *node);

#endif
