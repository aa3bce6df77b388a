/* SPDX-License-Identifier: Apache-2.0 */
/* The list of names, and looking one up. */
#include "secrets/secrets.h"

#include "base/ascii.h"
#include "base/assert.h"

#include <stdatomic.h>
#include <stdlib.h>

#define NAME_LOOKED_AT_MAX 128u /* of a long name the end, which is what is looked at */

#define JOINED_MAX  (2 * PLX_SECRET_NAMES_MAX)
#define SEGMENT_MIN 4u  /* bytes of a segment of a path that may be a secret */
#define JWT_MIN     30u /* a head and two dots */
#define DRAWN_MIN   32u /* of one that no name tells of */
#define WORD_MAX    20u /* of one word of a route */

struct name {
    uint8_t len;
    char text[PLX_SECRET_NAME_MAX];
};

struct plx_secrets {
    atomic_uint references;
    bool off;
    size_t added_count, removed_count;
    struct name added[JOINED_MAX], removed[JOINED_MAX];
    _Atomic(struct plx_secrets *) by; /* that has replaced it; NULL: none */
    struct plx_secrets *before;       /* of one that has replaced another: what that was replaced by till then */
};

/* What is in force of it. */
static const struct plx_secrets *
present(const struct plx_secrets *secrets)
{
    const struct plx_secrets *by =
        secrets ? atomic_load_explicit(&((struct plx_secrets *)(uintptr_t)secrets)->by, memory_order_acquire) : NULL;

    return by ? by : secrets;
}

/* ---- names ---- */

/* \u005f; -1: it is none. */
static int
unicode_escape(struct plx_slice name, size_t at)
{
    if (at + 6 > name.len || name.ptr[at + 1] != 'u' || plx_ascii_hex_pair(name.ptr + at + 2) != 0)
        return -1;
    return plx_ascii_hex_pair(name.ptr + at + 4);
}

/* In lower case, letters and digits alone; an `X-` at its beginning says nothing. */
static struct plx_slice
normalise(struct plx_slice name, char out[NAME_LOOKED_AT_MAX])
{
    size_t len = 0, at = 0;

    if (name.len > NAME_LOOKED_AT_MAX)
        name = plx_slice_make(name.ptr + name.len - NAME_LOOKED_AT_MAX, NAME_LOOKED_AT_MAX);
    else if (name.len > 2 && plx_ascii_lower(name.ptr[0]) == 'x' && (name.ptr[1] == '-' || name.ptr[1] == '_'))
        at = 2;
    while (at < name.len) {
        char c = name.ptr[at++];
        int byte = -1;

        if (c == '%' && at + 1 < name.len && (byte = plx_ascii_hex_pair(name.ptr + at)) >= 0)
            at += 2;
        else if (c == '\\' && (byte = unicode_escape(name, at - 1)) >= 0)
            at += 5;
        if (byte >= 0)
            c = (char)byte;
        if (plx_ascii_is_alphanumeric(c))
            out[len++] = plx_ascii_lower(c);
    }
    return plx_slice_make(out, len);
}

static bool
is_among(struct plx_slice plain, const struct name *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (plx_slice_equal(plain, plx_slice_make(names[i].text, names[i].len)))
            return true;
    return false;
}

/* ---- lists ---- */

struct plx_secrets *
plx_secrets_new(void)
{
    struct plx_secrets *secrets = calloc(1, sizeof(*secrets));

    if (secrets)
        atomic_init(&secrets->references, 1);
    return secrets;
}

const struct plx_secrets *
plx_secrets_none(void)
{
    static const struct plx_secrets none = {.off = true};

    return &none;
}

struct plx_secrets *
plx_secrets_ref(struct plx_secrets *secrets)
{
    atomic_fetch_add_explicit(&secrets->references, 1, memory_order_relaxed);
    return secrets;
}

void
plx_secrets_unref(struct plx_secrets *secrets)
{
    while (secrets && atomic_fetch_sub_explicit(&secrets->references, 1, memory_order_acq_rel) == 1) {
        struct plx_secrets *by = atomic_load(&secrets->by), *next = by ? by : secrets->before;

        free(secrets); /* what has replaced one is replaced by none itself */
        secrets = next;
    }
}

