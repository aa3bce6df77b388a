/* SPDX-License-Identifier: Apache-2.0 */
/* The spies at work: calls come in, time goes by; the picture is in the header. */
#include "traffic/spy/watch.h"

#include "compare/hashes.h"
#include "traffic/spy/call_pair.h"
#include "traffic/spy/watch_pairs.h"

#include <stdlib.h>
#include <sys/random.h>
#include <xxhash.h>

/* Of each spy, handled at once when they are due: a thousand calls that are given up together delay nobody's call. */
#define EVENTS_PER_TURN 100u

static uint64_t
now_of(const struct plx_watch *watch)
{
    return plx_loop_now_ms(watch->owner.loop);
}

/* ---- stubs that wait ---- */

static void
end_waits(struct plx_watch_state *state, uint64_t now)
{
    while (!plx_list_empty(&state->waiters)) {
        struct plx_spy_waiter *waiter = PLX_CONTAINER(state->waiters.next, struct plx_spy_waiter, link);
        if (waiter->due_ms > now)
            return;
        plx_spy_call_tell(waiter->call, NULL);
    }
}

/* ---- time ---- */

static void arm(struct plx_watch *watch);

static void
on_due(struct plx_deadline *deadline)
{
    struct plx_watch *watch = PLX_CONTAINER(deadline, struct plx_watch, due);
    uint64_t now = now_of(watch);

    for (size_t i = 0; i < watch->spies->count; i++) {
        struct plx_watch_state *state = &watch->states[i];
        struct plx_book_event event = {PLX_BOOK_FORGOTTEN};
        for (unsigned k = 0; k < EVENTS_PER_TURN && event.happened != PLX_BOOK_NOTHING; k++) {
            event = plx_book_next(&state->book, now);
            plx_watch_pair_event(watch, state, &event);
        }
        end_waits(state, now);
        plx_watch_show(state);
    }
    arm(watch);
}

static void
arm(struct plx_watch *watch)
{
    uint64_t due = UINT64_MAX, now = now_of(watch);

    for (size_t i = 0; i < watch->spies->count; i++) {
        const struct plx_watch_state *state = &watch->states[i];
        uint64_t booked = plx_book_due(&state->book);
        if (booked && booked < due)
            due = booked;
        if (plx_list_empty(&state->waiters))
            continue;
        uint64_t waiter = PLX_CONTAINER(state->waiters.next, struct plx_spy_waiter, link)->due_ms;
        if (waiter < due)
            due = waiter;
    }
    if (due == UINT64_MAX)
        plx_deadline_clear(&watch->due);
    else
        plx_deadline_set(&watch->due, due > now ? due - now : 0);
}

/* ---- calls ---- */

static void
wait_for_answer(struct plx_watch *watch, struct plx_spy_call *call, struct plx_spy_waiter *waiter)
{
    struct plx_watch_state *state = plx_watch_state_of(watch, call);

    if (!waiter)
        return;
    call->waiter = waiter;
    waiter->call = call;
    waiter->due_ms = now_of(watch) + state->spy->wait_ms;
    plx_list_push_back(&state->waiters, &waiter->link);
    call->waiting_stubs = &state->spy->gauges->stubs;
    atomic_fetch_add_explicit(call->waiting_stubs, 1, memory_order_relaxed);
}

/* Path and query belong to it where they are compared: several of them are one endpoint. */
static uint64_t
said_by(const struct plx_spy *spy, const struct plx_spy_call *call)
{
    struct plx_slice target = call->request.target;

    return spy->compare_target ? plx_mix(call->content ^ XXH3_64bits(target.len ? target.ptr : "", target.len))
                               : call->content;
}

