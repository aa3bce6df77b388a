/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A store as the ledger sees it: a table of operations and what they are called with. Whoever makes a ledger opens a
 * store (store/store.h is the one of SQLite) and hands it in; the ledger does not know where its numbers are kept.
 *
 * The hard thing is to never hold half of the truth. A save writes all that the ledger's lists of dirty things name,
 * and the records behind the last save, as absolute numbers and in one transaction; where it fails, everything stays
 * dirty and a later save writes it. Stages, holds and changes are a thing of their own: a rollback is kept although the
 * counts can't be.
 */
#ifndef PLX_LEDGER_STORE_OPS_H
#define PLX_LEDGER_STORE_OPS_H

#include "base/buffer.h"

#define PLX_STORE_TROUBLE_MAX 1024u /* bytes of a sentence about it, with its end */

struct plx_ledger;

/* What has become of what the counts are kept in. */
enum plx_store_presence {
    PLX_STORE_THERE,
    PLX_STORE_NEW,    /* it holds nothing: all that the ledger has is to be written */
    PLX_STORE_BACK,   /* it was there before this process, and can be read only now: `load_back`, then a save of all */
    PLX_STORE_NOWHERE /* a save would fail */
};

/* The two things that a store keeps. */
enum plx_store_part { PLX_STORE_COUNTS, PLX_STORE_STAGES, PLX_STORE_PARTS };

struct plx_store_ops {
    /*
     * Before anything else: reads what is kept into an empty ledger. False: it can't be read, the store has set it
     * aside; the ledger is to be emptied and this called once more, for the stages. Stages that can't be read are told
     * and stop nothing.
     */
    bool (*load)(void *store, struct plx_ledger *ledger);
    /* After PLX_STORE_BACK: counts and records into an empty ledger beside the one that counts. False: it can't be
     * read, the store has set it aside. */
    bool (*load_back)(void *store, struct plx_ledger *beside);
    /* Before each save, and every few seconds: a file may be taken away, or come back. */
    enum plx_store_presence (*look)(void *store, bool may_come_back);
    /* One transaction; false: it failed, which the store has told. */
    bool (*save)(void *store, const struct plx_ledger *ledger);
    /* All stages, holds and changes, on the disk when this returns, so that a power cut can't take them back. False: it
     * failed, which the store has told. */
    bool (*save_stages)(void *store, const struct plx_ledger *ledger);
    /* What is wrong with a part of it now and how to mend that, as a sentence (size bytes). False: nothing is. */
    bool (*trouble)(void *store, enum plx_store_part part, char *text, size_t size);
    /*
     * A copy of all that is saved, made in steps while saves go on. begin: gives up the one before; false: error (size
     * bytes) says why there is none. read: appends bytes of the copy from an offset on, or makes one step of it.
     * PLX_OK: there they are, none at the end of it; PLX_AGAIN: it is not whole yet;
     * PLX_E_NOT_FOUND: there is no such copy; PLX_E_IO, PLX_E_MEMORY. One that nobody reads for a minute is given up.
     */
    bool (*backup_begin)(void *store, uint64_t *id, char *error, size_t size);
    enum plx_status (*backup_read)(void *store, uint64_t id, uint64_t offset, struct plx_buffer *out);
    /* What belongs beside it: stages, holds and changes as they are now; nothing where there are none. Likewise. */
    enum plx_status (*backup_stages)(void *store, const struct plx_ledger *ledger, uint64_t id, struct plx_buffer *out);
    /* Leaves nothing in its files of what was replaced or dropped in it. False: it failed; the trouble says why. */
    bool (*purge)(void *store);
    /* Appends the names of files beside it that it does not write any more, a line each: copies of what it was. */
    void (*list_others)(void *store, struct plx_buffer *names);
    void (*close)(void *store);
};

struct plx_store {
    const struct plx_store_ops *ops; /* NULL: there is none, all is in memory alone */
    void *context;                   /* their first argument */
};

#endif
