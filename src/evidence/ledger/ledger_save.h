/* SPDX-License-Identifier: Apache-2.0 */
/* From the ledger into its store: what changed, or all of it where the store is a new one. */
#ifndef PLX_LEDGER_LEDGER_SAVE_H
#define PLX_LEDGER_LEDGER_SAVE_H

#include "evidence/ledger/store_ops.h"

struct plx_ledger;
struct plx_service_counts;

/* What changed, in one transaction; only where there is a store. Where it fails all stays to be written. */
void plx_ledger_save(struct plx_ledger *ledger);
/* Likewise stages, holds and changes. */
void plx_ledger_save_stages(struct plx_ledger *ledger);
/* All that is counted of a service is to be written. */
void plx_ledger_mark_service(struct plx_ledger *ledger, struct plx_service_counts *service);
/* Writes what could not be written before. false: the store still lacks something. */
bool plx_ledger_catch_up(struct plx_ledger *ledger);
bool plx_ledger_is_behind(const struct plx_ledger *ledger); /* the store lacks something */
/* Every few seconds: finds out that the store's file was taken away, and goes on in a new one. */
void plx_ledger_look_after_store(struct plx_ledger *ledger);
/* Whether something is wrong with a part of the store; text (size bytes) then says what and how to mend it. */
bool plx_ledger_store_trouble(const struct plx_ledger *ledger, enum plx_store_part part, char *text, size_t size);
/* false: all is in memory alone, on purpose. */
bool plx_ledger_has_store(const struct plx_ledger *ledger);

/* As the operations of a store (store_ops.h); all that is known is saved first. */
bool plx_ledger_backup_begin(struct plx_ledger *ledger, uint64_t *id, char *error, size_t size);
PLX_MUST_USE enum plx_status plx_ledger_backup_read(struct plx_ledger *ledger, uint64_t id, uint64_t offset,
                                                    struct plx_buffer *out);
PLX_MUST_USE enum plx_status plx_ledger_backup_stages(struct plx_ledger *ledger, uint64_t id, struct plx_buffer *out);

#endif
