/* SPDX-License-Identifier: Apache-2.0 */
/* Looking things up among compiled rules, and saying why one is refused. */
#include "compare/compiled.h"

#include <stdarg.h>
#include <stdio.h>

enum plx_status
plx_rule_refuse(struct plx_rule_error *error, enum plx_status status, const char *format, ...)
{
    va_list arguments;

    if (!error)
        return status;
    error->of_value = false;
    va_start(arguments, format);
    vsnprintf(error->text, sizeof(error->text), format, arguments);
    va_end(arguments);
    return status;
}

const struct plx_compiled_rule *
plx_rules_find(const struct plx_rules *rules, enum plx_rule_kind kind, struct plx_slice field, int64_t now_s)
{
    for (size_t i = rules->count; i-- > 0;) {
        const struct plx_compiled_rule *rule = &rules->compiled[i];
        if (rule->rule.kind == kind && plx_slice_equal(rule->rule.field, field) && plx_rule_lasts(&rule->rule, now_s))
            return rule;
    }
    return NULL;
}

bool
plx_rules_compare_whole(const struct plx_rules *rules, struct plx_slice header)
{
    return rules->all_headers || plx_header_list_has(&rules->compared, header);
}

bool
plx_header_list_has(const struct plx_header_list *list, struct plx_slice name)
{
    for (size_t i = 0; i < list->count; i++)
        if (plx_slice_equal_nocase(list->names[i], name))
            return true;
    return false;
}
