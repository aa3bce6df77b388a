/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ledger's SQLite file. It holds absolute numbers, not changes: what a transaction could not write, a later one
 * does. One process holds it at a time. What was committed survives the death of the process (WAL, synchronous=NORMAL);
 * a power cut may take the last transactions before it, since the log reaches the disk only now and then, but leaves a
 * whole file.
 */
#ifndef PLX_STORE_STORE_H
#define PLX_STORE_STORE_H

#include "evidence/ledger/ledger_state.h"

#define PLX_STORE_APPLICATION 0x504C5831 /* "PLX1", in the header of the file */
#define PLX_STORE_VERSION     5
#define PLX_STORE_WAIT_MS     2000 /* for another process to let go of the file */

/* Opens or makes the file, brings one of an earlier version up to this one in place, and reads it into an empty ledger.
 * NULL: error says what happened to which file and how to
 * mend it. */
struct plx_store *plx_store_open(const char *path, struct plx_ledger *ledger, char *error, size_t size);
void plx_store_close(struct plx_store *store); /* NULL is fine */
/* Writes what is dirty in one transaction. Where that fails everything stays dirty, and a log line a minute says so. */
void plx_store_save(struct plx_store *store, struct plx_ledger *ledger);
/* Whether what is written from here on is on the disk when it is written, so that a power cut can't take it back. */
void plx_store_set_durable(struct plx_store *store, bool durable);

#endif
