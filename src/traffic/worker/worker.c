/* SPDX-License-Identifier: Apache-2.0 */
/* A worker's thread: its loop, its mailbox, its hand-over of the tally, its drain. */
#include "traffic/worker/worker.h"

#include "base/assert.h"
#include "base/thread.h"
#include "service/snapshot.h"
#include "traffic/exchange/ask_exchange.h"

#include <stdlib.h>
#include <unistd.h>

#define TELL_SHORT_MS 60000u

static struct plx_worker *
worker_of(struct plx_context *context)
{
    return PLX_CONTAINER(context, struct plx_worker, context);
}

/* ---- the tally ---- */

static void
arm_hand_over(struct plx_worker *worker)
{
    plx_deadline_set(&worker->hand_over, PLX_WORKER_HAND_OVER_MS);
}

/* What it was told to hand over is the owner's. */
static void
acknowledge(struct plx_worker *worker)
{
    if (!worker->hand_over_due)
        return;
    pthread_mutex_lock(&worker->mailbox);
    plx_under_way_count(&worker->context, &worker->under_way);
    pthread_mutex_unlock(&worker->mailbox);
    atomic_store(&worker->handed_over, worker->hand_over_due);
    worker->hand_over_due = 0;
    worker->owner.changed(worker->owner.owner);
}

static void
hand_over(struct plx_worker *worker)
{
    struct plx_context *context = &worker->context;

    if (context->untallied) {
        plx_log(PLX_LOG_ERROR, "exchanges_not_counted", PLX_NUMBER_OF("count", context->untallied),
                PLX_TEXT("reason", "out of memory"));
        context->untallied = 0;
    }
    if (context->tally && !worker->owner.take_tally(worker->owner.owner, context->tally)) {
        arm_hand_over(worker);
        return;
    }
    context->tally = NULL;
    acknowledge(worker);
}

static void
on_hand_over(struct plx_deadline *deadline)
{
    struct plx_worker *worker = PLX_CONTAINER(deadline, struct plx_worker, hand_over);

    if (worker->context.access_log)
        plx_access_log_flush(worker->context.access_log);
    hand_over(worker);
}

static void
on_tallied(struct plx_context *context)
{
    arm_hand_over(worker_of(context));
}

/* ---- the mailbox ---- */

static void
swap_view(struct plx_worker *worker, struct plx_snapshot *snapshot)
{
    struct plx_context *context = &worker->context;
    struct plx_view *view = plx_view_new(context, snapshot, context->view);

    hand_over(worker); /* no tally is of two epochs */
    if (view) {
        plx_view_unref(context->view);
        context->view = view;
        atomic_store(&worker->generation, snapshot->generation);
    } else {
        plx_log(PLX_LOG_ERROR, "reload_failed", PLX_TEXT("reason", "out of memory"));
    }
    plx_snapshot_unref(snapshot);
    worker->owner.changed(worker->owner.owner);
}

/* ---- listening ---- */

struct listening {
    struct plx_list link;
    struct plx_listener listener;
};

static struct listening *
listening_of(struct plx_list *link)
{
    return PLX_CONTAINER(link, struct listening, link);
}

/* A retired one can be used again: it was closed in an earlier turn of the loop. */
static struct listening *
make_listening(struct plx_worker *worker)
{
    struct plx_list *spare = worker->retired.next;

    if (spare == &worker->retired)
        return calloc(1, sizeof(struct listening));
    plx_list_remove(spare);
    memset(listening_of(spare), 0, sizeof(struct listening));
    return listening_of(spare);
}

static void on_ready(struct plx_listener *listener);

static bool
listen_on(struct plx_worker *worker, int descriptor, const struct plx_spy_port *port)
{
    struct listening *made = make_listening(worker);

    if (!made) {
        close(descriptor);
        return false;
    }
    made->listener.user = port;
    bool ok = plx_listener_start(&made->listener, &worker->context.loop, descriptor, on_ready) == PLX_OK;
    plx_list_push_back(ok ? &worker->listeners : &worker->retired, &made->link);
    return ok;
}

static bool
is_one_of(int descriptor, const int *descriptors, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (descriptors[i] == descriptor)
            return true;
    return false;
}

static bool
listens_on(const struct plx_worker *worker, int descriptor)
{
    for (struct plx_list *link = worker->listeners.next; link != &worker->listeners; link = link->next)
        if (listening_of(link)->listener.descriptor == descriptor)
            return true;
    return false;
}

