/* SPDX-License-Identifier: Apache-2.0 */
/* Where the access log goes, or the log: opened at the start, and once more by SIGUSR1 and SIGHUP, when it has been
 * moved away. */
#ifndef PLX_PROCESS_ACCESS_FILE_H
#define PLX_PROCESS_ACCESS_FILE_H

#include "log/outlet.h"

struct plx_access_file {
    struct plx_access_file *next; /* of those that were left and may still be written to */
    bool is_log;                  /* else the access log */
    char *path;
    int descriptor;
    struct plx_outlet outlet;
};

/* path "-": standard output. NULL: it can't be opened, and error says why. */
struct plx_access_file *plx_access_file_new(bool is_log, const char *path, char *error, size_t size);
/* With those behind it; closed when nobody writes to them any more. NULL is fine. */
void plx_access_file_free(struct plx_access_file *file);
/* While workers write: each line goes into the file before or the new one. Where that can't be opened the one before
 * goes on. Both are told in the log. NULL: there is none. */
void plx_access_file_reopen(struct plx_access_file *file);

#endif
