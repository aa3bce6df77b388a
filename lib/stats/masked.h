/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Masked fields: where the secondary differs from the primary so often that counts can say nothing of the candidate.
 * Not a verdict: the report names them, and how to look into them.
 */
#ifndef PLX_STATS_MASKED_H
#define PLX_STATS_MASKED_H

#include <stdbool.h>
#include <stdint.h>

#define PLX_MASKED_LEAST 8u /* exchanges, below which a field has not shown what it is */

/* both, secondary_alone: of the `compared` exchanges of the field's endpoint. Half of them or more: masked. */
static inline bool
plx_field_is_masked(uint64_t compared, uint64_t both, uint64_t secondary_alone)
{
    uint64_t differs = both + secondary_alone;

    return compared >= PLX_MASKED_LEAST && differs >= compared - (differs < compared ? differs : compared);
}

#endif
