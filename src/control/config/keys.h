/* SPDX-License-Identifier: Apache-2.0 */
/* Mappings read by tables of keys: each key has a function that reads its value into the structure at hand. */
#ifndef PLX_CONFIG_KEYS_H
#define PLX_CONFIG_KEYS_H

#include "control/config/errors.h"

struct plx_key {
    const char *name;
    /* NULL: a key that a later version will have. */
    void (*read)(struct plx_config_reader *reader, const struct plx_yaml *node, void *into);
};

/* Reads a mapping; unknown and repeated keys, and a node that is no mapping, are errors. what: "a service", for the
 * messages. */
void plx_keys_read(struct plx_config_reader *reader, const struct plx_yaml *node, const char *what,
                   const struct plx_key *keys, size_t count, void *into);
/* Whether a key of the mapping stood in it before; that is an error, which is told. */
bool plx_keys_repeats(struct plx_config_reader *reader, const struct plx_yaml *mapping, const struct plx_yaml *node);
/* The value of a key; NULL where it is not there. */
const struct plx_yaml *plx_keys_find(const struct plx_yaml *mapping, const char *name);

/* Values; on an error the target stays as it was. */
bool plx_read_text(struct plx_config_reader *reader, const struct plx_yaml *node, const char *what,
                   struct plx_slice *out);
void plx_read_duration(struct plx_config_reader *reader, const struct plx_yaml *node, uint32_t max_ms, uint32_t *ms);
void plx_read_size(struct plx_config_reader *reader, const struct plx_yaml *node, uint64_t max, uint64_t *bytes);
void plx_read_share(struct plx_config_reader *reader, const struct plx_yaml *node, uint32_t *share);
/* A service's or a spy's name. */
void plx_read_name(struct plx_config_reader *reader, const struct plx_yaml *node, const char *what, char **out);
void plx_read_copy_of(struct plx_config_reader *reader, struct plx_slice text, char **out); /* frees what was there */
/* Calls item for the node itself, or for each element of the list. */
void plx_read_each(struct plx_config_reader *reader, const struct plx_yaml *node,
                   void (*item)(struct plx_config_reader *reader, const struct plx_yaml *node, void *into), void *into);

#endif