/* It closes sockets, and shuts none down: other processes may accept from them. */
static void
listen_only_on(struct plx_worker *worker, const int *descriptors, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!listens_on(worker, descriptors[i]) && !listen_on(worker, descriptors[i], NULL))
            plx_log(PLX_LOG_ERROR, "listen_failed", PLX_TEXT("reason", "out of memory"));
    for (struct plx_list *link = worker->listeners.next, *next; link != &worker->listeners; link = next) {
        next = link->next;
        if (is_one_of(listening_of(link)->listener.descriptor, descriptors, count))
            continue;
        plx_listener_close(&listening_of(link)->listener);
        plx_list_remove(link);
        plx_list_push_back(&worker->retired, link);
    }
}

/* Each of them: a socket that the one gives and the next one takes away is closed here. */
static void
follow_orders(struct plx_worker *worker, struct plx_worker_order *orders)
{
    for (struct plx_worker_order *next; orders; orders = next) {
        next = orders->next;
        listen_only_on(worker, orders->descriptors, orders->count);
        free(orders);
    }
}

static void
free_orders(struct plx_worker_order *orders)
{
    for (struct plx_worker_order *next; orders; orders = next) {
        next = orders->next;
        free(orders);
    }
}

static void
free_listening(struct plx_list *list)
{
    for (struct plx_list *link = list->next, *next; link != list; link = next) {
        next = link->next;
        free(listening_of(link));
    }
}

/* ---- drain ---- */

static void
cancel_exchanges(struct plx_context *context)
{
    struct plx_list *link = context->exchanges.next;

    while (link != &context->exchanges) {
        struct plx_exchange *exchange = PLX_CONTAINER(link, struct plx_exchange, link);
        link = link->next;
        plx_exchange_cancel(exchange);
    }
}

static void
on_drain_poll(struct plx_deadline *deadline)
{
    struct plx_worker *worker = PLX_CONTAINER(deadline, struct plx_worker, drain_poll);
    struct plx_context *context = &worker->context;
    uint64_t now = plx_loop_now_ms(&context->loop);

    plx_deadline_set(deadline, PLX_DRAIN_POLL_MS);
    /* One turn after the beginning, so that what the kernel had accepted by then is answered. */
    listen_only_on(worker, NULL, 0);
    if (now >= worker->drain_until_ms) {
        plx_comparisons_port_close(&context->comparisons);
        plx_connections_close(context);
    }
    if (!plx_list_empty(&context->connections))
        worker->drain_clients_ms = now;
    if (now >= worker->drain_until_ms || now - worker->drain_clients_ms >= PLX_DRAIN_COPIES_MS)
        cancel_exchanges(context);
    if (plx_list_empty(&context->connections) && plx_list_empty(&context->exchanges) &&
        !(context->watch && plx_watch_is_busy(context->watch)))
        plx_loop_stop(&context->loop);
}

static void
begin_drain(struct plx_worker *worker, uint32_t drain_ms)
{
    uint64_t now = plx_loop_now_ms(&worker->context.loop);

    worker->drain_until_ms = now + drain_ms;
    if (worker->context.draining)
        return;
    worker->drain_clients_ms = now;
    plx_connections_drain(&worker->context);
    plx_rechecks_drop(&worker->rechecks);
    plx_deadline_set(&worker->drain_poll, PLX_DRAIN_POLL_MS);
}

static void
write_log_to(struct plx_worker *worker, struct plx_outlet *outlet)
{
    struct plx_context *context = &worker->context;

    if (context->access_log)
        plx_access_log_fini(context->access_log);
    context->access_log = outlet ? &worker->access_log : NULL;
    if (outlet)
        plx_access_log_init(&worker->access_log, outlet);
}

