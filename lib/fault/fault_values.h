/* SPDX-License-Identifier: Apache-2.0 */
/* What one difference looks like, from its two values alone. */
#ifndef PLX_FAULT_FAULT_VALUES_H
#define PLX_FAULT_FAULT_VALUES_H

#include "fault/fault.h"

/* *out: what may hold, seen once. Redacted and cut values have no fault but that of an order. */
void plx_fault_values_find(const struct plx_difference *difference, struct plx_faults *out);

/* Whether two JSON texts, or two raw ones, are the same but for blanks between tokens. */
bool plx_fault_same_json(struct plx_slice a, struct plx_slice b);

#endif
