/* SPDX-License-Identifier: Apache-2.0 */
/* A thread's loop of events, by libuv: TCP below its streams, the system's clock and names. */
#ifndef PLX_NET_LOOP_H
#define PLX_NET_LOOP_H

#include "traffic/net/transport.h"

PLX_MUST_USE enum plx_status plx_loop_init(struct plx_loop *loop);
/* Whom its names are asked of, which outlives it; without, no name is known. */
PLX_MUST_USE enum plx_status plx_loop_use_names(struct plx_loop *loop, struct plx_names *names);
/* Closes what is still open without further events, and frees. */
void plx_loop_fini(struct plx_loop *loop);

#endif