static void
on_wake(struct plx_wake *wake)
{
    struct plx_worker *worker = wake->user;

    pthread_mutex_lock(&worker->mailbox);
    struct plx_snapshot *snapshot = worker->next;
    uint32_t drain_ms = worker->drain_ms;
    uint64_t ticket = worker->hand_over_wanted;
    struct plx_worker_order *orders = worker->orders;
    bool log_changes = worker->log_changes;
    struct plx_outlet *log = worker->log;
    worker->log_changes = false;
    worker->orders = NULL;
    struct plx_ask *asks = worker->asks;
    worker->asks = NULL;
    worker->next = NULL;
    worker->drain_ms = 0;
    worker->hand_over_wanted = 0;
    pthread_mutex_unlock(&worker->mailbox);

    if (log_changes)
        write_log_to(worker, log);
    if (snapshot)
        swap_view(worker, snapshot);
    follow_orders(worker, orders);
    if (drain_ms)
        begin_drain(worker, drain_ms);
    while (asks) {
        struct plx_ask *ask = asks;
        asks = ask->next;
        plx_ask_begin(&worker->context, ask);
    }
    if (ticket) {
        worker->hand_over_due = ticket;
        hand_over(worker);
    }
}

void
plx_worker_swap(struct plx_worker *worker, struct plx_snapshot *snapshot)
{
    pthread_mutex_lock(&worker->mailbox);
    struct plx_snapshot *missed = worker->next;
    worker->next = plx_snapshot_ref(snapshot);
    pthread_mutex_unlock(&worker->mailbox);
    plx_snapshot_unref(missed);
    plx_wake_send(&worker->wake);
}

void
plx_worker_log(struct plx_worker *worker, struct plx_outlet *outlet)
{
    pthread_mutex_lock(&worker->mailbox);
    worker->log_changes = true;
    worker->log = outlet;
    pthread_mutex_unlock(&worker->mailbox);
    plx_wake_send(&worker->wake);
}

bool
plx_worker_listen(struct plx_worker *worker, const int *descriptors, size_t count)
{
    struct plx_worker_order *order = malloc(sizeof(*order) + count * sizeof(*descriptors));

    if (!order)
        return false;
    *order = (struct plx_worker_order){NULL, count};
    memcpy(order->descriptors, descriptors, count * sizeof(*descriptors));
    pthread_mutex_lock(&worker->mailbox);
    struct plx_worker_order **end = &worker->orders;
    while (*end)
        end = &(*end)->next;
    *end = order;
    pthread_mutex_unlock(&worker->mailbox);
    plx_wake_send(&worker->wake);
    return true;
}

void
plx_worker_ask(struct plx_worker *worker, struct plx_ask *ask)
{
    ask->told = worker->owner.changed;
    ask->owner = worker->owner.owner;
    pthread_mutex_lock(&worker->mailbox);
    ask->next = worker->asks;
    worker->asks = ask;
    pthread_mutex_unlock(&worker->mailbox);
    plx_wake_send(&worker->wake);
}

void
plx_worker_hand_over(struct plx_worker *worker, uint64_t ticket)
{
    pthread_mutex_lock(&worker->mailbox);
    worker->hand_over_wanted = ticket;
    pthread_mutex_unlock(&worker->mailbox);
    plx_wake_send(&worker->wake);
}

void
plx_worker_under_way(struct plx_worker *worker, struct plx_under_way_list *found)
{
    pthread_mutex_lock(&worker->mailbox);
    *found = worker->under_way;
    pthread_mutex_unlock(&worker->mailbox);
}

void
plx_worker_drain(struct plx_worker *worker, uint32_t drain_ms)
{
    pthread_mutex_lock(&worker->mailbox);
    worker->drain_ms = drain_ms ? drain_ms : 1;
    pthread_mutex_unlock(&worker->mailbox);
    plx_wake_send(&worker->wake);
}

/* ---- life ---- */

/* Once a minute in the whole process. */
static void
tell_short(const struct plx_context *context)
{
    static atomic_uint_fast64_t next_ms;
    uint64_t now = plx_loop_now_ms(&context->loop), next = atomic_load(&next_ms);

    if (now < next || !atomic_compare_exchange_strong(&next_ms, &next, now + TELL_SHORT_MS))
        return;
    plx_log(PLX_LOG_WARN, "descriptors_short", PLX_NUMBER_OF("clients", context->loop.accepted),
            PLX_NUMBER_OF("connections", context->loop.streams), PLX_NUMBER_OF("limit", context->loop.streams_max),
            PLX_TEXT("reason", "new clients wait, idle ones are closed and copies are shed: a worker has used its part "
                               "of the file descriptors; allow more (ulimit -n, LimitNOFILE=)"));
}

/* Where there is no descriptor for a client and for the call that it may need, it waits, and the listener asks again.
 */
