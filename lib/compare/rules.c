/* SPDX-License-Identifier: Apache-2.0 */
/* Building rules, and the automaton of their patterns. */
#include "compare/rules.h"

#include "base/alloc.h"
#include "compare/internal.h"

#include <stdarg.h>
#include <stdio.h>

/* ---- life ---- */

struct plx_rules *
plx_rules_new(const struct plx_allocator *allocator)
{
    struct plx_rules *rules = plx_alloc(allocator, sizeof(*rules));
    if (!rules)
        return NULL;
    memset(rules, 0, sizeof(*rules));
    if (allocator) {
        rules->allocator_copy = *allocator;
        rules->allocator = &rules->allocator_copy;
    }
    return rules;
}

static void
list_fini(const struct plx_rules *rules, struct plx_header_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        plx_release(rules->allocator, (char *)list->names[i].ptr, list->names[i].len);
    plx_release(rules->allocator, list->names, PLX_RULES_HEADERS_MAX * sizeof(*list->names));
}

void
plx_rules_free(struct plx_rules *rules)
{
    if (!rules)
        return;
    for (size_t i = 0; i < rules->step_count; i++)
        plx_release(rules->allocator, rules->steps[i].name, rules->steps[i].name_len);
    plx_release(rules->allocator, rules->steps, rules->step_capacity * sizeof(*rules->steps));
    list_fini(rules, &rules->compared);
    list_fini(rules, &rules->ignored);
    struct plx_allocator allocator = rules->allocator_copy;
    plx_release(rules->allocator ? &allocator : NULL, rules, sizeof(*rules));
}

static enum plx_status __attribute__((format(printf, 3, 4)))
refuse(struct plx_rule_error *error, enum plx_status status, const char *format, ...)
{
    va_list arguments;

    if (!error)
        return status;
    va_start(arguments, format);
    vsnprintf(error->text, sizeof(error->text), format, arguments);
    va_end(arguments);
    return status;
}

/* ---- patterns ---- */

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

static void
drop_steps(struct plx_rules *rules, size_t count)
{
    while (rules->step_count > count) {
        struct plx_step *step = &rules->steps[--rules->step_count];
        plx_release(rules->allocator, step->name, step->name_len);
    }
}

/* ~0, ~1 and ~2 stand for ~, / and a star. */
static enum plx_status
unescape_step(struct plx_slice text, char *out, size_t *len, struct plx_rule_error *error)
{
    *len = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '~') {
            char code = i + 1 < text.len ? text.ptr[i + 1] : '\0';
            if (code < '0' || code > '2')
                return refuse(error, PLX_E_ARGUMENT,
                              "a ~ must be followed by 0, 1 or 2: write ~0 for a ~, ~1 for a /, ~2 for a star");
            c = "~/*"[code - '0'];
            i++;
        }
        out[(*len)++] = c;
    }
    return PLX_OK;
}

static enum plx_status
add_step(struct plx_rules *rules, struct plx_slice text, bool redacts, struct plx_rule_error *error)
{
    struct plx_step *step = &rules->steps[rules->step_count];

    *step = (struct plx_step){.kind = PLX_STEP_NAME, .redacts = redacts};
    if (plx_slice_equal(text, plx_slice_of("*"))) {
        step->kind = PLX_STEP_ANY;
    } else if (plx_slice_equal(text, plx_slice_of("**"))) {
        step->kind = PLX_STEP_ANY_DEPTH;
    } else if (text.len && memchr(text.ptr, '*', text.len)) {
        return refuse(error, PLX_E_ARGUMENT,
                      "a star stands for a whole step, as in /items/*/id: write ~2 for a star that is part of a name");
    } else if (text.len) {
        char *name = plx_alloc(rules->allocator, text.len);
        size_t len;
        if (!name)
            return PLX_E_MEMORY;
        enum plx_status status = unescape_step(text, name, &len, error);
        if (status != PLX_OK) {
            plx_release(rules->allocator, name, text.len);
            return status;
        }
        /* Kept at its exact size, as the release says it. */
        char *exact = len == text.len ? name : plx_resize(rules->allocator, name, text.len, len);
        if (!exact) {
            plx_release(rules->allocator, name, text.len);
            return PLX_E_MEMORY;
        }
        step->name = exact;
        step->name_len = len;
    }
    rules->step_count++;
    return PLX_OK;
}

