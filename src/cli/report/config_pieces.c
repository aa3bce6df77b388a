/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/report/config_pieces.h"

void
plx_config_count_rules(const struct plx_rules *rules, size_t from, size_t counts[PLX_RULE_KINDS])
{
    memset(counts, 0, PLX_RULE_KINDS * sizeof(*counts));
    for (size_t i = from; i < plx_rules_count(rules); i++)
        counts[plx_rules_at(rules, i)->kind]++;
}

void
plx_config_add_trait(struct plx_buffer *out, const struct plx_client_trait *trait)
{
    plx_buffer_text(out, plx_client_by_text(trait->by));
    if (trait->name)
        plx_buffer_format(out, " %s", trait->name);
    if (trait->value)
        plx_buffer_format(out, " = %s", trait->value);
}
