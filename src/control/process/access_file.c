/* SPDX-License-Identifier: Apache-2.0 */
/* The workers know the number of a descriptor, which leads to another file after dup3(2). */
#include "control/process/access_file.h"

#include "log/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool
is_standard_output(const char *path)
{
    return strcmp(path, "-") == 0;
}

static int
open_path(const char *path, int more)
{
    return open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | more, 0640);
}

bool
plx_access_file_open(struct plx_access_file *file, const char *path)
{
    file->path = path;
    if (!path)
        return true;
    int descriptor = is_standard_output(path) ? STDOUT_FILENO : open_path(path, 0);
    if (descriptor >= 0) {
        plx_outlet_open(&file->outlet, descriptor);
        return true;
    }
    fprintf(stderr, "parallax run: can't write the access log %s: %s; choose a path that can be written\n", path,
            strerror(errno));
    return false;
}

void
plx_access_file_reopen(struct plx_access_file *file)
{
    if (!file->path || is_standard_output(file->path))
        return;
    int descriptor = open_path(file->path, O_NONBLOCK); /* a FIFO that nobody reads must not hold us up */
    if (descriptor >= 0 && dup3(descriptor, file->outlet.descriptor, O_CLOEXEC) >= 0)
        plx_log(PLX_LOG_INFO, "access_log_reopened", PLX_TEXT("path", file->path));
    else
        plx_log(PLX_LOG_ERROR, "access_log_not_reopened", PLX_TEXT("path", file->path),
                PLX_TEXT("reason", strerror(errno)), PLX_TEXT("what", "the file before goes on"));
    if (descriptor >= 0)
        close(descriptor);
}
