/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the tree to rules. All groups of rules are written alike, so one reader reads them all: a list or a mapping of
 * fields, each with its value where the group has one, or with a mapping of the value and what the rule says of itself.
 *
 *   ignore: [/id, {/updatedAt: {why: "set by the database", owner: payments, until: 2027-01-31}}]
 *   tolerance: {/total: 0.01, /rate: {within: 1%, why: ...}}
 *   unordered: [/items, {/lines: {by: /id}}]
 *   match: {/reference: "PAY-[0-9]+", /at: timestamp}
 */
#include "control/config/compare_rules.h"

#include "base/assert.h"
#include "base/clock.h"
#include "compare/rules.h"
#include "control/config/keys.h"
#include "control/config/named_patterns.h"
#include "control/config/secrets_section.h"
#include "control/config/values.h"

#include <stdio.h>

#define SOON_DAYS 14 /* a rule that ends within so many is worth a warning */
#define DAY_S     86400

struct group {
    const char *name;
    enum plx_rule_kind kind;
    const char *field; /* what its fields are, for the messages */
    const char *value; /* the key of its value among the options; NULL: it has none */
    const char *example;
    bool optional; /* the value need not be given */
};

static const struct group groups[] = {
    {"ignore", PLX_RULE_IGNORE, "a JSON Pointer", NULL, "write `ignore: [/id, {/at: {why: ...}}]`"},
    {"ignore_headers", PLX_RULE_IGNORE_HEADER, "a header's name", NULL,
     "write `ignore_headers: [Date, {ETag: {why: ...}}]`"},
    {"tolerance", PLX_RULE_TOLERANCE, "a JSON Pointer", "within", "write `tolerance: {/total: 0.01, /rate: 1%}`"},
    {"unordered", PLX_RULE_UNORDERED, "a JSON Pointer", NULL, "write `unordered: [/items, {/lines: {by: /id}}]`"},
    {"match", PLX_RULE_MATCH, "a JSON Pointer", "pattern",
     "write `match: {/reference: \"PAY-[0-9]+\", /at: timestamp}`"},
    {"similar", PLX_RULE_SIMILAR, "a JSON Pointer or body", "at_least", "write `similar: {body: 95%}`"},
    {"time", PLX_RULE_TIME, "a JSON Pointer", "within", "write `time: [/at, {/updatedAt: 1s}]`", true},
    {"rename", PLX_RULE_RENAME, "a JSON Pointer", "as", "write `rename: {/billTo: /bill_to}`"},
    {"redact", PLX_RULE_REDACT, "a JSON Pointer or body", NULL, "write `redact: [/card/number]`"},
};

static const struct group *
group_of(enum plx_rule_kind kind)
{
    size_t i = 0;

    while (groups[i].kind != kind)
        i++;
    return &groups[i];
}

/* ---- one rule ---- */

/* A rule as it is read, and where its parts stand. */
struct reading_rule {
    const struct group *group;
    struct plx_rule rule;
    const struct plx_yaml *field, *value;
};

static void
read_why(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    plx_read_text(reader, node, "a reason", &((struct reading_rule *)into)->rule.why);
}

static void
read_owner(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    plx_read_text(reader, node, "a name", &((struct reading_rule *)into)->rule.owner);
}

static void
read_value(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    struct reading_rule *r = into;

    if (!plx_read_text(reader, node, "a value", &r->rule.value))
        return;
    r->value = node;
    if (r->group->kind == PLX_RULE_MATCH)
        plx_named_pattern_resolve(reader, node, &r->rule.value);
}

static void
read_one_key(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    struct reading_rule *r = into;
    struct plx_slice text;

    if (!plx_read_text(reader, node, "a JSON Pointer", &text))
        return;
    if (r->rule.by_count == PLX_RULE_BY_MAX)
        plx_config_error(reader, node, "pair by fewer keys", "by has more than %u keys", PLX_RULE_BY_MAX);
    else
        r->rule.by[r->rule.by_count++] = text;
    r->value = node;
}

static void
read_by(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    size_t errors = reader->errors->count;

    plx_read_each(reader, node, read_one_key, into);
    if (reader->errors->count == errors && ((struct reading_rule *)into)->rule.by_count == 0)
        plx_config_error(reader, node, "name a key, as in `by: /id`, or leave out by", "by has no keys");
}

