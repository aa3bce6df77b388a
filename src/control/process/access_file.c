/* SPDX-License-Identifier: Apache-2.0 */
/* The workers know the number of a descriptor, which leads to another file after dup3(2). */
#include "control/process/access_file.h"

#include "log/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
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

struct plx_access_file *
plx_access_file_new(bool is_log, const char *path, char *error, size_t size)
{
    struct plx_access_file *file = calloc(1, sizeof(*file));

    const char *what = is_log ? "log" : "access log";

    snprintf(error, size, "can't write the %s %s: out of memory", what, path);
    if (!file || !(file->path = strdup(path))) {
        free(file);
        return NULL;
    }
    file->is_log = is_log;
    file->descriptor = is_standard_output(path) ? STDOUT_FILENO : open_path(path, 0);
    if (file->descriptor >= 0) {
        plx_outlet_open(&file->outlet, file->descriptor);
        return file;
    }
    snprintf(error, size, "can't write the %s %s: %s; choose a path that can be written", what, path, strerror(errno));
    free(file->path);
    free(file);
    return NULL;
}

void
plx_access_file_free(struct plx_access_file *file)
{
    for (struct plx_access_file *next; file; file = next) {
        next = file->next;
        if (file->descriptor != STDOUT_FILENO)
            close(file->descriptor);
        if (file->outlet.descriptor != file->descriptor)
            close(file->outlet.descriptor);
        free(file->path);
        free(file);
    }
}

void
plx_access_file_reopen(struct plx_access_file *file)
{
    if (!file || is_standard_output(file->path))
        return;
    int descriptor = open_path(file->path, O_NONBLOCK); /* a FIFO that nobody reads must not hold us up */
    if (descriptor >= 0 && dup3(descriptor, file->outlet.descriptor, O_CLOEXEC) >= 0)
        plx_log(PLX_LOG_INFO, file->is_log ? "log_reopened" : "access_log_reopened", PLX_TEXT("path", file->path));
    else
        plx_log(PLX_LOG_ERROR, file->is_log ? "log_not_reopened" : "access_log_not_reopened",
                PLX_TEXT("path", file->path), PLX_TEXT("reason", strerror(errno)),
                PLX_TEXT("what", "the file before goes on"));
    if (descriptor >= 0)
        close(descriptor);
}
