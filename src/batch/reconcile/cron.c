/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cron's fields as sets of bits, and the search for the next minute that is in all of them. The search goes over the
 * clock on the wall, which knows no changes of time; only what it finds is looked up in the time zone.
 */
#include "batch/reconcile/cron.h"

#include "base/ascii.h"

#include <string.h>
#include <strings.h>
#include <time.h>

#define MINUTE          60
#define HOUR            3600
#define DAY             86400
#define SEARCH_DAYS     (9 * 366) /* from one 29th of February to the next over a year that has none */
#define GAP_MINUTES     1500      /* no change of time is longer */
#define FIELD_BYTES_MAX 256u

static const char *const month_names[] = {"jan", "feb", "mar", "apr", "may", "jun", "jul",
                                          "aug", "sep", "oct", "nov", "dec", NULL};
static const char *const weekday_names[] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat", NULL};

static const struct field {
    unsigned min, max;
    const char *const *names; /* the first one stands for min */
    const char *wrong;
} fields[] = {
    {0, 59, NULL, "the minute is a number from 0 to 59, *, a list, a range or a step, as in */15"},
    {0, 23, NULL, "the hour is a number from 0 to 23, *, a list, a range or a step, as in 8-18"},
    {1, 31, NULL, "the day is a number from 1 to 31, *, a list, a range or a step, as in 1,15"},
    {1, 12, month_names, "the month is a number from 1 to 12, a name such as jan, *, a list, a range or a step"},
    {0, 7, weekday_names, "the day of the week is a number from 0 (Sunday) to 7, a name such as mon, *, or 1-5"},
};

static const char *const wanted =
    "write five fields as in \"0 3 * * *\" (minute hour day month weekday), @daily, or an interval such as 15m";

/* ---- reading ---- */

static bool
take_value(struct plx_slice *text, const struct field *field, unsigned *value)
{
    size_t digits = 0;

    for (*value = 0; digits < text->len && plx_ascii_is_digit(text->ptr[digits]) && digits < 4; digits++)
        *value = *value * 10 + (unsigned)(text->ptr[digits] - '0');
    for (unsigned i = 0; digits == 0 && field->names && field->names[i]; i++)
        if (text->len >= 3 && strncasecmp(text->ptr, field->names[i], 3) == 0) {
            *value = field->min + i;
            digits = 3;
        }
    text->ptr += digits;
    text->len -= digits;
    return digits > 0;
}

static bool
take_byte(struct plx_slice *text, char c)
{
    if (text->len == 0 || text->ptr[0] != c)
        return false;
    text->ptr++;
    text->len--;
    return true;
}

/* One part of a list: *, a number or a range, perhaps with a step. */
static bool
take_part(struct plx_slice *text, const struct field *field, uint64_t *bits)
{
    unsigned from = field->min, to = field->max, step = 1;
    bool single = false;

    if (!take_byte(text, '*')) {
        if (!take_value(text, field, &from))
            return false;
        single = !take_byte(text, '-');
        if (!single && !take_value(text, field, &to))
            return false;
    }
    if (take_byte(text, '/')) {
        if (!take_value(text, &(struct field){0, 0, NULL, NULL}, &step) || step == 0)
            return false;
    } else if (single) {
        to = from;
    }
    if (from < field->min || to > field->max || from > to)
        return false;
    for (unsigned at = from; at <= to; at += step)
        *bits |= (uint64_t)1 << at;
    return true;
}

static bool
read_field(struct plx_slice text, const struct field *field, uint64_t *bits)
{
    *bits = 0;
    do
        if (!take_part(&text, field, bits))
            return false;
    while (take_byte(&text, ','));
    return text.len == 0;
}

static struct plx_slice
take_word(struct plx_slice *text)
{
    struct plx_slice word;

    while (text->len > 0 && plx_ascii_is_blank(text->ptr[0]))
        text->ptr++, text->len--;
    word = plx_slice_make(text->ptr, 0);
    while (word.len < text->len && !plx_ascii_is_blank(text->ptr[word.len]))
        word.len++;
    text->ptr += word.len;
    text->len -= word.len;
    return word;
}

