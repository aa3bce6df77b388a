/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The spies at work; the picture is in the header. The hard thing is who holds a call: the book does from when it is
 * added to when it is forgotten, a comparison as long as it runs; the last hold frees.
 */
#include "spy/watch.h"

#include "base/assert.h"
#include "compare/internal.h"
#include "spy/pair.h"

#include <stdlib.h>
#include <sys/random.h>

/* Of each spy, handled at once when they are due: a thousand calls that are given up together delay nobody's call. */
#define EVENTS_PER_TURN 100u

/* One spy at work. */
struct state {
    const struct plx_spy *spy;
    struct plx_book book;
    uint64_t kept_bytes; /* of calls in the book */
    uint64_t counter;
    struct plx_list waiters; /* in the order in which they are due */
};

struct plx_watch {
    struct plx_spies *spies;
    struct plx_watch_owner owner;
    uv_timer_t timer;
    struct plx_arena *arena; /* scratch of this thread */
    struct state *states;
    unsigned busy;
};

/* What runs on another thread: the reading of a call, or the comparing of a pair. */
struct job {
    uv_work_t work;
    struct plx_watch *watch;
    struct plx_arena *arena;
    struct plx_spy_call *call; /* to be read; NULL: the pair is to be judged */
    struct plx_spy_waiter *waiter;
    struct plx_spy_pair pair;
};

static uint64_t
now_of(const struct plx_watch *watch)
{
    return uv_now(watch->owner.loop);
}

static struct state *
state_of(struct plx_watch *watch, const struct plx_spy_call *call)
{
    return &watch->states[call->spy];
}

static struct plx_spy_call *
call_of(struct plx_booked *booked)
{
    return PLX_CONTAINER(booked, struct plx_spy_call, booked);
}

/* ---- what admin asks for, from another thread ---- */

static void
show_gauges(struct state *state)
{
    atomic_store_explicit(&state->spy->gauges->waiting, (unsigned)state->book.waiting_count, memory_order_relaxed);
    atomic_store_explicit(&state->spy->gauges->kept_bytes, state->kept_bytes, memory_order_relaxed);
}

/* ---- stubs that wait ---- */

static void
tell_waiter(struct plx_spy_call *call, const struct plx_message_view *answer)
{
    struct plx_spy_waiter *waiter = call->waiter;

    if (!waiter)
        return;
    plx_watch_leave(waiter);
    waiter->answered(waiter, answer);
}

void
plx_watch_leave(struct plx_spy_waiter *waiter)
{
    struct plx_spy_call *call = waiter->call;

    if (!call)
        return;
    call->waiter = NULL;
    waiter->call = NULL;
    plx_list_remove(&waiter->link);
    atomic_fetch_sub_explicit(call->waiting_stubs, 1, memory_order_relaxed);
}

static void
end_waits(struct state *state, uint64_t now)
{
    while (!plx_list_empty(&state->waiters)) {
        struct plx_spy_waiter *waiter = PLX_CONTAINER(state->waiters.next, struct plx_spy_waiter, link);
        if (waiter->due_ms > now)
            return;
        tell_waiter(waiter->call, NULL);
    }
}

/* ---- counting ---- */

static void
count_alone(struct plx_watch *watch, struct plx_spy_call *call, enum plx_book_happened happened)
{
    struct plx_tally *tally = watch->owner.tally(watch->owner.owner);
    enum plx_spied_result result = happened == PLX_BOOK_DUPLICATE ? PLX_SPIED_DUPLICATED
                                   : call->side == PLX_PRIMARY    ? PLX_SPIED_MISSING
                                                                  : PLX_SPIED_EXTRA;

    if (tally)
        plx_spy_alone_count(state_of(watch, call)->spy, call, result, tally, watch->arena);
    plx_arena_reset(watch->arena);
    plx_spy_call_slim(call);
    tell_waiter(call, NULL); /* whose next call may be recorded within this, and this one be forgotten for it */
}

static void
count_pair(struct plx_watch *watch, const struct plx_spy_pair *pair, struct plx_arena *arena)
{
    struct plx_tally *tally = watch->owner.tally(watch->owner.owner);

    if (tally)
        plx_spy_pair_count(pair, tally, arena);
    for (int side = 0; side < PLX_SPY_SIDES; side++) {
        plx_spy_call_slim(pair->calls[side]);
        plx_spy_call_release(pair->calls[side]);
    }
    show_gauges(&watch->states[pair->spy - watch->spies->list]);
}

/* ---- other threads ---- */

static void book_call(struct plx_watch *watch, struct plx_spy_call *call, struct plx_spy_waiter *waiter);

static void
read_content(struct plx_spy_call *call, struct plx_arena *arena)
{
    const struct plx_answer answer = plx_spy_call_as_answer(call);
    const struct plx_compare_limits limits = {.now_s = (int64_t)(call->time_ms / 1000)};

    /* What can't be read is known by nothing but its ids: the comparison then says why. */
    if (plx_rules_hash_body(call->rules, &answer, &limits, arena, &call->content) != PLX_OK)
        call->content = call->request.body_length;
}

