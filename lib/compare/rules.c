/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules: built one by one, each checked and copied whole or refused with a mend. What a rule needs to be applied is
 * made here, once: a pattern of PCRE2, a share, and through patterns.c the steps of its field.
 */
#include "compare/rules.h"

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/double_text.h"
#include "base/slice.h"
#include "compare/compiled.h"
#include "compare/patterns.h"
#include "compare/rename.h"
#include "compare/time_rule.h"

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
compiled_fini(const struct plx_rules *rules, struct plx_compiled_rule *rule)
{
    plx_release(rules->allocator, rule->texts, rule->texts_len);
    pcre2_code_free(rule->pattern);
    plx_buffer_fini(&rule->name);
}

static void
drop_names(struct plx_rules *rules)
{
    for (size_t i = 0; i < rules->compared.count; i++)
        plx_release(rules->allocator, (char *)rules->compared.names[i].ptr, rules->compared.names[i].len);
    rules->compared.count = 0;
}

void
plx_rules_free(struct plx_rules *rules)
{
    if (!rules)
        return;
    plx_patterns_drop(rules, 0);
    plx_release(rules->allocator, rules->steps, rules->step_capacity * sizeof(*rules->steps));
    for (size_t i = 0; i < rules->count; i++)
        compiled_fini(rules, &rules->compiled[i]);
    plx_release(rules->allocator, rules->compiled, rules->capacity * sizeof(*rules->compiled));
    drop_names(rules);
    plx_release(rules->allocator, rules->compared.names, PLX_RULES_HEADERS_MAX * sizeof(*rules->compared.names));
    pcre2_general_context_free(rules->pcre);
    plx_secrets_unref(rules->secrets);
    struct plx_allocator allocator = rules->allocator_copy;
    plx_release(rules->allocator ? &allocator : NULL, rules, sizeof(*rules));
}

void
plx_rules_set_mode(struct plx_rules *rules, enum plx_mode mode)
{
    rules->mode = mode;
}

enum plx_mode
plx_rules_mode(const struct plx_rules *rules)
{
    return rules->mode;
}

/* ---- fields ---- */

static int
shown_len(struct plx_slice text)
{
    return (int)(text.len < 100 ? text.len : 100);
}

static enum plx_status
refuse_header(struct plx_slice name, struct plx_rule_error *error)
{
    return plx_rule_refuse(error, PLX_E_ARGUMENT, "'%.*s' is no header name: a name has letters, digits and -",
                           shown_len(name), name.ptr ? name.ptr : "");
}

/* A header's name; of Set-Cookie also /NAME and /NAME/ATTRIBUTE. */
static enum plx_status
check_header(struct plx_slice field, struct plx_rule_error *error)
{
    const char *slash = field.len ? memchr(field.ptr, '/', field.len) : NULL;
    struct plx_slice name = slash ? plx_slice_make(field.ptr, (size_t)(slash - field.ptr)) : field;

    if (!plx_slice_is_token(name))
        return refuse_header(field, error);
    if (!slash)
        return PLX_OK;
    if (!plx_slice_equal_nocase(name, plx_slice_of("Set-Cookie")))
        return plx_rule_refuse(error, PLX_E_ARGUMENT,
                               "only the header Set-Cookie has parts, as in Set-Cookie/session/Expires");
    struct plx_slice cookie = plx_slice_make(slash + 1, field.len - name.len - 1);
    slash = cookie.len ? memchr(cookie.ptr, '/', cookie.len) : NULL;
    if (slash) {
        struct plx_slice attribute = plx_slice_make(slash + 1, cookie.len - (size_t)(slash - cookie.ptr) - 1);
        cookie.len = (size_t)(slash - cookie.ptr);
        if (!plx_slice_is_token(attribute))
            return plx_rule_refuse(error, PLX_E_ARGUMENT,
                                   "behind the cookie's name comes an attribute, as in Set-Cookie/session/Expires");
    }
    if (!plx_slice_is_token(cookie))
        return plx_rule_refuse(error, PLX_E_ARGUMENT, "behind Set-Cookie/ comes a cookie's name, or * for any");
    return PLX_OK;
}

