/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where lines go out: a file, a pipe, a terminal or a socket that somebody else may be slow to read. Whoever writes a
 * line serves clients, so nobody ever waits: what does not go out at once is dropped and counted.
 *
 * - a file is written; only a disk makes that wait.
 * - a pipe, a FIFO, a terminal is opened once more, for ourselves: O_NONBLOCK on what others share would be theirs,
 * too.
 * - a socket is sent to with MSG_DONTWAIT.
 */
#ifndef PLX_LOG_OUTLET_H
#define PLX_LOG_OUTLET_H

#include <parallax/base.h>

#include <stdatomic.h>

enum plx_outlet_kind {
    PLX_OUTLET_FILE, /* or what can't be told: written as it is */
    PLX_OUTLET_PIPE,
    PLX_OUTLET_SOCKET,
};

struct plx_outlet {
    int descriptor;
    enum plx_outlet_kind kind;
    atomic_uint_fast64_t dropped; /* lines, and not told yet */
    atomic_uint_fast64_t total;   /* lines, ever */
};

/* descriptor: stays the caller's, and open. */
void plx_outlet_open(struct plx_outlet *outlet, int descriptor);
/*
 * Whole lines, each with its line end, of at most PIPE_BUF bytes where they are to be kept apart from those of other
 * threads and processes. From any thread. False: some were dropped, which is counted.
 */
bool plx_outlet_write(struct plx_outlet *outlet, struct plx_slice lines);
/* How many were dropped since this was asked last. */
uint64_t plx_outlet_take_dropped(struct plx_outlet *outlet);
/* What was taken could not be told: the one line that should have told it was dropped, and is none that counts. */
void plx_outlet_give_back(struct plx_outlet *outlet, uint64_t dropped);

#endif
