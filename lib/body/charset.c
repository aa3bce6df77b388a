/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a charset to UTF-8 in two passes over the same reader of characters: the first one checks and measures, so that
 * the second one writes into memory of the right size and cannot fail.
 */
#include "body/charset.h"

#include "base/arena.h"
#include "base/assert.h"
#include "base/utf8.h"

/* The next character's bytes, of which there are len > 0; 0 where they are not valid. */
typedef size_t character_reader(const unsigned char *at, size_t len, uint32_t *code);

struct charset {
    const char *name;
    character_reader *read; /* NULL: it is UTF-8 */
    bool wide;              /* ASCII does not stand as itself */
};

/* ---- characters ---- */

static size_t
read_ascii(const unsigned char *at, size_t len, uint32_t *code)
{
    *code = *at;
    return *at < 0x80;
}

static size_t
read_latin1(const unsigned char *at, size_t len, uint32_t *code)
{
    *code = *at;
    return 1;
}

static size_t
read_latin9(const unsigned char *at, size_t len, uint32_t *code)
{
    static const struct {
        unsigned char byte;
        uint16_t code;
    } other[] = {{0xA4, 0x20AC}, {0xA6, 0x0160}, {0xA8, 0x0161}, {0xB4, 0x017D},
                 {0xB8, 0x017E}, {0xBC, 0x0152}, {0xBD, 0x0153}, {0xBE, 0x0178}};

    *code = *at;
    for (size_t i = 0; i < sizeof(other) / sizeof(*other); i++)
        if (other[i].byte == *at)
            *code = other[i].code;
    return 1;
}

static size_t
read_windows1252(const unsigned char *at, size_t len, uint32_t *code)
{
    static const uint16_t from_80[32] = {
        0x20AC, 0x0081, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
        0x2039, 0x0152, 0x008D, 0x017D, 0x008F, 0x0090, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
        0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x009D, 0x017E, 0x0178,
    };

    *code = *at >= 0x80 && *at < 0xA0 ? from_80[*at - 0x80] : *at;
    return 1;
}

static uint32_t
unit(const unsigned char *at, bool big)
{
    return big ? (uint32_t)at[0] << 8 | at[1] : (uint32_t)at[1] << 8 | at[0];
}

static size_t
read_utf16(const unsigned char *at, size_t len, bool big, uint32_t *code)
{
    if (len < 2)
        return 0;
    *code = unit(at, big);
    if (*code < 0xD800 || *code > 0xDFFF)
        return 2;
    if (*code > 0xDBFF || len < 4)
        return 0;
    uint32_t low = unit(at + 2, big);
    if (low < 0xDC00 || low > 0xDFFF)
        return 0;
    *code = 0x10000 + ((*code - 0xD800) << 10) + (low - 0xDC00);
    return 4;
}

static size_t
read_utf16le(const unsigned char *at, size_t len, uint32_t *code)
{
    return read_utf16(at, len, false, code);
}

static size_t
read_utf16be(const unsigned char *at, size_t len, uint32_t *code)
{
    return read_utf16(at, len, true, code);
}

/* ---- charsets ---- */

static const struct charset charsets[] = {
    {"utf-8"},
    {"utf8"},
    {"us-ascii", read_ascii},
    {"ascii", read_ascii},
    {"utf-16", read_utf16be, true}, /* without a mark (RFC 2781 4.3) */
    {"utf-16le", read_utf16le, true},
    {"utf-16be", read_utf16be, true},
    {"iso-8859-1", read_latin1},
    {"iso_8859-1", read_latin1},
    {"latin1", read_latin1},
    {"l1", read_latin1},
    {"windows-1252", read_windows1252},
    {"cp1252", read_windows1252},
    {"iso-8859-15", read_latin9},
    {"iso_8859-15", read_latin9},
    {"latin-9", read_latin9},
    {"latin9", read_latin9},
};

static const struct charset *
charset_named(struct plx_slice name)
{
    for (size_t i = 0; i < sizeof(charsets) / sizeof(*charsets); i++)
        if (plx_slice_equal_nocase(name, plx_slice_of(charsets[i].name)))
            return &charsets[i];
    return NULL;
}

static bool
begins(struct plx_slice bytes, const char *mark, size_t len)
{
    return bytes.len >= len && memcmp(bytes.ptr, mark, len) == 0;
}