static void
on_job(uv_work_t *work)
{
    struct job *job = PLX_CONTAINER(work, struct job, work);

    if (job->call)
        read_content(job->call, job->arena);
    else
        plx_spy_pair_judge(&job->pair, job->arena);
}

static void
on_job_done(uv_work_t *work, int error)
{
    struct job *job = PLX_CONTAINER(work, struct job, work);
    struct plx_watch *watch = job->watch;

    watch->busy--;
    if (job->call) {
        struct plx_spy_waiter *waiter = job->call->waiter;
        if (waiter)
            plx_watch_leave(waiter);
        book_call(watch, job->call, waiter);
    } else {
        if (error)
            job->pair.judged = PLX_E_CANCELED;
        count_pair(watch, &job->pair, job->arena);
    }
    plx_arena_free(job->arena);
    free(job);
}

/* false: it is for this thread to do. */
static bool
queue_job(struct plx_watch *watch, struct plx_spy_call *call, const struct plx_spy_pair *pair)
{
    struct job *job = calloc(1, sizeof(*job));
    struct plx_arena *arena = plx_arena_new(NULL);

    if (job && arena) {
        *job = (struct job){.watch = watch, .arena = arena, .call = call};
        if (pair)
            job->pair = *pair;
        if (uv_queue_work(watch->owner.loop, &job->work, on_job, on_job_done) == 0) {
            watch->busy++;
            return true;
        }
    }
    plx_arena_free(arena);
    free(job);
    return false;
}

/* ---- what the book says ---- */

/* A comparison holds both. */
static void
judge_pair(struct plx_watch *watch, struct plx_spy_call *primary, struct plx_spy_call *candidate, bool late)
{
    struct plx_spy_pair pair = {.spy = state_of(watch, primary)->spy, .calls = {primary, candidate}, .late = late};

    tell_waiter(candidate, primary->has_answer ? &primary->answer : NULL);
    if (plx_spy_pair_is_long(&pair) && queue_job(watch, NULL, &pair))
        return;
    plx_spy_pair_judge(&pair, watch->arena);
    count_pair(watch, &pair, watch->arena);
    plx_arena_reset(watch->arena);
}

/* Answers that are still to come are waited for: how long they took is counted with the pair, and a stub may give
 * them. */
static void
on_pair(struct plx_watch *watch, struct state *state, const struct plx_book_event *event)
{
    struct plx_spy_call *primary = call_of(event->calls[PLX_PRIMARY]),
                        *candidate = call_of(event->calls[PLX_CANDIDATE]);
    struct plx_spy_call *const calls[] = {primary, candidate};
    bool late = event->happened == PLX_BOOK_LATE || plx_spy_pair_distance_ms(calls) > state->spy->late_ms;

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

static void
count_dropped(struct state *state)
{
    atomic_fetch_add_explicit(&state->spy->gauges->dropped, 1, memory_order_relaxed);
}

static void
keep_answer(struct state *state, struct plx_spy_call *call, const struct plx_message_view *answer)
{
    if (state->kept_bytes + answer->body.len <= state->spy->bytes_max)
        plx_spy_call_keep_answer(call, answer);
    else
        count_dropped(state);
}

void
plx_watch_answered(struct plx_watch *watch, struct plx_spy_call *call, const struct plx_message_view *answer,
                   uint64_t duration_ns)
{
    struct plx_spy_call *partner = call->partner;
    struct state *state = state_of(watch, call);

    call->pending = false;
    call->duration_ns = duration_ns;
    if (answer && call->kept && call->side == PLX_PRIMARY && state->spy->gives_primary)
        keep_answer(state, call, answer);
    if (partner && !partner->pending) {
        call->partner = partner->partner = NULL;
        judge_pair(watch, call->side == PLX_PRIMARY ? call : partner, call->side == PLX_PRIMARY ? partner : call,
                   call->partner_late);
    }
    show_gauges(state);
    plx_spy_call_release(call);
}

static void
on_event(struct plx_watch *watch, struct state *state, const struct plx_book_event *event)
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
        count_alone(watch, call_of(one), event->happened);
        break;
    case PLX_BOOK_FORGOTTEN:
        plx_spy_call_release(call_of(one));
        break;
    }
}

/* ---- time ---- */

static void arm(struct plx_watch *watch);

static void
on_timer(uv_timer_t *timer)
{
    struct plx_watch *watch = timer->data;
    uint64_t now = now_of(watch);

    for (size_t i = 0; i < watch->spies->count; i++) {
        struct state *state = &watch->states[i];
        struct plx_book_event event = {PLX_BOOK_FORGOTTEN};
        for (unsigned k = 0; k < EVENTS_PER_TURN && event.happened != PLX_BOOK_NOTHING; k++) {
            event = plx_book_next(&state->book, now);
            on_event(watch, state, &event);
        }
        end_waits(state, now);
        show_gauges(state);
    }
    arm(watch);
}

