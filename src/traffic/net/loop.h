/* SPDX-License-Identifier: Apache-2.0 */
/* A thread's loop of events, by libuv: TCP below its streams, the system's clock and names. */
#ifndef PLX_NET_LOOP_H
#define PLX_NET_LOOP_H

#include "traffic/net/transport.h"

PLX_MUST_USE enum plx_status plx_loop_init(struct plx_loop *loop);
/* Whom its names are asked of, which outlives it; without (NULL), no name is known. */
PLX_MUST_USE enum plx_status plx_loop_use_names(struct plx_loop *loop, struct plx_names *names);
/* Has it stand on this base, before anything is opened on it; NULL is fine. */
void plx_loop_rebase(struct plx_loop *loop, const struct plx_loop_base *base);
/* Turn after turn, until plx_loop_stop(), or until nothing can happen any more. */
void plx_loop_run(struct plx_loop *loop);
void plx_loop_stop(struct plx_loop *loop); /* after this turn */
/* Closes what is still open without further events, and frees. */
void plx_loop_fini(struct plx_loop *loop);

/* woken is called in the loop after each plx_wake_send(), once for several. false: the loop takes no handle. Closed
 * with the loop. */
PLX_MUST_USE bool plx_wake_init(struct plx_wake *wake, struct plx_loop *loop, void (*woken)(struct plx_wake *wake),
                                void *user);
void plx_wake_send(struct plx_wake *wake); /* from any thread */

static inline uint64_t
plx_loop_now_ms(const struct plx_loop *loop)
{
    return loop->ops->now_ms(loop);
}

static inline uint64_t
plx_loop_now_ns(const struct plx_loop *loop)
{
    return loop->ops->now_ns(loop);
}

static inline uint64_t
plx_loop_wall_ms(const struct plx_loop *loop)
{
    return loop->ops->wall_ms(loop);
}

#endif
