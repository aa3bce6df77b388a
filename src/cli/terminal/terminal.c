/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text for terminals. A text is walked in units: a character, or an escape that stands for a byte or a
 * character which must not be shown. Units are what is measured and what is cut at, so that neither a character nor
 * an escape is ever torn.
 *
 * The hard thing is width: characters take no column (combining), one or two (East Asian, emoji). The locale's tables
 * are not asked, since the output is UTF-8 in any locale; the ranges below are those that terminals agree on.
 */
#include "cli/terminal/terminal.h"

#include "base/ascii.h"
#include "base/assert.h"
#include "base/shell.h"
#include "base/utf8.h"

#include <math.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define ELLIPSIS "\xE2\x80\xA6"

/* ---- the terminal ---- */

static bool
wants_colour(FILE *file)
{
    const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

    return isatty(fileno(file)) && (!no_color || !*no_color) && !(term && strcmp(term, "dumb") == 0);
}

static unsigned
width_of(FILE *file)
{
    const char *columns = getenv("COLUMNS");
    unsigned long width = columns ? strtoul(columns, NULL, 10) : 0;
    struct winsize size;

    if (width == 0 && ioctl(fileno(file), TIOCGWINSZ, &size) == 0)
        width = size.ws_col;
    if (width == 0)
        return PLX_WIDTH_DEFAULT;
    return width < PLX_WIDTH_MIN ? PLX_WIDTH_MIN : width > PLX_WIDTH_MAX ? PLX_WIDTH_MAX : (unsigned)width;
}

void
plx_terminal_init(struct plx_terminal *terminal, struct plx_buffer *out, FILE *file)
{
    *terminal = (struct plx_terminal){.out = out, .colour = wants_colour(file), .width = width_of(file)};
}

/* Line ends stay outside of the style: a pager or a copied line would carry it on. */
void
plx_terminal_write(const struct plx_terminal *terminal, enum plx_style style, struct plx_slice text)
{
    static const char *const begins[] = {"",         "\x1B[1m",  "\x1B[2m",  "\x1B[31m", "\x1B[32m",
                                         "\x1B[33m", "\x1B[34m", "\x1B[35m", "\x1B[36m"};
    bool ended = text.len > 0 && text.ptr[text.len - 1] == '\n';

    for (; text.len > 0 && text.ptr[0] == '\n' && (text.len > 1 || !ended); text.ptr++, text.len--)
        plx_buffer_byte(terminal->out, '\n');
    text.len -= ended;
    if (text.len > 0 && terminal->colour && style != PLX_PLAIN) {
        plx_buffer_text(terminal->out, begins[style]);
        plx_buffer_add(terminal->out, text);
        plx_buffer_text(terminal->out, "\x1B[0m");
    } else {
        plx_buffer_add(terminal->out, text);
    }
    if (ended)
        plx_buffer_byte(terminal->out, '\n');
}

/* ---- units ---- */

struct range {
    uint32_t from, to;
};

/* Marks that stand on the character before them. */
static const struct range combining[] = {
    {0x0300, 0x036F}, {0x0483, 0x0489}, {0x0591, 0x05BD}, {0x0610, 0x061A},   {0x064B, 0x065F},
    {0x0E31, 0x0E31}, {0x0E34, 0x0E3A}, {0x0E47, 0x0E4E}, {0x1AB0, 0x1AFF},   {0x1DC0, 0x1DFF},
    {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F}, {0xE0100, 0xE01EF},
};

