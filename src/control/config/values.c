/* SPDX-License-Identifier: Apache-2.0 */
/* Reading values with units; see the header. */
#include "control/config/values.h"

#include "base/ascii.h"
#include "base/assert.h"

#include <time.h>

#define DIGITS_MAX      18u /* of a number: more than any value here needs, and they fit into 64 bits */
#define DURATION_MAX_MS 1000000000000u
#define SIZE_MAX_BYTES  1000000000000000u

__extension__ typedef unsigned __int128 wide;

/* A number as it is written: digits / 10^decimals. Exact, so that 0.29s is 290 ms and 1.5ms is refused rather than
 * rounded. */
struct number {
    uint64_t digits, power; /* power: 10^decimals */
};

struct unit {
    const char *name;
    uint32_t factor;
};

static bool
is_digit_at(struct plx_slice text, size_t at)
{
    return at < text.len && plx_ascii_is_digit(text.ptr[at]);
}

/* A decimal number without sign and exponent, and what follows it. */
static bool
read_number(struct plx_slice text, struct number *number, struct plx_slice *rest)
{
    size_t at = 0, count = 0;

    *number = (struct number){0, 1};
    for (; is_digit_at(text, at) && count <= DIGITS_MAX; at++, count++)
        number->digits = number->digits * 10 + (uint64_t)(text.ptr[at] - '0');
    if (count && at < text.len && text.ptr[at] == '.' && is_digit_at(text, at + 1))
        for (at++; is_digit_at(text, at) && count <= DIGITS_MAX; at++, count++) {
            number->digits = number->digits * 10 + (uint64_t)(text.ptr[at] - '0');
            number->power *= 10;
        }
    *rest = plx_slice_make(text.ptr + at, text.len - at);
    return count > 0 && count <= DIGITS_MAX;
}

/* The number times its unit's factor, where that is whole and at most max. */
static bool
read_with_unit(struct plx_slice text, const struct unit *units, size_t count, uint64_t max, uint64_t *value)
{
    struct plx_slice rest;
    struct number number;

    if (!read_number(text, &number, &rest))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!plx_slice_equal(rest, plx_slice_of(units[i].name)))
            continue;
        wide scaled = (wide)number.digits * units[i].factor;
        if (scaled % number.power != 0 || scaled / number.power > max)
            return false;
        *value = (uint64_t)(scaled / number.power);
        return true;
    }
    return false;
}

bool
plx_value_duration(struct plx_slice text, uint64_t *ms)
{
    static const struct unit units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000}};

    return read_with_unit(text, units, PLX_COUNT(units), DURATION_MAX_MS, ms);
}

bool
plx_value_size(struct plx_slice text, uint64_t *bytes)
{
    static const struct unit units[] = {
        {"", 1},      {"B", 1},        {"KiB", 1024},     {"MiB", 1048576}, {"GiB", 1073741824},
        {"KB", 1000}, {"MB", 1000000}, {"GB", 1000000000}};

    return read_with_unit(text, units, PLX_COUNT(units), SIZE_MAX_BYTES, bytes);
}

bool
plx_value_percent(struct plx_slice text, double *fraction)
{
    struct plx_slice rest;
    struct number number;

    if (!read_number(text, &number, &rest) || !plx_slice_equal(rest, plx_slice_of("%")) ||
        number.digits > (wide)number.power * 100)
        return false;
    *fraction = (double)number.digits / ((double)number.power * 100);
    return true;
}

/* A number of so many digits at *at, which goes behind it, and behind the character `after` ('\0': none). */
static bool
take_digits(struct plx_slice text, size_t *at, unsigned digits, char after, int *number)
{
    *number = 0;
    for (unsigned i = 0; i < digits; i++, ++*at) {
        if (!is_digit_at(text, *at))
            return false;
        *number = *number * 10 + (text.ptr[*at] - '0');
    }
    if (after == '\0')
        return true;
    return *at < text.len && (text.ptr[(*at)++] | 0x20) == (after | 0x20);
}

/* "Z", or the distance from it as in "+01:30", at the end of text. */
static bool
take_offset(struct plx_slice text, size_t at, int64_t *seconds)
{
    int hours, minutes;

    *seconds = 0;
    if (at + 1 == text.len && (text.ptr[at] | 0x20) == 'z')
        return true;
    if (at >= text.len || (text.ptr[at] != '+' && text.ptr[at] != '-'))
        return false;
    bool west = text.ptr[at++] == '-';
    if (!take_digits(text, &at, 2, ':', &hours) || !take_digits(text, &at, 2, '\0', &minutes) || at != text.len ||
        hours > 23 || minutes > 59)
        return false;
    *seconds = (west ? 1 : -1) * (hours * 3600 + minutes * 60);
    return true;
}

bool
plx_value_end_date(struct plx_slice text, int64_t *seconds)
{
    struct tm at = {0}, back;
    size_t used = 0;
    int64_t offset = 86400;

    if (!take_digits(text, &used, 4, '-', &at.tm_year) || !take_digits(text, &used, 2, '-', &at.tm_mon) ||
        !take_digits(text, &used, 2, '\0', &at.tm_mday))
        return false;
    if (used < text.len) {
        if ((text.ptr[used++] | 0x20) != 't' || !take_digits(text, &used, 2, ':', &at.tm_hour) ||
            !take_digits(text, &used, 2, ':', &at.tm_min) || !take_digits(text, &used, 2, '\0', &at.tm_sec) ||
            !take_offset(text, used, &offset))
            return false;
    }
    at.tm_year -= 1900;
    at.tm_mon--;
    struct tm asked = at;
    time_t time = timegm(&at);
    /* What is no date, such as February 30, comes back as another one. */
    if (!gmtime_r(&time, &back) || back.tm_mon != asked.tm_mon || back.tm_mday != asked.tm_mday ||
        back.tm_hour != asked.tm_hour || back.tm_min != asked.tm_min || back.tm_sec != asked.tm_sec)
        return false;
    *seconds = (int64_t)time + offset;
    return true;
}

bool
plx_value_count(struct plx_slice text, uint64_t max, uint64_t *count)
{
    uint64_t value = 0;

    if (text.len == 0 || text.len > 18)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return false;
        value = value * 10 + (uint64_t)(text.ptr[i] - '0');
    }
    if (value > max)
        return false;
    *count = value;
    return true;
}

bool
plx_value_bool(struct plx_slice text, bool *value)
{
    static const char *const yes[] = {"yes", "true", "on"}, *const no[] = {"no", "false", "off"};

    for (size_t i = 0; i < 3; i++)
        if (plx_slice_equal_nocase(text, plx_slice_of(yes[i])) || plx_slice_equal_nocase(text, plx_slice_of(no[i]))) {
            *value = plx_slice_equal_nocase(text, plx_slice_of(yes[i]));
            return true;
        }
    return false;
}