static bool
is_one_of(struct plx_slice field, const char *const *names)
{
    for (; *names; names++)
        if (plx_slice_equal(field, plx_slice_of(*names)))
            return true;
    return false;
}

/* What else than a pattern a field may be. */
static const char *const *
names_for(enum plx_rule_kind kind)
{
    static const char *const none[] = {NULL}, *const body[] = {"body", NULL}, *const both[] = {"status", "body", NULL};

    return kind == PLX_RULE_IGNORE ? both : kind == PLX_RULE_REDACT || kind == PLX_RULE_SIMILAR ? body : none;
}

/* *pattern: the field is one, and has steps. */
static enum plx_status
check_field(const struct plx_rule *rule, bool *pattern, struct plx_rule_error *error)
{
    const char *const *names = names_for(rule->kind);

    *pattern = false;
    if (rule->kind == PLX_RULE_IGNORE_HEADER)
        return check_header(rule->field, error);
    if (is_one_of(rule->field, names))
        return PLX_OK;
    *pattern = true;
    if (rule->field.len == 0 || rule->field.ptr[0] == '/')
        return PLX_OK;
    return plx_rule_refuse(error, PLX_E_ARGUMENT, "a pattern is a JSON Pointer and begins with a /%s: write /%.*s",
                           !names[0]  ? ""
                           : names[1] ? ", or is \"status\" or \"body\""
                                      : ", or is \"body\"",
                           shown_len(rule->field), rule->field.ptr);
}

/* ---- values ---- */

/* The length of an unsigned decimal number at the beginning of text, as in 3, 0.01 or 1e-6; 0: there is none. */
static size_t
number_length(struct plx_slice text)
{
    size_t at = 0, digits = 0;

    for (; at < text.len && plx_ascii_is_digit(text.ptr[at]); at++)
        digits++;
    if (at < text.len && text.ptr[at] == '.')
        for (at++; at < text.len && plx_ascii_is_digit(text.ptr[at]); at++)
            digits++;
    if (digits == 0 || digits > PLX_PERCENT_DIGITS)
        return 0;
    if (at < text.len && (text.ptr[at] | 0x20) == 'e') {
        size_t from = ++at;
        if (at < text.len && (text.ptr[at] == '-' || text.ptr[at] == '+'))
            from = ++at;
        while (at < text.len && plx_ascii_is_digit(text.ptr[at]))
            at++;
        if (at == from || at - from > 4)
            return 0;
    }
    return at;
}

static enum plx_status
take_tolerance(struct plx_compiled_rule *rule, struct plx_rule_error *error)
{
    size_t len = number_length(rule->rule.value);

    rule->relative = len > 0 && len + 1 == rule->rule.value.len && rule->rule.value.ptr[len] == '%';
    if (rule->relative && plx_double_read(plx_slice_make(rule->rule.value.ptr, len), &rule->share))
        rule->share /= 100;
    if (len && (len == rule->rule.value.len || rule->relative))
        return PLX_OK;
    return plx_rule_refuse(
        error, PLX_E_ARGUMENT,
        "'%.*s' is no tolerance: write a number of at most %u digits as in 0.01, or a percentage as in 1%%",
        shown_len(rule->rule.value), rule->rule.value.ptr, PLX_PERCENT_DIGITS);
}

static enum plx_status
take_share(struct plx_compiled_rule *rule, struct plx_rule_error *error)
{
    size_t len = number_length(rule->rule.value);
    bool percent = len > 0 && len + 1 == rule->rule.value.len && rule->rule.value.ptr[len] == '%';

    if (percent && plx_double_read(plx_slice_make(rule->rule.value.ptr, len), &rule->share)) {
        rule->share /= 100;
        if (rule->share <= 1)
            return PLX_OK;
    }
    return plx_rule_refuse(error, PLX_E_ARGUMENT, "'%.*s' is no similarity: write a percentage from 0%% to 100%%",
                           shown_len(rule->rule.value), rule->rule.value.ptr);
}

/* ---- PCRE2, with the embedder's memory ---- */

#define SIZE_BEFORE 16u /* each block is behind its size, which the embedder's release() is told */

