/* SPDX-License-Identifier: Apache-2.0 */
/* Patterns of fields: JSON Pointers with stars, compiled into the steps of one automaton, and its run. */
#include "compare/patterns.h"

#include "base/alloc.h"
#include "json/json_text.h"

#include <stdio.h>

/* ---- compiling ---- */

/* Room for count more steps. */
static enum plx_status
reserve(struct plx_rules *rules, size_t count)
{
    size_t need = rules->step_count + count, capacity = rules->step_capacity ? rules->step_capacity : 16;

    if (need > PLX_RULES_STEPS_MAX)
        return PLX_E_LIMIT;
    if (need <= rules->step_capacity)
        return PLX_OK;
    while (capacity < need)
        capacity *= 2;
    struct plx_step *steps =
        plx_resize(rules->allocator, rules->steps, rules->step_capacity * sizeof(*steps), capacity * sizeof(*steps));
    if (!steps)
        return PLX_E_MEMORY;
    rules->steps = steps;
    rules->step_capacity = capacity;
    return PLX_OK;
}

void
plx_patterns_drop(struct plx_rules *rules, size_t step_count)
{
    while (rules->step_count > step_count) {
        size_t i = --rules->step_count;
        plx_release(rules->allocator, rules->steps[i].name, rules->steps[i].name_len);
        rules->lasting[i / 64] &= ~(UINT64_C(1) << (i % 64));
    }
}

enum plx_status
plx_pattern_unescape(struct plx_slice text, char *out, size_t *len, struct plx_rule_error *error)
{
    *len = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '~') {
            char code = i + 1 < text.len ? text.ptr[i + 1] : '\0';
            if (code < '0' || code > '2')
                return plx_rule_refuse(
                    error, PLX_E_ARGUMENT,
                    "a ~ must be followed by 0, 1 or 2: write ~0 for a ~, ~1 for a /, ~2 for a star");
            c = "~/*"[code - '0'];
            i++;
        }
        out[(*len)++] = c;
    }
    return PLX_OK;
}

static enum plx_status
take_name(const struct plx_rules *rules, struct plx_slice text, struct plx_step *step, struct plx_rule_error *error)
{
    char *name = plx_alloc(rules->allocator, text.len);
    size_t len;

    if (!name)
        return PLX_E_MEMORY;
    enum plx_status status = plx_pattern_unescape(text, name, &len, error);
    /* Kept at its exact size, as the release says it. */
    char *exact = status != PLX_OK || len == text.len ? name : plx_resize(rules->allocator, name, text.len, len);
    if (status != PLX_OK || !exact) {
        plx_release(rules->allocator, name, text.len);
        return status != PLX_OK ? status : PLX_E_MEMORY;
    }
    step->name = exact;
    step->name_len = len;
    return PLX_OK;
}

static enum plx_status
add_step(struct plx_rules *rules, struct plx_slice text, uint32_t rule, struct plx_rule_error *error)
{
    struct plx_step step = {.kind = PLX_STEP_NAME, .rule = rule};
    enum plx_status status = PLX_OK;

    if (plx_slice_equal(text, plx_slice_of("*")))
        step.kind = PLX_STEP_ANY;
    else if (plx_slice_equal(text, plx_slice_of("**")))
        step.kind = PLX_STEP_ANY_DEPTH;
    else if (text.len && memchr(text.ptr, '*', text.len))
        status = plx_rule_refuse(
            error, PLX_E_ARGUMENT,
            "a star stands for a whole step, as in /items/*/id: write ~2 for a star that is part of a name");
    else if (text.len)
        status = take_name(rules, text, &step, error);
    if (status == PLX_OK)
        rules->steps[rules->step_count++] = step;
    return status;
}

/* Reaches the state at i, and those behind it that need no step: a ** may stand for none. */
static void
reach(const struct plx_rules *rules, uint64_t *states, size_t i)
{
    for (;; i++) {
        states[i / 64] |= UINT64_C(1) << (i % 64);
        if (rules->steps[i].kind != PLX_STEP_ANY_DEPTH)
            return;
    }
}

