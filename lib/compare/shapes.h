/* SPDX-License-Identifier: Apache-2.0 */
/* The mode schema: two documents by their shapes. */
#ifndef PLX_COMPARE_SHAPES_H
#define PLX_COMPARE_SHAPES_H

#include "compare/walk.h"

void plx_walk_shapes(struct plx_walk *w);

#endif