static void
on_ready(struct plx_listener *listener)
{
    struct plx_context *context = PLX_CONTAINER(listener->loop, struct plx_context, loop);

    plx_loop_make_room(&context->loop);
    if (plx_loop_has_room_for_client(&context->loop)) {
        plx_connection_accept(context, listener);
        return;
    }
    plx_connections_make_room(context);
    tell_short(context);
}

void
plx_worker_run(struct plx_worker *worker)
{
    plx_loop_run(&worker->context.loop);
    if (worker->context.watch)
        plx_watch_close(worker->context.watch);
    if (worker->context.access_log)
        plx_access_log_fini(worker->context.access_log);
    hand_over(worker); /* what is not taken now is when it is joined */
    pthread_mutex_lock(&worker->mailbox);
    worker->under_way.count = 0;
    pthread_mutex_unlock(&worker->mailbox);
    atomic_store(&worker->ended, true);
    worker->owner.changed(worker->owner.owner);
}

static void *
work(void *argument)
{
    plx_worker_run(argument);
    return NULL;
}

static bool
start_listening(struct plx_worker *worker, const struct plx_worker_options *options)
{
    for (size_t i = 0; i < options->descriptor_count; i++)
        if (!listen_on(worker, options->descriptors[i], options->ports ? &options->ports[i] : NULL))
            return false;
    return true;
}

static struct plx_tally *
tally_of(void *owner)
{
    return plx_context_tally(owner);
}

static bool
start_watch(struct plx_context *context, struct plx_spies *spies)
{
    const struct plx_watch_owner owner = {&context->loop, &context->comparisons, tally_of, context};

    if (spies)
        context->watch = plx_watch_new(spies, &owner);
    return !spies || context->watch;
}

static bool
init(struct plx_worker *worker, const struct plx_worker_options *options)
{
    struct plx_context *context = &worker->context;

    worker->owner = options->owner;
    pthread_mutex_init(&worker->mailbox, NULL);
    plx_list_init(&worker->listeners);
    plx_list_init(&worker->retired);
    if (plx_context_init(context) != PLX_OK || plx_context_use_names(context, options->names) != PLX_OK)
        return false;
    plx_loop_rebase(&context->loop, options->base);
    context->tallied = on_tallied;
    plx_rechecks_init(&worker->rechecks, context);
    context->loop.streams_max = options->streams_max;
    context->turn = plx_share_begin(options->index, options->count);
    context->view = plx_view_new(context, options->snapshot, NULL);
    if (!context->view)
        return false;
    if (!plx_comparisons_port_init(&context->comparisons, options->comparisons, &context->loop) ||
        !start_watch(context, options->spies))
        return false;
    atomic_init(&worker->generation, options->snapshot->generation);
    write_log_to(worker, options->access_log);
    if (!plx_wake_init(&worker->wake, &context->loop, on_wake, worker))
        return false;
    plx_deadline_init(&worker->hand_over, &context->loop, on_hand_over);
    plx_deadline_init(&worker->drain_poll, &context->loop, on_drain_poll);
    return start_listening(worker, options);
}

/* Failing here ends the program: what the operating system reclaims is not tidied. */
struct plx_worker *
plx_worker_new(const struct plx_worker_options *options)
{
    struct plx_worker *worker = calloc(1, sizeof(*worker));

    return worker && init(worker, options) ? worker : NULL;
}

struct plx_worker *
plx_worker_start(const struct plx_worker_options *options)
{
    struct plx_worker *worker = plx_worker_new(options);

    if (!worker || !plx_thread_start(&worker->thread, work, worker))
        return NULL;
    worker->has_thread = true;
    return worker;
}

struct plx_tally *
plx_worker_join(struct plx_worker *worker)
{
    if (worker->has_thread)
        pthread_join(worker->thread, NULL);
    struct plx_tally *tally = worker->context.tally;
    worker->context.tally = NULL;
    struct plx_watch *watch = worker->context.watch;
    plx_exchange_free_spares(&worker->context);
    plx_context_fini(&worker->context); /* closes the loop, and with it the watch's timer */
    plx_watch_free(watch);
    free_listening(&worker->listeners);
    free_listening(&worker->retired);
    free_orders(worker->orders);
    plx_snapshot_unref(worker->next);
    pthread_mutex_destroy(&worker->mailbox);
    free(worker);
    return tally;
}
