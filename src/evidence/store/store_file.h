/* SPDX-License-Identifier: Apache-2.0 */
/* The store's file: opened, made, and found to be taken away. Where that fails, the store's trouble says why. */
#ifndef PLX_STORE_STORE_FILE_H
#define PLX_STORE_STORE_FILE_H

#include "evidence/store/sqlite.h"

#define PLX_STORE_MEND_AWAY \
    "move it away, with what stands beside it under its name: a new one is then made; or give the store another path"

/* Makes the file where there is none, and brings one of an earlier version up. False: store->db is NULL. */
bool plx_store_file_open(struct plx_sqlite *store);
/* Opens one that is there to read it, for a moment; *current: its tables are those of this version. Likewise. */
bool plx_store_file_peek(struct plx_sqlite *store, bool *current);
void plx_store_file_close(struct plx_sqlite *store);
/* Whether anything is at the path; also where that can't be told. */
bool plx_store_file_is_there(const struct plx_sqlite *store);
/* Of one that is not open: whether anything that may have kept it from being opened is another than at the last call.
 */
bool plx_store_file_has_changed(struct plx_sqlite *store);
/* Whether the open file is no longer the one at the path. */
bool plx_store_file_has_moved(struct plx_sqlite *store);
/* Of such a file: closes it whole, with nothing left beside the path that would spoil another one there. */
void plx_store_file_leave(struct plx_sqlite *store);

/* The trouble with the counts: what (behind the file's name) and how to mend it (static text). */
void plx_store_file_trouble(struct plx_sqlite *store, const char *mend, const char *what, ...)
    __attribute__((format(printf, 3, 4)));
/* The same in SQLite's words. doing: "opening" */
void plx_store_file_explain(struct plx_sqlite *store, const char *doing);

#endif