/* By its mark, which is taken off, else by its name; NULL where it is none of ours. */
static const struct charset *
charset_of(struct plx_slice name, struct plx_slice *bytes)
{
    size_t mark = 2;

    if (begins(*bytes, "\xFF\xFE\0\0", 4) || begins(*bytes, "\0\0\xFE\xFF", 4))
        return NULL; /* UTF-32; the first one might be UTF-16 that begins with U+0000, which no text does */
    if (begins(*bytes, "\xFF\xFE", 2)) {
        name = plx_slice_of("utf-16le");
    } else if (begins(*bytes, "\xFE\xFF", 2)) {
        name = plx_slice_of("utf-16be");
    } else if (begins(*bytes, "\xEF\xBB\xBF", 3)) {
        name = plx_slice_of("utf-8");
        mark = 3;
    } else {
        mark = 0;
    }
    if (mark)
        *bytes = plx_slice_make(bytes->ptr + mark, bytes->len - mark);
    return charset_named(name.len ? name : plx_slice_of("utf-8"));
}

/* ---- texts ---- */

/* The bytes of ASCII at its beginning, or somewhat fewer. */
static size_t
ascii_run(struct plx_slice text)
{
    size_t at = 0;
    uint64_t word;

    for (; at + sizeof(word) <= text.len; at += sizeof(word)) {
        memcpy(&word, text.ptr + at, sizeof(word));
        if (word & UINT64_C(0x8080808080808080))
            return at;
    }
    while (at < text.len && (unsigned char)text.ptr[at] < 0x80)
        at++;
    return at;
}

static bool
is_utf8(struct plx_slice text)
{
    size_t at = 0, len;

    while (at < text.len) {
        at += ascii_run(plx_slice_make(text.ptr + at, text.len - at));
        /* One by one up to the next ASCII, so that text in which there is little of it is read once. */
        do {
            len = plx_utf8_length(text.ptr + at, text.len - at);
            at += len;
        } while (len > 1);
        if (len == 0 && at < text.len)
            return false;
    }
    return true;
}

/* How long it is as UTF-8. */
static enum plx_status
measure(const struct charset *charset, struct plx_slice text, size_t max, size_t *out)
{
    const unsigned char *at = (const unsigned char *)text.ptr, *end = at + text.len;
    size_t total = 0;
    char scratch[4];
    uint32_t code;

    while (at < end) {
        size_t used = charset->read(at, (size_t)(end - at), &code);
        if (used == 0)
            return PLX_E_ENCODING;
        size_t len = plx_utf8_encode(code, scratch);
        if (len > max - total)
            return PLX_E_TOO_LARGE;
        total += len;
        at += used;
    }
    *out = total;
    return PLX_OK;
}

/* Into memory for what has been measured. */
static void
convert(const struct charset *charset, struct plx_slice text, char *out, size_t size)
{
    const unsigned char *at = (const unsigned char *)text.ptr, *end = at + text.len;
    size_t len = 0;
    char bytes[4];
    uint32_t code;

    while (at < end) {
        at += charset->read(at, (size_t)(end - at), &code);
        size_t count = plx_utf8_encode(code, bytes);
        memcpy(out + len, bytes, count);
        len += count;
    }
    PLX_ASSERT(len == size);
}

enum plx_status
plx_charset_decode(struct plx_slice charset, struct plx_slice bytes, size_t max, struct plx_arena *arena,
                   struct plx_slice *out)
{
    struct plx_slice text = bytes;
    const struct charset *from = charset_of(charset, &text);
    size_t size;

    if (!from)
        return PLX_E_UNSUPPORTED;
    if (text.len == 0 || !from->read || (!from->wide && ascii_run(text) == text.len)) {
        if (text.len > max)
            return PLX_E_TOO_LARGE;
        if (!from->read && !is_utf8(text))
            return PLX_E_ENCODING;
        *out = text;
        return PLX_OK;
    }
    enum plx_status status = measure(from, text, max, &size);
    if (status != PLX_OK)
        return status;
    char *converted = plx_arena_alloc(arena, size);
    if (!converted)
        return PLX_E_MEMORY;
    convert(from, text, converted, size);
    *out = plx_slice_make(converted, size);
    return PLX_OK;
}
