/* SPDX-License-Identifier: Apache-2.0 */
/* What two times look like beside each other: another zone, another unit, the same instant in other words. */
#ifndef PLX_FAULT_FAULT_TIMES_H
#define PLX_FAULT_FAULT_TIMES_H

#include "fault/fault.h"

/* Adds what holds; both as shown (forms.h). Whether both are times: then they are no numbers and no text. */
bool plx_fault_times_find(struct plx_slice primary, struct plx_slice candidate, struct plx_faults *out);

#endif
