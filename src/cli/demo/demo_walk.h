/* SPDX-License-Identifier: Apache-2.0 */
/* The seed's walk-throughs. */
#ifndef PLX_DEMO_DEMO_WALK_H
#define PLX_DEMO_DEMO_WALK_H

#include "cli/demo/demo_options.h"

/* One step, or all of them one after another; the exit status. */
int plx_demo_walk(const struct plx_demo_options *options);

#endif
