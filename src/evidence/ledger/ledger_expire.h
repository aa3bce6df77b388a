/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What people have sent goes by age: mismatches that were kept whole, the examples of fields, rules and causes, the
 * rows that reconciliations have shown and their earlier runs. What was counted and concluded stays, and so do the
 * reports of earlier epochs.
 */
#ifndef PLX_LEDGER_LEDGER_EXPIRE_H
#define PLX_LEDGER_LEDGER_EXPIRE_H

#include <parallax/base.h>

struct plx_ledger;

/* Lets go of what is older than the retention at `now` (milliseconds since the epoch), also in the store. Examples are
 * looked at once an hour. */
void plx_ledger_expire(struct plx_ledger *ledger, uint64_t now_ms);

#endif
