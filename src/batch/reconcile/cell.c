/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values as keys and as JSON. The hard thing is that keys of numbers must sort by value whatever they are written like,
 * without turning them into doubles: they are sign, power of ten and digits, and for negative ones all of it inverted.
 */
#include "batch/reconcile/cell.h"

#include "base/ascii.h"
#include "base/slice.h"
#include "base/utf8.h"
#include "json/decimal.h"

#define POWER_NEAR  60 /* powers of ten that fit into one byte of a key */
#define DIGITS_FAST 18 /* of whole numbers that are taken apart without an arena */

/* ---- what two stores have in common ---- */

struct plx_typing
plx_typing_common(struct plx_typing a, struct plx_typing b)
{
    return (struct plx_typing){a.types && b.types, a.booleans && b.booleans, a.blobs && b.blobs, a.nulls && b.nulls};
}

struct plx_cell
plx_cell_bring(struct plx_cell cell, struct plx_typing common)
{
    bool is_true = cell.type == PLX_CELL_TRUE;

    if ((is_true || cell.type == PLX_CELL_FALSE) && !common.booleans) {
        if (common.types)
            return (struct plx_cell){PLX_CELL_NUMBER, plx_slice_make(is_true ? "1" : "0", 1)};
        return (struct plx_cell){PLX_CELL_TEXT, plx_slice_of(is_true ? "true" : "false")};
    }
    if (cell.type == PLX_CELL_BLOB && !common.blobs)
        cell.type = PLX_CELL_TEXT;
    if (cell.type == PLX_CELL_JSON && !common.nulls && plx_slice_equal(cell.text, plx_slice_of("null")))
        return (struct plx_cell){PLX_CELL_NULL, plx_slice_of("")};
    return cell;
}

static size_t
count_digits(struct plx_slice text, size_t from)
{
    size_t at = from;

    while (at < text.len && plx_ascii_is_digit(text.ptr[at]))
        at++;
    return at - from;
}

bool
plx_cell_is_number(struct plx_slice text)
{
    size_t at = text.len > 0 && text.ptr[0] == '-', digits = count_digits(text, at);

    if (digits == 0 || (digits > 1 && text.ptr[at] == '0'))
        return false;
    at += digits;
    if (at < text.len && text.ptr[at] == '.') {
        digits = count_digits(text, ++at);
        at += digits;
        if (digits == 0)
            return false;
    }
    if (at < text.len && (text.ptr[at] | 0x20) == 'e') {
        at++;
        at += at < text.len && (text.ptr[at] == '-' || text.ptr[at] == '+');
        digits = count_digits(text, at);
        at += digits;
        if (digits == 0)
            return false;
    }
    return at == text.len;
}

/* ---- keys ---- */

static void
add_power(struct plx_buffer *key, int64_t power, unsigned char invert)
{
    if (power >= -POWER_NEAR && power <= POWER_NEAR) {
        plx_buffer_byte(key, (char)((unsigned char)(0x80 + power) ^ invert));
        return;
    }
    uint64_t biased = (uint64_t)power ^ (uint64_t)1 << 63;
    plx_buffer_byte(key, (char)((power < 0 ? 0x01 : 0xFE) ^ invert));
    for (int shift = 56; shift >= 0; shift -= 8)
        plx_buffer_byte(key, (char)((unsigned char)(biased >> shift) ^ invert));
}

/* digits: each 0 to 9, neither the first nor the last is 0. */
static void
add_number(struct plx_buffer *key, bool negative, int64_t power, const uint8_t *digits, size_t count)
{
    unsigned char invert = negative ? 0xFF : 0;

    if (count == 0) {
        plx_buffer_byte(key, 1);
        return;
    }
    plx_buffer_byte(key, negative ? 0 : 2);
    add_power(key, power, invert);
    if (!plx_buffer_reserve(key, count + 1))
        return;
    for (size_t i = 0; i < count; i++)
        key->ptr[key->len++] = (char)((unsigned char)(digits[i] + 1) ^ invert);
    key->ptr[key->len++] = (char)invert;
}

/* Whole numbers of few digits: nearly all that there are. */
static bool
add_whole_number(struct plx_buffer *key, struct plx_slice text)
{
    size_t from = text.ptr[0] == '-', count = text.len - from;
    uint8_t digits[DIGITS_FAST];

    if (count > DIGITS_FAST)
        return false;
    for (size_t i = 0; i < count; i++) {
        digits[i] = (uint8_t)(text.ptr[from + i] - '0');
        if (digits[i] > 9)
            return false;
    }
    size_t power = count - 1;
    while (count > 0 && digits[count - 1] == 0)
        count--;
    add_number(key, from == 1, (int64_t)power, digits, count);
    return true;
}

