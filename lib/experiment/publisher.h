/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A publisher: lines that wait, and a thread that brings them out. Together with its two ways out (publish_file.c,
 * publish_http.c) it is the only place of the library that does I/O, and it does so only where an embedder asks for it.
 */
#ifndef PLX_EXPERIMENT_PUBLISHER_H
#define PLX_EXPERIMENT_PUBLISHER_H

#include <parallax/experiment.h>

#define PLX_POST_BYTES_MAX (256u << 10) /* of lines that are posted at once; the server takes as many */

/* Brings out lines, on the publisher's thread. */
struct plx_way_out {
    /*
     * PLX_AGAIN: not now, all lines are to be kept; else it is done with them. *lines_out, 0 before: how many of them
     * have gone out; the others are lost.
     */
    enum plx_status (*send)(void *way, struct plx_slice lines, uint64_t *lines_out);
    size_t bytes_max;         /* of lines that are sent at once; a longer line is lost; 0: any */
    void (*close)(void *way); /* frees it */
    void *way;
};

/* Takes the way over, also where it fails (NULL). */
struct plx_publisher *plx_publisher_new(const struct plx_way_out *out, const struct plx_publisher_limits *limits,
                                        const struct plx_allocator *allocator);
struct plx_publisher_limits plx_publisher_limits_of(const struct plx_publisher_limits *limits);

#endif
