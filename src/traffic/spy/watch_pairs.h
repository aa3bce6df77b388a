/* SPDX-License-Identifier: Apache-2.0 */
/* What the book says, done: pairs are compared and counted, what stays alone is counted, and stubs get their answer. */
#ifndef PLX_SPY_WATCH_PAIRS_H
#define PLX_SPY_WATCH_PAIRS_H

#include "traffic/spy/watch_state.h"

void plx_watch_pair_event(struct plx_watch *watch, struct plx_watch_state *state, const struct plx_book_event *event);
/* As plx_watch_answered(), which see. */
void plx_watch_pair_answered(struct plx_watch *watch, struct plx_spy_call *call, const struct plx_message_view *answer,
                             uint64_t duration_ns);

#endif