static enum plx_status
add_to_book(struct plx_watch *watch, struct plx_spy_call *call, struct plx_book_event *event)
{
    struct plx_watch_state *state = plx_watch_state_of(watch, call);
    const struct plx_book_key key = {call->exchange, call->trace, call->endpoint, said_by(state->spy, call)};
    enum plx_status status = plx_book_add(&state->book, &call->booked, call->side, &key, now_of(watch), event);

    if (status == PLX_E_LIMIT) {
        struct plx_book_event forgotten = plx_book_make_room(&state->book);
        plx_watch_pair_event(watch, state, &forgotten);
        status = plx_book_add(&state->book, &call->booked, call->side, &key, now_of(watch), event);
    }
    return status;
}

/* Reading is done: among the others of its spy. */
static void
book(struct plx_watch *watch, struct plx_spy_call *call, struct plx_spy_waiter *waiter)
{
    struct plx_watch_state *state = plx_watch_state_of(watch, call);
    struct plx_book_event event;

    if (add_to_book(watch, call, &event) != PLX_OK) {
        plx_watch_miss(watch, call->spy, call->endpoint, PLX_SPIED_SHED);
        plx_watch_show(state);
        plx_spy_call_release(call);
        if (waiter)
            waiter->answered(waiter, NULL);
        return;
    }
    if (state->kept_bytes + call->kept_bytes > state->spy->bytes_max) {
        plx_spy_call_drop_bodies(call);
        plx_watch_count_dropped(state);
    }
    state->kept_bytes += call->kept_bytes;
    call->account = &state->kept_bytes;
    wait_for_answer(watch, call, waiter);
    plx_watch_pair_event(watch, state, &event);
    plx_watch_show(state);
    arm(watch);
}

/* A call that is read on another thread. */
struct reading {
    struct plx_watch_job job;
    struct plx_spy_call *call;
};

static void
read_there(struct plx_watch_job *job, const struct plx_compare_limits *limits, struct plx_arena *arena)
{
    plx_spy_call_read(PLX_CONTAINER(job, struct reading, job)->call, limits, arena);
}

static void
read_done(struct plx_watch_job *job, struct plx_arena *arena)
{
    struct reading *reading = PLX_CONTAINER(job, struct reading, job);
    struct plx_spy_waiter *waiter = reading->call->waiter;

    if (waiter)
        plx_spy_waiter_leave(waiter);
    if (!arena)
        plx_spy_call_leave_unread(reading->call);
    plx_watch_state_of(job->watch, reading->call)->aside--;
    book(job->watch, reading->call, waiter);
    free(reading);
}

/* false: it is shed. */
static bool
read_beside(struct plx_watch *watch, struct plx_spy_call *call)
{
    struct plx_watch_state *state = plx_watch_state_of(watch, call);
    struct reading *reading = calloc(1, sizeof(*reading));

    if (!reading)
        return false;
    *reading = (struct reading){.job = {.work = read_there, .done = read_done}, .call = call};
    if (plx_watch_queue(watch, &reading->job, state->spy, plx_spy_call_bytes(call))) {
        state->aside++;
        plx_watch_show(state);
        return true;
    }
    free(reading);
    return false;
}

static void
read_and_book(struct plx_watch *watch, struct plx_spy_call *call, struct plx_spy_waiter *waiter)
{
    if (plx_spy_call_is_costly(call)) {
        wait_for_answer(watch, call, waiter);
        arm(watch);
        if (read_beside(watch, call))
            return;
        if (waiter)
            plx_spy_waiter_leave(waiter);
        plx_spy_call_leave_unread(call);
    } else {
        plx_spy_call_read(call, NULL, watch->arena);
        plx_arena_reset(watch->arena);
    }
    book(watch, call, waiter);
}

struct plx_spy_call *
plx_watch_record(struct plx_watch *watch, const struct plx_spied *spied, struct plx_spy_waiter *waiter)
{
    const struct plx_spy *spy = watch->states[spied->spy].spy;
    struct plx_spy_call *call = plx_spy_call_new(spied, spied->route ? spied->route->rules : spy->service->rules);

    if (!call) {
        plx_watch_miss(watch, spied->spy, spied->endpoint, PLX_SPIED_SHED);
        if (waiter)
            waiter->answered(waiter, NULL);
        return NULL;
    }
    call->holds += spied->pending;
    read_and_book(watch, call, waiter);
    return spied->pending ? call : NULL;
}

