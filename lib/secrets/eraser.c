/* SPDX-License-Identifier: Apache-2.0 */
/*
 * At each character of the text it is tried whether the value begins there. A character of the value may be written in
 * several ways, and the value itself may have in it what looks like one of them (a `%`, a backslash), so all ways are
 * gone at once: a handful of places in the text, each with how much of the value lies before it. A text that is JSON
 * is read by its characters first, so that what begins or ends within an escape is never taken for one.
 */
#include "secrets/eraser.h"

#include "base/ascii.h"
#include "base/assert.h"
#include "base/utf8.h"
#include "secrets/marks.h"

#include <stdlib.h>
#include <string.h>

#define NEEDLES_MAX     8u /* the value, its mark, three places in a group of base64 and two alphabets */
#define WAYS_MAX        8u /* gone at once */
#define BACKSLASHES_MAX 16u

struct needle {
    struct plx_slice text;
    bool base64; /* what stands beside it is of the same text */
};

struct plx_eraser {
    struct needle needles[NEEDLES_MAX];
    size_t count;
    bool begins[256]; /* what a needle, in any writing, begins with */
    char mark[PLX_MARK_LEN];
    char *texts; /* of the needles */
};

/* ---- needles ---- */

static void
add(struct plx_eraser *eraser, struct plx_slice text, bool base64)
{
    eraser->needles[eraser->count++] = (struct needle){text, base64};
    eraser->begins[(unsigned char)text.ptr[0]] = true;
}

static unsigned
bits(struct plx_slice value, size_t shift, size_t i)
{
    unsigned six = 0;

    for (size_t bit = 6 * i; bit < 6 * i + 6; bit++) {
        size_t at = bit / 8 - shift;
        six = six << 1 | ((unsigned char)value.ptr[at] >> (7 - bit % 8) & 1);
    }
    return six;
}

/* What base64 of a text says wherever the value stands so many bytes behind the beginning of a group. */
static char *
add_base64(struct plx_eraser *eraser, struct plx_slice value, size_t shift, const char *last_two, char *at)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    char *from = at;
    bool differs = false;

    for (size_t i = (8 * shift + 5) / 6; i < 8 * (shift + value.len) / 6; i++) {
        unsigned six = bits(value, shift, i);
        *at++ = six < 62 ? alphabet[six] : last_two[six - 62];
        differs |= six >= 62;
    }
    if (differs || last_two[0] == '+')
        add(eraser, plx_slice_make(from, (size_t)(at - from)), true);
    return at;
}

enum plx_status
plx_eraser_new(struct plx_slice value, struct plx_eraser **made)
{
    struct plx_eraser *eraser;

    if (value.len < PLX_ERASE_MIN || value.len > PLX_ERASE_MAX || memchr(value.ptr, 0, value.len))
        return PLX_E_ARGUMENT;
    eraser = calloc(1, sizeof(*eraser));
    if (!eraser)
        return PLX_E_MEMORY;
    eraser->texts = malloc(value.len + 6 * (value.len * 2 + 4));
    if (!eraser->texts) {
        free(eraser);
        return PLX_E_MEMORY;
    }
    memcpy(eraser->texts, value.ptr, value.len);
    add(eraser, plx_slice_make(eraser->texts, value.len), false);
    plx_mark_write(value, PLX_SECRET_PLAIN, eraser->mark);
    add(eraser, plx_slice_make(eraser->mark, PLX_MARK_LEN), false);
    char *at = eraser->texts + value.len;
    for (size_t shift = 0; shift < 3 && value.len >= PLX_ERASE_BASE64_MIN; shift++) {
        at = add_base64(eraser, value, shift, "+/", at);
        at = add_base64(eraser, value, shift, "-_", at);
    }
    eraser->begins['%'] = eraser->begins['\\'] = eraser->begins['&'] = true;
    eraser->begins['+'] = eraser->begins['+'] || value.ptr[0] == ' ';
    *made = eraser;
    return PLX_OK;
}

void
plx_eraser_free(struct plx_eraser *eraser)
{
    if (eraser)
        free(eraser->texts);
    free(eraser);
}

/* ---- characters ---- */

/* One that the text has, and where it goes on behind it. */
struct character {
    unsigned char bytes[4];
    size_t len; /* 0: it is none: the end, or a quote that JSON has around a string */
    size_t next;
};

