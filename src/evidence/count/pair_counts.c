/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/count/pair_counts.h"

void
plx_pairs_add(struct plx_pairs *into, const struct plx_pairs *from)
{
    into->both += from->both;
    into->candidate_alone += from->candidate_alone;
    into->secondary_alone += from->secondary_alone;
}

void
plx_pair_counts_add(struct plx_pair_counts *into, const struct plx_pair_counts *from)
{
    into->paired += from->paired;
    into->unpaired += from->unpaired;
    into->differing += from->differing;
    into->errors_paired += from->errors_paired;
    into->lacks_state += from->lacks_state;
    plx_pairs_add(&into->any, &from->any);
    plx_pairs_add(&into->errors, &from->errors);
}