enum plx_status
plx_pattern_add(struct plx_rules *rules, struct plx_slice field, uint32_t rule, struct plx_rule_error *error)
{
    size_t before = rules->step_count, count = 1;

    for (size_t i = 0; i < field.len; i++)
        count += field.ptr[i] == '/';
    enum plx_status status = reserve(rules, count);
    if (status == PLX_E_LIMIT)
        return plx_rule_refuse(error, status,
                               "there are more than %u steps in all patterns: use * and ** for what they share",
                               PLX_RULES_STEPS_MAX);
    for (size_t from = 1; status == PLX_OK && from <= field.len;) {
        const char *slash = memchr(field.ptr + from, '/', field.len - from);
        size_t end = slash ? (size_t)(slash - field.ptr) : field.len;
        status = add_step(rules, plx_slice_make(field.ptr + from, end - from), rule, error);
        from = end + 1;
    }
    if (status != PLX_OK) {
        plx_patterns_drop(rules, before);
        return status;
    }
    rules->steps[rules->step_count++] = (struct plx_step){.kind = PLX_STEP_END, .rule = rule};
    rules->compiled[rule].first = before;
    if (rules->compiled[rule].rule.until_s == 0)
        reach(rules, rules->lasting, before);
    return PLX_OK;
}

/* ---- running ---- */

void
plx_rules_start(const struct plx_rules *rules, int64_t now_s, uint64_t *states)
{
    memcpy(states, rules->lasting, plx_rules_words(rules) * sizeof(*states));
    if (!rules->some_end)
        return;
    for (size_t i = 0; i < rules->count; i++) {
        const struct plx_compiled_rule *rule = &rules->compiled[i];
        if (rule->rule.until_s && rule->first != SIZE_MAX && plx_rule_lasts(&rule->rule, now_s))
            reach(rules, states, rule->first);
    }
}

/* Later rules have later steps, and so the last word. */
static void
apply(const struct plx_compiled_rule *rule, struct plx_rule_place *place)
{
    switch (rule->rule.kind) {
    case PLX_RULE_IGNORE:
        place->ignored = rule;
        break;
    case PLX_RULE_REDACT:
        place->redacted = true;
        break;
    case PLX_RULE_TOLERANCE:
        place->tolerance = rule;
        break;
    case PLX_RULE_UNORDERED:
        place->unordered = rule;
        break;
    case PLX_RULE_MATCH:
        place->match = rule;
        break;
    case PLX_RULE_SIMILAR:
        place->similar = rule;
        break;
    case PLX_RULE_TIME:
        place->time = rule;
        break;
    case PLX_RULE_RENAME:
        place->rename = rule;
        break;
    case PLX_RULE_IGNORE_HEADER:
        break;
    }
}

struct plx_rule_place
plx_rules_place(const struct plx_rules *rules, const uint64_t *states)
{
    struct plx_rule_place place = {.redacted = false};

    for (size_t word = 0; word < plx_rules_words(rules); word++)
        for (uint64_t bits = states[word]; bits; bits &= bits - 1) {
            const struct plx_step *step = &rules->steps[word * 64 + (size_t)__builtin_ctzll(bits)];
            const struct plx_compiled_rule *rule = &rules->compiled[step->rule];
            place.hides |= rule->rule.kind == PLX_RULE_REDACT;
            if (step->kind == PLX_STEP_END)
                apply(rule, &place);
        }
    return place;
}

static bool
index_is(struct plx_slice name, uint32_t index)
{
    char text[12];
    int len = snprintf(text, sizeof(text), "%u", index);

    return index != PLX_ANY_INDEX && plx_slice_equal(name, plx_slice_make(text, (size_t)len));
}

void
plx_rules_step(const struct plx_rules *rules, const uint64_t *from, uint64_t *to, const struct plx_document *document,
               uint32_t node_or_index)
{
    size_t words = plx_rules_words(rules);

    memset(to, 0, words * sizeof(*to));
    for (size_t word = 0; word < words; word++)
        for (uint64_t bits = from[word]; bits; bits &= bits - 1) {
            size_t i = word * 64 + (size_t)__builtin_ctzll(bits);
            const struct plx_step *step = &rules->steps[i];
            struct plx_slice name = plx_slice_make(step->name, step->name_len);
            if (step->kind == PLX_STEP_ANY_DEPTH)
                reach(rules, to, i);
            else if (step->kind == PLX_STEP_ANY)
                reach(rules, to, i + 1);
            else if (step->kind == PLX_STEP_NAME &&
                     (document ? plx_json_string_is(document, node_or_index, name) : index_is(name, node_or_index)))
                reach(rules, to, i + 1);
        }
}