/* Ended by two NULs; a NUL inside is followed by 0xFF. */
static void
add_text(struct plx_buffer *key, struct plx_slice text)
{
    const char *at = text.ptr, *end = text.ptr + text.len, *nul;

    while (at != end && (nul = memchr(at, 0, (size_t)(end - at)))) {
        plx_buffer_append(key, at, (size_t)(nul - at));
        plx_buffer_append(key, "\0\xFF", 2);
        at = nul + 1;
    }
    if (at != end)
        plx_buffer_append(key, at, (size_t)(end - at));
    plx_buffer_append(key, "\0\0", 2);
}

bool
plx_cell_add_key(struct plx_buffer *key, struct plx_cell cell, struct plx_arena *arena)
{
    struct plx_decimal decimal;

    plx_buffer_byte(key, (char)cell.type);
    if (cell.type == PLX_CELL_NUMBER && !add_whole_number(key, cell.text)) {
        if (!plx_decimal_read(cell.text, arena, &decimal))
            return false;
        add_number(key, decimal.negative, decimal.top, decimal.digits, decimal.count);
    } else if (cell.type > PLX_CELL_NUMBER) {
        add_text(key, cell.text);
    }
    return !key->failed;
}

/* ---- JSON ---- */

/* The four hex digits of an escape \uXXXX at text[at], or -1. */
static long
escaped_unit(struct plx_slice text, size_t at)
{
    long unit = 0;

    if (at + 6 > text.len || text.ptr[at] != '\\' || text.ptr[at + 1] != 'u')
        return -1;
    for (size_t i = at + 2; i < at + 6; i += 2) {
        int pair = plx_ascii_hex_pair(text.ptr + i);
        if (pair < 0)
            return -1;
        unit = unit << 8 | pair;
    }
    return unit;
}

/* JSON as it stands, but with characters beyond ASCII in the place of their escapes: for those who read it. */
static void
add_characters(struct plx_buffer *out, struct plx_slice text)
{
    size_t plain = 0, at = 0;
    char bytes[4];

    while (at < text.len) {
        const char *escape = memchr(text.ptr + at, '\\', text.len - at);
        if (!escape)
            break;
        at = (size_t)(escape - text.ptr);
        long unit = escaped_unit(text, at), low = escaped_unit(text, at + 6);
        bool pair = unit >= 0xD800 && unit <= 0xDBFF && low >= 0xDC00 && low <= 0xDFFF;
        if (unit < 0xA0 || (unit >= 0xD800 && unit <= 0xDFFF && !pair)) {
            at += 2;
            continue;
        }
        plx_buffer_append(out, text.ptr + plain, at - plain);
        uint32_t character =
            pair ? 0x10000 + (((uint32_t)unit - 0xD800) << 10) + ((uint32_t)low - 0xDC00) : (uint32_t)unit;
        plx_buffer_append(out, bytes, plx_utf8_encode(character, bytes));
        at += pair ? 12 : 6;
        plain = at;
    }
    plx_buffer_append(out, text.ptr + plain, text.len - plain);
}

static void
write_json(struct plx_json_writer *json, struct plx_slice text)
{
    plx_json_raw(json, plx_slice_of("")); /* the comma before it */
    add_characters(json->out, text);
}

void
plx_cell_write(struct plx_json_writer *json, struct plx_cell cell)
{
    switch (cell.type) {
    case PLX_CELL_NULL:
        plx_json_null(json);
        break;
    case PLX_CELL_FALSE:
    case PLX_CELL_TRUE:
        plx_json_bool(json, cell.type == PLX_CELL_TRUE);
        break;
    case PLX_CELL_NUMBER:
        plx_json_raw(json, cell.text);
        break;
    case PLX_CELL_JSON:
    case PLX_CELL_MEMBERS:
        write_json(json, cell.text);
        break;
    case PLX_CELL_TEXT:
    case PLX_CELL_BLOB:
        plx_json_string(json, cell.text);
        break;
    }
}

void
plx_cell_write_member(struct plx_json_writer *json, const char *name, struct plx_cell cell)
{
    const char *end;

    while (cell.type == PLX_CELL_MEMBERS && cell.text.len > 0 && (end = memchr(cell.text.ptr, '\n', cell.text.len))) {
        struct plx_cell value = {PLX_CELL_JSON, plx_slice_make(cell.text.ptr, (size_t)(end - cell.text.ptr))};
        plx_json_key(json, name);
        plx_cell_write(json, value);
        cell.text = plx_slice_make(end + 1, cell.text.len - value.text.len - 1);
    }
    plx_json_key(json, name);
    plx_cell_write(json, cell);
}
