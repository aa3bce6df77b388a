/* SPDX-License-Identifier: Apache-2.0 */
/* The ids of causes. They are a sum of hashes, so that nothing is sorted for a cause that is known. */
#include "evidence/count/cause_id.h"

#include "base/ascii.h"

#include <stdio.h>
#include <xxhash.h>

bool
plx_cause_id_takes(const struct plx_field *field)
{
    return field->candidate_differs && field->beyond_noise;
}

uint64_t
plx_cause_id_field(struct plx_slice field, enum plx_kind kind)
{
    return XXH3_64bits_withSeed(field.len ? field.ptr : "", field.len, (XXH64_hash_t)kind + 1);
}

uint64_t
plx_cause_id_of(struct plx_slice endpoint, uint64_t fields)
{
    const uint64_t parts[2] = {XXH3_64bits(endpoint.len ? endpoint.ptr : "", endpoint.len), fields};
    uint64_t id = XXH3_64bits(parts, sizeof(parts));

    return id ? id : 1;
}

uint64_t
plx_cause_id_fields(const struct plx_exchange_outcome *outcome)
{
    const struct plx_judgement *judgement = outcome->judgement;
    uint64_t fields = 0;

    for (size_t i = 0; i < judgement->field_count; i++)
        if (plx_cause_id_takes(&judgement->fields[i]))
            fields += plx_cause_id_field(judgement->fields[i].folded, judgement->fields[i].kind);
    if (judgement->fields_dropped)
        fields += XXH3_64bits(PLX_OTHER, sizeof(PLX_OTHER) - 1);
    return fields;
}

uint64_t
plx_cause_id(const struct plx_exchange_outcome *outcome)
{
    return plx_cause_id_of(outcome->endpoint, plx_cause_id_fields(outcome));
}

void
plx_cause_id_text(uint64_t id, char out[PLX_CAUSE_TEXT])
{
    snprintf(out, PLX_CAUSE_TEXT, "%016llx", (unsigned long long)id);
}

bool
plx_cause_id_read(struct plx_slice text, uint64_t *id)
{
    uint64_t value = 0;

    if (text.len != PLX_CAUSE_TEXT - 1)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        int digit = plx_ascii_hex_value(text.ptr[i]);

        if (digit < 0)
            return false;
        value = value << 4 | (uint64_t)digit;
    }
    *id = value;
    return true;
}
