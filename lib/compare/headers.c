/* SPDX-License-Identifier: Apache-2.0 */
/* Headers as lists of lines: a header that comes several times is never joined, nor split at commas. */
#include "compare/headers.h"

#include "base/arena.h"
#include "body/media.h"
#include "compare/compiled.h"
#include "compare/cookies.h"
#include "compare/places.h"
#include "secrets/secret_text.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* What says nothing of the implementation: the connection's own (RFC 9110, 7.6.1), the body's length, the time. */
static const char *const left_out[] = {
    "Connection",     "Keep-Alive", "Proxy-Connection",   "TE",   "Transfer-Encoding",
    "Upgrade",        "Trailer",    "Proxy-Authenticate", "Date", "Proxy-Authorization",
    "Content-Length",
};

/* What clients act on, whether they know the service or not. */
static const char *const of_clients[] = {"Location", "Content-Type", "Set-Cookie", "Cache-Control", "WWW-Authenticate"};

static bool
is_among(struct plx_slice name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (plx_slice_equal_nocase(name, plx_slice_of(names[i])))
            return true;
    return false;
}

/* The headers of an answer, or its trailers. */
struct lines {
    const struct plx_header *list;
    size_t count;
    struct plx_slice origin; /* of the role that gave them */
};

/* Headers and trailers are compared alike; what they are called before the name. */
struct section {
    const char *prefix;
    struct lines primary, candidate;
    bool trailers;
};

/* The next line of a header at or after *at; NULL where there is none. */
static const struct plx_header *
next_line(const struct lines *lines, struct plx_slice name, size_t *at)
{
    while (*at < lines->count) {
        const struct plx_header *header = &lines->list[(*at)++];
        if (plx_slice_equal_nocase(header->name, name))
            return header;
    }
    return NULL;
}

static bool
same_lines(const struct lines *a, const struct lines *b, struct plx_slice name)
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
count_lines(const struct lines *lines, struct plx_slice name, const struct plx_slice *value)
{
    size_t at = 0, count = 0;

    for (const struct plx_header *line; (line = next_line(lines, name, &at));)
        count += !value || plx_slice_equal(line->value, *value);
    return count;
}

static bool
same_lines_in_another_order(const struct lines *a, const struct lines *b, struct plx_slice name)
{
    size_t at = 0;

    if (count_lines(a, name, NULL) != count_lines(b, name, NULL))
        return false;
    for (const struct plx_header *line; (line = next_line(a, name, &at));)
        if (count_lines(a, name, &line->value) != count_lines(b, name, &line->value))
            return false;
    return true;
}

/* All lines, one below the other, without their secrets. */
static struct plx_shown
show_lines(struct plx_sink *sink, const struct lines *lines, struct plx_slice name)
{
    size_t at = 0, most = PLX_MARK_LEN;
    struct plx_buffer text;
    struct plx_shown shown;

    if (count_lines(lines, name, NULL) == 0)
        return (struct plx_shown){plx_slice_make("", 0), false};
    for (const struct plx_header *line; (line = next_line(lines, name, &at));)
        most += line->value.len * PLX_SECRET_GROWTH + PLX_MARK_LEN + 1;
    plx_buffer_init(&text, most);
    at = 0;
    for (const struct plx_header *line; (line = next_line(lines, name, &at));) {
        plx_secrets_write_header(sink->secrets, name, line->value, &text);
        plx_buffer_byte(&text, '\n');
    }
    shown = plx_show(plx_slice_make(text.ptr, text.len ? text.len - 1 : 0), sink->limits.value_bytes_max);
    shown.text = plx_arena_copy(sink->arena, shown.text);
    if (text.failed || !shown.text.ptr) {
        sink->failed = true;
        shown.text = plx_slice_make("", 0);
    }
    plx_buffer_fini(&text);
    return shown;
}

/* The position of the rule that ignores it, of several the last one; SIZE_MAX: none does. */
static size_t
ignoring(const struct plx_rules *rules, const struct plx_sink *sink, struct plx_slice name)
{
    for (size_t i = plx_rules_count(rules); i-- > 0;) {
        const struct plx_rule *rule = plx_rules_at(rules, i);
        if (rule->kind == PLX_RULE_IGNORE_HEADER && plx_slice_equal_nocase(rule->field, name) &&
            plx_rule_lasts(rule, sink->limits.now_s))
            return i;
    }
    return SIZE_MAX;
}

static const char *const places[] = {"Location", "Content-Location"};

/* What a role calls its versions of a resource: it says nothing beside another role's, but that there is one. */
static bool
is_each_ones_own(const struct plx_rules *rules, const struct lines *a, const struct lines *b, struct plx_slice name)
{
    static const char *const validators[] = {"ETag", "Last-Modified"};

    return is_among(name, validators, COUNT(validators)) && !plx_header_list_has(&rules->compared, name) &&
           count_lines(a, name, NULL) == 1 && count_lines(b, name, NULL) == 1;
}