static void *
pcre_allocate(size_t size, void *context)
{
    const struct plx_rules *rules = context;
    char *block = plx_alloc(rules->allocator, size + SIZE_BEFORE);

    if (!block)
        return NULL;
    memcpy(block, &size, sizeof(size));
    return block + SIZE_BEFORE;
}

static void
pcre_release(void *ptr, void *context)
{
    const struct plx_rules *rules = context;
    size_t size;

    if (!ptr)
        return;
    char *block = (char *)ptr - SIZE_BEFORE;
    memcpy(&size, block, sizeof(size));
    plx_release(rules->allocator, block, size + SIZE_BEFORE);
}

static enum plx_status
take_pattern(struct plx_rules *rules, struct plx_compiled_rule *rule, struct plx_rule_error *error)
{
    int code = 0;
    size_t offset = 0;
    enum plx_status status = PLX_E_MEMORY;
    struct plx_slice text = rule->rule.value;

    if (!rules->pcre && !(rules->pcre = pcre2_general_context_create(pcre_allocate, pcre_release, rules)))
        return PLX_E_MEMORY;
    pcre2_compile_context *context = pcre2_compile_context_create(rules->pcre);
    if (!context)
        return PLX_E_MEMORY;
    rule->pattern = pcre2_compile((PCRE2_SPTR)text.ptr, text.len,
                                  PCRE2_UTF | PCRE2_ANCHORED | PCRE2_ENDANCHORED | PCRE2_NEVER_BACKSLASH_C, &code,
                                  &offset, context);
    pcre2_compile_context_free(context);
    if (rule->pattern)
        return PLX_OK;
    if (code != PCRE2_ERROR_HEAP_FAILED && code != PCRE2_ERROR_NOMEMORY) {
        PCRE2_UCHAR message[128] = "";
        pcre2_get_error_message(code, message, sizeof(message));
        status = plx_rule_refuse(error, PLX_E_ARGUMENT, "the pattern '%.*s' has a fault at character %zu: %s",
                                 shown_len(text), text.ptr, offset + 1, (const char *)message);
    }
    return status;
}

/* ---- adding ---- */

static enum plx_status
check_by(const struct plx_rule *rule, struct plx_rule_error *error)
{
    if (rule->by_count > PLX_RULE_BY_MAX)
        return plx_rule_refuse(error, PLX_E_LIMIT, "there are more than %u keys in by", PLX_RULE_BY_MAX);
    for (size_t i = 0; i < rule->by_count; i++) {
        struct plx_slice by = rule->by[i];
        if (by.len && by.ptr[0] != '/')
            return plx_rule_refuse(
                error, PLX_E_ARGUMENT,
                "by names keys inside an element by JSON Pointers, which begin with a /: write /%.*s", shown_len(by),
                by.ptr);
        for (size_t at = 0; at < by.len; at++)
            if (by.ptr[at] == '~' && (at + 1 == by.len || (by.ptr[at + 1] != '0' && by.ptr[at + 1] != '1')))
                return plx_rule_refuse(error, PLX_E_ARGUMENT,
                                       "a ~ must be followed by 0 or 1: write ~0 for a ~, ~1 for a /");
    }
    return PLX_OK;
}

/* All its texts, copied into one block; each ends in NUL. */
static bool
take_texts(const struct plx_rules *rules, struct plx_compiled_rule *rule)
{
    struct plx_slice *texts[4 + PLX_RULE_BY_MAX] = {&rule->rule.field, &rule->rule.value, &rule->rule.why,
                                                    &rule->rule.owner};
    size_t count = 4, at = 0;

    for (size_t i = 0; i < rule->rule.by_count; i++)
        texts[count++] = &rule->rule.by[i];
    rule->texts_len = 0;
    for (size_t i = 0; i < count; i++)
        rule->texts_len += texts[i]->len + 1;
    rule->texts = plx_alloc(rules->allocator, rule->texts_len);
    if (!rule->texts)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (texts[i]->len)
            memcpy(rule->texts + at, texts[i]->ptr, texts[i]->len);
        texts[i]->ptr = rule->texts + at;
        at += texts[i]->len;
        rule->texts[at++] = '\0';
    }
    return true;
}

