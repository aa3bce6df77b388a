/* SPDX-License-Identifier: Apache-2.0 */
/* Instants of time as they are written in documents, exactly: for rules that say a value is one. */
#ifndef PLX_FORMS_WRITTEN_TIME_H
#define PLX_FORMS_WRITTEN_TIME_H

#include <parallax/value.h>

/* Seconds since 1970 and nanoseconds from there on; without a zone both are in a zone that nobody knows. */
struct plx_written_time {
    int64_t s;
    uint32_t ns;
    bool zoned;
};

/*
 * Reads the text of a string or a number, all of it:
 *
 *   2026-01-31, 2026-01-31T08:00Z, 2026-01-31 08:00:00.123456789+01:00   RFC 3339, ISO 8601; with T, t or a space; a
 * date 20260131T080000Z                                                     is its midnight Sat, 31 Jan 2026 08:00:00
 * GMT, 31 Jan 2026 08:00:00 +0100            RFC 9110, RFC 1123 1769846400, 1769846400.5, 1769846400000 since 1970:
 * seconds below 10^11, then milli-, micro- and nanoseconds, 10^3 each False: it is none of these, or a day that is not
 * in the calendar. A second 60 is the next minute's first.
 */
bool plx_written_time_read(struct plx_slice text, struct plx_written_time *out);
/* Whether they are at most within_ns apart. One with a zone and one without are not known to be. */
bool plx_written_time_is_near(const struct plx_written_time *a, const struct plx_written_time *b, int64_t within_ns);

#endif
