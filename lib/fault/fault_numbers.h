/* SPDX-License-Identifier: Apache-2.0 */
/* What two numbers look like beside each other, by their decimal digits: rounding, scale, sign, a constant distance. */
#ifndef PLX_FAULT_FAULT_NUMBERS_H
#define PLX_FAULT_FAULT_NUMBERS_H

#include "fault/fault.h"

/* Adds what holds. Texts as JSON writes numbers, or zeros before them; anything else has no fault. */
void plx_fault_numbers_find(struct plx_slice primary, struct plx_slice candidate, struct plx_faults *out);
/* Whether both are numbers, and of the same value. */
bool plx_fault_numbers_equal(struct plx_slice a, struct plx_slice b);
/* "60 times as much: minutes and seconds?" of PLX_FAULT_SCALE's units. */
void plx_fault_numbers_say_unit(int parameter, struct plx_buffer *out);

#endif
