/* SPDX-License-Identifier: Apache-2.0 */
/* What one comparison may take of memory, values and work, and what it has read already. */
#ifndef PLX_COMPARE_SPENDING_H
#define PLX_COMPARE_SPENDING_H

#include "body/body.h"

#define PLX_MEMORY_DEFAULT ((uint64_t)1 << 30)
#define PLX_VALUES_DEFAULT ((uint64_t)64 << 20)
#define PLX_WORK_DEFAULT   ((uint64_t)8 << 30)

/* The primary's body, which both the secondary's and the candidate's are compared with. */
struct plx_primary {
    bool read;
    enum plx_status status;
    struct plx_body body;
};

struct plx_spending {
    struct plx_work work;
    struct plx_primary primary;
    struct plx_arena *arena;
    size_t memory_max;
    uint64_t work_later, values_later; /* kept back for the candidate */
};

/* Of limits (NULL: the defaults) all, or where there is a secondary half of it until plx_spending_rest(). */
void plx_spending_begin(struct plx_spending *spending, const struct plx_compare_limits *limits, struct plx_arena *arena,
                        bool half);
/* The other half, whatever the first was spent on. */
void plx_spending_rest(struct plx_spending *spending);
/* The arena is the caller's again, without a limit. */
void plx_spending_end(struct plx_spending *spending);

#endif
