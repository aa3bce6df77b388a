/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mappings read by tables of keys, a row a key. One pass over a mapping sees to all that is about keys: unknown and
 * repeated ones are told, each value is read into the structure at hand, and where each key stands is kept in a struct
 * of nodes. What must hold between keys is checked behind the pass, by these nodes: nothing is looked up by name.
 */
#ifndef PLX_CONFIG_KEYS_H
#define PLX_CONFIG_KEYS_H

#include "control/config/errors.h"

struct plx_key {
    const char *name;
    /* NULL: its node is kept, and its value read behind the pass, when what it builds on is whole. */
    void (*read)(struct plx_config_reader *reader, const struct plx_yaml *node, void *into);
    size_t node;  /* offset of its node in the struct of nodes; of no meaning where there is none */
    bool not_yet; /* a later version will have it */
};

/* Reads a mapping; unknown and repeated keys, and a node that is no mapping, are errors. what: "a service", for the
 * messages. */
void plx_keys_read(struct plx_config_reader *reader, const struct plx_yaml *node, const char *what,
                   const struct plx_key *keys, size_t count, void *into);
/* The same, and a struct of nodes is filled: a pointer to a node for each key of the table, which stays as it was
 * (NULL) for a key that is not there. */
void plx_keys_read_nodes(struct plx_config_reader *reader, const struct plx_yaml *node, const char *what,
                         const struct plx_key *keys, size_t count, void *into, void *nodes);
/* Structs of nodes for the elements of a list, all NULL; they live as long as the reader. Without memory NULL, which
 * the reader then says. */
void *plx_nodes_new(struct plx_config_reader *reader, size_t count, size_t size);
/* Whether a key of the mapping stood in it before; that is an error, which is told. */
bool plx_keys_repeats(struct plx_config_reader *reader, const struct plx_yaml *mapping, const struct plx_yaml *node);

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
