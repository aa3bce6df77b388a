/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ledger's SQLite file. It holds absolute numbers, not changes: what a transaction could not write, a later one
 * does. One process holds it at a time. What was committed survives the death of the process (WAL, synchronous=NORMAL);
 * a power cut may take the last transactions before it, since the log reaches the disk only now and then, but leaves a
 * whole file.
 */
#ifndef PLX_STORE_STORE_H
#define PLX_STORE_STORE_H

#include "evidence/ledger/store_ops.h"

#define PLX_STORE_APPLICATION 0x504C5831 /* "PLX1", in the header of the file */
#define PLX_STORE_VERSION     10
#define PLX_STORE_WAIT_MS     2000 /* for another process to let go of the file */

/* Opens or makes the file and brings one of an earlier version up to this one in place; plx_ledger_open() takes it.
 * False: error says what happened to which file and how to mend it. */
bool plx_store_open(const char *path, struct plx_store *store, char *error, size_t size);

#endif