struct plx_secrets *
plx_secrets_joined(const struct plx_secrets *secrets, const struct plx_secrets *more)
{
    struct plx_secrets *joined = plx_secrets_new();

    secrets = present(secrets);
    for (int i = 0; joined && i < 2; i++, secrets = more) {
        if (!secrets)
            continue;
        joined->off |= secrets->off;
        for (size_t k = 0; k < secrets->added_count && joined->added_count < JOINED_MAX; k++)
            joined->added[joined->added_count++] = secrets->added[k];
        for (size_t k = 0; k < secrets->removed_count && joined->removed_count < JOINED_MAX; k++)
            joined->removed[joined->removed_count++] = secrets->removed[k];
    }
    return joined;
}

static bool
same_names(const struct name *a, size_t a_count, const struct name *b, size_t b_count)
{
    for (size_t i = 0; a_count == b_count && i < a_count; i++)
        if (!is_among(plx_slice_make(a[i].text, a[i].len), b, b_count))
            return false;
    return a_count == b_count;
}

bool
plx_secrets_equal(const struct plx_secrets *a, const struct plx_secrets *b)
{
    a = present(a);
    b = present(b);
    if (!a || !b || a == b)
        return a == b;
    return a->off == b->off && same_names(a->added, a->added_count, b->added, b->added_count) &&
           same_names(a->removed, a->removed_count, b->removed, b->removed_count);
}

void
plx_secrets_replace(struct plx_secrets *secrets, struct plx_secrets *by)
{
    struct plx_secrets *copy;

    if (secrets == by || plx_secrets_equal(secrets, by) || !(copy = plx_secrets_joined(by, NULL)))
        return;
    copy->before = atomic_load(&secrets->by);
    atomic_store_explicit(&secrets->by, copy, memory_order_release);
}

static enum plx_status
put(struct name *names, size_t *count, struct plx_slice name)
{
    char text[NAME_LOOKED_AT_MAX];
    struct plx_slice plain = normalise(name, text);

    if (plain.len == 0 || plain.len > PLX_SECRET_NAME_MAX)
        return PLX_E_ARGUMENT;
    if (is_among(plain, names, *count))
        return PLX_OK;
    if (*count == PLX_SECRET_NAMES_MAX)
        return PLX_E_LIMIT;
    names[*count].len = (uint8_t)plain.len;
    memcpy(names[(*count)++].text, plain.ptr, plain.len);
    return PLX_OK;
}

enum plx_status
plx_secrets_add(struct plx_secrets *secrets, struct plx_slice name)
{
    return put(secrets->added, &secrets->added_count, name);
}

enum plx_status
plx_secrets_remove(struct plx_secrets *secrets, struct plx_slice name)
{
    return put(secrets->removed, &secrets->removed_count, name);
}

void
plx_secrets_redact(struct plx_secrets *secrets, bool redact)
{
    secrets->off = !redact;
}

bool
plx_secrets_any(const struct plx_secrets *secrets)
{
    secrets = present(secrets);
    return !secrets || !secrets->off;
}

/* ---- asking ---- */

static const struct built_in {
    const char *text;
    uint8_t len;
    bool at_the_end, of_parameters;
} built_in[] = {
#define PLX_SECRET_ROW(text, at_the_end, of_parameters) {text, sizeof(text) - 1, at_the_end, of_parameters},
    PLX_SECRET_MAP(PLX_SECRET_ROW)
#undef PLX_SECRET_ROW
};

/* The last letter first: of most names it is all that is looked at. */
static bool
takes(const struct built_in *row, struct plx_slice plain, enum plx_secret_door door)
{
    return plain.len >= row->len && plain.ptr[plain.len - 1] == row->text[row->len - 1] &&
           (row->at_the_end || plain.len == row->len) && (!row->of_parameters || door == PLX_SECRET_PARAMETER) &&
           memcmp(plain.ptr + plain.len - row->len, row->text, row->len) == 0;
}

bool
plx_secrets_has(const struct plx_secrets *secrets, struct plx_slice name, enum plx_secret_door door)
{
    char text[NAME_LOOKED_AT_MAX];
    struct plx_slice plain;

    secrets = present(secrets);
    if (!plx_secrets_any(secrets) || name.len == 0)
        return false;
    plain = normalise(name, text);
    if (plain.len == 0 || (secrets && is_among(plain, secrets->removed, secrets->removed_count)))
        return false;
    if (secrets && is_among(plain, secrets->added, secrets->added_count))
        return true;
    for (size_t i = 0; i < PLX_COUNT(built_in); i++)
        if (takes(&built_in[i], plain, door))
            return !secrets || !is_among(plx_slice_make(built_in[i].text, built_in[i].len), secrets->removed,
                                         secrets->removed_count);
    return false;
}

