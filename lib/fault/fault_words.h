/* SPDX-License-Identifier: Apache-2.0 */
/* What a fault looks like, for people. */
#ifndef PLX_FAULT_FAULT_WORDS_H
#define PLX_FAULT_FAULT_WORDS_H

#include "fault/fault.h"

/*
 * Appends its sentence, without a capital and a full stop. name and other: of a renamed member, the primary's and the
 * candidate's.
 */
void plx_fault_say(const struct plx_faults *faults, enum plx_fault fault, struct plx_slice name, struct plx_slice other,
                   struct plx_buffer *out);

#endif
