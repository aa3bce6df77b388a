/* SPDX-License-Identifier: Apache-2.0 */
/* Times as databases write them. */
#ifndef PLX_RECONCILE_ROW_MOMENT_H
#define PLX_RECONCILE_ROW_MOMENT_H

#include <parallax/base.h>

/*
 * Milliseconds since the epoch of: a number of seconds, or of milliseconds (from 100,000,000,000 on, which as seconds
 * is the year 5138), decimals allowed; 2026-01-31, which is its midnight; 2026-01-31 12:00[:30[.5]] with a T or a blank
 * between, and Z, +02, +0200, +02:00 or nothing, which is UTC, behind. false: it is none of them.
 */
bool plx_moment_read(struct plx_slice text, int64_t *ms);

#endif
