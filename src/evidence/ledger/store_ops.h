/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A store as the ledger sees it: a table of operations and what they are called with. Whoever makes a ledger opens a
 * store (store/store.h is the one of SQLite) and hands it in; the ledger does not know where its numbers are kept.
 *
 * The hard thing is to never hold half of the truth. A save writes all that the ledger's lists of dirty things name,
 * and the records behind the last save, as absolute numbers and in one transaction; where it fails, everything stays
 * dirty and a later save writes it.
 */
#ifndef PLX_LEDGER_STORE_OPS_H
#define PLX_LEDGER_STORE_OPS_H

#include <stdbool.h>
#include <stddef.h>

struct plx_ledger;

struct plx_store_ops {
    /* Once, before anything else: reads what is kept into an empty ledger. False: error (size bytes) says what is wrong
     * with which store and how to mend it. */
    bool (*load)(void *store, struct plx_ledger *ledger, char *error, size_t size);
    /* One transaction; false: it failed, which the store has told. */
    bool (*save)(void *store, const struct plx_ledger *ledger);
    /* Whether what is saved from here on is on the disk when it is saved, so that a power cut can't take it back. */
    void (*set_durable)(void *store, bool durable);
    void (*close)(void *store);
};

struct plx_store {
    const struct plx_store_ops *ops; /* NULL: there is none, all is in memory alone */
    void *context;                   /* their first argument */
};

#endif
