/* SPDX-License-Identifier: Apache-2.0 */
/* Times, read strictly: a place that is wrong makes none of it. */
#include "batch/reconcile/row_moment.h"

#include "base/ascii.h"
#include "base/double_text.h"

#include <time.h>

#define NUMBER_BYTES_MAX 40u
#define MILLISECONDS_MIN 1e11
#define NUMBER_MAX       1e15

static bool
read_number(struct plx_slice text, int64_t *ms)
{
    double value;

    if (text.len > NUMBER_BYTES_MAX || !plx_double_read(text, &value) || value < -NUMBER_MAX || value > NUMBER_MAX)
        return false;
    *ms = (int64_t)(value >= MILLISECONDS_MIN || value <= -MILLISECONDS_MIN ? value : value * 1000);
    return true;
}

/* So many digits at the beginning, which are taken off; -1: they are not there. */
static int
take_digits(struct plx_slice *text, size_t count)
{
    int value = 0;

    if (text->len < count)
        return -1;
    for (size_t i = 0; i < count; i++) {
        if (!plx_ascii_is_digit(text->ptr[i]))
            return -1;
        value = value * 10 + (text->ptr[i] - '0');
    }
    text->ptr += count;
    text->len -= count;
    return value;
}

static bool
take_one_of(struct plx_slice *text, const char *bytes)
{
    if (text->len == 0 || text->ptr[0] == '\0' || !strchr(bytes, text->ptr[0]))
        return false;
    text->ptr++;
    text->len--;
    return true;
}

/* Behind the minutes: seconds and their decimals. */
static bool
take_seconds(struct plx_slice *text, struct tm *tm, int *ms)
{
    int scale = 100;

    if (!take_one_of(text, ":"))
        return true;
    tm->tm_sec = take_digits(text, 2);
    if (tm->tm_sec < 0 || tm->tm_sec > 60)
        return false;
    if (!take_one_of(text, ".,"))
        return true;
    if (text->len == 0 || !plx_ascii_is_digit(text->ptr[0]))
        return false;
    for (int digit; (digit = take_digits(text, 1)) >= 0; scale /= 10)
        *ms += digit * scale;
    return true;
}

/* Minutes east of Greenwich. */
static bool
take_zone(struct plx_slice *text, int *minutes)
{
    bool west = text->len > 0 && text->ptr[0] == '-';

    take_one_of(text, " ");
    west = text->len > 0 && text->ptr[0] == '-';
    if (text->len == 0 || take_one_of(text, "Zz"))
        return true;
    if (!take_one_of(text, "+-"))
        return false;
    int hour = take_digits(text, 2), minute = 0;
    take_one_of(text, ":");
    if (text->len > 0)
        minute = take_digits(text, 2);
    *minutes = west ? -(hour * 60 + minute) : hour * 60 + minute;
    return hour >= 0 && hour <= 23 && minute >= 0 && minute <= 59;
}

static bool
take_date(struct plx_slice *text, struct tm *tm)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int year = take_digits(text, 4);
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    tm->tm_year = year - 1900;
    if (tm->tm_year < -1900 || !take_one_of(text, "-"))
        return false;
    tm->tm_mon = take_digits(text, 2) - 1;
    if (tm->tm_mon < 0 || tm->tm_mon > 11 || !take_one_of(text, "-"))
        return false;
    tm->tm_mday = take_digits(text, 2);
    return tm->tm_mday >= 1 && tm->tm_mday <= days[tm->tm_mon] + (leap && tm->tm_mon == 1);
}

bool
plx_moment_read(struct plx_slice text, int64_t *ms)
{
    struct tm tm = {0};
    int decimals = 0, zone = 0;

    if (read_number(text, ms))
        return true;
    if (!take_date(&text, &tm))
        return false;
    if (text.len > 0) {
        if (!take_one_of(&text, "Tt "))
            return false;
        tm.tm_hour = take_digits(&text, 2);
        if (tm.tm_hour < 0 || tm.tm_hour > 23 || !take_one_of(&text, ":"))
            return false;
        tm.tm_min = take_digits(&text, 2);
        if (tm.tm_min < 0 || tm.tm_min > 59 || !take_seconds(&text, &tm, &decimals) || !take_zone(&text, &zone))
            return false;
    }
    if (text.len > 0)
        return false;
    *ms = ((int64_t)timegm(&tm) - (int64_t)zone * 60) * 1000 + decimals;
    return true;
}