/* Four hex digits; -1: they are none. */
static int
four_digits(struct plx_slice text, size_t at)
{
    int high = at + 4 <= text.len ? plx_ascii_hex_pair(text.ptr + at) : -1;
    int low = high >= 0 ? plx_ascii_hex_pair(text.ptr + at + 2) : -1;

    return low < 0 ? -1 : high << 8 | low;
}

static struct character
escape_of_json(struct plx_slice text, size_t at)
{
    static const char escapes[] = "b\bf\fn\nr\rt\t";
    struct character c = {.bytes = {(unsigned char)text.ptr[at + 1]}, .len = 1, .next = at + 2};
    int code, low;

    if (text.ptr[at + 1] == 'u' && (code = four_digits(text, at + 2)) >= 0) {
        c.next = at + 6;
        if ((code & 0xFC00) == 0xD800 && at + 8 <= text.len && memcmp(text.ptr + at + 6, "\\u", 2) == 0 &&
            (low = four_digits(text, at + 8)) >= 0 && (low & 0xFC00) == 0xDC00) {
            code = 0x10000 + ((code & 0x3FF) << 10 | (low & 0x3FF));
            c.next = at + 12;
        }
        c.len = plx_utf8_encode((uint32_t)code, (char *)c.bytes);
        return c;
    }
    for (size_t i = 0; escapes[i]; i += 2)
        if (text.ptr[at + 1] == escapes[i])
            c.bytes[0] = (unsigned char)escapes[i + 1];
    return c;
}

static struct character
character_at(struct plx_slice text, enum plx_erase_text kind, size_t at)
{
    if (at >= text.len || (kind == PLX_ERASE_JSON && text.ptr[at] == '"'))
        return (struct character){.next = at + 1};
    if (kind == PLX_ERASE_JSON && text.ptr[at] == '\\' && at + 1 < text.len)
        return escape_of_json(text, at);
    return (struct character){.bytes = {(unsigned char)text.ptr[at]}, .len = 1, .next = at + 1};
}

/* Its byte where it is one of ASCII, else 0. */
static char
ascii(const struct character *c)
{
    return c->len == 1 && c->bytes[0] < 0x80 ? (char)c->bytes[0] : '\0';
}

/* ---- ways through the text ---- */

struct way {
    size_t at, matched; /* where in the text, and how many bytes of the needle lie before */
};

struct walk {
    struct plx_slice text, needle;
    enum plx_erase_text kind;
    struct way ways[WAYS_MAX];
    size_t count;
    size_t end; /* of the longest that is whole; 0: none is */
};

static void
go(struct walk *walk, size_t at, size_t matched)
{
    if (matched == walk->needle.len || (matched >= PLX_ERASE_CUT_MIN && !character_at(walk->text, walk->kind, at).len))
        walk->end = at > walk->end ? at : walk->end;
    if (matched == walk->needle.len || walk->count == WAYS_MAX)
        return;
    for (size_t i = 0; i < walk->count; i++)
        if (walk->ways[i].at == at && walk->ways[i].matched == matched)
            return;
    walk->ways[walk->count++] = (struct way){at, matched};
}

/* The way goes on where the needle has these bytes next. */
static void
go_by(struct walk *walk, const struct way *way, const unsigned char *bytes, size_t len, size_t next)
{
    if (len && len <= walk->needle.len - way->matched && memcmp(bytes, walk->needle.ptr + way->matched, len) == 0)
        go(walk, next, way->matched + len);
}

/* %40, and %2540; at: behind the sign. */
static void
go_by_percent(struct walk *walk, const struct way *way, size_t at)
{
    for (unsigned deep = 0; deep < 2; deep++) {
        struct character high = character_at(walk->text, walk->kind, at);
        struct character low = character_at(walk->text, walk->kind, high.next);
        char pair[2] = {ascii(&high), ascii(&low)};
        int byte = plx_ascii_hex_pair(pair);

        if (byte < 0)
            return;
        go_by(walk, way, &(unsigned char){(unsigned char)byte}, 1, low.next);
        if (byte != '%')
            return;
        at = low.next;
    }
}

