/* SPDX-License-Identifier: Apache-2.0 */
/* Values with units: durations, sizes, percentages, addresses, URLs. */
#ifndef PLX_CONFIG_VALUES_H
#define PLX_CONFIG_VALUES_H

#include "control/config/config.h"

/* Exactly or not at all: what is no whole number of milliseconds or bytes is refused. The target
 * then stays as it was. */

/* "500ms", "10s", "1.5m", "1h" in milliseconds. */
bool plx_value_duration(struct plx_slice text, uint64_t *ms);
/* "1000", "512B", "64KiB", "8MiB", "1GiB", "1KB", "1MB", "1GB" in bytes. */
bool plx_value_size(struct plx_slice text, uint64_t *bytes);
/* "99%" as 0.99. */
bool plx_value_percent(struct plx_slice text, double *fraction);
/* "2027-01-31", of which the end is meant, or "2027-01-31T12:00:00Z" (RFC 3339), in seconds since the epoch. */
bool plx_value_end_date(struct plx_slice text, int64_t *seconds);
bool plx_value_count(struct plx_slice text, uint64_t max, uint64_t *count);
bool plx_value_bool(struct plx_slice text, bool *value); /* yes, no, true, false, on, off */
/* Whether a connection to the one could be one to the other: the same name, localhost and its addresses, every address
 * and those of loopback. */
bool plx_hosts_meet(const char *a, const char *b);
bool plx_upstreams_meet(const struct plx_upstream *a,
                        const struct plx_upstream *b); /* the same port, too; false where one is not set */
/* "http://HOST[:PORT][/]" into an upstream (memory is the caller's to free). NULL, or what is wrong with it and how to
 * mend it. Without memory NULL, and upstream->url stays NULL. */
const char *plx_value_url(struct plx_slice text, struct plx_upstream *upstream);

#endif
