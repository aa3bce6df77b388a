/* SPDX-License-Identifier: Apache-2.0 */
/* Files that lie beside the store, named after it. Those that return int return 0, or errno. */
#ifndef PLX_STORE_FILE_BESIDE_H
#define PLX_STORE_FILE_BESIDE_H

#include "base/buffer.h"

#define PLX_BESIDE_NAMES_MAX 99u /* of one kind: PATH.damaged, PATH.damaged.2 ... */

/* The path with something behind it, to be freed; NULL: no memory. */
char *plx_beside_path(const char *path, const char *suffix);
/* The same, and a number where that is taken already. NULL: no memory, or no name is free. */
char *plx_beside_free_path(const char *path, const char *suffix);
/* Renames the file to a path that is free. */
int plx_beside_put_away(const char *path, const char *suffix);
/* Appends all of a file to the buffer. EFBIG: it has no room. */
int plx_beside_read(const char *path, struct plx_buffer *bytes);
/* Puts bytes in the place of what the file had: all or nothing, for its owner alone, on the disk when this returns. */
int plx_beside_replace(const char *path, struct plx_slice bytes);

#endif