static enum plx_status
add_pattern(struct plx_rules *rules, struct plx_slice pattern, bool redacts, struct plx_rule_error *error)
{
    size_t before = rules->step_count, count = 1;

    if (pattern.len && pattern.ptr[0] != '/')
        return refuse(error, PLX_E_ARGUMENT,
                      "a pattern is a JSON Pointer and begins with a /, or is %s\"body\": write /%.*s",
                      redacts ? "" : "\"status\" or ", (int)(pattern.len < 100 ? pattern.len : 100), pattern.ptr);
    for (size_t i = 0; i < pattern.len; i++)
        count += pattern.ptr[i] == '/';
    enum plx_status status = reserve(rules, count);
    if (status == PLX_E_LIMIT)
        return refuse(error, status, "there are more than %u steps in all patterns: use * and ** for what they share",
                      PLX_RULES_STEPS_MAX);
    for (size_t from = 1; status == PLX_OK && from <= pattern.len;) {
        const char *slash = memchr(pattern.ptr + from, '/', pattern.len - from);
        size_t end = slash ? (size_t)(slash - pattern.ptr) : pattern.len;
        status = add_step(rules, plx_slice_make(pattern.ptr + from, end - from), redacts, error);
        from = end + 1;
    }
    if (status != PLX_OK) {
        drop_steps(rules, before);
        return status;
    }
    rules->steps[rules->step_count++] =
        (struct plx_step){.kind = redacts ? PLX_STEP_REDACTED : PLX_STEP_IGNORED, .redacts = redacts};
    rules->redact_count += redacts;
    /* A ** may stand for no step at all: then the next one is a start, too. */
    for (size_t i = before;; i++) {
        rules->starts[i / 64] |= UINT64_C(1) << (i % 64);
        if (rules->steps[i].kind != PLX_STEP_ANY_DEPTH)
            return PLX_OK;
    }
}

enum plx_status
plx_rules_ignore(struct plx_rules *rules, struct plx_slice pattern, struct plx_rule_error *error)
{
    if (plx_slice_equal(pattern, plx_slice_of("status"))) {
        rules->ignore_status = true;
        return PLX_OK;
    }
    if (plx_slice_equal(pattern, plx_slice_of("body"))) {
        rules->ignore_body = true;
        return PLX_OK;
    }
    return add_pattern(rules, pattern, false, error);
}

enum plx_status
plx_rules_redact(struct plx_rules *rules, struct plx_slice pattern, struct plx_rule_error *error)
{
    if (plx_slice_equal(pattern, plx_slice_of("body"))) {
        rules->redact_body = true;
        return PLX_OK;
    }
    return add_pattern(rules, pattern, true, error);
}

bool
plx_rules_redacts(const struct plx_rules *rules)
{
    return rules->redact_count > 0 || rules->redact_body;
}

/* ---- the automaton ---- */

struct plx_place
plx_rules_place(const struct plx_rules *rules, const uint64_t *states)
{
    struct plx_place place = {false, false, false};

    for (size_t word = 0; word < plx_rules_words(rules); word++)
        for (uint64_t bits = states[word]; bits; bits &= bits - 1) {
            const struct plx_step *step = &rules->steps[word * 64 + (size_t)__builtin_ctzll(bits)];
            place.ignored |= step->kind == PLX_STEP_IGNORED;
            place.redacted |= step->kind == PLX_STEP_REDACTED;
            place.hides |= step->redacts;
        }
    return place;
}

/* Reaches the state at i, and those behind it that need no step. */
static void
reach(const struct plx_rules *rules, uint64_t *states, size_t i)
{
    for (;; i++) {
        states[i / 64] |= UINT64_C(1) << (i % 64);
        if (rules->steps[i].kind != PLX_STEP_ANY_DEPTH)
            return;
    }
}

