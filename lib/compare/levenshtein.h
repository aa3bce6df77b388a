/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLX_COMPARE_LEVENSHTEIN_H
#define PLX_COMPARE_LEVENSHTEIN_H
#include <parallax/value.h>
bool plx_similar(struct plx_slice a, struct plx_slice b, double share, struct plx_arena *arena);
#endif
