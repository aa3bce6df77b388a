/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Classes of ASCII characters, whatever the host's locale is; a byte above 0x7F is in none. HTTP's hot path has a table
 * of its own, with classes that only it needs (traffic/http1/grammar.h).
 */
#ifndef PLX_BASE_ASCII_H
#define PLX_BASE_ASCII_H

#include <stdbool.h>
#include <string.h>

#define PLX_ASCII_HEX "0123456789abcdef" /* digits to write with */

static inline bool
plx_ascii_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static inline bool
plx_ascii_is_letter(char c)
{
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static inline bool
plx_ascii_is_alphanumeric(char c)
{
    return plx_ascii_is_digit(c) || plx_ascii_is_letter(c);
}

static inline bool
plx_ascii_is_hex(char c)
{
    return plx_ascii_is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

/* Space and tab: HTTP's optional white space (RFC 9110, 5.6.3). */
static inline bool
plx_ascii_is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* What stands between words, with the ends of lines. */
static inline bool
plx_ascii_is_white(char c)
{
    return plx_ascii_is_blank(c) || c == '\r' || c == '\n';
}

/* A character of a token, as names of headers and cookies are (RFC 9110, 5.6.2). */
static inline bool
plx_ascii_is_tchar(char c)
{
    return plx_ascii_is_alphanumeric(c) || (c && strchr("!#$%&'*+-.^_`|~", c));
}

/* Of a hexadecimal digit; -1: it is none. */
static inline int
plx_ascii_hex_value(char c)
{
    return plx_ascii_is_digit(c) ? c - '0' : plx_ascii_is_hex(c) ? (c | 0x20) - 'a' + 10 : -1;
}

/* Of two hexadecimal digits, as behind a percent sign; -1: they are none. */
static inline int
plx_ascii_hex_pair(const char *digits)
{
    int high = plx_ascii_hex_value(digits[0]), low = high < 0 ? -1 : plx_ascii_hex_value(digits[1]);

    return low < 0 ? -1 : high << 4 | low;
}

static inline char
plx_ascii_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

#endif
