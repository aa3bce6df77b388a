/* SPDX-License-Identifier: Apache-2.0 */
/* What two texts look like beside each other: encodings, normal forms, case, blanks, order of words. */
#ifndef PLX_FAULT_FAULT_TEXTS_H
#define PLX_FAULT_FAULT_TEXTS_H

#include "fault/fault.h"

#define PLX_FAULT_TEXT_MAX 1024u /* bytes of a text that is looked at */

/* Adds what holds; both valid UTF-8, without quotes and escapes, different. */
void plx_fault_texts_find(struct plx_slice primary, struct plx_slice candidate, struct plx_faults *out);

#endif
