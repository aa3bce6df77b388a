/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ledger's SQLite file, and beside it FILE.stages with what was set by command. The first holds absolute numbers,
 * not changes: what a transaction could not write, a later one does. One process holds it at a time. What was committed
 * survives the death of the process (WAL, synchronous=NORMAL); a power cut may take the last transactions before it,
 * since the log reaches the disk only now and then, but leaves a whole file.
 */
#ifndef PLX_STORE_STORE_H
#define PLX_STORE_STORE_H

#include "evidence/ledger/store_ops.h"

/*
 * Opens or makes the file and brings one of an earlier version up to this one in place; plx_ledger_open() takes it. A
 * file that can't be opened is left as it is: the store then has a trouble (plx_ledger_store_trouble()) and keeps
 * nothing, until there is no file at the path and one can be made. False: there is no memory.
 */
bool plx_store_open(const char *path, struct plx_store *store);

/* Whether the file at the path is a store of this version: opening it then brings nothing up, and leaves no copy. */
bool plx_store_is_current(const char *path);

/* What a look at the files says before they are used. */
enum plx_store_check {
    PLX_STORE_FINE,    /* it would be opened, or made; or a process holds it, whose it is then */
    PLX_STORE_UNKNOWN, /* this user may not write or make it: text says so */
    PLX_STORE_UNFIT    /* it would be set aside: text says why and how to mend it */
};
/* Makes nothing and brings nothing up. text: size bytes. */
enum plx_store_check plx_store_check(const char *path, char *text, size_t size);

#endif
