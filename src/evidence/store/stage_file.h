/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stages that were set by command, holds and the last changes, in a file of their own beside the store: a rollback is
 * to outlive a store that is damaged, deleted or of a later version. It is JSON, small, always written whole under
 * another name and then renamed: a reader finds all of the old or all of the new.
 */
#ifndef PLX_STORE_STAGE_FILE_H
#define PLX_STORE_STAGE_FILE_H

#include "evidence/store/sqlite.h"

struct plx_ledger;

enum plx_stage_file_found {
    PLX_STAGE_FILE_NONE,
    PLX_STAGE_FILE_READ,
    PLX_STAGE_FILE_DAMAGED, /* the store's trouble says why; the ledger has none of it */
};

/* FILE.stages of the store FILE, to be freed; NULL: no memory. */
char *plx_stage_file_path(const char *store);
enum plx_stage_file_found plx_stage_file_read(struct plx_sqlite *store, struct plx_ledger *ledger);
/* All of it, and on the disk. One that could not be read is renamed before. False: the store's trouble says why. */
bool plx_stage_file_write(struct plx_sqlite *store, const struct plx_ledger *ledger);
/* What it says of this ledger. */
void plx_stage_file_text(const struct plx_ledger *ledger, struct plx_buffer *out);
/* It is another process's: the trouble of a change that could not be kept. */
void plx_stage_file_refuse(struct plx_sqlite *store);

#endif
