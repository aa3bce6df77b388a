/* SPDX-License-Identifier: Apache-2.0 */
/* Open addressing with linear probing; at most three quarters full. */
#include "base/table.h"

#include <stdlib.h>
#include <xxhash.h>

#define FIRST_CAPACITY 16u

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
    return XXH3_64bits(key.ptr ? key.ptr : "", key.len);
}

/* The entry with the key, or the free one where it belongs. */
static struct plx_table_entry *
find(struct plx_table_entry *entries, size_t capacity, struct plx_slice key, uint64_t hash)
{
    for (size_t at = hash & (capacity - 1);; at = (at + 1) & (capacity - 1)) {
        struct plx_table_entry *entry = &entries[at];
        if (!entry->key ||
            (entry->hash == hash && plx_slice_equal(plx_slice_make(entry->key, entry->key_len), key)))
            return entry;
    }
}

void *
plx_table_get(const struct plx_table *table, struct plx_slice key)
{
    if (table->count == 0)
        return NULL;
    return find(table->entries, table->capacity, key, hash_of(key))->value;
}

static enum plx_status
grow(struct plx_table *table)
{
    size_t capacity = table->capacity ? table->capacity * 2 : FIRST_CAPACITY;
    struct plx_table_entry *entries = calloc(capacity, sizeof(*entries));

    if (!entries)
        return PLX_E_MEMORY;
    for (size_t i = 0; i < table->capacity; i++) {
        const struct plx_table_entry *old = &table->entries[i];
        if (old->key)
            *find(entries, capacity, plx_slice_make(old->key, old->key_len), old->hash) = *old;
    }
    free(table->entries);
    table->entries = entries;
    table->capacity = capacity;
    return PLX_OK;
}

enum plx_status
plx_table_add(struct plx_table *table, struct plx_slice key, void *value)
{
    if (table->count >= table->max)
        return PLX_E_LIMIT;
    if ((table->count + 1) * 4 > table->capacity * 3 && grow(table) != PLX_OK)
        return PLX_E_MEMORY;
    char *copy = malloc(key.len + 1);
    if (!copy)
        return PLX_E_MEMORY;
    if (key.len)
        memcpy(copy, key.ptr, key.len);
    copy[key.len] = '\0';
    uint64_t hash = hash_of(key);
    struct plx_table_entry *entry = find(table->entries, table->capacity, key, hash);
    *entry = (struct plx_table_entry){.key = copy, .key_len = key.len, .hash = hash, .value = value};
    table->count++;
    return PLX_OK;
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
