/* SPDX-License-Identifier: Apache-2.0 */
/* Lazy deadlines on the loop's timers; see the header. */
#include "traffic/net/deadline.h"

#include "base/assert.h"

static void
look(uv_timer_t *timer)
{
    struct plx_deadline *deadline = PLX_CONTAINER(timer, struct plx_deadline, timer);
    uint64_t now = uv_now(timer->loop);

    deadline->armed_ms = 0;
    if (deadline->at_ms == 0)
        return;
    if (now < deadline->at_ms) {
        plx_deadline_set(deadline, deadline->at_ms - now);
        return;
    }
    deadline->at_ms = 0;
    deadline->fire(deadline);
}

void
plx_deadline_init(struct plx_deadline *deadline, uv_loop_t *loop, void (*fire)(struct plx_deadline *deadline))
{
    PLX_ASSERT(uv_timer_init(loop, &deadline->timer) == 0);
    deadline->at_ms = deadline->armed_ms = 0;
    deadline->fire = fire;
}

void
plx_deadline_set(struct plx_deadline *deadline, uint64_t in_ms)
{
    deadline->at_ms = uv_now(deadline->timer.loop) + (in_ms ? in_ms : 1);
    if (deadline->armed_ms != 0 && deadline->armed_ms <= deadline->at_ms)
        return;
    deadline->armed_ms = deadline->at_ms;
    PLX_ASSERT(uv_timer_start(&deadline->timer, look, in_ms ? in_ms : 1, 0) == 0);
}

void
plx_deadline_clear(struct plx_deadline *deadline)
{
    deadline->at_ms = 0;
}

void
plx_deadline_close(struct plx_deadline *deadline, uv_close_cb closed)
{
    deadline->at_ms = 0;
    uv_close((uv_handle_t *)&deadline->timer, closed);
}