/* What JSON makes of a character, in a string that stands in another one too: any number of backslashes. */
static void
go_by_backslash(struct walk *walk, const struct way *way, size_t at)
{
    char escape[12] = "\\";
    struct character c = character_at(walk->text, walk->kind, at);
    size_t count = 1, len = 1, ends[11];

    for (; ascii(&c) == '\\' && count < BACKSLASHES_MAX; count++) {
        at = c.next;
        if ((count + 1) % 2 == 0)
            go_by(walk, way, (const unsigned char *)"\\", 1, at);
        c = character_at(walk->text, walk->kind, at);
    }
    /* The character, of \u four digits, and what may be the other half behind them. */
    for (bool more = true; more && len < 12; len++) {
        char byte = ascii(&c);
        if (len == 6 && byte == '\\')
            for (size_t i = 1; i < count && ascii(&c) == '\\'; i++)
                c = character_at(walk->text, walk->kind, c.next);
        if (!byte || (len > 1 && escape[1] != 'u'))
            break;
        escape[len] = byte;
        ends[len - 1] = c.next;
        c = character_at(walk->text, walk->kind, c.next);
    }
    if (len < 2)
        return;
    const struct character found = escape_of_json(plx_slice_make(escape, len), 0);
    go_by(walk, way, found.bytes, found.len, ends[found.next - 2]);
}

/* &amp; &#64; &#x40; */
static void
go_by_entity(struct walk *walk, const struct way *way, size_t at)
{
    static const struct {
        const char *name;
        char c;
    } entities[] = {{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}};
    char name[10];
    size_t len = 0;
    unsigned char bytes[4];
    struct character c = character_at(walk->text, walk->kind, at);

    for (; ascii(&c) && ascii(&c) != ';' && len < sizeof(name) - 1; c = character_at(walk->text, walk->kind, c.next))
        name[len++] = ascii(&c);
    if (ascii(&c) != ';')
        return;
    name[len] = '\0';
    for (size_t i = 0; i < PLX_COUNT(entities); i++)
        if (strcmp(name, entities[i].name) == 0)
            go_by(walk, way, (const unsigned char *)&entities[i].c, 1, c.next);
    if (name[0] == '#' && len > 1) {
        bool hex = plx_ascii_lower(name[1]) == 'x';
        char *end;
        unsigned long code = strtoul(name + 1 + hex, &end, hex ? 16 : 10);
        if (*end == '\0' && end > name + 1 + hex && code > 0 && code < 0x110000)
            go_by(walk, way, bytes, plx_utf8_encode((uint32_t)code, (char *)bytes), c.next);
    }
}

static void
go_on(struct walk *walk, const struct way *way)
{
    const struct character c = character_at(walk->text, walk->kind, way->at);

    go_by(walk, way, c.bytes, c.len, c.next);
    switch (ascii(&c)) {
    case '%':
        go_by_percent(walk, way, c.next);
        break;
    case '+':
        go_by(walk, way, (const unsigned char *)" ", 1, c.next);
        break;
    case '\\':
        go_by_backslash(walk, way, c.next);
        break;
    case '&':
        go_by_entity(walk, way, c.next);
        break;
    default:
        break;
    }
}

/* Where the needle ends that begins at `at`; 0: none does. */
static size_t
match(struct plx_slice text, enum plx_erase_text kind, size_t at, struct plx_slice needle)
{
    struct walk walk = {.text = text, .needle = needle, .kind = kind, .ways = {{at, 0}}, .count = 1};

    while (walk.count) {
        struct way ways[WAYS_MAX];
        size_t count = walk.count;

        memcpy(ways, walk.ways, sizeof(ways));
        walk.count = 0;
        for (size_t i = 0; i < count; i++)
            go_on(&walk, &ways[i]);
    }
    return walk.end;
}

/* ---- one text ---- */

struct erasing {
    const struct plx_eraser *eraser;
    struct plx_slice text;
    enum plx_erase_text kind;
    const char *instead;
    struct plx_buffer *out;
    size_t done; /* of the text, before it all is written */
    size_t places;
    bool in_string; /* of JSON */
};

static bool
is_of_base64(char c)
{
    return plx_ascii_is_alphanumeric(c) || c == '-' || c == '_';
}