static bool
index_is(struct plx_slice name, uint32_t index)
{
    char text[12];
    int len = snprintf(text, sizeof(text), "%u", index);

    return plx_slice_equal(name, plx_slice_make(text, (size_t)len));
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

/* ---- headers ---- */

bool
plx_header_list_has(const struct plx_header_list *list, struct plx_slice name)
{
    for (size_t i = 0; i < list->count; i++)
        if (plx_slice_equal_nocase(list->names[i], name))
            return true;
    return false;
}

static bool
is_token(struct plx_slice name)
{
    static const char others[] = "!#$%&'*+-.^_`|~";

    for (size_t i = 0; i < name.len; i++) {
        unsigned char c = (unsigned char)name.ptr[i];
        bool alphanumeric = (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
        if (!alphanumeric && (c == '\0' || !strchr(others, c)))
            return false;
    }
    return name.len > 0;
}

static enum plx_status
add_header(struct plx_rules *rules, struct plx_header_list *list, struct plx_slice name, struct plx_rule_error *error)
{
    if (!is_token(name))
        return refuse(error, PLX_E_ARGUMENT, "'%.*s' is no header name: a name has letters, digits and -",
                      (int)(name.len < 100 ? name.len : 100), name.ptr ? name.ptr : "");
    if (plx_header_list_has(list, name))
        return PLX_OK;
    if (list->count == PLX_RULES_HEADERS_MAX)
        return refuse(error, PLX_E_LIMIT, "there are more than %u headers: leave some out", PLX_RULES_HEADERS_MAX);
    if (!list->names) {
        list->names = plx_alloc(rules->allocator, PLX_RULES_HEADERS_MAX * sizeof(*list->names));
        if (!list->names)
            return PLX_E_MEMORY;
    }
    char *copy = plx_alloc(rules->allocator, name.len);
    if (!copy)
        return PLX_E_MEMORY;
    memcpy(copy, name.ptr, name.len);
    list->names[list->count++] = plx_slice_make(copy, name.len);
    return PLX_OK;
}

enum plx_status
plx_rules_compare_header(struct plx_rules *rules, struct plx_slice name, struct plx_rule_error *error)
{
    return add_header(rules, &rules->compared, name, error);
}

void
plx_rules_compare_all_headers(struct plx_rules *rules, bool all)
{
    rules->all_headers = all;
}

enum plx_status
plx_rules_ignore_header(struct plx_rules *rules, struct plx_slice name, struct plx_rule_error *error)
{
    return add_header(rules, &rules->ignored, name, error);
}

/* ---- a copy ---- */

static bool
copy_steps(struct plx_rules *copy, const struct plx_rules *rules)
{
    if (reserve(copy, rules->step_count) != PLX_OK)
        return false;
    for (size_t i = 0; i < rules->step_count; i++) {
        struct plx_step step = rules->steps[i];
        if (step.name) {
            char *name = plx_alloc(copy->allocator, step.name_len);
            if (!name)
                return false;
            memcpy(name, step.name, step.name_len);
            step.name = name;
        }
        copy->steps[copy->step_count++] = step;
    }
    memcpy(copy->starts, rules->starts, sizeof(copy->starts));
    copy->redact_count = rules->redact_count;
    return true;
}

static bool
copy_list(struct plx_rules *copy, struct plx_header_list *to, const struct plx_header_list *from)
{
    for (size_t i = 0; i < from->count; i++)
        if (add_header(copy, to, from->names[i], NULL) != PLX_OK)
            return false;
    return true;
}

struct plx_rules *
plx_rules_copy(const struct plx_rules *rules)
{
    struct plx_rules *copy = plx_rules_new(rules->allocator);
    if (!copy)
        return NULL;
    copy->ignore_status = rules->ignore_status;
    copy->ignore_body = rules->ignore_body;
    copy->redact_body = rules->redact_body;
    copy->all_headers = rules->all_headers;
    if (copy_steps(copy, rules) && copy_list(copy, &copy->compared, &rules->compared) &&
        copy_list(copy, &copy->ignored, &rules->ignored))
        return copy;
    plx_rules_free(copy);
    return NULL;
}

/* ---- rules of every kind ---- */

enum plx_status
plx_rules_add(struct plx_rules *rules, const struct plx_rule *rule, struct plx_rule_error *error)
{
    if (rule->kind == PLX_RULE_IGNORE)
        return plx_rules_ignore(rules, rule->field, error);
    if (rule->kind == PLX_RULE_IGNORE_HEADER)
        return plx_rules_ignore_header(rules, rule->field, error);
    return refuse(error, PLX_E_UNSUPPORTED, "not yet");
}

size_t
plx_rules_count(const struct plx_rules *rules)
{
    return 0;
}

const struct plx_rule *
plx_rules_at(const struct plx_rules *rules, size_t i)
{
    return NULL;
}

void
plx_rules_set_mode(struct plx_rules *rules, enum plx_mode mode)
{
    rules->mode = mode;
}
