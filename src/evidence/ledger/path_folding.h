/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which path segments of each service are names: decided from what the ledger has counted (path_names.h), kept beside
 * it, and applied to what it holds and to what still comes under unfolded names. Workers get the same rules by the
 * snapshot (rollout/). Of services alone; the control thread's, as all of the ledger.
 */
#ifndef PLX_LEDGER_PATH_FOLDING_H
#define PLX_LEDGER_PATH_FOLDING_H

#include "base/list.h"
#include "base/table.h"
#include "evidence/count/counts.h"
#include "service/path_folds.h"

struct plx_ledger;

/* Of one service. */
struct plx_folding {
    struct plx_list dirty; /* the ledger's: what the store does not have yet */
    char name[PLX_SERVICE_NAME_MAX + 1];
    struct plx_path_folds *folds; /* NULL: none yet */
    bool on;                      /* the configuration has it, and lets paths fold */
    struct plx_table fixed;       /* endpoints that routes name, as they are: never folded */
    struct plx_table named;       /* these, and what routes match */
    bool stale;                   /* what was counted may not be folded by all rules */
    size_t looked_endpoints;      /* at the last look */
    uint64_t looked_exchanges, looked_ms;
};

/* What the configuration says of a service. false: no memory; what could not be kept may be folded. */
bool plx_ledger_configure_folding(struct plx_ledger *ledger, const struct plx_service *service);
/* What workers fold by, of a service; NULL: nothing. No reference of its own. */
struct plx_path_folds *plx_ledger_path_folds(const struct plx_ledger *ledger, const char *service);
/* Counts changes of all services' rules. */
uint64_t plx_ledger_folds_version(const struct plx_ledger *ledger);

/* Found or added; NULL: no room or no memory. */
struct plx_folding *plx_ledger_folding_entry(struct plx_ledger *ledger, struct plx_slice service);
/* Whether a route of the configuration names it, as its endpoint or by what it matches. */
bool plx_ledger_names_endpoint(const struct plx_ledger *ledger, enum plx_subject_kind kind, struct plx_slice service,
                               struct plx_slice endpoint);
/* NULL: nothing of it is folded. */
const struct plx_folding *plx_ledger_folding(const struct plx_ledger *ledger, enum plx_subject_kind kind,
                                             struct plx_slice service);
/* As it is counted; folding may be NULL. The answer may lie in buffer, or be the endpoint itself. */
struct plx_slice plx_folding_endpoint(const struct plx_folding *folding, struct plx_slice endpoint,
                                      char buffer[PLX_ENDPOINT_MAX]);
void plx_folding_free(void *folding);

#endif