static enum plx_status
reserve(struct plx_rules *rules, struct plx_rule_error *error)
{
    size_t capacity = rules->capacity ? rules->capacity * 2 : 8;

    if (rules->count == PLX_RULES_MAX)
        return plx_rule_refuse(error, PLX_E_LIMIT, "there are more than %u rules: use * and ** for what they share",
                               PLX_RULES_MAX);
    if (rules->count < rules->capacity)
        return PLX_OK;
    struct plx_compiled_rule *compiled = plx_resize(rules->allocator, rules->compiled,
                                                    rules->capacity * sizeof(*compiled), capacity * sizeof(*compiled));
    if (!compiled)
        return PLX_E_MEMORY;
    rules->compiled = compiled;
    rules->capacity = capacity;
    return PLX_OK;
}

static enum plx_status
check(const struct plx_rule *rule, bool *pattern, struct plx_rule_error *error)
{
    const struct plx_slice texts[] = {rule->field, rule->value, rule->why, rule->owner};

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        if (texts[i].len > PLX_RULE_TEXT_MAX)
            return plx_rule_refuse(error, PLX_E_LIMIT, "a text of a rule is longer than %u bytes", PLX_RULE_TEXT_MAX);
    if (rule->kind == PLX_RULE_REDACT && rule->until_s)
        return plx_rule_refuse(error, PLX_E_ARGUMENT, "a redact rule has no end: leave out until");
    enum plx_status status = check_field(rule, pattern, error);
    return status == PLX_OK && rule->kind == PLX_RULE_RENAME ? plx_rename_check(rule->field, error) : status;
}

static enum plx_status
take_value(struct plx_rules *rules, struct plx_compiled_rule *rule, struct plx_rule_error *error)
{
    switch (rule->rule.kind) {
    case PLX_RULE_TOLERANCE:
        return take_tolerance(rule, error);
    case PLX_RULE_MATCH:
        return take_pattern(rules, rule, error);
    case PLX_RULE_SIMILAR:
        return take_share(rule, error);
    case PLX_RULE_TIME:
        return plx_time_rule_take(rule, error);
    case PLX_RULE_RENAME:
        return plx_rename_take(rules, rule, error);
    case PLX_RULE_IGNORE:
    case PLX_RULE_IGNORE_HEADER:
    case PLX_RULE_UNORDERED:
    case PLX_RULE_REDACT:
        break;
    }
    return PLX_OK;
}

static void
note(struct plx_rules *rules, const struct plx_compiled_rule *rule, bool pattern)
{
    enum plx_rule_kind kind = rule->rule.kind;

    rules->some_end |= rule->rule.until_s != 0;
    rules->some_similar |= kind == PLX_RULE_SIMILAR;
    rules->some_rename |= kind == PLX_RULE_RENAME;
    rules->covers |= kind == PLX_RULE_TOLERANCE || kind == PLX_RULE_MATCH || (kind == PLX_RULE_SIMILAR && pattern) ||
                     (kind == PLX_RULE_TIME && rule->within_ns > 0);
    rules->redact_count += kind == PLX_RULE_REDACT && pattern;
    rules->redact_body |= kind == PLX_RULE_REDACT && !pattern;
}

enum plx_status
plx_rules_add(struct plx_rules *rules, const struct plx_rule *rule, struct plx_rule_error *error)
{
    bool pattern = false;
    enum plx_status status = check(rule, &pattern, error);

    if (status == PLX_OK)
        status = reserve(rules, error);
    if (status == PLX_OK && (status = check_by(rule, error)) != PLX_OK && error)
        error->of_value = true;
    if (status != PLX_OK)
        return status;
    struct plx_compiled_rule *compiled = &rules->compiled[rules->count];
    *compiled = (struct plx_compiled_rule){.rule = *rule, .first = SIZE_MAX};
    if (!take_texts(rules, compiled))
        return PLX_E_MEMORY;
    status = take_value(rules, compiled, error);
    if (status != PLX_OK && error)
        error->of_value = true;
    if (status == PLX_OK && pattern)
        status = plx_pattern_add(rules, rule->kind == PLX_RULE_RENAME ? compiled->rule.value : compiled->rule.field,
                                 (uint32_t)rules->count, error);
    if (status != PLX_OK) {
        compiled_fini(rules, compiled);
        return status;
    }
    note(rules, compiled, pattern);
    rules->count++;
    return PLX_OK;
}

