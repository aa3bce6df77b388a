/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tables of evidence (the states of lib/stats, each a blob) and of epochs. A blob begins with its format and its
 * size; one of another format is left out when it is read: the counts are still there, and evidence begins anew.
 */
#ifndef PLX_STORE_STORE_EVIDENCE_H
#define PLX_STORE_STORE_EVIDENCE_H

#include "evidence/count/counts.h"
#include "evidence/store/sqlite.h"

struct plx_ledger;

#define PLX_STORE_READ_EVIDENCE "SELECT service, endpoint, name, kind, state, subject FROM evidence"
#define PLX_STORE_READ_EPOCHS                                                                            \
    "SELECT service, began_ms, ended_ms, why, name, version, candidate, rules, report, subject, reason " \
    "FROM epoch ORDER BY began_ms"

bool plx_store_save_field_evidence(struct plx_sqlite *store, const struct plx_field_counts *field);
bool plx_store_save_endpoint_evidence(struct plx_sqlite *store, const struct plx_endpoint_counts *endpoint);
/* Of the service and of those of its names that changed; its epochs, if they did. */
bool plx_store_save_service_evidence(struct plx_sqlite *store, const struct plx_service_counts *service);
bool plx_store_save_epochs(struct plx_sqlite *store, const struct plx_service_counts *service);
/* All that the store has of a service, but its epochs and its records. */
bool plx_store_forget_service(struct plx_sqlite *store, const struct plx_service_counts *service);

PLX_MUST_USE enum plx_status plx_store_read_evidence(struct plx_sqlite *store, struct plx_ledger *ledger,
                                                     sqlite3_stmt *row);
PLX_MUST_USE enum plx_status plx_store_read_epoch(struct plx_sqlite *store, struct plx_ledger *ledger,
                                                  sqlite3_stmt *row);

#endif
