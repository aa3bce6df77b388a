/* SPDX-License-Identifier: Apache-2.0 */
/* One rule's row as a thing: its name lies behind it, in one piece of memory. */
#include "evidence/count/excuse.h"

#include "base/utf8.h"

#include <stdio.h>
#include <stdlib.h>

static void
init(struct plx_excuse_counts *excuse, struct plx_endpoint_counts *endpoint, struct plx_slice rule)
{
    plx_list_init(&excuse->dirty);
    excuse->endpoint = endpoint;
    excuse->rule = rule;
}

struct plx_excuse_counts *
plx_excuse_counts_new(struct plx_endpoint_counts *endpoint, struct plx_slice rule)
{
    struct plx_excuse_counts *excuse = calloc(1, sizeof(*excuse) + rule.len);

    if (!excuse)
        return NULL;
    memcpy(excuse + 1, rule.ptr, rule.len);
    init(excuse, endpoint, plx_slice_make((char *)(excuse + 1), rule.len));
    return excuse;
}

void
plx_excuse_counts_free(void *value)
{
    struct plx_excuse_counts *excuse = value;

    plx_list_remove(&excuse->dirty);
    free(excuse->example);
    free(excuse);
}

struct plx_endpoint_excuses *
plx_endpoint_excuses_new(struct plx_endpoint_counts *endpoint)
{
    struct plx_endpoint_excuses *excuses = calloc(1, sizeof(*excuses));

    if (!excuses)
        return NULL;
    plx_table_init(&excuses->rules, PLX_ENDPOINT_EXCUSES_MAX);
    init(&excuses->other, endpoint, plx_slice_of("(other)"));
    return excuses;
}

void
plx_endpoint_excuses_free(struct plx_endpoint_excuses *excuses)
{
    if (!excuses)
        return;
    plx_table_fini(&excuses->rules, plx_excuse_counts_free);
    plx_list_remove(&excuses->other.dirty);
    free(excuses->other.example);
    free(excuses);
}

static uint16_t
put(char out[PLX_EXCUSE_VALUE_MAX], struct plx_slice text)
{
    struct plx_slice cut = plx_utf8_cut(text, PLX_EXCUSE_VALUE_MAX);

    if (cut.len)
        memcpy(out, cut.ptr, cut.len);
    return (uint16_t)cut.len;
}

void
plx_excuse_counts_show(struct plx_excuse_counts *excuse, const char *exchange, struct plx_slice field,
                       struct plx_slice primary, struct plx_slice candidate)
{
    struct plx_excuse_example *example = excuse->example;

    if (!example && !(example = excuse->example = calloc(1, sizeof(*example))))
        return;
    memcpy(example->exchange, exchange, PLX_EXCHANGE_ID_BYTES);
    example->field_len = put(example->field, field);
    example->primary_len = put(example->primary, primary);
    example->candidate_len = put(example->candidate, candidate);
}

void
plx_excuse_counts_merge(struct plx_excuse_counts *into, struct plx_excuse_counts *from)
{
    into->exchanges += from->exchanges;
    if (!from->example)
        return;
    free(into->example);
    into->example = from->example;
    from->example = NULL;
}

bool
plx_rule_name(const struct plx_rule *rule, char out[PLX_EXCUSE_RULE_MAX + 1])
{
    int len = snprintf(out, PLX_EXCUSE_RULE_MAX + 1, "%s %.*s", plx_rule_kind_text(rule->kind),
                       rule->field.len ? (int)rule->field.len : 2, rule->field.len ? rule->field.ptr : "\"\"");

    return len > 0 && (size_t)len <= PLX_EXCUSE_RULE_MAX;
}
