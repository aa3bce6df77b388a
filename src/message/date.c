/* SPDX-License-Identifier: Apache-2.0 */
/* Moments as text. */
#include "message/date.h"

#include <stdio.h>
#include <time.h>

void
plx_http_date_text(uint64_t seconds, char text[PLX_HTTP_DATE_TEXT])
{
    static const char days[7][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    time_t at = (time_t)seconds;
    struct tm tm = {0};

    gmtime_r(&at, &tm);
    snprintf(text, PLX_HTTP_DATE_TEXT, "%s, %02d %s %04d %02d:%02d:%02d GMT", days[tm.tm_wday], tm.tm_mday,
             months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
}