/* ---- segments of paths ---- */

/* What a segment is made of. */
struct shape {
    size_t lower, upper, digits, signs, others;
    size_t changes; /* between letters and digits that stand next to each other */
    bool hex;       /* no letter beyond f */
    bool slug;      /* words and short numbers, with signs between */
};

static char
kind_of(char c)
{
    return c >= '0' && c <= '9' ? '0' : c >= 'a' && c <= 'z' ? 'a' : c >= 'A' && c <= 'Z' ? 'A' : '-';
}

static void
count_kind(struct shape *shape, char c, char kind)
{
    shape->digits += kind == '0';
    shape->lower += kind == 'a';
    shape->upper += kind == 'A';
    if (kind == '-' && (c == '-' || c == '_' || c == '.' || c == '~' || c == '='))
        shape->signs++;
    else
        shape->others += kind == '-';
    shape->hex &= kind == '-' || plx_ascii_is_hex(c);
}

static struct shape
shape_of(struct plx_slice segment)
{
    struct shape shape = {.hex = true, .slug = true};
    size_t run = 0; /* of the same kind */
    char before = '-';

    for (size_t i = 0; i < segment.len; i++) {
        const char kind = kind_of(segment.ptr[i]);
        count_kind(&shape, segment.ptr[i], kind);
        if (kind != before && kind != '-' && before != '-') {
            shape.changes += kind == '0' || before == '0';
            /* Word, "v2" and "page3" are no chance; "a7f" is. */
            shape.slug &= (before == 'A' && kind == 'a' && run == 1) || (before == 'a' && kind == '0');
        }
        run = kind == before ? run + 1 : 1;
        shape.slug &= kind != '0' || run <= 2;
        before = kind;
    }
    return shape;
}

static bool
is_jwt(struct plx_slice segment)
{
    return segment.len >= JWT_MIN && memcmp(segment.ptr, "eyJ", 3) == 0 && memchr(segment.ptr, '.', segment.len);
}

static bool
is_drawn(const struct shape *shape, size_t len)
{
    return len >= DRAWN_MIN && shape->lower && shape->upper && shape->digits && !shape->hex && !shape->others &&
           shape->changes >= len / 8; /* half of what chance gives; titles have a year or two */
}

/* Whether a word of it, or all of it, says that what follows is a secret. */
static bool
leads_to_secret(const struct plx_secrets *secrets, struct plx_slice segment)
{
    static const char *const words[] = {
#define PLX_SECRET_PATH_ROW(word) (word),
        PLX_SECRET_PATH_MAP(PLX_SECRET_PATH_ROW)
#undef PLX_SECRET_PATH_ROW
    };
    size_t from = 0;

    if (segment.len == 0 || segment.len > NAME_LOOKED_AT_MAX)
        return false;
    if (plx_secrets_has(secrets, segment, PLX_SECRET_PARAMETER))
        return true;
    for (size_t at = 0; at <= segment.len; at++) {
        if (at < segment.len && plx_ascii_is_alphanumeric(segment.ptr[at]))
            continue;
        const struct plx_slice word = plx_slice_make(segment.ptr + from, at - from);
        for (size_t i = 0; i < PLX_COUNT(words); i++)
            if (plx_slice_equal_nocase(word, plx_slice_of(words[i])))
                return true;
        if (word.len < segment.len && plx_secrets_has(secrets, word, PLX_SECRET_PARAMETER))
            return true;
        from = at + 1;
    }
    return false;
}

bool
plx_secrets_has_segment(const struct plx_secrets *secrets, struct plx_slice before, struct plx_slice segment)
{
    if (segment.len < SEGMENT_MIN || !plx_secrets_any(secrets))
        return false;
    if (is_jwt(segment))
        return true;
    const struct shape shape = shape_of(segment);
    if (is_drawn(&shape, segment.len))
        return true;
    bool word = shape.slug && shape.digits <= 4 && (shape.signs || segment.len < WORD_MAX);
    return !word && shape.others < segment.len && leads_to_secret(secrets, before);
}
