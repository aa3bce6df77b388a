/* SPDX-License-Identifier: Apache-2.0 */
#include "compare/time_rule.h"

#include "base/ascii.h"
#include "base/double_text.h"
#include "compare/hashes.h"
#include "forms/instant.h"
#include "json/json_text.h"

#include <math.h>

#define TIME 0x5851F42D4C957F2Du /* of values that are times */

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

/* The value of a string or a number. Times are short and need no escapes; what has some is none. */
static bool
read_time(const struct plx_document *document, uint32_t node, struct plx_instant *out)
{
    uint8_t type = document->nodes[node].type;

    return (type == PLX_NUMBER || type == PLX_STRING) && !(document->nodes[node].flags & PLX_NODE_ESCAPED) &&
           plx_instant_read(plx_json_text(document, node), out);
}

bool
plx_time_rule_excuses(struct plx_walk *w, const struct plx_compiled_rule *rule, uint32_t a, uint32_t b)
{
    struct plx_instant x, y;

    return read_time(w->a, a, &x) && read_time(w->b, b, &y) && plx_instant_is_near(&x, &y, rule->within_ns);
}

bool
plx_time_rule_hash(const struct plx_compiled_rule *rule, const struct plx_document *document, uint32_t node,
                   uint64_t *hash)
{
    struct plx_instant instant;

    if (!read_time(document, node, &instant))
        return false;
    *hash = plx_mix(TIME + instant.zoned);
    if (rule->within_ns == 0)
        *hash = plx_mix(*hash + (uint64_t)instant.s * 1000000007u + instant.ns);
    return true;
}