static const char *
of_name(struct plx_slice text)
{
    static const char *const names[][2] = {
        {"@hourly", "0 * * * *"},  {"@daily", "0 0 * * *"},  {"@midnight", "0 0 * * *"}, {"@weekly", "0 0 * * 0"},
        {"@monthly", "0 0 1 * *"}, {"@yearly", "0 0 1 1 *"}, {"@annually", "0 0 1 1 *"},
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (plx_slice_equal_nocase(text, plx_slice_of(names[i][0])))
            return names[i][1];
    return NULL;
}

const char *
plx_schedule_read(struct plx_slice text, struct plx_schedule *schedule)
{
    const char *named = text.len > 0 && text.ptr[0] == '@' ? of_name(text) : NULL;
    struct plx_slice rest = named ? plx_slice_of(named) : text, words[5];
    uint64_t bits[5];

    for (size_t i = 0; i < 5; i++) {
        words[i] = take_word(&rest);
        if (words[i].len == 0 || words[i].len > FIELD_BYTES_MAX)
            return wanted;
    }
    if (take_word(&rest).len > 0)
        return wanted;
    for (size_t i = 0; i < 5; i++)
        if (!read_field(words[i], &fields[i], &bits[i]))
            return fields[i].wrong;
    bits[4] |= bits[4] >> 7 & 1; /* 7 is Sunday too */
    *schedule = (struct plx_schedule){
        .minutes = bits[0],
        .hours = (uint32_t)bits[1],
        .days = (uint32_t)bits[2],
        .months = (uint32_t)bits[3],
        .weekdays = (uint32_t)bits[4] & 0x7F,
        .any_day = words[2].ptr[0] == '*',
        .any_weekday = words[4].ptr[0] == '*',
    };
    return NULL;
}

/* ---- the next time ---- */

static bool
day_fits(const struct plx_schedule *schedule, const struct tm *tm)
{
    bool day = schedule->days >> tm->tm_mday & 1, weekday = schedule->weekdays >> tm->tm_wday & 1;

    if (schedule->any_day || schedule->any_weekday)
        return day && weekday;
    return day || weekday;
}

/* The first minute from wall on, a count of seconds as if there were no time zones; -1: none. */
static int64_t
next_on_wall(const struct plx_schedule *schedule, int64_t wall)
{
    int64_t end = wall + (int64_t)SEARCH_DAYS * DAY;

    while (wall < end) {
        struct tm tm;
        time_t at = (time_t)wall;
        gmtime_r(&at, &tm);
        if (!(schedule->months >> (tm.tm_mon + 1) & 1) || !day_fits(schedule, &tm))
            wall += DAY - wall % DAY;
        else if (!(schedule->hours >> tm.tm_hour & 1))
            wall += HOUR - wall % HOUR;
        else if (!(schedule->minutes >> tm.tm_min & 1))
            wall += MINUTE;
        else
            return wall;
    }
    return -1;
}

/* When the clock on the wall shows this; false: it never does. The first time where it does twice. */
static bool
from_wall(int64_t wall, int64_t *seconds)
{
    struct tm want, have;
    time_t at = (time_t)wall;

    gmtime_r(&at, &want);
    for (int back = 1; back >= -1; back--) { /* summer time first: it comes before the change back */
        struct tm tm = want;
        tm.tm_isdst = back;
        time_t local = mktime(&tm);
        if (local == (time_t)-1 || !localtime_r(&local, &have))
            continue;
        if (have.tm_hour == want.tm_hour && have.tm_min == want.tm_min && have.tm_mday == want.tm_mday) {
            *seconds = local;
            return true;
        }
    }
    return false;
}

static int64_t
wall_of(int64_t seconds)
{
    struct tm tm;
    time_t at = (time_t)seconds;

    localtime_r(&at, &tm);
    return timegm(&tm);
}

uint64_t
plx_schedule_next(const struct plx_schedule *schedule, uint64_t now_ms)
{
    int64_t now = (int64_t)(now_ms / 1000), found = 0;

    if (schedule->interval_ms)
        return now_ms + schedule->interval_ms;
    tzset();
    int64_t wall = wall_of(now);
    wall -= wall % MINUTE;
    do {
        wall = next_on_wall(schedule, wall + MINUTE);
        int64_t shown = wall;
        for (int i = 0; wall >= 0 && !from_wall(shown, &found) && i < GAP_MINUTES; i++)
            shown += MINUTE;
    } while (wall >= 0 && found <= now);
    return wall < 0 ? UINT64_MAX : (uint64_t)found * 1000;
}
