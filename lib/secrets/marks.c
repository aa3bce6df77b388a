/* SPDX-License-Identifier: Apache-2.0 */
/* Marks: values decoded piece by piece, and hashed with the process's key. */
#include "secrets/marks.h"

#include "base/ascii.h"
#include "base/assert.h"

#include <pthread.h>
#include <sodium.h>

static const char before[] = "[redacted ";

static pthread_once_t once = PTHREAD_ONCE_INIT;
static unsigned char the_key[PLX_MARK_KEY_BYTES];

static void
draw_key(void)
{
    PLX_ASSERT(sodium_init() >= 0);
    randombytes_buf(the_key, sizeof(the_key));
}

void
plx_mark_key(unsigned char key[PLX_MARK_KEY_BYTES])
{
    pthread_once(&once, draw_key);
    memcpy(key, the_key, sizeof(the_key));
}

void
plx_mark_set_key(const unsigned char key[PLX_MARK_KEY_BYTES])
{
    pthread_once(&once, draw_key);
    memcpy(the_key, key, sizeof(the_key));
}

/* ---- decoding ---- */

/* One character of the value at the beginning of text: as bytes, and how many were read of it. */
static size_t
next_of_json(struct plx_slice text, unsigned char out[4], size_t *len)
{
    static const char escapes[] = "b\bf\fn\nr\rt\t";
    int high, low;

    out[0] = (unsigned char)text.ptr[0];
    *len = 1;
    if (text.ptr[0] != '\\' || text.len < 2)
        return 1;
    out[0] = (unsigned char)text.ptr[1];
    for (size_t i = 0; escapes[i]; i += 2)
        if (text.ptr[1] == escapes[i])
            out[0] = (unsigned char)escapes[i + 1];
    if (text.ptr[1] != 'u' || text.len < 6 || (high = plx_ascii_hex_pair(text.ptr + 2)) < 0 ||
        (low = plx_ascii_hex_pair(text.ptr + 4)) < 0)
        return 2;
    unsigned code = (unsigned)high << 8 | (unsigned)low; /* halves of a pair stay apart: it is a hash that they go to */
    *len = 0;
    if (code >= 0x800)
        out[(*len)++] = (unsigned char)(0xE0 | code >> 12);
    if (code >= 0x80)
        out[(*len)++] = (unsigned char)(code >= 0x800 ? 0x80 | (code >> 6 & 0x3F) : 0xC0 | code >> 6);
    out[(*len)++] = (unsigned char)(code >= 0x80 ? 0x80 | (code & 0x3F) : code);
    return 6;
}

static size_t
next_of_url(struct plx_slice text, unsigned char out[4], size_t *len)
{
    int byte = text.ptr[0] == '%' && text.len > 2 ? plx_ascii_hex_pair(text.ptr + 1) : -1;

    out[0] = (unsigned char)(byte >= 0 ? byte : text.ptr[0] == '+' ? ' ' : text.ptr[0]);
    *len = 1;
    return byte >= 0 ? 3 : 1;
}

static size_t
next_of_xml(struct plx_slice text, unsigned char out[4], size_t *len)
{
    static const struct {
        const char *name;
        char c;
    } entities[] = {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}};

    out[0] = (unsigned char)text.ptr[0];
    *len = 1;
    for (size_t i = 0; text.ptr[0] == '&' && i < PLX_COUNT(entities); i++) {
        size_t size = strlen(entities[i].name);
        if (text.len >= size && memcmp(text.ptr, entities[i].name, size) == 0) {
            out[0] = (unsigned char)entities[i].c;
            return size;
        }
    }
    return 1;
}

static size_t
next_of(struct plx_slice text, enum plx_secret_coding coding, unsigned char out[4], size_t *len)
{
    switch (coding) {
    case PLX_SECRET_JSON:
        return next_of_json(text, out, len);
    case PLX_SECRET_URL:
        return next_of_url(text, out, len);
    case PLX_SECRET_XML:
        return next_of_xml(text, out, len);
    case PLX_SECRET_PLAIN:
        break;
    }
    out[0] = (unsigned char)text.ptr[0];
    *len = 1;
    return 1;
}

/* ---- marks ---- */

static void
hash_decoded(crypto_generichash_state *state, struct plx_slice value, enum plx_secret_coding coding)
{
    unsigned char piece[256];
    size_t filled = 0;

    for (size_t at = 0, len; at < value.len; filled += len) {
        if (filled + 4 > sizeof(piece)) {
            crypto_generichash_update(state, piece, filled);
            filled = 0;
        }
        at += next_of(plx_slice_make(value.ptr + at, value.len - at), coding, piece + filled, &len);
    }
    crypto_generichash_update(state, piece, filled);
}

void
plx_mark_write(struct plx_slice value, enum plx_secret_coding coding, char mark[PLX_MARK_LEN])
{
    crypto_generichash_state state;
    unsigned char hash[crypto_generichash_BYTES_MIN];
    char *at = mark + sizeof(before) - 1;

    pthread_once(&once, draw_key);
    crypto_generichash_init(&state, the_key, sizeof(the_key), sizeof(hash));
    if (coding == PLX_SECRET_PLAIN)
        crypto_generichash_update(&state, (const unsigned char *)(value.ptr ? value.ptr : ""), value.len);
    else
        hash_decoded(&state, value, coding);
    crypto_generichash_final(&state, hash, sizeof(hash));
    memcpy(mark, before, sizeof(before) - 1);
    for (size_t i = 0; i < 2; i++) {
        *at++ = PLX_ASCII_HEX[hash[i] >> 4];
        *at++ = PLX_ASCII_HEX[hash[i] & 15];
    }
    *at = ']';
}

bool
plx_is_mark(struct plx_slice text)
{
    const size_t len = sizeof(before) - 1;

    if (text.len != PLX_MARK_LEN || memcmp(text.ptr, before, len) != 0 || text.ptr[PLX_MARK_LEN - 1] != ']')
        return false;
    for (size_t i = len; i < PLX_MARK_LEN - 1; i++)
        if (!plx_ascii_is_hex(text.ptr[i]))
            return false;
    return true;
}

bool
plx_has_mark(struct plx_slice text)
{
    const char *at = text.ptr, *end;

    if (text.len == 0)
        return false;
    end = text.ptr + text.len;
    while ((at = memmem(at, (size_t)(end - at), before, sizeof(before) - 1))) {
        if ((size_t)(end - at) >= PLX_MARK_LEN && plx_is_mark(plx_slice_make(at, PLX_MARK_LEN)))
            return true;
        at++;
    }
    return false;
}
