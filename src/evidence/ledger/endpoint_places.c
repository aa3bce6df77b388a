/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hard thing is that nothing may go while a fold has begun, whose evidence points to endpoints: so all places are
 * made before, once for all that is new in a tally.
 */
#include "evidence/ledger/endpoint_places.h"

#include "evidence/ledger/endpoint_merge.h"
#include "evidence/ledger/ledger_state.h"
#include "evidence/ledger/path_folding.h"

#include <stdlib.h>

/* ---- names ---- */

static bool
is_not_found(const struct plx_endpoint_counts *from)
{
    uint64_t total = plx_exchange_counts_sum(&from->exchanges).total;

    return from->service->kind == PLX_SUBJECT_SERVICE && total > 0 &&
           from->exchanges.no_evidence[PLX_NO_EVIDENCE_NOT_FOUND] == total;
}

/* By the rules of today: a worker may not have had them yet. */
static struct plx_slice
name_for(const struct plx_ledger *ledger, const struct plx_service_counts *into, const struct plx_endpoint_counts *from,
         char buffer[PLX_ENDPOINT_MAX])
{
    const struct plx_folding *folding = plx_ledger_folding(ledger, into->kind, into->name);
    struct plx_slice name = plx_folding_endpoint(folding, from->name, buffer);

    if (is_not_found(from) && !plx_table_get(&into->endpoints, name) &&
        !plx_ledger_names_endpoint(ledger, into->kind, into->name, name))
        return plx_slice_of(PLX_NOT_FOUND);
    return name;
}

static bool
is_named(const struct plx_ledger *ledger, const struct plx_service_counts *into, struct plx_slice name)
{
    return plx_slice_equal(name, plx_slice_of(PLX_NOT_FOUND)) ||
           plx_ledger_names_endpoint(ledger, into->kind, into->name, name);
}

struct plx_endpoint_counts *
plx_endpoint_place(struct plx_ledger *ledger, struct plx_service_counts *into, const struct plx_endpoint_counts *from)
{
    char buffer[PLX_ENDPOINT_MAX];
    const struct plx_slice name = name_for(ledger, into, from, buffer);

    if (is_named(ledger, into, name))
        return plx_counts_named_endpoint(&ledger->counts, into, name);
    return plx_counts_endpoint(&ledger->counts, into, name);
}

/* ---- who gives way ---- */

static uint64_t
rank(const struct plx_endpoint_counts *endpoint)
{
    return endpoint->rank_begin + plx_exchange_counts_sum(&endpoint->exchanges).total;
}

static int
compare_ranks(const void *a, const void *b)
{
    uint64_t x = rank(*(struct plx_endpoint_counts *const *)a), y = rank(*(struct plx_endpoint_counts *const *)b);

    return (x > y) - (x < y);
}

static bool
may_go(const struct plx_ledger *ledger, const struct plx_endpoint_counts *endpoint,
       const struct plx_service_counts *from)
{
    return endpoint != &endpoint->service->other && !endpoint->named && plx_endpoint_counts_is_plain(endpoint) &&
           !is_named(ledger, endpoint->service, endpoint->name) && !plx_table_get(&from->endpoints, endpoint->name);
}

struct leavers {
    struct plx_endpoint_counts **list; /* malloc'd; NULL: not looked for yet, or no memory */
    size_t count, next;
};

static struct plx_endpoint_counts *
next_leaver(const struct plx_ledger *ledger, struct plx_service_counts *into, const struct plx_service_counts *from,
            struct leavers *leavers)
{
    if (!leavers->list && (leavers->list = plx_service_counts_endpoints(into, &leavers->count))) {
        size_t kept = 0;
        for (size_t i = 0; i < leavers->count; i++)
            if (may_go(ledger, leavers->list[i], from))
                leavers->list[kept++] = leavers->list[i];
        leavers->count = kept;
        qsort(leavers->list, kept, sizeof(*leavers->list), compare_ranks);
    }
    return leavers->list && leavers->next < leavers->count ? leavers->list[leavers->next++] : NULL;
}

static void
replace(struct plx_ledger *ledger, struct plx_endpoint_counts *leaver, struct plx_slice name)
{
    struct plx_service_counts *service = leaver->service;
    const uint64_t begin = rank(leaver);

    plx_endpoint_merge(ledger, leaver, plx_slice_of(PLX_OTHER));
    struct plx_endpoint_counts *made = plx_counts_endpoint(&ledger->counts, service, name);
    if (made != &service->other)
        made->rank_begin = begin;
}

void
plx_endpoint_places_make(struct plx_ledger *ledger, struct plx_service_counts *into,
                         const struct plx_service_counts *from)
{
    struct leavers leavers = {NULL, 0, 0};
    const struct plx_table_entry *entry;
    struct plx_endpoint_counts *leaver;
    char buffer[PLX_ENDPOINT_MAX];
    size_t at = 0;

    if (plx_counts_has_places(&ledger->counts, into, from->endpoints.count))
        return;
    while ((entry = plx_table_next(&from->endpoints, &at))) {
        const struct plx_endpoint_counts *new = entry->value;
        const struct plx_slice name = name_for(ledger, into, new, buffer);
        if (plx_endpoint_counts_empty(new) || plx_table_get(&into->endpoints, name) || is_named(ledger, into, name))
            continue;
        if (plx_counts_has_places(&ledger->counts, into, 1))
            (void)plx_counts_endpoint(&ledger->counts, into, name);
        else if ((leaver = next_leaver(ledger, into, from, &leavers)))
            replace(ledger, leaver, name);
    }
    free(leavers.list);
    if (!ledger->store.ops)
        plx_ledger_drop_gone(ledger);
}
