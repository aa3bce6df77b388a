/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A copy of the store's file, made in steps over the connection that writes it: what is written between two steps is in
 * the copy too. It is for its owner alone, and under another name until it is whole.
 */
#ifndef PLX_STORE_STORE_COPY_H
#define PLX_STORE_STORE_COPY_H

#include <parallax/base.h>

#include <sqlite3.h>

struct plx_store_copy {
    sqlite3 *to; /* NULL: none is made */
    sqlite3_backup *steps;
    char *path;
    char error[256]; /* after a step that failed */
};

/* path: where nothing is of any worth; what is there is overwritten. False: error says why. */
bool plx_store_copy_begin(struct plx_store_copy *copy, sqlite3 *from, const char *path);
/* At most so many pages (-1: all). PLX_AGAIN: there are more; PLX_OK: the file is whole and closed; PLX_E_IO: error
 * says why, and nothing is left. */
PLX_MUST_USE enum plx_status plx_store_copy_step(struct plx_store_copy *copy, int pages);
/* Pages that are copied, and all that there are. */
void plx_store_copy_progress(const struct plx_store_copy *copy, uint64_t *done, uint64_t *all);
/* Gives it up; nothing is left of a copy that is not whole. */
void plx_store_copy_cancel(struct plx_store_copy *copy);

#endif
