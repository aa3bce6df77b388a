/* SPDX-License-Identifier: Apache-2.0 */
#include "forms/written_time.h"

#include "base/ascii.h"

#include <string.h>

#define NS_OF_S   1000000000
#define FRACTIONS 9 /* digits of a second that are told apart; further ones make it no instant */

struct reader {
    const char *at, *end;
};

static bool
at_digit(const struct reader *r)
{
    return r->at < r->end && plx_ascii_is_digit(*r->at);
}

static bool
skip(struct reader *r, char c)
{
    if (r->at == r->end || *r->at != c)
        return false;
    r->at++;
    return true;
}

/* Exactly so many digits. */
static bool
take(struct reader *r, int count, int *value)
{
    for (*value = 0; count > 0 && at_digit(r); count--)
        *value = *value * 10 + (*r->at++ - '0');
    return count == 0;
}

/* The digits after a point, as nanoseconds. */
static bool
take_fraction(struct reader *r, uint32_t *ns)
{
    int count = 0;

    for (*ns = 0; at_digit(r); r->at++, count++)
        if (count < FRACTIONS)
            *ns = *ns * 10 + (uint32_t)(*r->at - '0');
        else if (*r->at != '0')
            return false;
    for (int i = count; i < FRACTIONS; i++)
        *ns *= 10;
    return count > 0;
}

/* ---- the calendar ---- */

static bool
is_day(int year, int month, int day)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return month >= 1 && month <= 12 && day >= 1 && day <= lengths[month - 1] + (month == 2 && leap);
}

/* Days since 1970 in the Gregorian calendar, the year beginning with March. */
static int64_t
days(int year, int month, int day)
{
    int y = month > 2 ? year : year - 1, m = month > 2 ? month - 3 : month + 9;

    return 365 * (int64_t)y + (y + 400) / 4 - (y + 400) / 100 + (y + 400) / 400 + (153 * m + 2) / 5 + day - 1 - 719468 -
           97;
}

/* ---- times of a day, zones ---- */

/* 08:00, 08:00:00.5; colons: between them. */
static bool
take_time(struct reader *r, bool colons, struct plx_written_time *out)
{
    int hours, minutes, seconds = 0;

    if (!take(r, 2, &hours) || (colons && !skip(r, ':')) || !take(r, 2, &minutes))
        return false;
    if (colons ? skip(r, ':') : at_digit(r)) {
        if (!take(r, 2, &seconds))
            return false;
        if ((skip(r, '.') || skip(r, ',')) && !take_fraction(r, &out->ns))
            return false;
    }
    out->s += hours * 3600 + minutes * 60 + seconds;
    return hours < 24 && minutes < 60 && seconds <= 60;
}

/* Z, UTC, GMT, +01, +0100, +01:00; nothing is no zone. */
static bool
take_zone(struct reader *r, struct plx_written_time *out)
{
    int hours, minutes = 0;

    skip(r, ' ');
    if (r->at == r->end)
        return r->at[-1] != ' ';
    out->zoned = true;
    if (skip(r, 'Z') || skip(r, 'z'))
        return true;
    if (r->end - r->at >= 3 && (memcmp(r->at, "UTC", 3) == 0 || memcmp(r->at, "GMT", 3) == 0)) {
        r->at += 3;
        return true;
    }
    bool minus = *r->at == '-';
    if ((!skip(r, '-') && !skip(r, '+')) || !take(r, 2, &hours))
        return false;
    bool colon = skip(r, ':');
    if ((colon || at_digit(r)) && !take(r, 2, &minutes))
        return false;
    out->s -= (minus ? -1 : 1) * (hours * 3600 + minutes * 60);
    return hours < 24 && minutes < 60;
}

/* A zone's name after its offset (RFC 9557) adds nothing; without one nobody can say. */
static bool
skip_name(struct reader *r, const struct plx_written_time *out)
{
    if (r->at == r->end)
        return true;
    if (!out->zoned || !skip(r, '[') || r->end[-1] != ']')
        return false;
    r->at = r->end;
    return true;
}

/* ---- forms ---- */

