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

#endif
