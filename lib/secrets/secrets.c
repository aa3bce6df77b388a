/* SPDX-License-Identifier: Apache-2.0 */
/* The list of names, and looking one up. */
#include "secrets/secrets.h"

#include "base/ascii.h"
#include "base/assert.h"

#include <stdatomic.h>
#include <stdlib.h>

#define NAME_LOOKED_AT_MAX 128u /* of a long name the end, which is what is looked at */

struct name {
    uint8_t len;
    char text[PLX_SECRET_NAME_MAX];
};

struct plx_secrets {
    atomic_uint references;
    bool off;
    size_t added_count, removed_count;
    struct name added[PLX_SECRET_NAMES_MAX], removed[PLX_SECRET_NAMES_MAX];
};

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
    if (secrets && atomic_fetch_sub_explicit(&secrets->references, 1, memory_order_acq_rel) == 1)
        free(secrets);
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
