/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/ledger/tally_excuses.h"

#include "evidence/count/excuses.h"

static void
count_one(struct plx_counts *counts, struct plx_endpoint_counts *endpoint, const struct plx_exchange_outcome *outcome,
          const struct plx_excuse *excuse)
{
    char name[PLX_EXCUSE_RULE_MAX + 1];
    struct plx_excuse_counts *row;

    bool named = plx_rule_name(plx_rules_at(outcome->rules, excuse->rule), name);
    row = plx_counts_excuse(counts, endpoint, named ? plx_slice_of(name) : plx_slice_make("", 0));
    if (!row)
        return;
    row->exchanges++;
    if (row != &endpoint->excuses->other)
        plx_excuse_counts_show(row, outcome->id, excuse->field, excuse->primary, excuse->candidate);
}

void
plx_tally_count_excuses(struct plx_counts *counts, struct plx_endpoint_counts *endpoint,
                        const struct plx_exchange_outcome *outcome)
{
    const struct plx_comparison *comparison = &outcome->judgement->comparison;

    if (comparison->ruled_out == 0)
        return;
    endpoint->exchanges.excused += outcome->verdict == PLX_IGNORED;
    for (size_t i = 0; outcome->rules && i < comparison->excuse_count; i++)
        count_one(counts, endpoint, outcome, &comparison->excuses[i]);
}
