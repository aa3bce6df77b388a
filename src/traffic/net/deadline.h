/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A timer that is set anew far more often than it fires: setting it is a store, and the loop's timer is touched only
 * when it has to fire earlier than it stands, or fires and finds that the deadline has moved on.
 */
#ifndef PLX_NET_DEADLINE_H
#define PLX_NET_DEADLINE_H

#include "traffic/net/transport.h"

struct plx_deadline {
    uv_timer_t timer; /* a simulated world uses its data only */
    struct plx_loop *loop;
    uint64_t at_ms;    /* loop time at which it is due; 0: not set */
    uint64_t armed_ms; /* loop time at which the timer will look; 0: not started */
    void (*fire)(struct plx_deadline *deadline);
    void (*closed)(struct plx_deadline *deadline);
};

void plx_deadline_init(struct plx_deadline *deadline, struct plx_loop *loop,
                       void (*fire)(struct plx_deadline *deadline));
void plx_deadline_set(struct plx_deadline *deadline, uint64_t in_ms);
void plx_deadline_clear(struct plx_deadline *deadline);
/* closed fires later, and nothing else after this. */
void plx_deadline_close(struct plx_deadline *deadline, void (*closed)(struct plx_deadline *deadline));

/* ---- for plx_loop_ops ---- */

void plx_deadline_look(struct plx_deadline *deadline);   /* the timer's time has come */
void plx_deadline_closed(struct plx_deadline *deadline); /* the timer is gone */

#endif
