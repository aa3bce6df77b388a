/* SPDX-License-Identifier: Apache-2.0 */
/* The end of what a command says: a full disk or a closed pipe must not look like success. */
#ifndef PLX_TERMINAL_OUTPUT_H
#define PLX_TERMINAL_OUTPUT_H

/* 0 where all that went to standard output has been taken; else PLX_EXIT_USAGE after telling. */
int plx_output_end(const char *command);

#endif
