/* SPDX-License-Identifier: Apache-2.0 */
/* Where one epoch of a service ends and the next begins. */
#ifndef PLX_LEDGER_LEDGER_EPOCHS_H
#define PLX_LEDGER_LEDGER_EPOCHS_H

#include "evidence/count/counts.h"
#include "evidence/count/epochs.h"

struct plx_ledger;

/*
 * Ends the present epoch, of which `report` is kept, and begins `next` with counts of 0; whatever the store has of the
 * service is replaced with the next save. PLX_E_MEMORY: nothing has changed.
 */
PLX_MUST_USE enum plx_status plx_ledger_begin_epoch(struct plx_ledger *ledger, struct plx_service_counts *service,
                                                    const struct plx_epoch *next, struct plx_slice report);

/* The same, but nothing is kept of the present epoch: where nothing was counted in it. */
PLX_MUST_USE enum plx_status plx_ledger_replace_epoch(struct plx_ledger *ledger, struct plx_service_counts *service,
                                                      const struct plx_epoch *next);
/* Notes what the present epoch of a service is of, where that is not known yet; one begins now where there is none. */
PLX_MUST_USE enum plx_status plx_ledger_note_epoch(struct plx_ledger *ledger, struct plx_slice service,
                                                   const char *candidate, uint64_t rules);
/* The present one of a service; NULL: there is none yet. */
const struct plx_epoch *plx_ledger_epoch(const struct plx_ledger *ledger, struct plx_slice service);
/* Forgets an endpoint, its causes, and what was concluded over all endpoints together; the epoch goes on. False: there
 * is no such endpoint. */
bool plx_ledger_forget_endpoint(struct plx_ledger *ledger, struct plx_service_counts *service,
                                struct plx_slice endpoint);

#endif
