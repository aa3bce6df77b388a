/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The exchanges of a worker that are not counted yet although their clients have their answers: copies of them, or the
 * comparison, have not ended. Counted by walking over them when the worker is told to hand over, so that the request
 * path knows nothing of it. An exchange whose client still waits is none of them: nobody expects it in a report.
 */
#ifndef PLX_WORKER_UNDER_WAY_H
#define PLX_WORKER_UNDER_WAY_H

#include "service/service.h"

struct plx_context;

/* Of one service; by its name, since a reload frees what it was read from. */
struct plx_under_way {
    char service[PLX_SERVICE_NAME_MAX + 1];
    uint64_t exchanges;
    uint64_t since_ms; /* since the epoch, when the oldest of them came */
};

struct plx_under_way_list {
    struct plx_under_way list[PLX_SERVICES_MAX]; /* what finds no room is of services that a reload took away */
    size_t count;
};

void plx_under_way_count(const struct plx_context *context, struct plx_under_way_list *found);

#endif
