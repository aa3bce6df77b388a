/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of rules; see the header. */
#include "service/path_folds.h"

#include "base/assert.h"
#include "base/slice.h"
#include "base/table.h"

#include <stdatomic.h>
#include <stdlib.h>

struct plx_path_folds {
    atomic_uint references;
    struct plx_table by_parent; /* its values are in `list` */
    struct plx_path_fold *list[PLX_PATH_FOLDS_MAX];
    size_t count;
};

struct plx_path_folds *
plx_path_folds_new(void)
{
    struct plx_path_folds *folds = calloc(1, sizeof(*folds));

    if (!folds)
        return NULL;
    atomic_init(&folds->references, 1);
    plx_table_init(&folds->by_parent, PLX_PATH_FOLDS_MAX);
    return folds;
}

struct plx_path_folds *
plx_path_folds_ref(struct plx_path_folds *folds)
{
    if (folds)
        atomic_fetch_add_explicit(&folds->references, 1, memory_order_relaxed);
    return folds;
}

void
plx_path_folds_unref(struct plx_path_folds *folds)
{
    if (!folds || atomic_fetch_sub_explicit(&folds->references, 1, memory_order_acq_rel) != 1)
        return;
    for (size_t i = 0; i < folds->count; i++)
        free(folds->list[i]);
    plx_table_fini(&folds->by_parent, NULL);
    free(folds);
}

/* ---- adding ---- */

static bool
stays(const struct plx_path_fold *fold, struct plx_slice segment)
{
    for (uint32_t i = 0; i < fold->stay_count; i++)
        if (plx_slice_equal(fold->stay[i], segment))
            return true;
    return false;
}

/* With its texts behind it, in one piece of memory. */
static struct plx_path_fold *
copy_of(const struct plx_path_fold *fold)
{
    size_t size = sizeof(*fold) + fold->parent.len;
    struct plx_path_fold *copy;
    char *at;

    PLX_ASSERT(fold->stay_count <= PLX_PATH_FOLD_STAY_MAX);
    for (uint32_t i = 0; i < fold->stay_count; i++)
        size += fold->stay[i].len;
    if (!(copy = malloc(size)))
        return NULL;
    *copy = *fold;
    at = (char *)(copy + 1);
    copy->parent = plx_slice_put(&at, fold->parent);
    for (uint32_t i = 0; i < fold->stay_count; i++)
        copy->stay[i] = plx_slice_put(&at, fold->stay[i]);
    return copy;
}

static struct plx_path_fold *
united(const struct plx_path_fold *a, const struct plx_path_fold *b)
{
    struct plx_path_fold both = *a;

    for (uint32_t i = 0; i < b->stay_count && both.stay_count < PLX_PATH_FOLD_STAY_MAX; i++)
        if (!stays(a, b->stay[i]))
            both.stay[both.stay_count++] = b->stay[i];
    both.names += b->names;
    both.time_ms = a->time_ms < b->time_ms ? a->time_ms : b->time_ms;
    return copy_of(&both);
}

static enum plx_status
replace(struct plx_path_folds *folds, struct plx_path_fold *there, const struct plx_path_fold *fold)
{
    struct plx_path_fold *both = united(there, fold);
    size_t i = 0;

    if (!both)
        return PLX_E_MEMORY;
    while (folds->list[i] != there)
        i++;
    (void)plx_table_remove(&folds->by_parent, there->parent);
    enum plx_status status = plx_table_add(&folds->by_parent, both->parent, both);
    folds->list[i] = both;
    free(there);
    return status;
}

enum plx_status
plx_path_folds_add(struct plx_path_folds *folds, const struct plx_path_fold *fold)
{
    struct plx_path_fold *there = plx_table_get(&folds->by_parent, fold->parent);

    if (there)
        return replace(folds, there, fold);
    if (folds->count == PLX_PATH_FOLDS_MAX)
        return PLX_E_LIMIT;
    if (!(there = copy_of(fold)))
        return PLX_E_MEMORY;
    enum plx_status status = plx_table_add(&folds->by_parent, there->parent, there);
    if (status != PLX_OK) {
        free(there);
        return status;
    }
    folds->list[folds->count++] = there;
    return PLX_OK;
}

/* ---- reading ---- */

size_t
plx_path_folds_count(const struct plx_path_folds *folds)
{
    return folds ? folds->count : 0;
}

const struct plx_path_fold *
plx_path_folds_at(const struct plx_path_folds *folds, size_t i)
{
    PLX_ASSERT(i < folds->count);
    return folds->list[i];
}

bool
plx_path_folds_has(const struct plx_path_folds *folds, struct plx_slice parent)
{
    return folds && plx_table_get(&folds->by_parent, parent);
}

bool
plx_path_is_folded(struct plx_slice segment)
{
    return segment.len >= 2 && segment.ptr[0] == '{' && segment.ptr[segment.len - 1] == '}';
}

bool
plx_path_folds_takes(const struct plx_path_folds *folds, struct plx_slice parent, struct plx_slice segment)
{
    if (!folds || segment.len == 0 || plx_path_is_folded(segment))
        return false;
    const struct plx_path_fold *fold = plx_table_get(&folds->by_parent, parent);
    return fold && !stays(fold, segment);
}
