/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What rules are made into. The patterns of all are compiled into one automaton (patterns.c), whose set of states goes
 * down a document with the walk over it: a step costs time in the number of pattern steps, however many stars there
 * are; without patterns it costs nothing.
 *
 *   rules --- compiled rule 0 "ignore /a/(*)"      steps:  a | * | END(0) | b | ** | END(1)
 *         `-- compiled rule 1 "tolerance /b/(**)"          ^ first of 0    ^ first of 1        (without the brackets)
 *
 * A rule whose end has come is left out by not putting its first step among the states that a comparison starts with.
 */
#ifndef PLX_COMPARE_COMPILED_H
#define PLX_COMPARE_COMPILED_H

#include "base/buffer.h"
#include "secrets/secrets.h"

#include <parallax/compare.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#define PLX_RULES_STEPS_MAX   1024u /* of all patterns together, an end each included */
#define PLX_RULES_MAX         1024u
#define PLX_RULES_HEADERS_MAX 128u /* headers to compare, by name */
#define PLX_RULES_STATE_WORDS ((PLX_RULES_STEPS_MAX + 63) / 64)
#define PLX_RULE_TEXT_MAX     4096u      /* bytes of each of a rule's texts */
#define PLX_ANY_INDEX         UINT32_MAX /* of an element: of which of them is left open, as in schema mode */

enum plx_step_kind {
    PLX_STEP_NAME,
    PLX_STEP_ANY,       /* *  */
    PLX_STEP_ANY_DEPTH, /* ** */
    PLX_STEP_END,       /* the pattern's end: the rule applies to what has come here */
};

struct plx_step {
    enum plx_step_kind kind;
    uint32_t rule; /* its index */
    char *name;    /* PLX_STEP_NAME: unescaped, owned */
    size_t name_len;
};

#define PLX_PERCENT_DIGITS 18u

struct plx_compiled_rule {
    struct plx_rule rule; /* its texts lie in one owned block */
    char *texts;
    size_t texts_len;
    size_t first;           /* its first step; SIZE_MAX: its field is no pattern */
    bool relative;          /* tolerance: of the primary's value */
    double share;           /* similar: 0 to 1; tolerance where relative: 1 is 100 % */
    int64_t within_ns;      /* time */
    pcre2_code *pattern;    /* match: owned */
    struct plx_buffer name; /* rename: the primary's, a JSON string */
};

struct plx_header_list {
    struct plx_slice *names; /* owned, as are the bytes */
    size_t count;
};

struct plx_rules {
    const struct plx_allocator *allocator;
    struct plx_allocator allocator_copy;
    pcre2_general_context *pcre; /* NULL until there is a match rule */
    enum plx_mode mode;
    struct plx_compiled_rule *compiled;
    size_t count, capacity;
    struct plx_step *steps;
    size_t step_count, step_capacity;
    uint64_t lasting[PLX_RULES_STATE_WORDS]; /* the states before the first step, of rules that have no end */
    bool some_end, some_similar, some_rename;
    bool covers;         /* there are rules that excuse some values and not others: tolerance, match, similar, time */
    size_t redact_count; /* patterns; "body" is apart */
    bool redact_body, all_headers, client_headers;
    bool shows_secrets;
    struct plx_secrets *secrets; /* a reference; NULL: the built-in list */
    struct plx_header_list compared;
};

static inline size_t
plx_rules_words(const struct plx_rules *rules)
{
    return (rules->step_count + 63) / 64;
}

/* Whether a rule applies at the time now_s (0: whenever). */
static inline bool
plx_rule_lasts(const struct plx_rule *rule, int64_t now_s)
{
    return rule->until_s == 0 || now_s == 0 || now_s < rule->until_s;
}

/* The rule of this kind whose field is this very text, such as "status"; the one added last that lasts, or NULL. */
const struct plx_compiled_rule *plx_rules_find(const struct plx_rules *rules, enum plx_rule_kind kind,
                                               struct plx_slice field, int64_t now_s);

/* Fills in *error where there is one, and returns status. */
enum plx_status plx_rule_refuse(struct plx_rule_error *error, enum plx_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Whether every line of a header counts, with the values of cookies: it is named, or all are. */
bool plx_rules_compare_whole(const struct plx_rules *rules, struct plx_slice header);
bool plx_header_list_has(const struct plx_header_list *list, struct plx_slice name);

#endif
