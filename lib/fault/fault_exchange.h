/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the fields of one exchange look like: each from its differences, and from what they are beside each other - a
 * member that is missing and one that is extra, elements that stand one place further on.
 */
#ifndef PLX_FAULT_FAULT_EXCHANGE_H
#define PLX_FAULT_FAULT_EXCHANGE_H

#include "fault/fault.h"

#define PLX_FAULT_DIFFERENCES_MAX 128u /* of an exchange that are looked at */
#define PLX_FAULT_OF_FIELD_MAX    16u  /* of one field: what is beside each other */
#define PLX_FAULT_VALUES_MAX      4u   /* of one field whose values are looked into */

/* A difference and the field that it counts for. */
struct plx_fault_difference {
    const struct plx_difference *difference;
    uint32_t field;
};

/*
 * fields[0..field_count): of each what may hold, seen once; not seen where none of the differences is its. count is at
 * most PLX_FAULT_DIFFERENCES_MAX, of one field at most PLX_FAULT_OF_FIELD_MAX. whole: these are all that there were.
 * The parameter of PLX_FAULT_RENAMED is a field.
 */
void plx_faults_of_exchange(const struct plx_fault_difference *differences, size_t count, bool whole,
                            struct plx_faults *fields, uint32_t field_count);

#endif