static void
replace(struct erasing *e, size_t from, size_t to, bool quoted)
{
    plx_buffer_append(e->out, e->text.ptr + e->done, from - e->done);
    if (quoted)
        plx_buffer_byte(e->out, '"');
    plx_buffer_text(e->out, e->instead);
    if (quoted)
        plx_buffer_byte(e->out, '"');
    e->done = to;
    e->places++;
}

/* Behind what begins at `at` and was erased; 0: nothing was. run: where the letters and digits before it begin. */
static size_t
erase_at(struct erasing *e, size_t at, size_t run)
{
    size_t end = 0;
    bool base64 = false;

    for (size_t i = 0; i < e->eraser->count; i++) {
        size_t found = match(e->text, e->kind, at, e->eraser->needles[i].text);
        if (found > end) {
            end = found;
            base64 = e->eraser->needles[i].base64;
        }
    }
    if (!end)
        return 0;
    while (base64 && end < e->text.len && (is_of_base64(e->text.ptr[end]) || e->text.ptr[end] == '='))
        end++;
    replace(e, base64 ? run : at, end, false);
    return end;
}

static void
erase_run(struct erasing *e, size_t from, size_t to)
{
    bool in_run = false;
    size_t run = from;

    for (size_t at = from; at < to;) {
        const struct character c = character_at(e->text, e->kind, at);
        const char byte = ascii(&c);
        const bool of_run = byte && c.next == at + 1 && is_of_base64(byte);
        size_t end = 0;

        run = in_run && of_run ? run : at;
        in_run = of_run;
        if (c.len && (e->eraser->begins[c.bytes[0]] || c.bytes[0] >= 0x80))
            end = erase_at(e, at, run);
        in_run = in_run && !end;
        at = end ? end : c.next;
    }
}

/* ---- JSON ---- */

static size_t
end_of_string(struct plx_slice text, size_t at)
{
    while (at < text.len && text.ptr[at] != '"')
        at += text.ptr[at] == '\\' ? 2 : 1;
    return at < text.len ? at : text.len;
}

static bool
is_our_key(struct plx_slice text, size_t from, size_t to)
{
    size_t at = to + 1;

    while (at < text.len && (plx_ascii_is_blank(text.ptr[at]) || text.ptr[at] == '\n' || text.ptr[at] == '\r'))
        at++;
    if (at >= text.len || text.ptr[at] != ':')
        return false;
    while (from < to && ((text.ptr[from] >= 'a' && text.ptr[from] <= 'z') || text.ptr[from] == '_'))
        from++;
    return from == to;
}

static bool
is_of_number(char c)
{
    return (c >= '0' && c <= '9') || strchr("+-.eE", c);
}

static size_t
erase_number(struct erasing *e, size_t at)
{
    const struct plx_slice value = e->eraser->needles[0].text;
    size_t end = at;

    while (end < e->text.len && e->text.ptr[end] && is_of_number(e->text.ptr[end]))
        end++;
    if (value.len >= PLX_ERASE_NUMBER_MIN && plx_slice_equal(value, plx_slice_make(e->text.ptr + at, end - at)))
        replace(e, at, end, true);
    return end > at ? end : at + 1;
}

static void
erase_json(struct erasing *e)
{
    for (size_t at = 0; at < e->text.len;) {
        if (e->text.ptr[at] != '"') {
            at = erase_number(e, at);
            continue;
        }
        size_t end = end_of_string(e->text, ++at);
        if (!is_our_key(e->text, at, end))
            erase_run(e, at, end);
        at = end + 1;
    }
}

static size_t
erase(const struct plx_eraser *eraser, struct plx_slice text, enum plx_erase_text kind, const char *instead,
      struct plx_buffer *out)
{
    struct erasing e = {.eraser = eraser, .text = text, .kind = kind, .instead = instead, .out = out};

    plx_buffer_clear(out);
    if (kind == PLX_ERASE_JSON)
        erase_json(&e);
    else
        erase_run(&e, 0, text.len);
    if (e.places)
        plx_buffer_append(out, text.ptr + e.done, text.len - e.done);
    return e.places;
}

size_t
plx_erase(const struct plx_eraser *eraser, struct plx_slice text, enum plx_erase_text kind, size_t max,
          struct plx_buffer *out)
{
    size_t places = erase(eraser, text, kind, PLX_ERASED, out);

    if (places && !out->failed && out->len > max)
        places = erase(eraser, text, kind, "", out);
    return places;
}
