/* SPDX-License-Identifier: Apache-2.0 */
/* Services' rules, and endpoints by them. Where the rules come from: path_names.c. */
#include "evidence/ledger/path_folding.h"

#include "evidence/ledger/ledger_state.h"
#include "service/endpoint.h"

#include <stdlib.h>

/* ---- services ---- */

void
plx_folding_free(void *folding)
{
    struct plx_folding *entry = folding;

    plx_path_folds_unref(entry->folds);
    plx_table_fini(&entry->fixed, NULL);
    plx_table_fini(&entry->named, NULL);
    free(entry);
}

struct plx_folding *
plx_ledger_folding_entry(struct plx_ledger *ledger, struct plx_slice service)
{
    struct plx_folding *entry = plx_table_get(&ledger->folding, service);

    if (entry)
        return entry;
    if (service.len > PLX_SERVICE_NAME_MAX || !(entry = calloc(1, sizeof(*entry))))
        return NULL;
    plx_list_init(&entry->dirty);
    plx_table_init(&entry->fixed, PLX_ROUTES_MAX);
    plx_table_init(&entry->named, 2 * PLX_ROUTES_MAX);
    memcpy(entry->name, service.ptr, service.len);
    if (plx_table_add(&ledger->folding, service, entry) != PLX_OK) {
        plx_folding_free(entry);
        return NULL;
    }
    return entry;
}

/* false: no memory. */
static bool
note(struct plx_table *table, const char *text)
{
    if (!text || plx_table_get(table, plx_slice_of(text)))
        return true;
    return plx_table_add(table, plx_slice_of(text), table) == PLX_OK;
}

bool
plx_ledger_configure_folding(struct plx_ledger *ledger, const struct plx_service *service)
{
    struct plx_folding *entry = plx_ledger_folding_entry(ledger, plx_slice_of(service->name));

    if (!entry)
        return false;
    entry->on = service->fold;
    entry->stale = true;
    plx_table_fini(&entry->fixed, NULL);
    plx_table_fini(&entry->named, NULL);
    for (size_t i = 0; i < service->route_count; i++) {
        const struct plx_route *route = &service->routes[i];
        if (!note(&entry->fixed, route->endpoint) || !note(&entry->named, route->endpoint) ||
            !note(&entry->named, route->match))
            return false;
    }
    return true;
}

bool
plx_ledger_names_endpoint(const struct plx_ledger *ledger, enum plx_subject_kind kind, struct plx_slice service,
                          struct plx_slice endpoint)
{
    const struct plx_folding *entry = kind == PLX_SUBJECT_SERVICE ? plx_table_get(&ledger->folding, service) : NULL;

    return entry && plx_table_get(&entry->named, endpoint);
}

struct plx_path_folds *
plx_ledger_path_folds(const struct plx_ledger *ledger, const char *service)
{
    const struct plx_folding *entry = plx_table_get(&ledger->folding, plx_slice_of(service));

    return entry && entry->on ? entry->folds : NULL;
}

uint64_t
plx_ledger_folds_version(const struct plx_ledger *ledger)
{
    return ledger->folds_version;
}

/* ---- by the rules ---- */

const struct plx_folding *
plx_ledger_folding(const struct plx_ledger *ledger, enum plx_subject_kind kind, struct plx_slice service)
{
    const struct plx_folding *entry = kind == PLX_SUBJECT_SERVICE ? plx_table_get(&ledger->folding, service) : NULL;

    return entry && entry->on && entry->folds ? entry : NULL;
}

struct plx_slice
plx_folding_endpoint(const struct plx_folding *folding, struct plx_slice endpoint, char buffer[PLX_ENDPOINT_MAX])
{
    if (!folding || endpoint.len > PLX_ENDPOINT_MAX || plx_table_get(&folding->fixed, endpoint))
        return endpoint;
    struct plx_slice folded = plx_slice_make(buffer, plx_endpoint_fold(folding->folds, endpoint, buffer));
    return plx_slice_equal(folded, endpoint) ? endpoint : folded;
}
