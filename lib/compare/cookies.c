/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Set-Cookie by cookie and attribute (RFC 6265, 5.2): the order of different cookies, and that of attributes, means
 * nothing; cookies of one name pair in the order in which they stand. A cookie's value is a secret, its attributes are
 * not.
 */
#include "compare/cookies.h"

#include "base/arena.h"
#include "base/slice.h"
#include "compare/compiled.h"

#include <stdio.h>
#include <stdlib.h>

#define COOKIES_MAX    64u /* of an answer, and attributes of a cookie: further ones are not looked at */
#define ATTRIBUTES_MAX 16u
#define FIELD_MAX      512u

struct pair {
    struct plx_slice name, value;
};

struct cookie {
    struct pair pair;
    struct pair attributes[ATTRIBUTES_MAX];
    unsigned attribute_count;
    bool paired;
};

struct cookies {
    struct cookie *cookies;
    unsigned count;
};

/* ---- reading ---- */

/* "name=value" or "name" before the next semicolon; rest begins behind it. */
static struct pair
take_pair(struct plx_slice *rest)
{
    const char *end = rest->len ? memchr(rest->ptr, ';', rest->len) : NULL;
    struct plx_slice text = plx_slice_make(rest->ptr, end ? (size_t)(end - rest->ptr) : rest->len);
    const char *equals = text.len ? memchr(text.ptr, '=', text.len) : NULL;
    size_t name_len = equals ? (size_t)(equals - text.ptr) : text.len, used = text.len + (end != NULL);
    size_t skipped = name_len + (equals != NULL);

    *rest = plx_slice_make(rest->ptr + used, rest->len - used);
    return (struct pair){plx_slice_trimmed(plx_slice_make(text.ptr, name_len)),
                         plx_slice_trimmed(plx_slice_make(text.ptr + skipped, text.len - skipped))};
}

static void
read_cookie(struct plx_slice line, struct cookie *cookie)
{
    *cookie = (struct cookie){.pair = take_pair(&line)};
    while (line.len && cookie->attribute_count < ATTRIBUTES_MAX) {
        struct pair attribute = take_pair(&line);
        bool again = false; /* the last one of a name counts (RFC 6265, 5.3) */
        for (unsigned i = 0; i < cookie->attribute_count && !again; i++)
            if ((again = plx_slice_equal_nocase(cookie->attributes[i].name, attribute.name)))
                cookie->attributes[i] = attribute;
        if (!again && attribute.name.len)
            cookie->attributes[cookie->attribute_count++] = attribute;
    }
}

static bool
read_cookies(const struct plx_answer *answer, struct plx_sink *sink, struct cookies *out)
{
    out->count = 0;
    out->cookies = plx_arena_alloc(sink->arena, COOKIES_MAX * sizeof(*out->cookies));
    if (!out->cookies) {
        sink->failed = true;
        return false;
    }
    for (size_t i = 0; i < answer->header_count && out->count < COOKIES_MAX; i++)
        if (plx_slice_equal_nocase(answer->headers[i].name, plx_slice_of("Set-Cookie")))
            read_cookie(answer->headers[i].value, &out->cookies[out->count++]);
    return true;
}

/* ---- telling ---- */

struct telling {
    const struct plx_rules *rules;
    struct plx_sink *sink;
    bool values; /* of cookies are compared; else only whether there is one */
};

static bool
takes(struct plx_slice pattern, struct plx_slice name, bool nocase)
{
    return plx_slice_equal(pattern, plx_slice_of("*")) ||
           (nocase ? plx_slice_equal_nocase(pattern, name) : plx_slice_equal(pattern, name));
}

/* Whether a rule's field, such as Set-Cookie/session/Expires, names the cookie, or its attribute. */
static bool
names(struct plx_slice field, struct plx_slice cookie, struct plx_slice attribute)
{
    struct plx_slice parts[3] = {{NULL, 0}};
    unsigned count = 0;

    while (count < 3) {
        const char *slash = field.len ? memchr(field.ptr, '/', field.len) : NULL;
        parts[count++] = plx_slice_make(field.ptr, slash ? (size_t)(slash - field.ptr) : field.len);
        if (!slash)
            break;
        field = plx_slice_make(slash + 1, field.len - (size_t)(slash + 1 - field.ptr));
    }
    return plx_slice_equal_nocase(parts[0], plx_slice_of("Set-Cookie")) &&
           (count < 2 || takes(parts[1], cookie, false)) && (count < 3 || takes(parts[2], attribute, true));
}

/* The position of the rule that ignores it, of several the last one; SIZE_MAX: none does. */
static size_t
ignoring(const struct telling *t, struct plx_slice cookie, struct plx_slice attribute)
{
    for (size_t i = plx_rules_count(t->rules); i-- > 0;) {
        const struct plx_rule *rule = plx_rules_at(t->rules, i);
        if (rule->kind == PLX_RULE_IGNORE_HEADER && plx_rule_lasts(rule, t->sink->limits.now_s) &&
            names(rule->field, cookie, attribute))
            return i;
    }
    return SIZE_MAX;
}

