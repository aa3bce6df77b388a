/* SPDX-License-Identifier: Apache-2.0 */
/* The copy of the store that somebody asks for (store_ops.h: backup_begin, backup_read). */
#ifndef PLX_STORE_STORE_BACKUP_H
#define PLX_STORE_STORE_BACKUP_H

#include "evidence/store/sqlite.h"

bool plx_store_backup_begin(void *store, uint64_t *id, char *error, size_t size);
enum plx_status plx_store_backup_read(void *store, uint64_t id, uint64_t offset, struct plx_buffer *out);
enum plx_status plx_store_backup_stages(void *store, const struct plx_ledger *ledger, uint64_t id,
                                        struct plx_buffer *out);
/* Gives it up: always, or where nobody has read for a minute. */
void plx_store_backup_drop(struct plx_sqlite *store);
void plx_store_backup_expire(struct plx_sqlite *store);

#endif
