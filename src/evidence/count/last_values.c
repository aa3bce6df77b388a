/* SPDX-License-Identifier: Apache-2.0 */
/* A table of one place for each remainder of the hash. */
#include "evidence/count/last_values.h"

#include <xxhash.h>

static uint64_t
hash_of(const struct plx_field_counts *field)
{
    const struct plx_slice names[] = {field->endpoint->service->name, field->endpoint->name, field->name};
    uint64_t hash = ((uint64_t)field->endpoint->service->kind << 8) + (uint64_t)field->kind;

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        hash = XXH3_64bits_withSeed(names[i].ptr ? names[i].ptr : "", names[i].len, hash);
    return hash ? hash : 1;
}

uint64_t *
plx_last_values_of(struct plx_last_values *values, const struct plx_field_counts *field)
{
    uint64_t hash = hash_of(field), at = hash & (PLX_LAST_VALUES_MAX - 1);

    if (values->places[at].field != hash) {
        values->places[at].field = hash;
        values->places[at].last[0] = values->places[at].last[1] = 0;
    }
    return values->places[at].last;
}
