/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What may still be done for one comparison, in steps: a byte that is read or a value that is looked at is about one,
 * which takes a nanosecond or two. Whatever its input makes long counts its steps here, so that a hostile pair is given
 * up at the same place on every machine.
 */
#ifndef PLX_BASE_WORK_H
#define PLX_BASE_WORK_H

#include <stdbool.h>
#include <stdint.h>

struct plx_work {
    uint64_t left;
    uint64_t values_left; /* of documents that may still be read */
    const bool *cancel;   /* another thread sets it to end the work (by __atomic_store_n); NULL: nobody does */
    bool over;            /* it was used up, or canceled */
    bool canceled;
};

#define PLX_WORK_LOOK (UINT64_C(1) << 16) /* steps after which `cancel` is looked at again */

/* Takes steps off; false where there are no more: whatever is under way is then to end. NULL: there is no bound. */
static inline bool
plx_work_spend(struct plx_work *work, uint64_t steps)
{
    if (!work)
        return true;
    uint64_t before = work->left;
    if (steps > before) {
        work->left = 0;
        work->over = true;
        return false;
    }
    work->left = before - steps;
    if (work->cancel && (before ^ work->left) >= PLX_WORK_LOOK && __atomic_load_n(work->cancel, __ATOMIC_RELAXED)) {
        work->left = 0;
        work->over = work->canceled = true;
    }
    return !work->over;
}

#endif
