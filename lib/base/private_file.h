/* SPDX-License-Identifier: Apache-2.0 */
/* Files that only their owner may read. For the program: nothing in the library keeps files. */
#ifndef PLX_BASE_PRIVATE_FILE_H
#define PLX_BASE_PRIVATE_FILE_H

#include <fcntl.h>
#include <unistd.h>

/* Makes the file, empty and with mode 0600, where there is none, so that what opens it next (SQLite) keeps that mode.
 */
static inline void
plx_private_file_create(const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    /* Never close one that was there before: that would drop the locks which this process may hold on it. */
    if (fd >= 0)
        close(fd);
}

#endif