static bool
read_iso(struct reader r, struct plx_written_time *out)
{
    int year, month, day;

    if (!take(&r, 4, &year))
        return false;
    bool extended = skip(&r, '-');
    if (!take(&r, 2, &month) || (extended && !skip(&r, '-')) || !take(&r, 2, &day) || !is_day(year, month, day))
        return false;
    out->s = days(year, month, day) * 86400;
    if (r.at == r.end)
        return extended; /* 20260131 is a number */
    if (!skip(&r, 'T') && !skip(&r, 't') && !(extended && skip(&r, ' ')))
        return false;
    return take_time(&r, extended, out) && take_zone(&r, out) && skip_name(&r, out);
}

/* "Sun, 06 Nov 1994 08:49:37 GMT"; the name of the day may be missing, and is not held against the date. */
static bool
read_internet(struct reader r, struct plx_written_time *out)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    const char *comma = memchr(r.at, ',', (size_t)(r.end - r.at));
    int day = 0, month = 0, year;

    if (comma) {
        if (comma - r.at != 3 || !plx_ascii_is_alphanumeric(*r.at))
            return false;
        r.at = comma + 1;
        if (!skip(&r, ' '))
            return false;
    }
    for (int count = 0; count < 2 && at_digit(&r); count++)
        day = day * 10 + (*r.at++ - '0');
    if (!skip(&r, ' ') || r.end - r.at < 4)
        return false;
    while (month < 12 && memcmp(months + month * 3, r.at, 3) != 0)
        month++;
    r.at += 3;
    if (!skip(&r, ' ') || !take(&r, 4, &year) || !skip(&r, ' ') || !is_day(year, month + 1, day))
        return false;
    out->s = days(year, month + 1, day) * 86400;
    return take_time(&r, true, out) && take_zone(&r, out) && out->zoned && r.at == r.end;
}

static bool
read_number(struct reader r, struct plx_written_time *out)
{
    bool minus = skip(&r, '-');
    int64_t number = 0, unit = 1;
    uint32_t fraction = 0;
    int count = 0;

    for (; at_digit(&r) && count < 19; count++) {
        if (number > (INT64_MAX - 9) / 10)
            return false;
        number = number * 10 + (*r.at++ - '0');
    }
    if (count == 0 || (skip(&r, '.') && !take_fraction(&r, &fraction)) || r.at != r.end)
        return false;
    for (int64_t most = 100000000000; number >= most && unit < NS_OF_S; unit *= 1000)
        most = most > INT64_MAX / 1000 ? INT64_MAX : most * 1000;
    if (fraction % (uint64_t)unit)
        return false; /* finer than a nanosecond */
    out->s = number / unit;
    out->ns = (uint32_t)(number % unit * (NS_OF_S / unit) + fraction / unit);
    out->zoned = true;
    if (minus) {
        out->s = -out->s - (out->ns > 0);
        out->ns = out->ns ? NS_OF_S - out->ns : 0;
    }
    return true;
}

bool
plx_written_time_read(struct plx_slice text, struct plx_written_time *out)
{
    const struct reader r = {text.ptr, text.ptr + text.len};
    struct plx_written_time read = {0};

    if (text.len == 0 || text.len > 128)
        return false;
    if (!read_iso(r, &read)) {
        read = (struct plx_written_time){0};
        if (!read_internet(r, &read)) {
            read = (struct plx_written_time){0};
            if (!read_number(r, &read))
                return false;
        }
    }
    *out = read;
    return true;
}

bool
plx_written_time_is_near(const struct plx_written_time *a, const struct plx_written_time *b, int64_t within_ns)
{
    int64_t s = a->s - b->s, ns = (int64_t)a->ns - b->ns;

    if (a->zoned != b->zoned)
        return false;
    if (s < 0 || (s == 0 && ns < 0)) {
        s = -s;
        ns = -ns;
    }
    if (ns < 0) {
        s--;
        ns += NS_OF_S;
    }
    return s < within_ns / NS_OF_S || (s == within_ns / NS_OF_S && ns <= within_ns % NS_OF_S);
}
