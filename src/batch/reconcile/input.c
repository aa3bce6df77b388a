/* SPDX-License-Identifier: Apache-2.0 */
/* Files are read with read(2): what is kept of them is the caller's limit and no more. */
#include "batch/reconcile/input.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

void
plx_input_init(struct plx_input *input, const char *path, size_t bytes_max)
{
    *input = (struct plx_input){.path = path, .fd = -1};
    plx_buffer_init(&input->buf, bytes_max + PLX_INPUT_BYTES);
}

void
plx_input_fini(struct plx_input *input)
{
    if (input->fd >= 0)
        close(input->fd);
    input->fd = -1;
    plx_buffer_fini(&input->buf);
}

enum plx_status
plx_input_start(struct plx_input *input, struct plx_reconcile_error *error)
{
    struct stat info;

    if (input->fd >= 0)
        close(input->fd);
    plx_buffer_clear(&input->buf);
    input->at = 0;
    input->bytes = 0;
    input->ended = false;
    input->fd = open(input->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (input->fd < 0)
        return plx_reconcile_fail(error, PLX_E_IO, "%s can't be opened: %s", input->path, strerror(errno));
    if (fstat(input->fd, &info) != 0 || !S_ISREG(info.st_mode))
        return plx_reconcile_fail(error, PLX_E_IO, "%s is no regular file; give one that can be read more than once",
                                  input->path);
    input->size = (uint64_t)info.st_size;
    return PLX_OK;
}

enum plx_status
plx_input_fill(struct plx_input *input, struct plx_reconcile_error *error)
{
    ssize_t count;

    plx_buffer_drop(&input->buf, input->at);
    input->at = 0;
    if (!plx_buffer_reserve(&input->buf, PLX_INPUT_BYTES))
        return input->buf.len + PLX_INPUT_BYTES > input->buf.max ? PLX_E_LIMIT : plx_reconcile_no_memory(error);
    do
        count = read(input->fd, input->buf.ptr + input->buf.len, PLX_INPUT_BYTES);
    while (count < 0 && errno == EINTR);
    if (count < 0)
        return plx_reconcile_fail(error, PLX_E_IO, "%s can't be read: %s", input->path, strerror(errno));
    input->buf.len += (size_t)count;
    input->bytes += (size_t)count;
    input->ended = count == 0;
    return PLX_OK;
}