static void
read_until(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    struct reading_rule *r = into;
    struct plx_slice text;
    int64_t now = plx_wall_s();

    if (!plx_read_text(reader, node, "a date", &text))
        return;
    if (!plx_value_end_date(text, &r->rule.until_s))
        plx_config_error(reader, node, "write a day as in 2027-01-31, or a time as in 2027-01-31T12:00:00Z",
                         "%s is no date", plx_yaml_name(node));
    else if (r->rule.until_s <= now)
        plx_config_warning(reader, node, "remove the rule, or give it a later date",
                           "this rule has ended and no longer applies: %s of `%.100s`", r->group->name,
                           r->field->text.ptr);
    else if (r->rule.until_s <= now + (int64_t)SOON_DAYS * DAY_S)
        plx_config_warning(reader, node, "see whether the difference is gone, or give it a later date",
                           "this rule ends within %d days: %s of `%.100s`", SOON_DAYS, r->group->name,
                           r->field->text.ptr);
}

static void
read_options(struct plx_config_reader *reader, const struct plx_yaml *node, struct reading_rule *r)
{
    struct plx_key keys[5] = {{"why", read_why}, {"owner", read_owner}};
    size_t count = 2;
    char what[40];

    if (r->group->kind != PLX_RULE_REDACT) /* a secret stays one */
        keys[count++] = (struct plx_key){"until", read_until};
    if (r->group->value)
        keys[count++] = (struct plx_key){r->group->value, read_value};
    if (r->group->kind == PLX_RULE_UNORDERED)
        keys[count++] = (struct plx_key){"by", read_by};
    snprintf(what, sizeof(what), "a rule of `%s`", r->group->name);
    plx_keys_read(reader, node, what, keys, count, r);
}

/* value NULL: the field stands alone. */
static void
read_rule(struct plx_config_reader *reader, const struct group *group, const struct plx_yaml *field,
          const struct plx_yaml *value, struct plx_rules *rules)
{
    struct reading_rule r = {group, {.kind = group->kind, .field = field->text}, field, value};
    struct plx_rule_error error = {""};
    size_t errors = reader->errors->count;

    if (value && value->type == PLX_YAML_MAPPING)
        read_options(reader, value, &r);
    else if (value && group->value)
        read_value(reader, value, &r);
    else if (value && (value->type != PLX_YAML_SCALAR || value->text.len))
        plx_config_error(reader, value, group->example, "`%s` takes no %s for a field", group->name,
                         value->type == PLX_YAML_LIST ? "list" : "value");
    if (reader->errors->count > errors)
        return;
    if (group->value && !group->optional && r.rule.value.len == 0) {
        plx_config_error(reader, field, group->example, "a rule of `%s` without its value", group->name);
        return;
    }
    enum plx_status status = plx_rules_add(rules, &r.rule, &error);
    if (status == PLX_E_MEMORY)
        reader->no_memory = true;
    else if (status != PLX_OK)
        plx_config_error(
            reader, error.of_value && r.value ? r.value : field, error.text, "this rule can't be used: %s",
            plx_yaml_name(error.of_value && r.value && r.value->type == PLX_YAML_SCALAR ? r.value : field));
}

/* ---- groups ---- */

struct reading_group {
    const struct group *group;
    struct plx_rules *rules;
};

static void
read_fields(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    const struct reading_group *r = into;
    struct plx_slice text;

    if (node->type == PLX_YAML_MAPPING)
        for (const struct plx_yaml *at = node->first; at && reader->errors->count <= PLX_CONFIG_ERRORS_MAX;
             at = at->next) {
            if (!plx_keys_repeats(reader, node, at))
                read_rule(reader, r->group, at->key, at, r->rules);
        }
    else if (node->type == PLX_YAML_SCALAR && !node->plain && node->text.len == 0) /* "", the root */
        read_rule(reader, r->group, node, NULL, r->rules);
    else if (plx_read_text(reader, node, r->group->field, &text))
        read_rule(reader, r->group, node, NULL, r->rules);
}

static void
read_group(struct plx_config_reader *reader, const struct plx_yaml *node, enum plx_rule_kind kind,
           struct plx_rules *rules)
{
    struct reading_group r = {group_of(kind), rules};

    plx_read_each(reader, node, read_fields, &r);
}

#define GROUP_READER(function, kind)                                                                \
    static void function(struct plx_config_reader *reader, const struct plx_yaml *node, void *into) \
    {                                                                                               \
        read_group(reader, node, kind, into);                                                       \
    }

