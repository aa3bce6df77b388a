/* SPDX-License-Identifier: Apache-2.0 */
#include "compare/time_rule.h"

#include "base/ascii.h"
#include "base/double_text.h"
#include "json/json_text.h"

#include <math.h>

enum plx_status
plx_time_rule_take(struct plx_compiled_rule *rule, struct plx_rule_error *error)
{
    static const struct {
        const char *name;
        double ns;
    } units[] = {{"", 1e9}, {"ms", 1e6}, {"s", 1e9}, {"m", 60e9}, {"h", 3600e9}, {"d", 86400e9}};
    struct plx_slice value = rule->rule.value;
    size_t digits = 0;
    double number;

    rule->within_ns = 0;
    if (value.len == 0)
        return PLX_OK;
    while (digits < value.len && (plx_ascii_is_digit(value.ptr[digits]) || value.ptr[digits] == '.'))
        digits++;
    const struct plx_slice unit = plx_slice_make(value.ptr + digits, value.len - digits);
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
        if (plx_slice_equal(unit, plx_slice_of(units[i].name)) && digits <= PLX_PERCENT_DIGITS &&
            plx_double_read(plx_slice_make(value.ptr, digits), &number) && number * units[i].ns < 9e18) {
            rule->within_ns = llround(number * units[i].ns);
            return PLX_OK;
        }
    return plx_rule_refuse(error, PLX_E_ARGUMENT,
                           "'%.*s' is no tolerance of a time: write a duration as in 1s, 500ms or 2m",
                           value.len < 40 ? (int)value.len : 40, value.ptr);
}

/* Times are short and need no escapes; what has some is none. */
bool
plx_time_rule_read(const struct plx_document *document, uint32_t node, struct plx_written_time *out)
{
    uint8_t type = document->nodes[node].type;

    return (type == PLX_NUMBER || type == PLX_STRING) && !(document->nodes[node].flags & PLX_NODE_ESCAPED) &&
           plx_written_time_read(plx_json_text(document, node), out);
}

bool
plx_time_rule_excuses(struct plx_walk *w, const struct plx_compiled_rule *rule, uint32_t a, uint32_t b)
{
    struct plx_written_time x, y;

    return plx_time_rule_read(w->a, a, &x) && plx_time_rule_read(w->b, b, &y) &&
           plx_written_time_is_near(&x, &y, rule->within_ns);
}
