/* SPDX-License-Identifier: Apache-2.0 */
/* How a ledger begins and ends, and how its oldest record goes: for the ledger, and what is read beside it. */
#ifndef PLX_LEDGER_LEDGER_LIFE_H
#define PLX_LEDGER_LEDGER_LIFE_H

#include "evidence/ledger/store_ops.h"

struct plx_ledger;

void plx_ledger_init(struct plx_ledger *ledger, struct plx_store store); /* without options */
void plx_ledger_fini(struct plx_ledger *ledger);                         /* the store stays open */
void plx_ledger_evict_oldest(struct plx_ledger *ledger);                 /* there is a record */

#endif
