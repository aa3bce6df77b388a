/* SPDX-License-Identifier: Apache-2.0 */
/* Leaves: when they are the same, and which rules excuse them when they are not. */
#include "compare/scalars.h"

#include "base/arena.h"
#include "base/ascii.h"
#include "compare/levenshtein.h"
#include "compare/path.h"
#include "compare/time_rule.h"
#include "compare/tolerance.h"
#include "json/json_text.h"

/*
 * What a subject may cost a pattern, in PCRE2's own units: a hostile value can make any pattern that repeats repeats
 * take forever. How often it may come to that in one comparison.
 */
#define MATCH_LIMIT        100000u
#define MATCH_LIMIT_FIRST  256u /* and 16 for each byte: what ordinary patterns keep to; others are matched again */
#define MATCH_HEAP_KIB     1024u
#define MATCH_FAILURES_MAX 4u

/* ---- match ---- */

static void *
match_allocate(size_t size, void *context)
{
    return plx_arena_alloc(context, size);
}

static void
match_release(void *ptr, void *context)
{
}

static bool
begin_matching(struct plx_walk *w)
{
    pcre2_general_context *general = pcre2_general_context_create(match_allocate, match_release, w->sink->arena);

    w->match_context = general ? pcre2_match_context_create(general) : NULL;
    w->match_data = w->match_context ? pcre2_match_data_create(1, general) : NULL;
    if (!w->match_data) {
        w->sink->failed = true;
        return false;
    }
    pcre2_set_heap_limit(w->match_context, MATCH_HEAP_KIB);
    return true;
}

static int
match_within(struct plx_walk *w, const struct plx_compiled_rule *rule, struct plx_slice text, uint32_t limit)
{
    if (!plx_walk_spend(w, limit))
        return PCRE2_ERROR_NOMATCH;
    pcre2_set_match_limit(w->match_context, limit);
    return pcre2_match(rule->pattern, (PCRE2_SPTR)(text.ptr ? text.ptr : ""), text.len, 0, 0, w->match_data,
                       w->match_context);
}

static bool
matches_text(struct plx_walk *w, const struct plx_compiled_rule *rule, struct plx_slice text)
{
    uint64_t first = MATCH_LIMIT_FIRST + 16 * (uint64_t)text.len;

    if (w->match_failures >= MATCH_FAILURES_MAX || (!w->match_data && !begin_matching(w)))
        return false;
    int result = match_within(w, rule, text, first < MATCH_LIMIT ? (uint32_t)first : MATCH_LIMIT);
    if (result == PCRE2_ERROR_MATCHLIMIT && first < MATCH_LIMIT)
        result = match_within(w, rule, text, MATCH_LIMIT);
    w->match_failures +=
        result == PCRE2_ERROR_MATCHLIMIT || result == PCRE2_ERROR_HEAPLIMIT || result == PCRE2_ERROR_DEPTHLIMIT;
    return result >= 0;
}

bool
plx_walk_matches(struct plx_walk *w, const struct plx_compiled_rule *rule, const struct plx_document *document,
                 uint32_t node)
{
    struct plx_slice text = plx_json_text(document, node);

    if (document->nodes[node].type == PLX_STRING &&
        plx_json_unescape(document, node, w->sink->arena, &text) != PLX_OK) {
        w->sink->failed = true;
        return false;
    }
    return matches_text(w, rule, text);
}

/* ---- similar ---- */

static enum plx_similarity
are_similar(struct plx_walk *w, const struct plx_compiled_rule *rule, uint32_t a, uint32_t b)
{
    struct plx_slice x, y;

    if (plx_json_unescape(w->a, a, w->sink->arena, &x) != PLX_OK ||
        plx_json_unescape(w->b, b, w->sink->arena, &y) != PLX_OK) {
        w->sink->failed = true;
        return PLX_NOT_SIMILAR;
    }
    return plx_similar(x, y, rule->share, &w->similar_steps, w->sink->work, w->sink->arena, &w->sink->failed);
}

/* Excuses what is similar, and leaves open what would take too much to say. */
static bool
excuse_similar(struct plx_walk *w, const struct plx_compiled_rule *rule, uint32_t a, uint32_t b)
{
    enum plx_similarity similarity = are_similar(w, rule, a, b);

    if (similarity == PLX_SIMILAR)
        plx_walk_excuse(w, rule, a, b);
    if (similarity == PLX_SIMILAR_UNKNOWN) {
        w->undecided = true;
        w->unexamined++;
    }
    return similarity != PLX_NOT_SIMILAR;
}

/* ---- leaves ---- */

static bool
are_equal(const struct plx_walk *w, uint32_t a, uint32_t b)
{
    switch ((enum plx_type)w->a->nodes[a].type) {
    case PLX_NUMBER:
        return plx_decimal_compare(plx_json_text(w->a, a), plx_json_text(w->b, b)) == 0;
    case PLX_STRING:
        return plx_json_string_equal(w->a, a, w->b, b);
    default:
        return w->a->nodes[a].type == w->b->nodes[b].type;
    }
}

/* Whether a text is a number, as JSON writes them but for zeros before it: what decimals can be read from. */
static bool
is_number(struct plx_slice text)
{
    size_t at = text.len && *text.ptr == '-', digits = 0;

    for (; at < text.len && plx_ascii_is_digit(text.ptr[at]); at++)
        digits++;
    if (digits && at < text.len && text.ptr[at] == '.')
        for (at++, digits = 0; at < text.len && plx_ascii_is_digit(text.ptr[at]); at++)
            digits++;
    if (digits && at < text.len && (text.ptr[at] | 0x20) == 'e') {
        at++;
        at += at < text.len && (text.ptr[at] == '-' || text.ptr[at] == '+');
        for (digits = 0; at < text.len && plx_ascii_is_digit(text.ptr[at]); at++)
            digits++;
    }
    return digits > 0 && at == text.len;
}

/* Numbers, and strings that are numbers: in forms and XML all are, and many a JSON has its sums so. */
static bool
is_within(struct plx_walk *w, const struct plx_compiled_rule *rule, uint32_t a, uint32_t b)
{
    struct plx_slice value = rule->rule.value, x = plx_json_text(w->a, a), y = plx_json_text(w->b, b);

    value.len -= rule->relative; /* its % */
    return is_number(x) && is_number(y) &&
           plx_within_tolerance(x, y, value, rule->relative, w->sink->arena, &w->sink->failed);
}

void
plx_walk_leaves(struct plx_walk *w, struct plx_rule_place here, uint32_t a, uint32_t b)
{
    uint8_t type = w->a->nodes[a].type;

    if (!plx_walk_spend(w, 2 * ((uint64_t)w->a->nodes[a].length + w->b->nodes[b].length)) || are_equal(w, a, b))
        return;
    if (w->ruled_out)
        plx_walk_excuse(w, w->ruler, a, b);
    else if (here.time && plx_time_rule_excuses(w, here.time, a, b))
        plx_walk_excuse(w, here.time, a, b);
    else if (here.tolerance && type >= PLX_NUMBER && is_within(w, here.tolerance, a, b))
        plx_walk_excuse(w, here.tolerance, a, b);
    else if (here.match && plx_walk_matches(w, here.match, w->a, a) && plx_walk_matches(w, here.match, w->b, b))
        plx_walk_excuse(w, here.match, a, b);
    else if (here.similar && type == PLX_STRING && excuse_similar(w, here.similar, a, b))
        return;
    else if (!w->sink->failed)
        plx_walk_tell(w, PLX_KIND_VALUE, a, b);
}
