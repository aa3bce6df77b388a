/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes and reads moments. The hard thing is to refuse what only looks like one (February 30, a sign in the midst):
 * what was read must be what would be written.
 */
#include "base/time_text.h"

#include <stdio.h>
#include <time.h>

void
plx_time_text(uint64_t time_ms, char out[PLX_TIME_TEXT])
{
    const uint64_t year_9999 = 253402300799999u;
    time_t seconds;
    struct tm tm;

    if (time_ms > year_9999)
        time_ms = year_9999;
    seconds = (time_t)(time_ms / 1000);
    gmtime_r(&seconds, &tm);
    snprintf(out, PLX_TIME_TEXT, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", (tm.tm_year + 1900) % 10000, tm.tm_mon + 1,
             tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, (int)(time_ms % 1000));
}

bool
plx_time_read(struct plx_slice text, uint64_t *time_ms)
{
    static const char whole[] = "2026-01-02T03:04:05", milliseconds[] = ".000Z";
    char given[sizeof(whole) + sizeof(milliseconds) - 1], back[PLX_TIME_TEXT];
    struct tm at = {0};
    int ms = 0;

    if (text.len == sizeof(whole) && text.ptr[text.len - 1] == 'Z')
        snprintf(given, sizeof(given), "%.*s%s", (int)text.len - 1, text.ptr, milliseconds);
    else if (text.len == sizeof(given) - 1)
        snprintf(given, sizeof(given), "%.*s", (int)text.len, text.ptr);
    else
        return false;
    if (sscanf(given, "%4d-%2d-%2dT%2d:%2d:%2d.%3dZ", &at.tm_year, &at.tm_mon, &at.tm_mday, &at.tm_hour, &at.tm_min,
               &at.tm_sec, &ms) != 7)
        return false;
    at.tm_year -= 1900;
    at.tm_mon--;
    time_t seconds = timegm(&at);
    if (seconds < 0 || ms < 0)
        return false;
    /* Signs, blanks and what is no date, such as February 30, come back as something else. */
    plx_time_text((uint64_t)seconds * 1000 + (uint64_t)ms, back);
    if (strcmp(given, back) != 0)
        return false;
    *time_ms = (uint64_t)seconds * 1000 + (uint64_t)ms;
    return true;
}
