/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A timer that is set anew far more often than it fires: setting it is a store, and the loop's timer is touched only
 * when it has to fire earlier than it stands, or fires and finds that the deadline has moved on.
 */
#ifndef PLX_NET_DEADLINE_H
#define PLX_NET_DEADLINE_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

struct plx_deadline {
    uv_timer_t timer;
    uint64_t at_ms;    /* loop time at which it is due; 0: not set */
    uint64_t armed_ms; /* loop time at which the timer will look; 0: not started */
    void (*fire)(struct plx_deadline *deadline);
};

void plx_deadline_init(struct plx_deadline *deadline, uv_loop_t *loop, void (*fire)(struct plx_deadline *deadline));
void plx_deadline_set(struct plx_deadline *deadline, uint64_t in_ms);
void plx_deadline_clear(struct plx_deadline *deadline);
/* closed fires later, with the timer as its handle; nothing fires after this. */
void plx_deadline_close(struct plx_deadline *deadline, uv_close_cb closed);

#endif