void
plx_watch_answered(struct plx_watch *watch, struct plx_spy_call *call, const struct plx_message_view *answer,
                   uint64_t duration_ns)
{
    plx_watch_pair_answered(watch, call, answer, duration_ns);
}

void
plx_watch_miss(struct plx_watch *watch, size_t spy, struct plx_slice endpoint, enum plx_spied_uncopied reason)
{
    struct plx_tally *tally = watch->owner.tally(watch->owner.owner);

    if (tally)
        plx_spy_uncopied_count(watch->states[spy].spy, endpoint, reason, tally, watch->arena);
    plx_arena_reset(watch->arena);
}

uint64_t
plx_watch_count(struct plx_watch *watch, size_t spy)
{
    return ++watch->states[spy].counter;
}

const struct plx_spy *
plx_watch_spy(const struct plx_watch *watch, size_t spy)
{
    return &watch->spies->list[spy];
}

bool
plx_watch_is_busy(const struct plx_watch *watch)
{
    return watch->busy > 0;
}

/* ---- life ---- */

static bool
state_init(struct plx_watch_state *state, const struct plx_spy *spy, const struct plx_loop *loop)
{
    struct plx_book_options options = {spy->calls_max, spy->window_ms, spy->settle_ms, 0};

    state->spy = spy;
    plx_list_init(&state->waiters);
    if (getrandom(&options.seed, sizeof(options.seed), 0) != sizeof(options.seed))
        options.seed = plx_loop_now_ns(loop) ^ (uint64_t)(uintptr_t)state;
    return plx_book_init(&state->book, &options) == PLX_OK;
}

struct plx_watch *
plx_watch_new(struct plx_spies *spies, const struct plx_watch_owner *owner)
{
    struct plx_watch *watch = calloc(1, sizeof(*watch));
    bool ok = watch != NULL;

    if (ok) {
        watch->spies = spies;
        watch->owner = *owner;
        watch->arena = plx_arena_new(NULL);
        watch->states = calloc(spies->count, sizeof(*watch->states));
        ok = watch->arena && watch->states;
    }
    for (size_t i = 0; ok && i < spies->count; i++)
        ok = state_init(&watch->states[i], &spies->list[i], owner->loop);
    if (!ok) {
        plx_watch_free(watch);
        return NULL;
    }
    plx_deadline_init(&watch->due, owner->loop, on_due);
    return watch;
}

static void
cancel_call(struct plx_watch *watch, struct plx_spy_call *call)
{
    struct plx_tally *tally = watch->owner.tally(watch->owner.owner);

    if (tally)
        plx_spy_incomparable_count(plx_watch_state_of(watch, call)->spy, call->endpoint, PLX_SPIED_CANCELED, tally,
                                   watch->arena);
    plx_arena_reset(watch->arena);
}

void
plx_watch_close(struct plx_watch *watch)
{
    PLX_ASSERT(!watch->busy);
    plx_deadline_clear(&watch->due);
    for (size_t i = 0; i < watch->spies->count; i++) {
        struct plx_watch_state *state = &watch->states[i];
        PLX_ASSERT(plx_list_empty(&state->waiters));
        while (state->book.count) {
            bool waits = state->book.waiting_count > 0;
            struct plx_spy_call *call = plx_watch_call_of(plx_book_take(&state->book));
            if (waits)
                cancel_call(watch, call);
            plx_spy_call_release(call);
        }
        plx_watch_show(state);
    }
}

void
plx_watch_free(struct plx_watch *watch)
{
    if (!watch)
        return;
    for (size_t i = 0; watch->states && i < watch->spies->count; i++)
        if (watch->states[i].book.buckets)
            plx_book_fini(&watch->states[i].book);
    free(watch->states);
    plx_arena_free(watch->arena);
    free(watch);
}
