/* SPDX-License-Identifier: Apache-2.0 */
/* Decoding charsets. */
#include "body/charset.h"

#include "base/arena.h"
#include "base/utf8.h"

enum charset { UTF_8, ASCII, UTF_16LE, UTF_16BE, LATIN_1, LATIN_9, WINDOWS_1252, UNKNOWN };

/* Where windows-1252 is not Latin-1: 0x80 to 0x9F (WHATWG Encoding, index windows-1252); 0: stands for nothing. */
static const uint16_t windows_1252[32] = {
    0x20AC, 0x0081, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0x008D, 0x017D, 0x008F, 0x0090, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x009D, 0x017E, 0x0178,
};

static enum charset
charset_of(struct plx_slice name)
{
    static const struct {
        const char *name;
        enum charset charset;
    } known[] = {
        {"utf-8", UTF_8},
        {"utf8", UTF_8},
        {"us-ascii", ASCII},
        {"ascii", ASCII},
        {"utf-16", UTF_16BE},
        {"utf-16le", UTF_16LE},
        {"utf-16be", UTF_16BE},
        {"iso-8859-1", LATIN_1},
        {"latin1", LATIN_1},
        {"l1", LATIN_1},
        {"iso-8859-15", LATIN_9},
        {"latin9", LATIN_9},
        {"windows-1252", WINDOWS_1252},
        {"cp1252", WINDOWS_1252},
    };

    if (name.len == 0)
        return UTF_8;
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (plx_slice_equal_nocase(name, plx_slice_of(known[i].name)))
            return known[i].charset;
    return UNKNOWN;
}

static bool
take_mark(struct plx_slice *bytes, const char *mark, size_t len)
{
    if (bytes->len < len || memcmp(bytes->ptr, mark, len) != 0)
        return false;
    *bytes = plx_slice_make(bytes->ptr + len, bytes->len - len);
    return true;
}

/* ---- one character ---- */

static uint32_t
unit_at(struct plx_slice bytes, size_t at, bool little)
{
    const unsigned char *p = (const unsigned char *)bytes.ptr + at;

    return little ? (uint32_t)p[1] << 8 | p[0] : (uint32_t)p[0] << 8 | p[1];
}

/* The character of UTF-16 at *at, which goes behind it; false: none (RFC 2781, 2.2). */
static bool
take_utf16(struct plx_slice bytes, bool little, size_t *at, uint32_t *code)
{
    if (bytes.len - *at < 2)
        return false;
    *code = unit_at(bytes, *at, little);
    *at += 2;
    if (*code < 0xD800 || *code > 0xDFFF)
        return true;
    if (*code > 0xDBFF || bytes.len - *at < 2)
        return false;
    uint32_t low = unit_at(bytes, *at, little);
    *at += 2;
    *code = 0x10000 + ((*code & 0x3FF) << 10) + (low & 0x3FF);
    return low >= 0xDC00 && low <= 0xDFFF;
}

static uint32_t
latin_9(uint32_t c)
{
    static const uint16_t other[][2] = {{0xA4, 0x20AC}, {0xA6, 0x0160}, {0xA8, 0x0161}, {0xB4, 0x017D},
                                        {0xB8, 0x017E}, {0xBC, 0x0152}, {0xBD, 0x0153}, {0xBE, 0x0178}};

    for (size_t i = 0; i < sizeof(other) / sizeof(other[0]); i++)
        if (other[i][0] == c)
            return other[i][1];
    return c;
}

static bool
take_character(enum charset charset, struct plx_slice bytes, size_t *at, uint32_t *code)
{
    if (charset == UTF_16LE || charset == UTF_16BE)
        return take_utf16(bytes, charset == UTF_16LE, at, code);
    *code = (unsigned char)bytes.ptr[(*at)++];
    if (charset == WINDOWS_1252 && *code >= 0x80 && *code < 0xA0)
        *code = windows_1252[*code - 0x80];
    else if (charset == LATIN_9)
        *code = latin_9(*code);
    return true;
}

static size_t
put_utf8(char *out, uint32_t code)
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    size_t len = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    static const unsigned char first[] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (size_t i = len; i-- > 1; code >>= 6)
        out[i] = (char)(0x80 | (code & 0x3F));
    out[0] = (char)(first[len] | code);
    return len;
}

/* ---- all ---- */

static enum plx_status
check_utf8(struct plx_slice bytes, bool ascii, struct plx_slice *out)
{
    for (size_t at = 0, len; at < bytes.len; at += len) {
        len = plx_utf8_length(bytes.ptr + at, bytes.len - at);
        if (len == 0 || (ascii && len > 1))
            return PLX_E_ENCODING;
    }
    *out = bytes;
    return PLX_OK;
}

static enum plx_status
decode(enum charset charset, struct plx_slice bytes, size_t max, struct plx_arena *arena, struct plx_slice *out)
{
    size_t room = bytes.len < max / 3 ? 3 * bytes.len + 4 : max + 4, len = 0;
    char *text = plx_arena_alloc(arena, room);
    uint32_t code;

    if (!text)
        return PLX_E_MEMORY;
    for (size_t at = 0; at < bytes.len;) {
        if (!take_character(charset, bytes, &at, &code))
            return PLX_E_ENCODING;
        len += put_utf8(text + len, code);
        if (len > max)
            return PLX_E_TOO_LARGE;
    }
    *out = plx_slice_make(text, len);
    return PLX_OK;
}

enum plx_status
plx_charset_decode(struct plx_slice charset, struct plx_slice bytes, size_t max, struct plx_arena *arena,
                   struct plx_slice *out)
{
    enum charset which = charset_of(charset);

    if (bytes.len >= 4 && memcmp(bytes.ptr, "\xFF\xFE\0\0", 4) == 0) /* UTF-32 */
        return PLX_E_UNSUPPORTED;
    if (take_mark(&bytes, "\xEF\xBB\xBF", 3))
        which = UTF_8;
    else if (take_mark(&bytes, "\xFF\xFE", 2))
        which = UTF_16LE;
    else if (take_mark(&bytes, "\xFE\xFF", 2))
        which = UTF_16BE;
    if (which == UNKNOWN)
        return PLX_E_UNSUPPORTED;
    if (which == UTF_8 || which == ASCII)
        return check_utf8(bytes, which == ASCII, out);
    return decode(which, bytes, max, arena, out);
}
