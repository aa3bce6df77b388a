/* SPDX-License-Identifier: Apache-2.0 */
/* Lines appended to a file. Each is one write to a descriptor opened for appending, so that lines of several processes
 * do not mix. */
#include "base/alloc.h"
#include "experiment/publisher.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

struct file_way {
    const struct plx_allocator *allocator;
    int file;
    uint64_t bytes_max;
};

static bool
has_room(const struct file_way *way, size_t len)
{
    struct stat info;

    return fstat(way->file, &info) == 0 && (!S_ISREG(info.st_mode) || (uint64_t)info.st_size + len <= way->bytes_max);
}

static bool
write_line(const struct file_way *way, const char *line, size_t len)
{
    ssize_t written;

    if (!has_room(way, len))
        return false;
    do
        written = write(way->file, line, len);
    while (written < 0 && errno == EINTR);
    return written == (ssize_t)len;
}

static enum plx_status
send_lines(void *context, struct plx_slice lines, uint64_t *lines_out)
{
    const struct file_way *way = context;
    const char *at = lines.ptr, *end = lines.ptr + lines.len;
    bool all = true;

    while (at < end) {
        const char *next = (const char *)memchr(at, '\n', (size_t)(end - at)) + 1;
        bool written = write_line(way, at, (size_t)(next - at));
        *lines_out += written;
        all = all && written;
        at = next;
    }
    return all ? PLX_OK : PLX_E_IO;
}

static void
close_file(void *context)
{
    struct file_way *way = context;
    int why = errno;

    close(way->file);
    plx_release(way->allocator, way, sizeof(*way));
    errno = why;
}

struct plx_publisher *
plx_publisher_file(const char *path, const struct plx_publisher_limits *limits, const struct plx_allocator *allocator)
{
    struct plx_publisher_limits all = plx_publisher_limits_of(limits);
    struct file_way *way = plx_alloc(allocator, sizeof(*way));

    if (!way) {
        errno = ENOMEM;
        return NULL;
    }
    way->allocator = allocator;
    way->bytes_max = all.file_bytes;
    way->file = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
    if (way->file < 0) {
        plx_release(allocator, way, sizeof(*way));
        return NULL;
    }
    return plx_publisher_new(&(struct plx_way_out){.send = send_lines, .close = close_file, .way = way}, &all,
                             allocator);
}
