/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Open addressing with linear steps, at most three quarters full. What is taken out leaves no tombstone: those behind
 * it move up. Keys may come from peers who choose them to collide: the maximum number of entries bounds what that can
 * cost.
 */
#include "base/table.h"

#include "base/assert.h"

#include <stdlib.h>
#include <xxhash.h>

#define CAPACITY_FIRST 16u

void
plx_table_init(struct plx_table *table, size_t max)
{
    *table = (struct plx_table){.max = max};
}

void
plx_table_fini(struct plx_table *table, void (*release)(void *value))
{
    for (size_t i = 0; i < table->capacity; i++) {
        if (!table->entries[i].key)
            continue;
        if (release)
            release(table->entries[i].value);
        free(table->entries[i].key);
    }
    free(table->entries);
    plx_table_init(table, table->max);
}

static uint64_t
hash_of(struct plx_slice key)
{
    return XXH3_64bits(key.len ? key.ptr : "", key.len);
}

/* The entry that holds the key, or the free one where it belongs. There is always a free one. */
static struct plx_table_entry *
find(const struct plx_table *table, struct plx_slice key, uint64_t hash)
{
    size_t mask = table->capacity - 1;

    for (size_t at = hash & mask;; at = (at + 1) & mask) {
        struct plx_table_entry *entry = &table->entries[at];

        if (!entry->key)
            return entry;
        if (entry->hash == hash && plx_slice_equal(plx_slice_make(entry->key, entry->key_len), key))
            return entry;
    }
}

void *
plx_table_get(const struct plx_table *table, struct plx_slice key)
{
    return table->count ? find(table, key, hash_of(key))->value : NULL;
}

static bool
grow(struct plx_table *table)
{
    struct plx_table bigger = *table;

    bigger.capacity = table->capacity ? table->capacity * 2 : CAPACITY_FIRST;
    bigger.entries = calloc(bigger.capacity, sizeof(*bigger.entries));
    if (!bigger.entries)
        return false;
    for (size_t i = 0; i < table->capacity; i++) {
        const struct plx_table_entry *entry = &table->entries[i];

        if (entry->key)
            *find(&bigger, plx_slice_make(entry->key, entry->key_len), entry->hash) = *entry;
    }
    free(table->entries);
    *table = bigger;
    return true;
}

enum plx_status
plx_table_add(struct plx_table *table, struct plx_slice key, void *value)
{
    uint64_t hash = hash_of(key);
    struct plx_table_entry *entry;
    char *copy;

    if (table->count >= table->max)
        return PLX_E_LIMIT;
    if (table->count >= table->capacity / 4 * 3 && !grow(table))
        return PLX_E_MEMORY;
    copy = malloc(key.len + 1);
    if (!copy)
        return PLX_E_MEMORY;
    if (key.len > 0)
        memcpy(copy, key.ptr, key.len);
    copy[key.len] = '\0';
    entry = find(table, key, hash);
    PLX_ASSERT(!entry->key);
    *entry = (struct plx_table_entry){.key = copy, .key_len = key.len, .hash = hash, .value = value};
    table->count++;
    return PLX_OK;
}

void *
plx_table_remove(struct plx_table *table, struct plx_slice key)
{
    struct plx_table_entry *entry = table->count ? find(table, key, hash_of(key)) : NULL;
    size_t mask = table->capacity - 1;
    void *value;

    if (!entry || !entry->key)
        return NULL;
    value = entry->value;
    free(entry->key);
    size_t hole = (size_t)(entry - table->entries);
    for (size_t at = (hole + 1) & mask; table->entries[at].key; at = (at + 1) & mask) {
        /* One that lies no further from its own place than the hole does would not be found in the hole. */
        if (((at - table->entries[at].hash) & mask) < ((at - hole) & mask))
            continue;
        table->entries[hole] = table->entries[at];
        hole = at;
    }
    table->entries[hole] = (struct plx_table_entry){0};
    table->count--;
    return value;
}

const struct plx_table_entry *
plx_table_next(const struct plx_table *table, size_t *at)
{
    while (*at < table->capacity) {
        const struct plx_table_entry *entry = &table->entries[(*at)++];

        if (entry->key)
            return entry;
    }
    return NULL;
}
