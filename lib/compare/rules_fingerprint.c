/* SPDX-License-Identifier: Apache-2.0 */
/* A number for a set of rules. Of its parts the hashes are summed up, so that their order does not matter. */
#include "compare/rules_fingerprint.h"

#include "compare/compiled.h"

#include <xxhash.h>

static uint64_t
hash(struct plx_slice text, uint64_t seed)
{
    return XXH3_64bits_withSeed(text.len ? text.ptr : "", text.len, seed);
}

static uint64_t
hash_rule(const struct plx_rule *rule)
{
    uint64_t sum = hash(rule->value, hash(rule->field, (uint64_t)rule->kind + 1));

    for (size_t i = 0; i < rule->by_count; i++)
        sum = hash(rule->by[i], sum);
    return sum;
}

uint64_t
plx_rules_fingerprint(const struct plx_rules *rules)
{
    uint64_t sum = hash(plx_slice_of(plx_mode_text(rules->mode)), rules->all_headers);

    for (size_t i = 0; i < rules->count; i++)
        if (rules->compiled[i].rule.kind != PLX_RULE_REDACT)
            sum += hash_rule(&rules->compiled[i].rule);
    for (size_t i = 0; i < rules->compared.count; i++)
        sum += hash(rules->compared.names[i], PLX_RULE_KINDS + 1);
    return sum;
}
