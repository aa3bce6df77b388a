/* SPDX-License-Identifier: Apache-2.0 */
/* The scenario compare: live traffic to an old and a new service, and the report. */
#ifndef PLX_DEMO_DEMO_COMPARE_H
#define PLX_DEMO_DEMO_COMPARE_H

#include "cli/demo/demo_options.h"

/* To its end; the exit status. The admin address of the common options becomes that of the demo's own proxy. */
int plx_demo_compare(struct plx_demo_options *options);

#endif
