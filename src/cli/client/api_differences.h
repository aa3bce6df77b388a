/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The recorded mismatches of a running proxy, over all that is asked about, in the order in which they came.
 *
 * A source's records have sequence numbers that grow over all sources; asking again asks each for what comes after the
 * last one seen. A proxy that was started anew without a store counts from the beginning: its last number is below ours
 * then, and we begin with it.
 */
#ifndef PLX_CLIENT_API_DIFFERENCES_H
#define PLX_CLIENT_API_DIFFERENCES_H

#include "cli/client/fetch.h"

#define PLX_DIFFERENCES_MAX 1000u /* what the admin API gives at once */

/* A service or experiment and how far its records were seen: not at all (the newest are asked for), or up to a sequence
 * number. */
struct plx_differences_source {
    struct plx_asked_subject subject;
    bool begun;
    uint64_t after;
};

/* A record and its place in the order over all sources. */
struct plx_found_difference {
    uint64_t sequence;
    struct plx_item record;
};

struct plx_differences {
    const char *endpoint, *field, *cause; /* to be asked for alone; NULL: all */
    struct plx_fetch fetch;
    struct plx_arena *names; /* the sources' memory, while fetch.arena is emptied at each question */
    struct plx_differences_source *sources;
    size_t source_count;
    struct plx_found_difference *found; /* by the last question, oldest first; in fetch.arena */
    size_t found_count;
    bool full; /* a source had more than it gave at once */
};

/* endpoint, field and cause are filled in before, all else is zero. 0, or the exit status after telling.
 * plx_differences_close() in either case. */
int plx_differences_open(struct plx_differences *differences, const struct plx_options *options);
/* What all have that was not given yet, up to so many of each; likewise. */
int plx_differences_ask(struct plx_differences *differences, uint32_t limit);
void plx_differences_close(struct plx_differences *differences);

#endif
