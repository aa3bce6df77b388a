/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which segments of a service's paths are names: slugs, SKUs, user names. A rule says of one parent ("GET /products/",
 * itself as folded) that every segment straight below it is written {name}, but for a few that stay. Rules are made by
 * evidence/ledger/fold_decision.h from what was counted; here they are only kept, found and shared: once others see a
 * set it does not change, workers read it without a lock, and the last reference frees it.
 */
#ifndef PLX_SERVICE_PATH_FOLDS_H
#define PLX_SERVICE_PATH_FOLDS_H

#include <parallax/base.h>

#define PLX_PATH_FOLDS_MAX     100u /* rules of one service; what comes after stays as it is */
#define PLX_PATH_FOLD_STAY_MAX 32u  /* segments of one parent that stay */
#define PLX_PATH_NAME          "{name}"

struct plx_path_fold {
    struct plx_slice parent; /* up to and with the slash before the name */
    struct plx_slice stay[PLX_PATH_FOLD_STAY_MAX];
    uint32_t stay_count;
    uint64_t names;   /* different ones that were seen when it was decided */
    uint64_t time_ms; /* since the epoch, likewise */
};

struct plx_path_folds;

struct plx_path_folds *plx_path_folds_new(void);                         /* NULL where there is no memory */
struct plx_path_folds *plx_path_folds_ref(struct plx_path_folds *folds); /* from any thread */
void plx_path_folds_unref(struct plx_path_folds *folds);                 /* NULL is fine */

/*
 * Adds a copy, as long as nobody else sees the set. A rule for the same parent takes in what stays and is counted with
 * it. PLX_E_LIMIT, PLX_E_MEMORY.
 */
PLX_MUST_USE enum plx_status plx_path_folds_add(struct plx_path_folds *folds, const struct plx_path_fold *fold);

size_t plx_path_folds_count(const struct plx_path_folds *folds); /* 0 for NULL */
/* In the order in which they were added. */
const struct plx_path_fold *plx_path_folds_at(const struct plx_path_folds *folds, size_t i);

bool plx_path_folds_has(const struct plx_path_folds *folds, struct plx_slice parent); /* folds may be NULL */
/* Whether this segment below this parent is a name. folds may be NULL. */
bool plx_path_folds_takes(const struct plx_path_folds *folds, struct plx_slice parent, struct plx_slice segment);
/* Whether a segment stands for many already: {id}, {name}, or {anything}. */
bool plx_path_is_folded(struct plx_slice segment);

#endif
