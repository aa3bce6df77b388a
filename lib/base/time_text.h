/* SPDX-License-Identifier: Apache-2.0 */
/* Moments as text: RFC 3339 in UTC, with milliseconds. They are whole milliseconds since the epoch everywhere else. */
#ifndef PLX_BASE_TIME_TEXT_H
#define PLX_BASE_TIME_TEXT_H

#include <parallax/base.h>

#define PLX_TIME_TEXT 32

/* "2026-01-02T03:04:05.678Z"; nothing is later than the year 9999. */
void plx_time_text(uint64_t time_ms, char out[PLX_TIME_TEXT]);
/* Reads what that wrote; the milliseconds may be left out. false: it is no such moment from 1970 on. */
bool plx_time_read(struct plx_slice text, uint64_t *time_ms);

#endif
