/* SPDX-License-Identifier: Apache-2.0 */
/* Words of a shell's command line. */
#ifndef PLX_BASE_SHELL_H
#define PLX_BASE_SHELL_H

#include "base/buffer.h"

/* Appends the text between single quotes, as one word of any POSIX shell whatever it says. */
void plx_shell_quote(struct plx_buffer *out, struct plx_slice text);

#endif
