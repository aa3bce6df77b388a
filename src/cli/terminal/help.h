/* SPDX-License-Identifier: Apache-2.0 */
/* The text of a --help, as wide as the terminal is, and at most 100 columns. */
#ifndef PLX_TERMINAL_HELP_H
#define PLX_TERMINAL_HELP_H

#include <stdio.h>

/* With COLUMNS=0 the lines are as they are, for what reads them. */
void plx_help_print(FILE *file, const char *text);

#endif
