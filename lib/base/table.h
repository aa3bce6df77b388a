/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hash table from bytes to a pointer (XXH3, open addressing), bounded by a maximum number of entries. Keys are
 * copied, values are the caller's.
 */
#ifndef PLX_BASE_TABLE_H
#define PLX_BASE_TABLE_H

#include <parallax/base.h>

struct plx_table_entry {
    char *key; /* owned by the table; NULL: free */
    size_t key_len;
    uint64_t hash;
    void *value;
};

struct plx_table {
    struct plx_table_entry *entries;
    size_t count, capacity, max;
};

void plx_table_init(struct plx_table *table, size_t max);
void plx_table_fini(struct plx_table *table, void (*release)(void *value)); /* release may be NULL */
/* The value, or NULL. */
void *plx_table_get(const struct plx_table *table, struct plx_slice key);
/* Adds a new key. PLX_E_LIMIT, PLX_E_MEMORY. The key must not be there yet. */
PLX_MUST_USE enum plx_status plx_table_add(struct plx_table *table, struct plx_slice key, void *value);
/* Takes a key out; the value, or NULL where it was not there. Not during a walk. */
void *plx_table_remove(struct plx_table *table, struct plx_slice key);
/* Walks the table: start with *at = 0, ends with NULL. Order is not defined. Nothing may be added meanwhile. */
const struct plx_table_entry *plx_table_next(const struct plx_table *table, size_t *at);

#endif