GROUP_READER(read_ignore, PLX_RULE_IGNORE)
GROUP_READER(read_ignore_headers, PLX_RULE_IGNORE_HEADER)
GROUP_READER(read_tolerance, PLX_RULE_TOLERANCE)
GROUP_READER(read_unordered, PLX_RULE_UNORDERED)
GROUP_READER(read_match, PLX_RULE_MATCH)
GROUP_READER(read_similar, PLX_RULE_SIMILAR)
GROUP_READER(read_time, PLX_RULE_TIME)
GROUP_READER(read_rename, PLX_RULE_RENAME)

/* ---- what is no rule ---- */

static void
compare_header_one(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    struct plx_rule_error error = {""};
    struct plx_slice text;

    if (!plx_read_text(reader, node, "a header's name", &text))
        return;
    enum plx_status status = plx_rules_compare_header(into, text, &error);
    if (status == PLX_E_MEMORY)
        reader->no_memory = true;
    else if (status != PLX_OK)
        plx_config_error(reader, node, error.text, "this rule can't be used: %s", plx_yaml_name(node));
}

static void
read_headers(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    bool all;

    if (node->type == PLX_YAML_SCALAR && plx_slice_equal(node->text, plx_slice_of("all")))
        plx_rules_compare_all_headers(into, true);
    else if (node->type != PLX_YAML_SCALAR || !plx_value_bool(node->text, &all))
        plx_read_each(reader, node, compare_header_one, into);
    else if (all)
        plx_rules_compare_all_headers(into, true);
    else
        plx_rules_compare_no_headers(into);
}

static void
read_mode(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    struct plx_slice text;

    if (!plx_read_text(reader, node, "a mode", &text))
        return;
    for (int mode = PLX_MODE_STRICT; mode <= PLX_MODE_SCHEMA; mode++)
        if (plx_slice_equal(text, plx_slice_of(plx_mode_text((enum plx_mode)mode)))) {
            plx_rules_set_mode(into, (enum plx_mode)mode);
            return;
        }
    plx_config_error(reader, node, "write strict, subset or schema", "%s is no mode", plx_yaml_name(node));
}

void
plx_evidence_read(struct plx_config_reader *reader, const struct plx_yaml *node, bool *all)
{
    struct plx_slice text;

    if (!plx_read_text(reader, node, "auto or all", &text))
        return;
    *all = plx_slice_equal(text, plx_slice_of("all"));
    if (!*all && !plx_slice_equal(text, plx_slice_of("auto")))
        plx_config_error(reader, node, "write `all`, or `auto`: health checks and what neither role has say nothing",
                         "%s says not what is evidence", plx_yaml_name(node));
}

void
plx_redact_read(struct plx_config_reader *reader, const struct plx_yaml *node, struct plx_rules *rules)
{
    read_group(reader, node, PLX_RULE_REDACT, rules);
}

static void
read_redact(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    plx_redact_read(reader, node, into);
}

static void
read_secrets(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    struct plx_secrets *secrets = plx_secrets_new();

    reader->no_memory |= !secrets;
    if (!secrets)
        return;
    plx_secrets_read(reader, node, secrets);
    plx_rules_set_secrets(into, secrets);
    plx_secrets_unref(secrets);
}

/* The last two are for files of rules: elsewhere they stand beside `compare:`, and at the top. */
static const struct plx_key compare_keys[] = {
    {"mode", read_mode},           {"headers", read_headers},     {"ignore", read_ignore},
    {"tolerance", read_tolerance}, {"unordered", read_unordered}, {"ignore_headers", read_ignore_headers},
    {"match", read_match},         {"similar", read_similar},     {"time", read_time},
    {"rename", read_rename},       {"redact", read_redact},       {"secrets", read_secrets},
};

void
plx_compare_read(struct plx_config_reader *reader, const struct plx_yaml *node, struct plx_rules *rules)
{
    plx_keys_read(reader, node, "`compare`", compare_keys, PLX_COUNT(compare_keys) - 2, rules);
}

void
plx_rules_file_read(struct plx_config_reader *reader, const struct plx_yaml *node, struct plx_rules *rules)
{
    plx_keys_read(reader, node, "a file of rules", compare_keys, PLX_COUNT(compare_keys), rules);
}
