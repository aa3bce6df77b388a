/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When it is evident that the segments below a parent are names (slugs, SKUs, user names) and no paths of their own:
 * a pure function of the endpoints that were counted.
 *
 * Of the segments straight below one parent ("GET /products/") count those that are neither empty nor folded already.
 * They are names if there were PLX_FOLD_EXCHANGES_MIN exchanges below the parent, and so many different ones as
 *   PLX_FOLD_NAMES_MIN   where half of them or more look like names: a digit, a capital, an escape, two dashes, ...
 *   PLX_FOLD_WORDS_MIN   where most are plain words, as paths of an API are, too
 * A segment with a large share stays: a PLX_FOLD_STAY_SHARE-th of what the parent has and more, or
 * PLX_FOLD_STAY_TIMES times as much as half of them have. Methods are looked at one by one, so that `POST
 * /products/search` is none of the names below `GET /products/`. Nothing is unfolded again: what was counted together
 * cannot be told apart.
 */
#ifndef PLX_LEDGER_FOLD_DECISION_H
#define PLX_LEDGER_FOLD_DECISION_H

#include "service/path_folds.h"

#define PLX_FOLD_NAMES_MIN     30u
#define PLX_FOLD_WORDS_MIN     100u
#define PLX_FOLD_EXCHANGES_MIN 100u
#define PLX_FOLD_STAY_SHARE    10u
#define PLX_FOLD_STAY_TIMES    100u
#define PLX_FOLD_DEPTH_MAX     16u /* segments of a path that are looked at */

struct plx_path_count {
    struct plx_slice endpoint; /* "GET /products/red-shoe"; what is no method and path is left out */
    uint64_t count;            /* exchanges */
};

/*
 * Finds a parent with names that `before` (may be NULL) has no rule for, of several one with the fewest segments, since
 * what is below it changes with it. Returns true and fills *fold, whose texts are those of the endpoints; its time is
 * left at 0. False: there is none, or no memory to look.
 */
bool plx_fold_decide(const struct plx_path_count *paths, size_t count, const struct plx_path_folds *before,
                     struct plx_path_fold *fold);

#endif
