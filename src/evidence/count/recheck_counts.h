/* SPDX-License-Identifier: Apache-2.0 */
/* What came of mismatches that were to be asked again: counted by cause. The text is what the store and the API have.
 */
#ifndef PLX_COUNT_RECHECK_COUNTS_H
#define PLX_COUNT_RECHECK_COUNTS_H

#include <parallax/base.h>

#define PLX_RECHECK_MAP(X)                                                                                           \
    X(PLX_RECHECK_PERSISTENT, "persistent")     /* the same fields differ again, one of them in the same values */   \
    X(PLX_RECHECK_RACE, "race")                 /* equal later */                                                    \
    X(PLX_RECHECK_FLAKY, "flaky")               /* differs again, in other fields or in other values */              \
    X(PLX_RECHECK_INCOMPARABLE, "incomparable") /* a role gave no answer, or none that can be compared */            \
    X(PLX_RECHECK_DROPPED, "dropped")           /* not asked: under pressure, a reload, a drain, too many waiting */ \
    X(PLX_RECHECK_OVER_BUDGET, "over_budget")   /* not asked: recheck.per_second was spent */

enum plx_recheck_result {
#define PLX_RECHECK_ENUM(name, text) name,
    PLX_RECHECK_MAP(PLX_RECHECK_ENUM)
#undef PLX_RECHECK_ENUM
        PLX_RECHECK_RESULTS
};

#define PLX_RECHECK_TELLING 3 /* the first of them say something of the cause */

struct plx_recheck_counts {
    uint64_t by[PLX_RECHECK_RESULTS];
};

const char *plx_recheck_text(enum plx_recheck_result result);
/* false: the text is none. */
bool plx_recheck_of(struct plx_slice text, enum plx_recheck_result *result);
void plx_recheck_counts_add(struct plx_recheck_counts *into, const struct plx_recheck_counts *from);

#endif