static void
arm(struct plx_watch *watch)
{
    uint64_t due = UINT64_MAX, now = now_of(watch);

    for (size_t i = 0; i < watch->spies->count; i++) {
        const struct state *state = &watch->states[i];
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
        uv_timer_stop(&watch->timer);
    else
        uv_timer_start(&watch->timer, on_timer, due > now ? due - now : 1, 0); /* 0 would go before what has come in */
}

/* ---- calls ---- */

static void
wait_for_answer(struct plx_watch *watch, struct plx_spy_call *call, struct plx_spy_waiter *waiter)
{
    struct state *state = state_of(watch, call);

    if (!waiter)
        return;
    call->waiter = waiter;
    waiter->call = call;
    waiter->due_ms = now_of(watch) + state->spy->wait_ms;
    plx_list_push_back(&state->waiters, &waiter->link);
    call->waiting_stubs = &state->spy->gauges->stubs;
    atomic_fetch_add_explicit(call->waiting_stubs, 1, memory_order_relaxed);
}

static enum plx_status
add_to_book(struct plx_watch *watch, struct plx_spy_call *call, struct plx_book_event *event)
{
    struct state *state = state_of(watch, call);
    const struct plx_book_key key = {call->exchange, call->trace, call->endpoint, call->content};
    enum plx_status status = plx_book_add(&state->book, &call->booked, call->side, &key, now_of(watch), event);

    if (status == PLX_E_LIMIT) {
        struct plx_book_event forgotten = plx_book_make_room(&state->book);
        on_event(watch, state, &forgotten);
        status = plx_book_add(&state->book, &call->booked, call->side, &key, now_of(watch), event);
    }
    return status;
}

/* Reading is done: among the others of its spy. */
static void
book_call(struct plx_watch *watch, struct plx_spy_call *call, struct plx_spy_waiter *waiter)
{
    struct state *state = state_of(watch, call);
    struct plx_book_event event;

    if (add_to_book(watch, call, &event) != PLX_OK) {
        plx_watch_miss(watch, call->spy, call->endpoint, PLX_SPIED_SHED);
        plx_spy_call_release(call);
        if (waiter)
            waiter->answered(waiter, NULL);
        return;
    }
    if (state->kept_bytes + call->kept_bytes > state->spy->bytes_max) {
        plx_spy_call_drop_bodies(call);
        count_dropped(state);
    }
    state->kept_bytes += call->kept_bytes;
    call->account = &state->kept_bytes;
    wait_for_answer(watch, call, waiter);
    on_event(watch, state, &event);
    show_gauges(state);
    arm(watch);
}

static void
read_and_book(struct plx_watch *watch, struct plx_spy_call *call, struct plx_spy_waiter *waiter)
{
    if (plx_spy_call_is_costly(call)) {
        wait_for_answer(watch, call, waiter);
        arm(watch);
        if (queue_job(watch, call, NULL))
            return;
        if (waiter)
            plx_watch_leave(waiter);
    }
    read_content(call, watch->arena);
    plx_arena_reset(watch->arena);
    book_call(watch, call, waiter);
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
state_init(struct state *state, const struct plx_spy *spy)
{
    struct plx_book_options options = {spy->calls_max, spy->window_ms, spy->settle_ms, 0};

    state->spy = spy;
    plx_list_init(&state->waiters);
    if (getrandom(&options.seed, sizeof(options.seed), 0) != sizeof(options.seed))
        options.seed = uv_hrtime() ^ (uint64_t)(uintptr_t)state;
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
        ok = state_init(&watch->states[i], &spies->list[i]);
    if (!ok || uv_timer_init(owner->loop, &watch->timer) != 0) {
        plx_watch_free(watch);
        return NULL;
    }
    watch->timer.data = watch;
    return watch;
}

static void
cancel_call(struct plx_watch *watch, struct plx_spy_call *call)
{
    struct plx_tally *tally = watch->owner.tally(watch->owner.owner);

    if (tally)
        plx_spy_incomparable_count(state_of(watch, call)->spy, call->endpoint, PLX_SPIED_CANCELED, tally, watch->arena);
    plx_arena_reset(watch->arena);
}

void
plx_watch_close(struct plx_watch *watch)
{
    PLX_ASSERT(!watch->busy);
    uv_timer_stop(&watch->timer);
    for (size_t i = 0; i < watch->spies->count; i++) {
        struct state *state = &watch->states[i];
        PLX_ASSERT(plx_list_empty(&state->waiters));
        while (state->book.count) {
            bool waits = state->book.waiting_count > 0;
            struct plx_spy_call *call = call_of(plx_book_take(&state->book));
            if (waits)
                cancel_call(watch, call);
            plx_spy_call_release(call);
        }
        show_gauges(state);
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
