/* SPDX-License-Identifier: Apache-2.0 */
/* Values with units: durations, sizes, percentages; dates, counts and words. */
#ifndef PLX_CONFIG_VALUES_H
#define PLX_CONFIG_VALUES_H

#include <parallax/base.h>

/* Exactly or not at all: what is no whole number of milliseconds or bytes is refused. The target then stays as it was.
 */

/* "500ms", "10s", "1.5m", "1h", "30d" in milliseconds. */
bool plx_value_duration(struct plx_slice text, uint64_t *ms);
/* "1000", "512B", "64KiB", "8MiB", "1GiB", "1KB", "1MB", "1GB" in bytes. */
bool plx_value_size(struct plx_slice text, uint64_t *bytes);
/* "99%" as 0.99. */
bool plx_value_percent(struct plx_slice text, double *fraction);
/* "2027-01-31", of which the end is meant, or "2027-01-31T12:00:00Z" (RFC 3339), in seconds since the epoch. */
bool plx_value_end_date(struct plx_slice text, int64_t *seconds);
bool plx_value_count(struct plx_slice text, uint64_t max, uint64_t *count);
bool plx_value_bool(struct plx_slice text, bool *value); /* yes, no, true, false, on, off */

#endif
