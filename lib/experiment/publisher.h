/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A publisher: lines that wait, and a thread that brings them out. Together with its two ways out (publish_file.c,
 * publish_http.c) it is the only place of the library that does I/O, and it does so only where an embedder asks for it.
 */
#ifndef PLX_EXPERIMENT_PUBLISHER_H
#define PLX_EXPERIMENT_PUBLISHER_H

#include "experiment/internal.h"

/* Brings out lines, on the publisher's thread. */
struct plx_way_out {
    /*
     * PLX_OK: all lines have gone out; PLX_AGAIN: not now, they are to be kept; else: they are lost. *lines_out: how
     * many have gone out where the whole has not.
     */
    enum plx_status (*send)(void *way, struct plx_slice lines, uint64_t *lines_out);
    void (*close)(void *way); /* frees it */
    void *way;
};

/* Takes the way over, also where it fails (NULL). */
struct plx_publisher *plx_publisher_new(const struct plx_way_out *out, const struct plx_publisher_limits *limits,
                                        const struct plx_allocator *allocator);
struct plx_publisher_limits plx_publisher_limits_of(const struct plx_publisher_limits *limits);

#endif
