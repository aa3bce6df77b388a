/* SPDX-License-Identifier: Apache-2.0 */
/* The scenario scientist as a whole: an experiment in the monolith, first synchronously, then asynchronously. */
#ifndef PLX_DEMO_DEMO_SCIENTIST_H
#define PLX_DEMO_DEMO_SCIENTIST_H

#include "cli/demo/demo_options.h"

int plx_demo_scientist(const struct plx_demo_options *options); /* to its end; the exit status */

#endif