static int
shown_len(struct plx_slice text)
{
    return (int)(text.len < FIELD_MAX / 3 ? text.len : FIELD_MAX / 3);
}

/* attribute empty: the cookie itself. a, b NULL: that side has none. */
static void
tell(const struct telling *t, struct plx_slice cookie, struct plx_slice attribute, const struct pair *a,
     const struct pair *b)
{
    enum plx_kind kind = !a ? PLX_KIND_EXTRA : !b ? PLX_KIND_MISSING : PLX_KIND_VALUE;
    struct plx_shown shown[2] = {{{"", 0}, false}, {{"", 0}, false}};
    const struct pair *sides[] = {a, b};
    char field[FIELD_MAX];

    int len = snprintf(field, sizeof(field), "header:Set-Cookie/%.*s%s%.*s", shown_len(cookie), cookie.ptr,
                       attribute.len ? "/" : "", shown_len(attribute), attribute.len ? attribute.ptr : "");
    for (int i = 0; i < 2; i++)
        if (sides[i])
            shown[i] = !attribute.len && sides[i]->value.len &&
                               plx_secrets_has(t->sink->secrets, plx_slice_of("Set-Cookie"), PLX_SECRET_NAMED)
                           ? plx_show_mark(t->sink, sides[i]->value, PLX_SECRET_PLAIN)
                           : plx_show_clean(t->sink, sides[i]->value);
    struct plx_slice place = plx_slice_make(field, (size_t)len);
    size_t rule = ignoring(t, cookie, attribute);
    if (rule == SIZE_MAX) {
        plx_sink_add(t->sink, place, place, kind, shown[0], shown[1]);
        return;
    }
    struct plx_excuse *first = plx_sink_excuse(t->sink, t->rules, rule);
    if (first)
        plx_sink_show_excuse(t->sink, first, place, shown[0], shown[1]);
}

/* ---- comparing ---- */

static const struct pair *
attribute_of(const struct cookie *cookie, struct plx_slice name)
{
    for (unsigned i = 0; i < cookie->attribute_count; i++)
        if (plx_slice_equal_nocase(cookie->attributes[i].name, name))
            return &cookie->attributes[i];
    return NULL;
}

static void
compare_cookie(const struct telling *t, const struct cookie *a, const struct cookie *b)
{
    struct plx_slice name = a->pair.name;

    if (t->values ? !plx_slice_equal(a->pair.value, b->pair.value) : !a->pair.value.len != !b->pair.value.len)
        tell(t, name, plx_slice_make(NULL, 0), &a->pair, &b->pair);
    for (unsigned i = 0; i < a->attribute_count; i++) {
        const struct pair *x = &a->attributes[i], *y = attribute_of(b, x->name);
        /* Domain and SameSite are compared without case (RFC 6265, 5.2.3; RFC 6265bis, 5.6.7). */
        bool nocase = plx_slice_equal_nocase(x->name, plx_slice_of("Domain")) ||
                      plx_slice_equal_nocase(x->name, plx_slice_of("SameSite"));
        if (!y || !(nocase ? plx_slice_equal_nocase(x->value, y->value) : plx_slice_equal(x->value, y->value)))
            tell(t, name, x->name, x, y);
    }
    for (unsigned i = 0; i < b->attribute_count; i++)
        if (!attribute_of(a, b->attributes[i].name))
            tell(t, name, b->attributes[i].name, NULL, &b->attributes[i]);
}

static struct cookie *
partner_of(const struct cookie *cookie, struct cookies *among)
{
    for (unsigned i = 0; i < among->count; i++)
        if (!among->cookies[i].paired && plx_slice_equal(among->cookies[i].pair.name, cookie->pair.name))
            return &among->cookies[i];
    return NULL;
}

void
plx_compare_cookies(const struct plx_rules *rules, const struct plx_answer *primary, const struct plx_answer *candidate,
                    struct plx_sink *sink)
{
    const struct telling t = {rules, sink, plx_rules_compare_whole(rules, plx_slice_of("Set-Cookie"))};
    struct cookies a, b;

    if (!read_cookies(primary, sink, &a) || !read_cookies(candidate, sink, &b))
        return;
    for (unsigned i = 0; i < a.count; i++) {
        struct cookie *partner = partner_of(&a.cookies[i], &b);
        if (!partner) {
            tell(&t, a.cookies[i].pair.name, plx_slice_make(NULL, 0), &a.cookies[i].pair, NULL);
            continue;
        }
        partner->paired = true;
        compare_cookie(&t, &a.cookies[i], partner);
    }
    for (unsigned i = 0; i < b.count; i++)
        if (!b.cookies[i].paired)
            tell(&t, b.cookies[i].pair.name, plx_slice_make(NULL, 0), NULL, &b.cookies[i].pair);
}
