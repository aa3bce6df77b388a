/* SPDX-License-Identifier: Apache-2.0 */
/* Lazy deadlines on the loop's timers; see the header. */
#include "traffic/net/deadline.h"

static uint64_t
now_ms(const struct plx_deadline *deadline)
{
    return deadline->loop->ops->now_ms(deadline->loop);
}

void
plx_deadline_look(struct plx_deadline *deadline)
{
    uint64_t now = now_ms(deadline);

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
plx_deadline_init(struct plx_deadline *deadline, struct plx_loop *loop, void (*fire)(struct plx_deadline *deadline))
{
    deadline->loop = loop;
    deadline->at_ms = deadline->armed_ms = 0;
    deadline->fire = fire;
    loop->ops->timer_init(deadline);
}

void
plx_deadline_set(struct plx_deadline *deadline, uint64_t in_ms)
{
    in_ms = in_ms ? in_ms : 1;
    deadline->at_ms = now_ms(deadline) + in_ms;
    if (deadline->armed_ms != 0 && deadline->armed_ms <= deadline->at_ms)
        return;
    deadline->armed_ms = deadline->at_ms;
    deadline->loop->ops->timer_start(deadline, in_ms);
}

void
plx_deadline_clear(struct plx_deadline *deadline)
{
    deadline->at_ms = 0;
}

void
plx_deadline_close(struct plx_deadline *deadline, void (*closed)(struct plx_deadline *deadline))
{
    deadline->at_ms = 0;
    deadline->closed = closed;
    deadline->loop->ops->timer_close(deadline);
}

void
plx_deadline_closed(struct plx_deadline *deadline)
{
    deadline->closed(deadline);
}
