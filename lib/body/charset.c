/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a charset to UTF-8 in two passes over the same reader of characters: the first one checks and measures, so that
 * the second one writes into memory of the right size and cannot fail. Charsets that are rarer are iconv's; only those
 * with a name of the web are asked of it, since it would load what any name says.
 */
#include "body/charset.h"

#include "base/arena.h"
#include "base/assert.h"
#include "base/utf8.h"

#include <errno.h>
#include <iconv.h>

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

/* ---- iconv ---- */

#define UTF8_OF_BYTE_MAX 3u /* bytes of UTF-8 that one byte may become, in any of these charsets */

/* Names of the WHATWG's Encoding Standard, and what iconv calls what they mean. */
static const char *
iconv_name(struct plx_slice name)
{
    static const struct {
        const char *name, *iconv;
    } names[] = {
        {"iso-8859-2", "ISO-8859-2"},
        {"latin2", "ISO-8859-2"},
        {"iso-8859-3", "ISO-8859-3"},
        {"iso-8859-4", "ISO-8859-4"},
        {"iso-8859-5", "ISO-8859-5"},
        {"iso-8859-6", "ISO-8859-6"},
        {"iso-8859-7", "ISO-8859-7"},
        {"iso-8859-8", "ISO-8859-8"},
        {"iso-8859-9", "ISO-8859-9"},
        {"latin5", "ISO-8859-9"},
        {"iso-8859-10", "ISO-8859-10"},
        {"iso-8859-11", "ISO-8859-11"},
        {"tis-620", "TIS-620"},
        {"windows-874", "CP874"},
        {"iso-8859-13", "ISO-8859-13"},
        {"iso-8859-14", "ISO-8859-14"},
        {"iso-8859-16", "ISO-8859-16"},
        {"windows-1250", "CP1250"},
        {"cp1250", "CP1250"},
        {"windows-1251", "CP1251"},
        {"cp1251", "CP1251"},
        {"windows-1253", "CP1253"},
        {"windows-1254", "CP1254"},
        {"windows-1255", "CP1255"},
        {"windows-1256", "CP1256"},
        {"windows-1257", "CP1257"},
        {"windows-1258", "CP1258"},
        {"koi8-r", "KOI8-R"},
        {"koi8-u", "KOI8-U"},
        {"ibm866", "CP866"},
        {"cp866", "CP866"},
        {"macintosh", "MACINTOSH"},
        {"shift_jis", "CP932"},
        {"shift-jis", "CP932"},
        {"sjis", "CP932"},
        {"windows-31j", "CP932"},
        {"ms_kanji", "CP932"},
        {"euc-jp", "EUC-JP"},
        {"iso-2022-jp", "ISO-2022-JP"},
        {"gb18030", "GB18030"},
        {"gbk", "GB18030"},
        {"gb2312", "GB18030"},
        {"big5", "BIG5-HKSCS"},
        {"big5-hkscs", "BIG5-HKSCS"},
        {"euc-kr", "CP949"},
        {"ks_c_5601-1987", "CP949"},
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        if (plx_slice_equal_nocase(name, plx_slice_of(names[i].name)))
            return names[i].iconv;
    return NULL;
}

static enum plx_status
convert_by_iconv(iconv_t from, struct plx_slice text, size_t max, struct plx_arena *arena, struct plx_slice *out)
{
    size_t room = text.len > max / UTF8_OF_BYTE_MAX ? max : text.len * UTF8_OF_BYTE_MAX, left = room;
    char *converted = plx_arena_alloc(arena, room), *at = converted, *in = (char *)text.ptr;
    size_t in_left = text.len;

    if (!converted)
        return PLX_E_MEMORY;
    size_t result = iconv(from, &in, &in_left, &at, &left);
    if (result != (size_t)-1)
        result = iconv(from, NULL, NULL, &at, &left); /* what it has kept back */
    if (result == (size_t)-1)
        return errno == E2BIG ? PLX_E_TOO_LARGE : PLX_E_ENCODING;
    size_t len = room - left;
    converted = plx_arena_resize(arena, converted, room, len ? len : 1);
    if (!converted)
        return PLX_E_MEMORY;
    *out = plx_slice_make(converted, len);
    return PLX_OK;
}

static enum plx_status
decode_by_iconv(struct plx_slice charset, struct plx_slice text, size_t max, struct plx_arena *arena,
                struct plx_slice *out)
{
    const char *name = iconv_name(charset);
    int error = errno;
    iconv_t from = name ? iconv_open("UTF-8", name) : (iconv_t)-1;
    enum plx_status status = PLX_E_UNSUPPORTED;

    if (from != (iconv_t)-1) {
        status = convert_by_iconv(from, text, max, arena, out);
        iconv_close(from);
    }
    errno = error;
    return status;
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
        return decode_by_iconv(charset, text, max, arena, out);
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

/* ---- what documents say ---- */

#define PROLOG_MAX 1024u

static bool
is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f';
}

/* Where the word stands in the text, without case; text.len: nowhere. */
static size_t
find(struct plx_slice text, const char *word, size_t from)
{
    size_t len = strlen(word);

    for (size_t at = from; at + len <= text.len; at++)
        if (plx_slice_equal_nocase(plx_slice_make(text.ptr + at, len), plx_slice_make(word, len)))
            return at;
    return text.len;
}

/* The value after `=`, from at on, in quotes or up to a blank or a sign that ends it; empty: there is none. */
static struct plx_slice
value_at(struct plx_slice text, size_t at)
{
    const struct plx_slice none = {"", 0};

    while (at < text.len && is_blank(text.ptr[at]))
        at++;
    if (at == text.len || text.ptr[at] != '=')
        return none;
    for (at++; at < text.len && is_blank(text.ptr[at]);)
        at++;
    if (at == text.len)
        return none;
    char quote = text.ptr[at] == '"' || text.ptr[at] == '\'' ? text.ptr[at] : '\0';
    size_t from = at + (quote != '\0'), end = from;
    while (end < text.len &&
           (quote ? text.ptr[end] != quote : !is_blank(text.ptr[end]) && !strchr(";>\"'", text.ptr[end])))
        end++;
    return end == text.len ? none : plx_slice_make(text.ptr + from, end - from);
}

struct plx_slice
plx_charset_of_xml(struct plx_slice bytes)
{
    struct plx_slice text = plx_slice_make(bytes.ptr, bytes.len < PROLOG_MAX ? bytes.len : PROLOG_MAX);

    if (begins(text, "<\0?\0", 4))
        return plx_slice_of("utf-16le");
    if (begins(text, "\0<\0?", 4))
        return plx_slice_of("utf-16be");
    if (!begins(text, "<?xml", 5))
        return plx_slice_of("");
    text.len = find(text, "?>", 0);
    size_t at = find(text, "encoding", 5);
    return at < text.len ? value_at(text, at + 8) : plx_slice_of("");
}

/* In HTML, what is read as ASCII so far can't be UTF-16, whatever it says. */
static struct plx_slice
of_html(struct plx_slice name)
{
    if (name.len >= 6 && plx_slice_equal_nocase(plx_slice_make(name.ptr, 6), plx_slice_of("utf-16")))
        return plx_slice_of("utf-8");
    return name;
}

struct plx_slice
plx_charset_of_html(struct plx_slice bytes)
{
    struct plx_slice text = plx_slice_make(bytes.ptr, bytes.len < PROLOG_MAX ? bytes.len : PROLOG_MAX);

    for (size_t at = 0; at < text.len;) {
        if (text.len - at >= 4 && memcmp(text.ptr + at, "<!--", 4) == 0) {
            at = find(text, "-->", at + 4);
            continue;
        }
        const struct plx_slice tag = plx_slice_make(text.ptr + at, text.len - at < 6 ? text.len - at : 6);
        bool meta = tag.len == 6 && plx_slice_equal_nocase(plx_slice_make(tag.ptr, 5), plx_slice_of("<meta")) &&
                    (is_blank(tag.ptr[5]) || tag.ptr[5] == '/');
        if (!meta) {
            at++;
            continue;
        }
        const char *close = memchr(text.ptr + at, '>', text.len - at);
        struct plx_slice inside =
            plx_slice_make(text.ptr + at, close ? (size_t)(close + 1 - text.ptr) - at : text.len - at);
        for (size_t word = find(inside, "charset", 5); word < inside.len; word = find(inside, "charset", word + 7)) {
            struct plx_slice name = value_at(inside, word + 7);
            if (name.len)
                return of_html(name);
        }
        at += inside.len;
    }
    return plx_slice_of("");
}
