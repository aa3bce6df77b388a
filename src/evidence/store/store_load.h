/* SPDX-License-Identifier: Apache-2.0 */
/* All that is in the file, into an empty ledger. */
#ifndef PLX_STORE_STORE_LOAD_H
#define PLX_STORE_STORE_LOAD_H

#include "evidence/store/sqlite.h"

struct plx_ledger;

/* PLX_E_SYNTAX: a row makes no sense, store->damage says which; PLX_E_IO: SQLite says why; PLX_E_MEMORY. */
PLX_MUST_USE enum plx_status plx_store_load(struct plx_sqlite *store, struct plx_ledger *ledger);
/* What versions up to 10 had in tables. Likewise. */
PLX_MUST_USE enum plx_status plx_store_load_stages(struct plx_sqlite *store, struct plx_ledger *ledger);

#endif
