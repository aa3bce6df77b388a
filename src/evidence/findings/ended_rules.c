/* SPDX-License-Identifier: Apache-2.0 */
/* Rules that have ended, as a report names them. */
#include "evidence/findings/ended_rules.h"

#include "base/time_text.h"

static void
write_text(struct plx_json_writer *out, const char *key, struct plx_slice text)
{
    plx_json_key(out, key);
    if (text.len)
        plx_json_string(out, text);
    else
        plx_json_null(out);
}

/* route NULL: the service's own. */
static void
write_rule(const struct plx_rule *rule, const char *route, struct plx_json_writer *out)
{
    char until[PLX_TIME_TEXT];

    plx_time_text((uint64_t)rule->until_s * 1000, until);
    plx_json_begin_object(out);
    plx_json_key(out, "route");
    plx_json_text_value(out, route);
    plx_json_key(out, "kind");
    plx_json_text_value(out, plx_rule_kind_text(rule->kind));
    plx_json_key(out, "field");
    plx_json_string(out, rule->field);
    write_text(out, "why", rule->why);
    write_text(out, "owner", rule->owner);
    plx_json_key(out, "until");
    plx_json_text_value(out, until);
    plx_json_end_object(out);
}

/* From the rule at index from on: a route's rules begin with its service's. */
static void
write_ended(const struct plx_rules *rules, size_t from, const char *route, int64_t now_s, struct plx_json_writer *out)
{
    for (size_t i = from; rules && i < plx_rules_count(rules); i++) {
        const struct plx_rule *rule = plx_rules_at(rules, i);
        if (rule->until_s && rule->until_s <= now_s)
            write_rule(rule, route, out);
    }
}

void
plx_ended_rules_write(const struct plx_service *service, int64_t now_s, struct plx_json_writer *out)
{
    plx_json_key(out, "rules_ended");
    plx_json_begin_array(out);
    write_ended(service->rules, 0, NULL, now_s, out);
    for (size_t i = 0; i < service->route_count; i++)
        write_ended(service->routes[i].rules, plx_rules_count(service->rules), service->routes[i].match, now_s, out);
    plx_json_end_array(out);
}
