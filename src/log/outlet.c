/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing without waiting. The hard thing is a pipe: a piece of at most PIPE_BUF bytes goes out whole or not at all
 * (POSIX, write()), so longer texts go out in such pieces, cut between lines.
 */
#include "log/outlet.h"

#include "base/slice.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static bool
reopen(struct plx_outlet *outlet)
{
    char path[32];

    snprintf(path, sizeof(path), "/proc/self/fd/%d", outlet->descriptor);
    int own = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    if (own < 0)
        return false;
    outlet->descriptor = own;
    return true;
}

void
plx_outlet_open(struct plx_outlet *outlet, int descriptor)
{
    struct stat what;

    outlet->descriptor = descriptor;
    outlet->kind = PLX_OUTLET_FILE;
    if (fstat(descriptor, &what) != 0)
        return;
    if (S_ISSOCK(what.st_mode))
        outlet->kind = PLX_OUTLET_SOCKET;
    else if ((S_ISFIFO(what.st_mode) || (S_ISCHR(what.st_mode) && isatty(descriptor))) && reopen(outlet))
        outlet->kind = PLX_OUTLET_PIPE;
}

static uint64_t
count_lines(struct plx_slice text)
{
    uint64_t count = 0;

    for (size_t i = 0; i < text.len; i++)
        count += text.ptr[i] == '\n';
    return count;
}

/* As many whole lines as a pipe takes as one; a longer line as it is. */
static size_t
piece_of(struct plx_slice lines)
{
    size_t len = lines.len;

    if (len <= PIPE_BUF)
        return len;
    for (len = PIPE_BUF; len > 0 && lines.ptr[len - 1] != '\n'; len--)
        ;
    return len ? len : PIPE_BUF;
}

static ssize_t
put(const struct plx_outlet *outlet, struct plx_slice piece)
{
    ssize_t n;

    do
        n = outlet->kind == PLX_OUTLET_SOCKET
                ? send(outlet->descriptor, piece.ptr, piece.len, MSG_DONTWAIT | MSG_NOSIGNAL)
                : write(outlet->descriptor, piece.ptr, piece.len);
    while (n < 0 && errno == EINTR);
    return n;
}

bool
plx_outlet_write(struct plx_outlet *outlet, struct plx_slice lines)
{
    while (lines.len > 0) {
        size_t len = outlet->kind == PLX_OUTLET_PIPE ? piece_of(lines) : lines.len;
        ssize_t n = put(outlet, plx_slice_make(lines.ptr, len));

        if (n <= 0) {
            uint64_t dropped = count_lines(lines);
            atomic_fetch_add_explicit(&outlet->dropped, dropped, memory_order_relaxed);
            atomic_fetch_add_explicit(&outlet->total, dropped, memory_order_relaxed);
            return false;
        }
        lines = plx_slice_make(lines.ptr + n, lines.len - (size_t)n);
    }
    return true;
}

uint64_t
plx_outlet_take_dropped(struct plx_outlet *outlet)
{
    return atomic_exchange_explicit(&outlet->dropped, 0, memory_order_relaxed);
}

void
plx_outlet_give_back(struct plx_outlet *outlet, uint64_t dropped)
{
    atomic_fetch_add_explicit(&outlet->dropped, dropped - 1, memory_order_relaxed);
    atomic_fetch_sub_explicit(&outlet->total, 1, memory_order_relaxed);
}
