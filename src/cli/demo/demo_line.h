/* SPDX-License-Identifier: Apache-2.0 */
/* What the demo's processes say, each line with its name before it. */
#ifndef PLX_DEMO_DEMO_LINE_H
#define PLX_DEMO_DEMO_LINE_H

#include "cli/terminal/terminal.h"

#define PLX_DEMO_LINE_BYTES 2048u

/* On standard output, made harmless; style is the name's. */
void plx_demo_line(const char *name, enum plx_style style, const char *line);

#endif
