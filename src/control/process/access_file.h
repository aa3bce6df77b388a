/* SPDX-License-Identifier: Apache-2.0 */
/* Where the access log goes: opened at the start, and once more by SIGUSR1 and SIGHUP, when it has been moved away. */
#ifndef PLX_PROCESS_ACCESS_FILE_H
#define PLX_PROCESS_ACCESS_FILE_H

#include "log/outlet.h"

struct plx_access_file {
    const char *path; /* the configuration's; NULL: there is no access log */
    struct plx_outlet outlet;
};

/* path: NULL: none; "-": standard output. False: it can't be opened, which is told on standard error. */
bool plx_access_file_open(struct plx_access_file *file, const char *path);
/* While workers write: each line goes into the file before or the new one. Where that can't be opened the one before
 * goes on. Both are told in the log. */
void plx_access_file_reopen(struct plx_access_file *file);

#endif
