/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/count/recheck_counts.h"

#include "base/assert.h"

static const char *const texts[] = {
#define RESULT(name, text) [name] = (text),
    PLX_RECHECK_MAP(RESULT)
#undef RESULT
};

const char *
plx_recheck_text(enum plx_recheck_result result)
{
    PLX_ASSERT((unsigned)result < PLX_RECHECK_RESULTS);
    return texts[result];
}

bool
plx_recheck_of(struct plx_slice text, enum plx_recheck_result *result)
{
    for (size_t i = 0; i < PLX_RECHECK_RESULTS; i++)
        if (plx_slice_equal(text, plx_slice_of(texts[i]))) {
            *result = (enum plx_recheck_result)i;
            return true;
        }
    return false;
}

void
plx_recheck_counts_add(struct plx_recheck_counts *into, const struct plx_recheck_counts *from)
{
    for (size_t i = 0; i < PLX_RECHECK_RESULTS; i++)
        into->by[i] += from->by[i];
}
