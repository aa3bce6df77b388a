/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/ledger/ledger_life.h"

#include "base/assert.h"
#include "evidence/ledger/endpoint_merge.h"
#include "evidence/ledger/ledger_state.h"
#include "evidence/ledger/path_folding.h"
#include "evidence/record/record.h"

#include <stdlib.h>

void
plx_ledger_init(struct plx_ledger *ledger, struct plx_store store)
{
    *ledger = (struct plx_ledger){.store = store};
    plx_counts_init(&ledger->counts, PLX_LEDGER_CAUSES_MAX);
    plx_list_init(&ledger->records);
    plx_list_init(&ledger->dirty_services);
    plx_list_init(&ledger->dirty_endpoints);
    plx_list_init(&ledger->dirty_fields);
    plx_list_init(&ledger->dirty_causes);
    plx_list_init(&ledger->dirty_excuses);
    plx_list_init(&ledger->dirty_stages);
    plx_list_init(&ledger->dirty_reconciliations);
    plx_list_init(&ledger->dirty_folding);
    plx_list_init(&ledger->gone_endpoints);
    plx_list_init(&ledger->gone_causes);
    plx_table_init(&ledger->folding, PLX_LEDGER_SERVICES_MAX);
    plx_table_init(&ledger->stages, PLX_LEDGER_SERVICES_MAX);
}

static void
drop_record(struct plx_ledger *ledger, struct plx_record *record)
{
    plx_list_remove(&record->node);
    ledger->record_count--;
    ledger->record_bytes -= record->bytes;
    plx_record_free(record);
}

void
plx_ledger_fini(struct plx_ledger *ledger)
{
    while (!plx_list_empty(&ledger->records))
        drop_record(ledger, PLX_CONTAINER(ledger->records.next, struct plx_record, node));
    plx_ledger_drop_gone(ledger);
    plx_counts_fini(&ledger->counts);
    plx_table_fini(&ledger->stages, free);
    plx_table_fini(&ledger->folding, plx_folding_free);
    plx_reconciliations_fini(&ledger->reconciliations);
}

void
plx_ledger_evict_oldest(struct plx_ledger *ledger)
{
    struct plx_record *oldest = PLX_CONTAINER(ledger->records.next, struct plx_record, node);

    ledger->evicted = oldest->sequence;
    drop_record(ledger, oldest);
}
