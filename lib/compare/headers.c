/* SPDX-License-Identifier: Apache-2.0 */
/* Headers as lists of lines: a header that comes several times is never joined, nor split at commas. */
#include "compare/headers.h"

#include "base/arena.h"
#include "compare/compiled.h"
#include "compare/cookies.h"
#include "compare/redact.h"

/* What says nothing of the implementation: the connection's own (RFC 9110, 7.6.1), the body's length, the time. */
static const char *const left_out[] = {
    "Connection",     "Keep-Alive", "Proxy-Connection",   "TE",   "Transfer-Encoding",
    "Upgrade",        "Trailer",    "Proxy-Authenticate", "Date", "Proxy-Authorization",
    "Content-Length",
};

/* Carry credentials: compared, never shown. */
static const char *const secret[] = {"Cookie", "Authorization", "Proxy-Authorization"};

static bool
is_among(struct plx_slice name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (plx_slice_equal_nocase(name, plx_slice_of(names[i])))
            return true;
    return false;
}

/* The next line of a header at or after *at; NULL where there is none. */
static const struct plx_header *
next_line(const struct plx_answer *answer, struct plx_slice name, size_t *at)
{
    while (*at < answer->header_count) {
        const struct plx_header *header = &answer->headers[(*at)++];
        if (plx_slice_equal_nocase(header->name, name))
            return header;
    }
    return NULL;
}

static bool
same_lines(const struct plx_answer *a, const struct plx_answer *b, struct plx_slice name)
{
    size_t at = 0, bt = 0;

    for (;;) {
        const struct plx_header *x = next_line(a, name, &at), *y = next_line(b, name, &bt);
        if (!x || !y)
            return !x && !y;
        if (!plx_slice_equal(x->value, y->value))
            return false;
    }
}

static size_t
count_lines(const struct plx_answer *answer, struct plx_slice name, const struct plx_slice *value)
{
    size_t at = 0, count = 0;

    for (const struct plx_header *line; (line = next_line(answer, name, &at));)
        count += !value || plx_slice_equal(line->value, *value);
    return count;
}

static bool
same_lines_in_another_order(const struct plx_answer *a, const struct plx_answer *b, struct plx_slice name)
{
    size_t at = 0;

    if (count_lines(a, name, NULL) != count_lines(b, name, NULL))
        return false;
    for (const struct plx_header *line; (line = next_line(a, name, &at));)
        if (count_lines(a, name, &line->value) != count_lines(b, name, &line->value))
            return false;
    return true;
}

/* All lines, one below the other. */
static struct plx_shown
show_lines(struct plx_sink *sink, const struct plx_answer *answer, struct plx_slice name)
{
    size_t at = 0, len = 0;

    if (count_lines(answer, name, NULL) == 0)
        return (struct plx_shown){plx_slice_make("", 0), false};
    if (is_among(name, secret, sizeof(secret) / sizeof(secret[0])))
        return (struct plx_shown){plx_slice_of(PLX_REDACTED), false};
    for (const struct plx_header *line; (line = next_line(answer, name, &at));)
        len += line->value.len + 1;
    char *text = plx_arena_alloc(sink->arena, len);
    if (!text) {
        sink->failed = true;
        return (struct plx_shown){plx_slice_make("", 0), false};
    }
    at = len = 0;
    for (const struct plx_header *line; (line = next_line(answer, name, &at));) {
        if (line->value.len)
            memcpy(text + len, line->value.ptr, line->value.len);
        len += line->value.len;
        text[len++] = '\n';
    }
    return plx_show(plx_slice_make(text, len - 1), sink->limits.value_bytes_max);
}

static bool
is_ignored(const struct plx_rules *rules, const struct plx_sink *sink, struct plx_slice name)
{
    for (size_t i = 0; i < plx_rules_count(rules); i++) {
        const struct plx_rule *rule = plx_rules_at(rules, i);
        if (rule->kind == PLX_RULE_IGNORE_HEADER && plx_slice_equal_nocase(rule->field, name) &&
            plx_rule_lasts(rule, sink->limits.now_s))
            return true;
    }
    return false;
}

static void
compare_header(const struct plx_rules *rules, const struct plx_answer *primary, const struct plx_answer *candidate,
               struct plx_slice name, struct plx_sink *sink)
{
    static const char prefix[] = "header:";

    if (same_lines(primary, candidate, name))
        return;
    if (plx_slice_equal_nocase(name, plx_slice_of("Set-Cookie"))) {
        plx_compare_cookies(rules, primary, candidate, sink);
        return;
    }
    if (is_ignored(rules, sink, name)) {
        plx_sink_excuse(sink, PLX_RULE_IGNORE_HEADER);
        return;
    }
    enum plx_kind kind = PLX_KIND_VALUE;
    if (count_lines(candidate, name, NULL) == 0)
        kind = PLX_KIND_MISSING;
    else if (count_lines(primary, name, NULL) == 0)
        kind = PLX_KIND_EXTRA;
    else if (same_lines_in_another_order(primary, candidate, name))
        kind = PLX_KIND_ORDER;
    size_t len = sizeof(prefix) - 1 + name.len;
    char *field = plx_arena_alloc(sink->arena, len);
    if (!field) {
        sink->failed = true;
        return;
    }
    memcpy(field, prefix, sizeof(prefix) - 1);
    memcpy(field + sizeof(prefix) - 1, name.ptr, name.len);
    plx_sink_add(sink, plx_slice_make(field, len), plx_slice_make(field, len), kind, show_lines(sink, primary, name),
                 show_lines(sink, candidate, name));
}

/* Whether the header at position i has not come earlier in the answer. */
static bool
is_first(const struct plx_answer *answer, size_t i)
{
    size_t at = 0;

    return next_line(answer, answer->headers[i].name, &at) == &answer->headers[i];
}

static void
compare_all(const struct plx_rules *rules, const struct plx_answer *primary, const struct plx_answer *candidate,
            struct plx_sink *sink)
{
    const struct plx_answer *sides[] = {primary, candidate};

    for (int side = 0; side < 2; side++)
        for (size_t i = 0; i < sides[side]->header_count; i++) {
            struct plx_slice name = sides[side]->headers[i].name;
            if (!is_first(sides[side], i) || is_among(name, left_out, sizeof(left_out) / sizeof(left_out[0])) ||
                (side == 1 && count_lines(primary, name, NULL) > 0))
                continue;
            compare_header(rules, primary, candidate, name, sink);
        }
}

void
plx_compare_headers(const struct plx_rules *rules, const struct plx_answer *primary, const struct plx_answer *candidate,
                    struct plx_sink *sink)
{
    if (rules->all_headers) {
        compare_all(rules, primary, candidate, sink);
        return;
    }
    for (size_t i = 0; i < rules->compared.count; i++)
        compare_header(rules, primary, candidate, rules->compared.names[i], sink);
}
