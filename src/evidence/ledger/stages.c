/* SPDX-License-Identifier: Apache-2.0 */
/* Stages that were set, in memory. */
#include "evidence/ledger/stages.h"

#include "base/assert.h"
#include "evidence/ledger/ledger_state.h"

#include <stdlib.h>

static struct plx_stage_entry *
find(const struct plx_ledger *ledger, const char *service)
{
    return plx_table_get(&ledger->stages, plx_slice_of(service));
}

const struct plx_set_stage *
plx_ledger_stage(const struct plx_ledger *ledger, const char *service)
{
    const struct plx_stage_entry *entry = find(ledger, service);

    return entry && !entry->dropped ? &entry->set : NULL;
}

bool
plx_ledger_stage_is_stored(const struct plx_ledger *ledger, const char *service)
{
    const struct plx_stage_entry *entry = find(ledger, service);

    return ledger->store.ops && entry && !entry->dropped && plx_list_empty(&entry->dirty);
}

struct plx_stage_entry *
plx_ledger_stage_entry(struct plx_ledger *ledger, struct plx_slice service, enum plx_status *status)
{
    struct plx_stage_entry *entry = plx_table_get(&ledger->stages, service);

    *status = PLX_OK;
    if (entry)
        return entry;
    PLX_ASSERT(service.len <= PLX_SERVICE_NAME_MAX);
    entry = calloc(1, sizeof(*entry));
    if (!entry) {
        *status = PLX_E_MEMORY;
        return NULL;
    }
    plx_list_init(&entry->dirty);
    memcpy(entry->name, service.ptr, service.len);
    *status = plx_table_add(&ledger->stages, service, entry);
    if (*status == PLX_OK)
        return entry;
    free(entry);
    return NULL;
}

/* Now, and so that it is on the disk: a power cut must not take a rollback back. */
static void
save(struct plx_ledger *ledger, struct plx_stage_entry *entry)
{
    if (!ledger->store.ops)
        return;
    if (plx_list_empty(&entry->dirty))
        plx_list_push_back(&ledger->dirty_stages, &entry->dirty);
    ledger->store.ops->set_durable(ledger->store.context, true);
    ledger->behind = true;
    (void)plx_ledger_catch_up(ledger);
    ledger->store.ops->set_durable(ledger->store.context, false);
}

enum plx_status
plx_ledger_set_stage(struct plx_ledger *ledger, const char *service, const struct plx_set_stage *set)
{
    enum plx_status status;
    struct plx_stage_entry *entry = plx_ledger_stage_entry(ledger, plx_slice_of(service), &status);

    if (!entry)
        return status;
    entry->set = *set;
    entry->dropped = false;
    save(ledger, entry);
    return PLX_OK;
}

void
plx_ledger_drop_stage(struct plx_ledger *ledger, const char *service)
{
    struct plx_stage_entry *entry = find(ledger, service);

    if (!entry || entry->dropped)
        return;
    entry->dropped = true;
    save(ledger, entry);
}
