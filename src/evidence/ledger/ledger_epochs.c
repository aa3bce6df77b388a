/* SPDX-License-Identifier: Apache-2.0 */
/* Epochs in the ledger. A candidate that is another one is judged for itself: nothing of its predecessor is left but
 * its report, and the health of the other roles. */
#include "evidence/ledger/ledger_epochs.h"

#include "evidence/ledger/ledger.h"
#include "evidence/ledger/ledger_state.h"

enum plx_status
plx_ledger_begin_epoch(struct plx_ledger *ledger, struct plx_service_counts *service, const struct plx_epoch *next,
                       struct plx_slice report)
{
    struct plx_epochs *epochs = plx_service_counts_epochs(service, next->began_ms);

    if (!epochs)
        return PLX_E_MEMORY;
    epochs->present.ended_ms = next->began_ms;
    if (!plx_epochs_keep(epochs, &epochs->present, report)) {
        epochs->present.ended_ms = 0;
        return PLX_E_MEMORY;
    }
    epochs->present = *next;
    epochs->unsaved = true;
    plx_service_counts_restart(&ledger->counts, service, 1u << PLX_CANDIDATE);
    plx_list_push_back(&ledger->dirty_services, &service->dirty);
    if (ledger->store.ops)
        ledger->behind = true; /* for plx_ledger_catch_up() */
    plx_ledger_catch_up(ledger);
    return PLX_OK;
}