/* Two columns each: East Asian Width W and F (Unicode 15, UAX #11), in whole blocks. */
static const struct range wide[] = {
    {0x1100, 0x115F},   {0x231A, 0x231B},   {0x23E9, 0x23EC},   {0x2614, 0x2615},   {0x2648, 0x2653},
    {0x26AA, 0x26AB},   {0x26BD, 0x26BE},   {0x2705, 0x2705},   {0x270A, 0x270B},   {0x274C, 0x274C},
    {0x2753, 0x2755},   {0x2795, 0x2797},   {0x2B1B, 0x2B1C},   {0x2B50, 0x2B50},   {0x2E80, 0x303E},
    {0x3041, 0x33FF},   {0x3400, 0x4DBF},   {0x4E00, 0x9FFF},   {0xA000, 0xA4CF},   {0xA960, 0xA97F},
    {0xAC00, 0xD7A3},   {0xF900, 0xFAFF},   {0xFE30, 0xFE6F},   {0xFF00, 0xFF60},   {0xFFE0, 0xFFE6},
    {0x1F004, 0x1F004}, {0x1F0CF, 0x1F0CF}, {0x1F18E, 0x1F18E}, {0x1F191, 0x1F19A}, {0x1F200, 0x1F320},
    {0x1F32D, 0x1F64F}, {0x1F680, 0x1F6FF}, {0x1F7E0, 0x1F7EB}, {0x1F90C, 0x1F9FF}, {0x1FA70, 0x1FAFF},
    {0x20000, 0x3FFFD},
};

static bool
is_in(uint32_t code, const struct range *ranges, size_t count)
{
    for (size_t i = 0; i < count && code >= ranges[i].from; i++)
        if (code <= ranges[i].to)
            return true;
    return false;
}

/* One unit of text as it is shown. */
struct unit {
    char bytes[12];
    uint8_t len, columns;
    uint8_t taken; /* bytes of the text */
};

/* An escape: of two hexadecimal digits for a byte or a small character, of four or more for others. */
static void
unit_escape(struct unit *unit, uint32_t code)
{
    static const char shorts[] = "\nn\rr\tt";
    const char *at = code ? strchr(shorts, (int)(code & 0x7F)) : NULL;
    int len;

    if (code < 0x20 && at)
        len = snprintf(unit->bytes, sizeof(unit->bytes), "\\%c", at[1]);
    else if (code < 0x100)
        len = snprintf(unit->bytes, sizeof(unit->bytes), "\\x%02X", code);
    else
        len = snprintf(unit->bytes, sizeof(unit->bytes), "\\u%04X", code);
    unit->len = unit->columns = (uint8_t)len;
}

static uint8_t
columns_of(uint32_t code)
{
    if (code < 0x300)
        return 1;
    if (is_in(code, combining, PLX_COUNT(combining)))
        return 0;
    return is_in(code, wide, PLX_COUNT(wide)) ? 2 : 1;
}

/* text is not empty. */
static void
unit_next(struct plx_slice text, struct unit *unit)
{
    uint32_t code = 0;
    size_t len = plx_utf8_decode(text, &code);

    unit->taken = len ? (uint8_t)len : 1;
    if (len == 0) {
        unit_escape(unit, (unsigned char)text.ptr[0]);
    } else if (plx_utf8_is_control(code)) {
        unit_escape(unit, code);
    } else {
        memcpy(unit->bytes, text.ptr, len);
        unit->len = (uint8_t)len;
        unit->columns = columns_of(code);
    }
}

static struct plx_slice
rest(struct plx_slice text, size_t at)
{
    return plx_slice_make(text.ptr + at, text.len - at);
}

size_t
plx_text_columns(struct plx_slice text)
{
    struct unit unit;
    size_t columns = 0;

    for (size_t at = 0; at < text.len; at += unit.taken) {
        unit_next(rest(text, at), &unit);
        columns += unit.columns;
    }
    return columns;
}

/* ---- fitting ---- */

/* Appends the units that lie wholly within the columns from .. to of the text as it is shown. Returns the columns
 * taken. */
static size_t
add_window(struct plx_buffer *out, struct plx_slice text, size_t from, size_t to)
{
    struct unit unit;
    size_t column = 0, taken = 0;

    for (size_t at = 0; at < text.len && column <= to; at += unit.taken) {
        unit_next(rest(text, at), &unit);
        if (column >= from && column + unit.columns <= to) {
            plx_buffer_append(out, unit.bytes, unit.len);
            taken += unit.columns;
        }
        column += unit.columns;
    }
    return taken;
}

size_t
plx_text_add(struct plx_buffer *out, struct plx_slice text, size_t columns)
{
    size_t whole = plx_text_columns(text), head, tail, taken;

    if (whole <= columns)
        return add_window(out, text, 0, whole);
    if (columns == 0)
        return 0;
    head = columns / 2;
    tail = columns - 1 - head;
    taken = add_window(out, text, 0, head);
    plx_buffer_text(out, ELLIPSIS);
    return taken + 1 + (tail ? add_window(out, text, whole - tail, whole) : 0);
}