/* Whether a header's lines say the same though they are written otherwise. */
static bool
same_meaning(const struct lines *a, const struct lines *b, struct plx_slice name)
{
    bool location = is_among(name, places, COUNT(places));
    size_t at = 0, bt = 0;

    if (!location && !plx_slice_equal_nocase(name, plx_slice_of("Content-Type")))
        return false;
    for (;;) {
        const struct plx_header *x = next_line(a, name, &at), *y = next_line(b, name, &bt);
        if (!x || !y)
            return !x && !y;
        if (!plx_slice_equal(x->value, y->value) &&
            !(location ? plx_is_same_place(x->value, a->origin, y->value, b->origin)
                       : plx_media_same(x->value, y->value)))
            return false;
    }
}

static void
excuse(const struct plx_rules *rules, const struct section *section, struct plx_slice name, struct plx_slice field,
       size_t rule, struct plx_sink *sink)
{
    struct plx_excuse *first = plx_sink_excuse(sink, rules, rule);

    if (first)
        plx_sink_show_excuse(sink, first, field, show_lines(sink, &section->primary, name),
                             show_lines(sink, &section->candidate, name));
}

static void
compare_header(const struct plx_rules *rules, const struct section *section, struct plx_slice name,
               struct plx_sink *sink)
{
    const struct lines *primary = &section->primary, *candidate = &section->candidate;

    if (same_lines(primary, candidate, name) || same_meaning(primary, candidate, name) ||
        is_each_ones_own(rules, primary, candidate, name))
        return;
    enum plx_kind kind = PLX_KIND_VALUE;
    if (count_lines(candidate, name, NULL) == 0)
        kind = PLX_KIND_MISSING;
    else if (count_lines(primary, name, NULL) == 0)
        kind = PLX_KIND_EXTRA;
    else if (same_lines_in_another_order(primary, candidate, name))
        kind = PLX_KIND_ORDER;
    size_t prefix = strlen(section->prefix), len = prefix + name.len;
    char *field = plx_arena_alloc(sink->arena, len);
    if (!field) {
        sink->failed = true;
        return;
    }
    memcpy(field, section->prefix, prefix);
    memcpy(field + prefix, name.ptr, name.len);
    size_t rule = ignoring(rules, sink, name);
    if (rule == SIZE_MAX)
        plx_sink_add(sink, plx_slice_make(field, len), plx_slice_make(field, len), kind,
                     show_lines(sink, primary, name), show_lines(sink, candidate, name));
    else
        excuse(rules, section, name, plx_slice_make(field, len), rule, sink);
}

/* Cookies are told one by one; in a trailer nobody sets them (RFC 9110, 6.5.1). */
static void
compare_named(const struct plx_rules *rules, const struct plx_answer *primary, const struct plx_answer *candidate,
              const struct section *section, struct plx_slice name, struct plx_sink *sink)
{
    if (!section->trailers && plx_slice_equal_nocase(name, plx_slice_of("Set-Cookie")) &&
        !same_lines(&section->primary, &section->candidate, name))
        plx_compare_cookies(rules, primary, candidate, sink);
    else
        compare_header(rules, section, name, sink);
}

/* Whether the header at position i has not come earlier. */
static bool
is_first(const struct lines *lines, size_t i)
{
    size_t at = 0;

    return next_line(lines, lines->list[i].name, &at) == &lines->list[i];
}

static void
compare_section(const struct plx_rules *rules, const struct plx_answer *primary, const struct plx_answer *candidate,
                const struct section *section, struct plx_sink *sink)
{
    const struct lines *sides[] = {&section->primary, &section->candidate};

    for (size_t i = 0; i < rules->compared.count && !rules->all_headers; i++)
        compare_named(rules, primary, candidate, section, rules->compared.names[i], sink);
    for (size_t i = 0; i < COUNT(of_clients) && rules->client_headers && !rules->all_headers; i++) {
        struct plx_slice name = plx_slice_of(of_clients[i]);
        if (!section->trailers && !plx_header_list_has(&rules->compared, name))
            compare_named(rules, primary, candidate, section, name, sink);
    }
    for (int side = 0; side < 2 && rules->all_headers; side++)
        for (size_t i = 0; i < sides[side]->count; i++) {
            struct plx_slice name = sides[side]->list[i].name;
            if (!is_first(sides[side], i) || is_among(name, left_out, COUNT(left_out)) ||
                (side == 1 && count_lines(&section->primary, name, NULL) > 0))
                continue;
            compare_named(rules, primary, candidate, section, name, sink);
        }
}

void
plx_compare_headers(const struct plx_rules *rules, const struct plx_answer *primary, const struct plx_answer *candidate,
                    struct plx_sink *sink)
{
    const struct section headers = {"header:",
                                    {primary->headers, primary->header_count, primary->origin},
                                    {candidate->headers, candidate->header_count, candidate->origin},
                                    false};
    const struct section trailers = {"trailer:",
                                     {primary->trailers, primary->trailer_count, primary->origin},
                                     {candidate->trailers, candidate->trailer_count, candidate->origin},
                                     true};

    compare_section(rules, primary, candidate, &headers, sink);
    if (!primary->unfinished && !candidate->unfinished)
        compare_section(rules, primary, candidate, &trailers, sink);
}
