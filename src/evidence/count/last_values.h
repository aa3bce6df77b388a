/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The last value that candidate and secondary gave of a field, as a hash: an id that is always the same is told by it.
 * A worker's, for longer than one tally lives. Of a fixed size: where two fields meet in one place the later one begins
 * anew, and one value is then not known to be the same as the one before.
 */
#ifndef PLX_COUNT_LAST_VALUES_H
#define PLX_COUNT_LAST_VALUES_H

#include "evidence/count/counts.h"

#define PLX_LAST_VALUES_MAX 1024u /* fields that a worker remembers; a power of 2 */

struct plx_last_values {
    struct {
        uint64_t field;   /* a hash; 0: none */
        uint64_t last[2]; /* of candidate and secondary; 0: none yet */
    } places[PLX_LAST_VALUES_MAX];
};

/* Those of the field, by its service, endpoint, kind and name; made where there are none. Good until the next call. */
uint64_t *plx_last_values_of(struct plx_last_values *values, const struct plx_field_counts *field);

#endif