static enum plx_status
add(struct plx_rules *rules, enum plx_rule_kind kind, struct plx_slice field, struct plx_rule_error *error)
{
    const struct plx_rule rule = {.kind = kind, .field = field};

    return plx_rules_add(rules, &rule, error);
}

enum plx_status
plx_rules_ignore(struct plx_rules *rules, struct plx_slice pattern, struct plx_rule_error *error)
{
    return add(rules, PLX_RULE_IGNORE, pattern, error);
}

enum plx_status
plx_rules_ignore_header(struct plx_rules *rules, struct plx_slice name, struct plx_rule_error *error)
{
    return add(rules, PLX_RULE_IGNORE_HEADER, name, error);
}

enum plx_status
plx_rules_redact(struct plx_rules *rules, struct plx_slice pattern, struct plx_rule_error *error)
{
    return add(rules, PLX_RULE_REDACT, pattern, error);
}

/* ---- asking ---- */

bool
plx_rules_redacts(const struct plx_rules *rules)
{
    return rules->redact_count > 0 || rules->redact_body;
}

void
plx_rules_show_secrets(struct plx_rules *rules, bool show)
{
    rules->shows_secrets = show;
}

void
plx_rules_set_secrets(struct plx_rules *rules, struct plx_secrets *secrets)
{
    plx_secrets_unref(rules->secrets);
    rules->secrets = plx_secrets_ref(secrets);
}

const struct plx_secrets *
plx_rules_secrets(const struct plx_rules *rules)
{
    if (!rules)
        return NULL;
    return rules->shows_secrets ? plx_secrets_none() : rules->secrets;
}

bool
plx_rules_are_costly(const struct plx_rules *rules)
{
    return rules->some_similar;
}

size_t
plx_rules_count(const struct plx_rules *rules)
{
    return rules->count;
}

const struct plx_rule *
plx_rules_at(const struct plx_rules *rules, size_t i)
{
    return &rules->compiled[i].rule;
}

/* ---- headers to compare ---- */

enum plx_status
plx_rules_compare_header(struct plx_rules *rules, struct plx_slice name, struct plx_rule_error *error)
{
    struct plx_header_list *list = &rules->compared;

    if (!plx_slice_is_token(name))
        return refuse_header(name, error);
    if (plx_header_list_has(list, name))
        return PLX_OK;
    if (list->count == PLX_RULES_HEADERS_MAX)
        return plx_rule_refuse(error, PLX_E_LIMIT, "there are more than %u headers: leave some out",
                               PLX_RULES_HEADERS_MAX);
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

void
plx_rules_compare_all_headers(struct plx_rules *rules, bool all)
{
    rules->all_headers = all;
}

void
plx_rules_compare_client_headers(struct plx_rules *rules, bool compare)
{
    rules->client_headers = compare;
}

void
plx_rules_compare_no_headers(struct plx_rules *rules)
{
    drop_names(rules);
    rules->all_headers = rules->client_headers = false;
}

bool
plx_rules_compare_any_headers(const struct plx_rules *rules)
{
    return rules->all_headers || rules->client_headers || rules->compared.count > 0;
}

/* ---- a copy ---- */

struct plx_rules *
plx_rules_copy(const struct plx_rules *rules)
{
    struct plx_rules *copy = plx_rules_new(rules->allocator);
    enum plx_status status = copy ? PLX_OK : PLX_E_MEMORY;

    for (size_t i = 0; status == PLX_OK && i < rules->count; i++)
        status = plx_rules_add(copy, &rules->compiled[i].rule, NULL);
    for (size_t i = 0; status == PLX_OK && i < rules->compared.count; i++)
        status = plx_rules_compare_header(copy, rules->compared.names[i], NULL);
    if (status != PLX_OK) {
        plx_rules_free(copy);
        return NULL;
    }
    copy->mode = rules->mode;
    copy->all_headers = rules->all_headers;
    copy->client_headers = rules->client_headers;
    copy->shows_secrets = rules->shows_secrets;
    if (rules->secrets)
        copy->secrets = plx_secrets_ref(rules->secrets);
    return copy;
}
