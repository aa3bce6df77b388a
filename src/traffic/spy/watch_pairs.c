/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the book says, done: pairs are compared, here or on another thread, and counted; what stays alone is counted.
 * The hard thing is who holds a call: the book does from when it is added to when it is forgotten, a comparison as long
 * as it runs, and who is to bring its answer until then; the last hold frees.
 */
#include "traffic/spy/watch_pairs.h"

#include "traffic/spy/call_pair.h"

#include <stdlib.h>

/* A pair that is judged on another thread. */
struct pair_job {
    struct plx_watch_job job;
    struct plx_spy_pair pair;
};

/* ---- counting ---- */

static void
count_alone(struct plx_watch *watch, struct plx_spy_call *call, enum plx_book_happened happened)
{
    struct plx_tally *tally = watch->owner.tally(watch->owner.owner);
    enum plx_spied_result result = happened == PLX_BOOK_DUPLICATE ? PLX_SPIED_DUPLICATED
                                   : call->side == PLX_PRIMARY    ? PLX_SPIED_MISSING
                                                                  : PLX_SPIED_EXTRA;

    if (tally)
        plx_spy_alone_count(plx_watch_state_of(watch, call)->spy, call, result, tally, watch->arena);
    plx_arena_reset(watch->arena);
    plx_spy_call_slim(call);
    plx_spy_call_tell(call, NULL); /* whose next call may be recorded within this, and this one be forgotten for it */
}

static void
count_pair(struct plx_watch *watch, const struct plx_spy_pair *pair, struct plx_arena *arena)
{
    struct plx_tally *tally = watch->owner.tally(watch->owner.owner);
    struct plx_watch_state *state = &watch->states[pair->spy - watch->spies->list];

    if (tally)
        plx_spy_pair_count(pair, tally, arena);
    state->aside--;
    for (int side = 0; side < PLX_SPY_SIDES; side++) {
        plx_spy_call_slim(pair->calls[side]);
        plx_spy_call_release(pair->calls[side]);
    }
    plx_watch_show(state);
}

/* That never was compared. */
static void
count_shed(struct plx_watch *watch, const struct plx_spy_pair *pair)
{
    struct plx_spy_pair shed = *pair;

    shed.judged = PLX_E_CANCELED;
    count_pair(watch, &shed, watch->arena);
    plx_arena_reset(watch->arena);
}

/* ---- other threads ---- */

static void
judge_there(struct plx_watch_job *job, const struct plx_compare_limits *limits, struct plx_arena *arena)
{
    plx_spy_pair_judge(&PLX_CONTAINER(job, struct pair_job, job)->pair, limits, arena);
}

static void
judged_there(struct plx_watch_job *job, struct plx_arena *arena)
{
    struct pair_job *judged = PLX_CONTAINER(job, struct pair_job, job);

    if (arena)
        count_pair(job->watch, &judged->pair, arena);
    else
        count_shed(job->watch, &judged->pair);
    free(judged);
}

/* false: it is shed. */
static bool
judge_beside(struct plx_watch *watch, const struct plx_spy_pair *pair)
{
    struct pair_job *judge = calloc(1, sizeof(*judge));

    if (!judge)
        return false;
    *judge = (struct pair_job){.job = {.work = judge_there, .done = judged_there}, .pair = *pair};
    if (plx_watch_queue(watch, &judge->job, pair->spy,
                        plx_spy_call_bytes(pair->calls[PLX_PRIMARY]) + plx_spy_call_bytes(pair->calls[PLX_CANDIDATE])))
        return true;
    free(judge);
    return false;
}

/* ---- what the book says ---- */

/* A comparison holds both. */
static void
judge_pair(struct plx_watch *watch, struct plx_spy_call *primary, struct plx_spy_call *candidate, bool late)
{
    struct plx_spy_pair pair = {
        .spy = plx_watch_state_of(watch, primary)->spy, .calls = {primary, candidate}, .late = late};

    plx_spy_call_tell(candidate, primary->has_answer ? &primary->answer : NULL);
    plx_spy_call_tell(primary, candidate->has_answer ? &candidate->answer : NULL);
    if (plx_spy_pair_is_long(&pair)) {
        if (!judge_beside(watch, &pair))
            count_shed(watch, &pair);
        return;
    }
    plx_spy_pair_judge(&pair, NULL, watch->arena);
    count_pair(watch, &pair, watch->arena);
    plx_arena_reset(watch->arena);
}

/* Answers that are still to come are waited for: how long they took is counted with the pair, and a stub may give
 * them. */
static void
on_pair(struct plx_watch *watch, struct plx_watch_state *state, const struct plx_book_event *event)
{
    struct plx_spy_call *primary = plx_watch_call_of(event->calls[PLX_PRIMARY]),
                        *candidate = plx_watch_call_of(event->calls[PLX_CANDIDATE]);
    struct plx_spy_call *const calls[] = {primary, candidate};
    bool late = event->happened == PLX_BOOK_LATE || plx_spy_pair_distance_ms(calls) > state->spy->late_ms;

    state->aside++;
    primary->holds++;
    candidate->holds++;
    if (!primary->pending && !candidate->pending) {
        judge_pair(watch, primary, candidate, late);
        return;
    }
    primary->partner = candidate;
    candidate->partner = primary;
    primary->partner_late = candidate->partner_late = late;
}

static bool
has_stub(const struct plx_spy *spy)
{
    return spy->gives_primary && spy->modes[PLX_PRIMARY] != spy->modes[PLX_CANDIDATE];
}

static void
keep_answer(struct plx_watch_state *state, struct plx_spy_call *call, const struct plx_message_view *answer)
{
    if (state->kept_bytes + answer->body.len <= state->spy->bytes_max)
        plx_spy_call_keep_answer(call, answer);
    else
        plx_watch_count_dropped(state);
}

void
plx_watch_pair_answered(struct plx_watch *watch, struct plx_spy_call *call, const struct plx_message_view *answer,
                        uint64_t duration_ns)
{
    struct plx_spy_call *partner = call->partner;
    struct plx_watch_state *state = plx_watch_state_of(watch, call);

    call->pending = false;
    call->duration_ns = duration_ns;
    if (answer && call->kept && has_stub(state->spy))
        keep_answer(state, call, answer);
    if (partner && !partner->pending) {
        call->partner = partner->partner = NULL;
        judge_pair(watch, call->side == PLX_PRIMARY ? call : partner, call->side == PLX_PRIMARY ? partner : call,
                   call->partner_late);
    }
    plx_watch_show(state);
    plx_spy_call_release(call);
}

void
plx_watch_pair_event(struct plx_watch *watch, struct plx_watch_state *state, const struct plx_book_event *event)
{
    struct plx_booked *one = event->calls[PLX_PRIMARY] ? event->calls[PLX_PRIMARY] : event->calls[PLX_CANDIDATE];

    switch (event->happened) {
    case PLX_BOOK_NOTHING:
        break;
    case PLX_BOOK_PAIR:
    case PLX_BOOK_LATE:
        on_pair(watch, state, event);
        break;
    case PLX_BOOK_ALONE:
    case PLX_BOOK_DUPLICATE:
        count_alone(watch, plx_watch_call_of(one), event->happened);
        break;
    case PLX_BOOK_FORGOTTEN:
        plx_spy_call_release(plx_watch_call_of(one));
        break;
    }
}
