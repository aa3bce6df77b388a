/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/store/file_beside.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

char *
plx_beside_path(const char *path, const char *suffix)
{
    size_t size = strlen(path) + strlen(suffix) + 1;
    char *made = malloc(size);

    if (made)
        snprintf(made, size, "%s%s", path, suffix);
    return made;
}

char *
plx_beside_free_path(const char *path, const char *suffix)
{
    size_t size = strlen(path) + strlen(suffix) + 8;
    char *made = malloc(size);
    struct stat found;

    for (unsigned i = 1; made && i <= PLX_BESIDE_NAMES_MAX; i++) {
        if (i == 1)
            snprintf(made, size, "%s%s", path, suffix);
        else
            snprintf(made, size, "%s%s.%u", path, suffix, i);
        if (lstat(made, &found) != 0 && errno == ENOENT)
            return made;
    }
    free(made);
    return NULL;
}

int
plx_beside_put_away(const char *path, const char *suffix)
{
    char *free_path = plx_beside_free_path(path, suffix);
    int error = !free_path ? EEXIST : rename(path, free_path) != 0 && errno != ENOENT ? errno : 0;

    free(free_path);
    return error;
}

int
plx_beside_read(const char *path, struct plx_buffer *bytes)
{
    char part[16384];
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), error = 0;
    ssize_t len;

    if (fd < 0)
        return errno;
    while ((len = read(fd, part, sizeof(part))) > 0 || (len < 0 && errno == EINTR))
        if (len > 0)
            plx_buffer_append(bytes, part, (size_t)len);
    if (len < 0)
        error = errno;
    else if (bytes->failed)
        error = EFBIG;
    close(fd);
    return error;
}

static int
write_all(int fd, struct plx_slice bytes)
{
    while (bytes.len > 0) {
        ssize_t len = write(fd, bytes.ptr, bytes.len);

        if (len < 0 && errno != EINTR)
            return errno;
        if (len > 0) {
            bytes.ptr += len;
            bytes.len -= (size_t)len;
        }
    }
    return fsync(fd) == 0 ? 0 : errno;
}

/* So that the rename is on the disk too. */
static int
sync_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *folder = !slash ? strdup(".") : slash == path ? strdup("/") : strndup(path, (size_t)(slash - path));
    int fd = folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1, error = 0;

    if (fd < 0)
        error = folder ? errno : ENOMEM;
    else if (fsync(fd) != 0 && errno != EINVAL) /* a file system that knows no such thing */
        error = errno;
    if (fd >= 0)
        close(fd);
    free(folder);
    return error;
}

int
plx_beside_replace(const char *path, struct plx_slice bytes)
{
    char *made = plx_beside_path(path, ".new");
    int fd = made ? open(made, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : -1;
    int error = fd >= 0 ? 0 : made ? errno : ENOMEM;

    if (!error)
        error = write_all(fd, bytes);
    if (fd >= 0 && close(fd) != 0 && !error)
        error = errno;
    if (!error && rename(made, path) != 0)
        error = errno;
    if (!error)
        error = sync_folder(path);
    else if (fd >= 0)
        unlink(made);
    free(made);
    return error;
}
