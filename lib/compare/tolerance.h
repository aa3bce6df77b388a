/* SPDX-License-Identifier: Apache-2.0 */
/* Whether two numbers are within a tolerance, exactly: by decimals, whatever their length and exponents. */
#ifndef PLX_COMPARE_TOLERANCE_H
#define PLX_COMPARE_TOLERANCE_H

#include <parallax/value.h>

/*
 * |primary - candidate| <= value, or value percent of |primary| where relative. All are numbers as JSON writes them;
 * value is not negative and has at most 18 digits. Time in proportion to the lengths. *failed: out of memory.
 */
bool plx_within_tolerance(struct plx_slice primary, struct plx_slice candidate, struct plx_slice value, bool relative,
                          struct plx_arena *arena, bool *failed);

#endif
