/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When to look for names, and what follows from one that is found. The hard thing is that a rule changes the parents of
 * those below it: they are made anew, from the root down, each by those that are made already.
 */
#include "evidence/ledger/path_names.h"

#include "evidence/ledger/endpoint_merge.h"
#include "evidence/ledger/fold_decision.h"
#include "evidence/ledger/ledger_state.h"
#include "evidence/ledger/path_folding.h"
#include "log/log.h"
#include "service/endpoint.h"

#include <stdio.h>
#include <stdlib.h>

static size_t
depth_of(struct plx_slice parent)
{
    size_t depth = 0;

    for (size_t i = 0; i < parent.len; i++)
        depth += parent.ptr[i] == '/';
    return depth;
}

static int
by_depth(const void *a, const void *b)
{
    size_t x = depth_of((*(const struct plx_path_fold *const *)a)->parent);
    size_t y = depth_of((*(const struct plx_path_fold *const *)b)->parent);

    return (x > y) - (x < y);
}

static bool
add_folded(struct plx_path_folds *folds, const struct plx_path_fold *fold)
{
    char buffer[PLX_ENDPOINT_MAX];
    struct plx_path_fold moved = *fold;

    moved.parent = plx_slice_make(buffer, plx_endpoint_fold(folds, fold->parent, buffer));
    return plx_path_folds_add(folds, &moved) == PLX_OK;
}

/* The rules with one more; NULL: no room or no memory. */
static struct plx_path_folds *
with(const struct plx_path_folds *before, const struct plx_path_fold *fold)
{
    const struct plx_path_fold *all[PLX_PATH_FOLDS_MAX + 1] = {fold};
    struct plx_path_folds *folds = plx_path_folds_new();
    size_t count = plx_path_folds_count(before);
    bool added = folds != NULL;

    for (size_t i = 0; i < count; i++)
        all[i + 1] = plx_path_folds_at(before, i);
    qsort(all, count + 1, sizeof(struct plx_path_fold *), by_depth);
    for (size_t i = 0; added && i <= count; i++)
        added = add_folded(folds, all[i]);
    if (added)
        return folds;
    plx_path_folds_unref(folds);
    return NULL;
}

static void
tell(const struct plx_folding *entry, const struct plx_path_fold *fold)
{
    char into[PLX_ENDPOINT_MAX + sizeof(PLX_PATH_NAME)], stay[256] = "";
    size_t len = 0;

    snprintf(into, sizeof(into), "%.*s%s", (int)fold->parent.len, fold->parent.ptr, PLX_PATH_NAME);
    for (uint32_t i = 0; i < fold->stay_count && len < sizeof(stay); i++)
        len += (size_t)snprintf(stay + len, sizeof(stay) - len, "%s%.*s", i ? "," : "", (int)fold->stay[i].len,
                                fold->stay[i].ptr);
    plx_log(PLX_LOG_INFO, "paths_folded", PLX_TEXT("service", entry->name), PLX_NUMBER_OF("paths", fold->names),
            PLX_TEXT("into", into), PLX_TEXT("stay", stay));
}

/* Its endpoints with their exchanges, but for those that routes name. NULL: no memory. */
static struct plx_path_count *
paths_of(const struct plx_folding *entry, const struct plx_service_counts *service, size_t *count)
{
    struct plx_path_count *paths = calloc(service->endpoints.count + 1, sizeof(*paths));
    const struct plx_table_entry *each;
    size_t at = 0;

    *count = 0;
    while (paths && (each = plx_table_next(&service->endpoints, &at))) {
        const struct plx_endpoint_counts *endpoint = each->value;
        if (!plx_table_get(&entry->fixed, endpoint->name))
            paths[(*count)++] =
                (struct plx_path_count){endpoint->name, plx_exchange_counts_sum(&endpoint->exchanges).total};
    }
    return paths;
}

/* One rule more, if there is one. */
static bool
find_one(struct plx_ledger *ledger, struct plx_folding *entry, struct plx_service_counts *service, uint64_t time_ms)
{
    struct plx_path_folds *folds = NULL;
    struct plx_path_fold fold;
    size_t count;
    struct plx_path_count *paths = paths_of(entry, service, &count);

    if (paths && plx_fold_decide(paths, count, entry->folds, &fold)) {
        fold.time_ms = time_ms;
        folds = with(entry->folds, &fold);
    }
    if (folds) {
        tell(entry, &fold);
        plx_path_folds_unref(entry->folds);
        entry->folds = folds;
        ledger->folds_version++;
        if (plx_list_empty(&entry->dirty))
            plx_list_push_back(&ledger->dirty_folding, &entry->dirty);
    }
    free(paths);
    return folds != NULL;
}

/* A look costs about a millisecond where there are PLX_ENDPOINTS_MAX. */
static bool
is_due(const struct plx_folding *entry, const struct plx_service_counts *service, uint64_t exchanges, uint64_t time_ms)
{
    uint64_t apart = time_ms > entry->looked_ms ? time_ms - entry->looked_ms : entry->looked_ms - time_ms;

    if (entry->stale)
        return true;
    if (service->endpoints.count < PLX_FOLD_NAMES_MIN)
        return false;
    return service->endpoints.count >= entry->looked_endpoints + PLX_FOLD_LOOK_NAMES ||
           entry->looked_exchanges < PLX_FOLD_EXCHANGES_MIN ||
           (exchanges >= entry->looked_exchanges + PLX_FOLD_LOOK_EXCHANGES && apart >= PLX_FOLD_LOOK_MS);
}

void
plx_ledger_look_for_names(struct plx_ledger *ledger, struct plx_service_counts *service, uint64_t time_ms)
{
    struct plx_folding *entry =
        service->kind == PLX_SUBJECT_SERVICE ? plx_table_get(&ledger->folding, service->name) : NULL;
    struct plx_exchange_counts sum = {0};

    if (!entry || !entry->on)
        return;
    plx_service_counts_sum(service, &sum);
    uint64_t exchanges = plx_exchange_counts_sum(&sum).total;
    if (!is_due(entry, service, exchanges, time_ms))
        return;
    if (entry->stale && entry->folds)
        plx_endpoints_merge(ledger, entry, service);
    /* Each one is a rule more, of which there are PLX_PATH_FOLDS_MAX. */
    while (find_one(ledger, entry, service, time_ms))
        plx_endpoints_merge(ledger, entry, service);
    entry->stale = false;
    entry->looked_endpoints = service->endpoints.count;
    entry->looked_exchanges = exchanges;
    entry->looked_ms = time_ms;
}
