/* SPDX-License-Identifier: Apache-2.0 */
/* Reads times whose form is known to be right (plx_form_of()), so that nothing is checked again. */
#include "forms/moment.h"

#include "base/ascii.h"
#include "forms/forms.h"

#include <math.h>
#include <string.h>

struct reader {
    const char *at, *end;
};

static int
digits(struct reader *r, int count)
{
    int value = 0;

    for (; count > 0 && r->at < r->end && plx_ascii_is_digit(*r->at); count--)
        value = value * 10 + (*r->at++ - '0');
    return value;
}

static bool
skip(struct reader *r, const char *set)
{
    if (r->at == r->end || !*r->at || !strchr(set, *r->at))
        return false;
    r->at++;
    return true;
}

static bool
at_digit(const struct reader *r)
{
    return r->at < r->end && plx_ascii_is_digit(*r->at);
}

/* Days since 1970 in the Gregorian calendar, the year beginning with March. */
static int
days(int year, int month, int day)
{
    int y = month > 2 ? year : year - 1, m = month > 2 ? month - 3 : month + 9;

    return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719468;
}

/* The digits after a point: ms, and the step that they show. */
static double
fraction(struct reader *r, double unit_ms, double *step_ms)
{
    double ms = 0, step = unit_ms;

    while (at_digit(r)) {
        step /= 10;
        ms += (*r->at++ - '0') * step;
    }
    *step_ms = step;
    return ms;
}

static double
zone_ms(struct reader *r)
{
    bool minus = r->at < r->end && *r->at == '-';
    int hours;

    if (!skip(r, "+-"))
        return 0;
    hours = digits(r, 2);
    skip(r, ":");
    return (minus ? -1 : 1) * (hours * 60.0 + digits(r, 2)) * 60000;
}

static void
read_timestamp(struct reader r, struct plx_moment *out)
{
    int year = digits(&r, 4), month, day, hours, minutes, seconds = 0;

    skip(&r, "-");
    month = digits(&r, 2);
    skip(&r, "-");
    day = digits(&r, 2);
    out->ms = days(year, month, day) * 86400000.0;
    out->step_ms = 86400000;
    if (!skip(&r, "Tt "))
        return;
    hours = digits(&r, 2);
    skip(&r, ":");
    minutes = digits(&r, 2);
    out->step_ms = 60000;
    if (skip(&r, ":") || at_digit(&r)) {
        seconds = digits(&r, 2);
        out->step_ms = 1000;
    }
    out->ms += (hours * 60.0 + minutes) * 60000 + seconds * 1000.0;
    if (skip(&r, ".,"))
        out->ms += fraction(&r, 1000, &out->step_ms);
    skip(&r, " ");
    out->ms -= zone_ms(&r);
}

/* "Sun, 06 Nov 1994 08:49:37 GMT" */
static void
read_http_date(struct reader r, struct plx_moment *out)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    int day, month = 0, year, hours, minutes;

    r.at += strlen("Sun, ");
    day = digits(&r, 2);
    r.at++;
    while (month < 12 && memcmp(months + month * 3, r.at, 3) != 0)
        month++;
    r.at += strlen("Nov ");
    year = digits(&r, 4);
    r.at++;
    hours = digits(&r, 2);
    r.at++;
    minutes = digits(&r, 2);
    r.at++;
    out->ms = days(year, month + 1, day) * 86400000.0 + (hours * 60.0 + minutes) * 60000 + digits(&r, 2) * 1000.0;
    out->step_ms = 1000;
}

/* 10 digits are seconds, three more each the next finer unit. */
static void
read_unix_time(struct reader r, struct plx_moment *out)
{
    double number = 0, unit_ms;
    int count = 0;

    for (; at_digit(&r); count++)
        number = number * 10 + (*r.at++ - '0');
    unit_ms = pow(10, 13 - count);
    out->ms = number * unit_ms;
    out->step_ms = unit_ms;
    if (skip(&r, "."))
        out->ms += fraction(&r, unit_ms, &out->step_ms);
}

bool
plx_moment_of(struct plx_slice shown, struct plx_moment *moment)
{
    enum plx_form form = plx_form_of(shown, false);
    bool quoted = shown.len > 1 && shown.ptr[0] == '"';
    struct reader r = {shown.ptr + quoted, shown.ptr + shown.len - quoted};

    if (form == PLX_FORM_TIMESTAMP || form == PLX_FORM_DATE)
        read_timestamp(r, moment);
    else if (form == PLX_FORM_HTTP_DATE)
        read_http_date(r, moment);
    else if (form == PLX_FORM_UNIX_TIME || form == PLX_FORM_UNIX_TIME_TEXT)
        read_unix_time(r, moment);
    else
        return false;
    return true;
}