/* The column at which two texts part. */
static size_t
column_of_parting(struct plx_slice a, struct plx_slice b)
{
    struct unit left, right;
    size_t column = 0;

    for (size_t at = 0; at < a.len && at < b.len; at += left.taken) {
        unit_next(rest(a, at), &left);
        unit_next(rest(b, at), &right);
        if (left.taken != right.taken || memcmp(a.ptr + at, b.ptr + at, left.taken) != 0)
            break;
        column += left.columns;
    }
    return column;
}

/* Like plx_text_add(), but what is shown has the column at which it parts from another text. */
static void
add_around(struct plx_buffer *out, struct plx_slice text, size_t parting, size_t columns)
{
    size_t whole = plx_text_columns(text), head = columns / 2, from, to;

    if (whole <= columns || parting < head || columns < 8) {
        plx_text_add(out, text, columns);
        return;
    }
    from = parting - columns / 4; /* some of what is the same, to know the place by */
    to = from + columns - 2;
    if (to >= whole - 1) {
        to = whole;
        from = whole - (columns - 1);
    }
    plx_buffer_text(out, ELLIPSIS);
    add_window(out, text, from, to);
    if (to < whole)
        plx_buffer_text(out, ELLIPSIS);
}

void
plx_text_add_change(struct plx_buffer *out, struct plx_slice before, struct plx_slice after, size_t columns)
{
    static const char arrow[] = " -> ";
    size_t room = columns > sizeof(arrow) + 1 ? columns - (sizeof(arrow) - 1) : 2;
    size_t left = plx_text_columns(before), right = plx_text_columns(after);
    size_t parting = column_of_parting(before, after);

    /* What one side leaves of its half is the other's. */
    if (left + right > room) {
        size_t half = room / 2;

        if (left <= half)
            right = room - left;
        else if (right <= room - half)
            left = room - right;
        else
            left = half, right = room - half;
    }
    add_around(out, before, parting, left);
    plx_buffer_text(out, arrow);
    add_around(out, after, parting, right);
}

bool
plx_text_add_shell(struct plx_buffer *out, struct plx_slice text)
{
    bool word = text.len > 0;

    if (!plx_utf8_is_plain(text))
        return false;
    for (size_t i = 0; i < text.len && word; i++)
        word = plx_ascii_is_alphanumeric(text.ptr[i]) || strchr("_-./:,=@%+", text.ptr[i]);
    if (word)
        plx_buffer_add(out, text);
    else
        plx_shell_quote(out, text);
    return true;
}

/* ---- numbers ---- */

/* Three digits that count. */
static void
add_scaled(struct plx_buffer *out, double value, const char *unit)
{
    plx_buffer_format(out, "%.*f %s", value < 9.995 ? 2 : value < 99.95 ? 1 : 0, value, unit);
}

void
plx_text_add_seconds(struct plx_buffer *out, double seconds)
{
    double whole = round(seconds);

    if (!(seconds > 0))
        plx_buffer_byte(out, '-');
    else if (seconds < 0.0009995)
        plx_buffer_format(out, "%.0f us", fmax(seconds * 1e6, 1));
    else if (seconds < 0.9995)
        add_scaled(out, seconds * 1e3, "ms");
    else if (seconds < 99.95)
        add_scaled(out, seconds, "s");
    else if (whole < 3600)
        plx_buffer_format(out, "%.0f min %.0f s", floor(whole / 60), fmod(whole, 60));
    else
        plx_buffer_format(out, "%.0f h %.0f min", floor(whole / 3600), floor(fmod(whole, 3600) / 60));
}

void
plx_text_add_percent(struct plx_buffer *out, uint64_t part, uint64_t of)
{
    double percent = of ? 100 * (double)part / (double)of : 0;

    if (of == 0)
        plx_buffer_byte(out, '-');
    else if (part > 0 && percent < 0.05)
        plx_buffer_text(out, "<0.1 %");
    else if (part < of && percent > 99.95)
        plx_buffer_text(out, ">99.9 %");
    else
        plx_buffer_format(out, "%.1f %%", percent);
}
