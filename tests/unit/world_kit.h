/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A simulated world below streams: a clock that jumps to what happens next, and pipes in memory in the place of
 * sockets. What happens is a list of events in the order of their times, so that a test runs the same each time and
 * thirty seconds of lingering take none. The world can delay what is sent, cut it into pieces, take little at once
 * (window), reset a connection, refuse to connect or never end a connect, and not know a name.
 *
 * A piece is in the pipe from when it is taken from the writer to when the reader is given it. Ends and their pieces
 * live until world_fini(), which also says that every stream was closed.
 */
#ifndef TEST_WORLD_KIT_H
#define TEST_WORLD_KIT_H

#include "base/assert.h"
#include "base/list.h"
#include "traffic/net/loop.h"
#include "traffic/net/stream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#define WORLD_ADDRESSES_MAX 8u
#define WORLD_DIALS_MAX     64u

struct world {
    struct plx_loop loop;
    uint64_t now_ms;
    struct plx_list events, ends;
    struct plx_list connecting; /* ends that wait for world_accept() */
    uint32_t delay_ms;
    size_t cut, window;         /* bytes: of a piece; that a pipe holds */
    unsigned refusals;          /* so many connects fail from now on */
    unsigned addresses;         /* of every name; 0: unknown */
    uint32_t first_host;        /* of these: 192.0.2.0 and so many */
    struct plx_lookup *lookup;  /* the last one that was asked for */
    unsigned left_out;          /* how often an address was */
    uint32_t unreachable;       /* a bit for each address of a name: to which connects don't even begin */
    uint32_t hanging, refusing; /* a bit for each address of a name: to which connects never end, or fail */
    struct world_dial {         /* connects that have begun */
        uint64_t at_ms;
        uint32_t host; /* the address, without 192.0.2.0 */
    } dials[WORLD_DIALS_MAX];
    unsigned dial_count;
    void (*accepting)(struct world *world); /* takes a stream to world_accept(); NULL: nobody listens */
};

struct world_event {
    struct plx_list link;
    uint64_t at_ms;
    void (*fire)(struct world *world, void *of);
    void *of;
};

struct world_end {
    struct plx_list link, waiting; /* among all ends; among those that connect */
    struct world *world;
    struct plx_stream *stream; /* NULL: not accepted yet */
    struct world_end *peer;
    struct plx_list arrived; /* pieces that were not read yet */
    struct plx_list writes;  /* that the pipe has no room for */
    size_t in_pipe;          /* of what this end has sent */
    bool reading, looking, shut, fin_sent, broken, gone;
};

enum world_kind { WORLD_BYTES, WORLD_FIN, WORLD_RESET };

struct world_piece {
    struct plx_list link;
    struct world_end *to;
    enum world_kind kind;
    size_t len;
    char bytes[];
};

struct world_write {
    struct plx_list link;
    struct world_end *end;
    size_t len, left;
    unsigned count;
    uv_buf_t *buffers; /* what is left of them */
    char *copy;
};

static inline void *
world_alloc(size_t size)
{
    void *memory = calloc(1, size ? size : 1);
    assert_non_null(memory);
    return memory;
}

/* ---- events ---- */

static inline void
world_at(struct world *world, uint64_t in_ms, void (*fire)(struct world *world, void *of), void *of)
{
    struct world_event *event = world_alloc(sizeof(*event));
    struct plx_list *before = world->events.prev;

    *event = (struct world_event){.at_ms = world->now_ms + in_ms, .fire = fire, .of = of};
    while (before != &world->events && PLX_CONTAINER(before, struct world_event, link)->at_ms > event->at_ms)
        before = before->prev;
    plx_list_push_front(before, &event->link);
}

static inline void
world_drop(struct world *world, void (*fire)(struct world *world, void *of), const void *of)
{
    for (struct plx_list *at = world->events.next, *next; at != &world->events; at = next) {
        struct world_event *event = PLX_CONTAINER(at, struct world_event, link);
        next = at->next;
        if (event->fire != fire || event->of != of)
            continue;
        plx_list_remove(at);
        free(event);
    }
}

/* The next event; false where there is none. */
static inline bool
world_step(struct world *world)
{
    if (plx_list_empty(&world->events))
        return false;
    struct world_event *event = PLX_CONTAINER(world->events.next, struct world_event, link), it = *event;
    plx_list_remove(&event->link);
    free(event);
    world->now_ms = it.at_ms;
    it.fire(world, it.of);
    return true;
}

static inline void
world_run(struct world *world)
{
    while (world_step(world))
        ;
}

/* Everything up to now + ms. */
static inline void
world_run_for(struct world *world, uint64_t ms)
{
    uint64_t until = world->now_ms + ms;

    while (!plx_list_empty(&world->events) &&
           PLX_CONTAINER(world->events.next, struct world_event, link)->at_ms <= until)
        world_step(world);
    world->now_ms = until;
}

#define WORLD_UNTIL(world, condition)                                 \
    do {                                                              \
        while (!(condition))                                          \
            assert_true(world_step(world)); /* else it never comes */ \
    } while (0)

/* ---- pipes ---- */

static inline struct world *
world_of(const struct plx_loop *loop)
{
    return PLX_CONTAINER(loop, struct world, loop);
}

static inline struct world_end *
world_end_of(const struct plx_stream *stream)
{
    return stream->other;
}

static inline struct world_end *
world_end_new(struct world *world, struct plx_stream *stream)
{
    struct world_end *end = world_alloc(sizeof(*end));

    end->world = world;
    end->stream = stream;
    plx_list_init(&end->waiting);
    plx_list_init(&end->arrived);
    plx_list_init(&end->writes);
    plx_list_push_back(&world->ends, &end->link);
    return end;
}

static inline void world_refill(struct world_end *end);
static inline void world_fail_writes(struct world_end *end);
static inline void world_send(struct world_end *from, enum world_kind kind, const char *bytes, size_t len);

static inline void
world_look(struct world *world, void *of)
{
    struct world_end *end = of;

    end->looking = false;
    if (!end->reading || end->gone || plx_list_empty(&end->arrived))
        return;
    struct world_piece *piece = PLX_CONTAINER(end->arrived.next, struct world_piece, link);
    plx_list_remove(&piece->link);
    if (!plx_list_empty(&end->arrived)) {
        end->looking = true;
        world_at(world, 0, world_look, end);
    }
    if (piece->kind == WORLD_BYTES) {
        memcpy(world->loop.read_buffer, piece->bytes, piece->len);
        end->peer->in_pipe -= piece->len;
        world_refill(end->peer);
        plx_stream_received(end->stream, plx_slice_make(world->loop.read_buffer, piece->len));
        memset(world->loop.read_buffer, 0xa5, piece->len); /* it is valid during the call only */
    } else {
        plx_stream_ended(end->stream, piece->kind == WORLD_FIN ? PLX_DONE : PLX_E_RESET);
    }
    free(piece);
}

static inline void
world_wake(struct world_end *end)
{
    if (!end->reading || end->looking || end->gone || plx_list_empty(&end->arrived))
        return;
    end->looking = true;
    world_at(end->world, 0, world_look, end);
}

static inline void
world_arrive(struct world *world, void *of)
{
    struct world_piece *piece = of;
    struct world_end *to = piece->to;

    if (to->gone) { /* nobody is there to take it */
        if (piece->kind == WORLD_BYTES && !to->peer->gone)
            world_send(to, WORLD_RESET, NULL, 0);
        free(piece);
        return;
    }
    plx_list_push_back(&to->arrived, &piece->link);
    if (piece->kind == WORLD_RESET) {
        to->broken = true;
        world_fail_writes(to);
    }
    world_wake(to);
}

static inline void
world_send(struct world_end *from, enum world_kind kind, const char *bytes, size_t len)
{
    size_t at = 0;

    do {
        size_t part = len - at < from->world->cut ? len - at : from->world->cut;
        struct world_piece *piece = world_alloc(sizeof(*piece) + part);
        piece->to = from->peer;
        piece->kind = kind;
        piece->len = part;
        if (part)
            memcpy(piece->bytes, bytes + at, part);
        world_at(from->world, from->world->delay_ms, world_arrive, piece);
        at += part;
    } while (at < len);
}

/* ---- writing ---- */

static inline size_t
world_room(const struct world_end *end)
{
    return end->in_pipe < end->world->window ? end->world->window - end->in_pipe : 0;
}

static inline size_t
world_take(struct world_end *end, const uv_buf_t *buffer)
{
    size_t room = world_room(end), len = buffer->len < room ? buffer->len : room;

    if (len)
        world_send(end, WORLD_BYTES, buffer->base, len);
    end->in_pipe += len;
    return len;
}

static inline void
world_write_free(struct world_write *write)
{
    free(write->buffers);
    free(write->copy);
    free(write);
}

static inline void
world_written(struct world *world, void *of)
{
    struct world_write *write = of;
    struct plx_stream *stream = write->end->stream;
    size_t len = write->len;
    bool ok = write->left == 0;

    world_write_free(write);
    plx_stream_sent(stream, len, ok);
}

static inline void
world_was_shut(struct world *world, void *of)
{
    plx_stream_was_shut(((struct world_end *)of)->stream, true);
}

static inline void
world_refill(struct world_end *end)
{
    while (!plx_list_empty(&end->writes) && world_room(end) && !end->gone) {
        struct world_write *write = PLX_CONTAINER(end->writes.next, struct world_write, link);
        size_t len = world_take(end, &write->buffers[write->count - 1]);
        uv_buf_t *buffer = &write->buffers[write->count - 1];
        buffer->base += len;
        buffer->len -= len;
        write->left -= len;
        if (buffer->len == 0)
            write->count--;
        if (write->left == 0) {
            plx_list_remove(&write->link);
            world_at(end->world, 0, world_written, write);
        }
    }
    if (end->shut && !end->fin_sent && !end->gone && plx_list_empty(&end->writes)) {
        end->fin_sent = true;
        world_send(end, WORLD_FIN, NULL, 0);
        world_at(end->world, 0, world_was_shut, end);
    }
}

static inline void
world_fail_writes(struct world_end *end)
{
    while (!plx_list_empty(&end->writes)) {
        struct world_write *write = PLX_CONTAINER(end->writes.next, struct world_write, link);
        plx_list_remove(&write->link);
        world_at(end->world, 0, world_written, write);
    }
}

/* ---- plx_transport_ops ---- */

static enum plx_status
world_open(struct plx_stream *stream)
{
    stream->other = world_end_new(world_of(stream->loop), stream);
    return PLX_OK;
}

static inline void
world_connected(struct world *world, void *of)
{
    struct world_end *end = of;

    if (end->gone)
        return;
    if (world->refusals || !world->accepting) {
        world->refusals -= world->refusals != 0;
        plx_stream_connected(end->stream, PLX_E_CONNECT);
        return;
    }
    end->peer = world_end_new(world, NULL);
    end->peer->peer = end;
    plx_list_push_back(&world->connecting, &end->peer->waiting);
    world->accepting(world);
    assert_non_null(end->peer->stream);
    plx_stream_connected(end->stream, PLX_OK);
}

static inline void
world_refused(struct world *world, void *of)
{
    struct world_end *end = of;

    if (!end->gone)
        plx_stream_connected(end->stream, PLX_E_CONNECT);
}

static enum plx_status
world_connect(struct plx_stream *stream, const struct sockaddr *address)
{
    struct world *world = world_of(stream->loop);
    uint32_t host = ntohl(((const struct sockaddr_in *)address)->sin_addr.s_addr) & 0xFF;

    if (world->dial_count < WORLD_DIALS_MAX)
        world->dials[world->dial_count++] = (struct world_dial){world->now_ms, host};
    if (host < 32 && world->unreachable >> host & 1)
        return PLX_E_CONNECT;
    if (host < 32 && world->hanging >> host & 1)
        return PLX_OK;
    if (host < 32 && world->refusing >> host & 1) {
        world_at(world, world->delay_ms, world_refused, stream->other);
        return PLX_OK;
    }
    world_at(world_of(stream->loop), world_of(stream->loop)->delay_ms, world_connected, stream->other);
    return PLX_OK;
}

/* The listener is the world itself. */
static enum plx_status
world_accept(struct plx_stream *stream, int descriptor, char *address)
{
    struct world *world = world_of(stream->loop);

    if (plx_list_empty(&world->connecting))
        return PLX_E_IO;
    stream->other = PLX_CONTAINER(world->connecting.next, struct world_end, waiting);
    plx_list_remove(&world_end_of(stream)->waiting);
    world_end_of(stream)->stream = stream;
    if (address)
        memcpy(address, "192.0.2.1", sizeof("192.0.2.1"));
    return PLX_OK;
}

static bool
world_read(struct plx_stream *stream)
{
    world_end_of(stream)->reading = true;
    world_wake(stream->other);
    return true;
}

static void
world_pause(struct plx_stream *stream)
{
    world_end_of(stream)->reading = false;
}

static int
world_try_write(struct plx_stream *stream, const uv_buf_t *buffers, unsigned count)
{
    struct world_end *end = stream->other;
    size_t sent = 0;

    if (end->broken || !end->peer)
        return UV_EPIPE;
    for (unsigned i = 0; i < count; i++) {
        size_t len = world_take(end, &buffers[i]);
        sent += len;
        if (len < buffers[i].len)
            break;
    }
    return (int)sent;
}

static enum plx_status
world_write(struct plx_stream *stream, const uv_buf_t *buffers, unsigned count, size_t len, bool copy)
{
    struct world_write *write = world_alloc(sizeof(*write));
    size_t at = 0;

    write->end = stream->other;
    write->len = write->left = len;
    write->count = count;
    write->buffers = world_alloc(count * sizeof(*buffers));
    write->copy = copy ? world_alloc(len) : NULL;
    for (unsigned i = 0; i < count; at += buffers[i++].len) { /* the first one last */
        write->buffers[count - 1 - i] = buffers[i];
        if (!copy)
            continue;
        memcpy(write->copy + at, buffers[i].base, buffers[i].len);
        write->buffers[count - 1 - i].base = write->copy + at;
    }
    assert_int_equal(copy ? at : len, len);
    plx_list_push_back(&write->end->writes, &write->link);
    world_refill(write->end);
    return PLX_OK;
}

static size_t
world_unsent(const struct plx_stream *stream)
{
    const struct world_end *end = world_end_of(stream);
    size_t len = end->in_pipe;

    for (struct plx_list *at = end->writes.next; at != &end->writes; at = at->next)
        len += PLX_CONTAINER(at, struct world_write, link)->left;
    return len;
}

static bool
world_shut_down(struct plx_stream *stream)
{
    struct world_end *end = stream->other;

    if (end->broken || !end->peer)
        return false;
    end->shut = true;
    world_refill(end);
    return true;
}

static inline void
world_gone(struct world *world, void *of)
{
    plx_stream_gone(((struct world_end *)of)->stream);
}

static inline void
world_end_by(struct world_end *end, enum world_kind kind)
{
    end->gone = true;
    world_fail_writes(end);
    if (end->peer && !end->broken && !(kind == WORLD_FIN && end->fin_sent))
        world_send(end, kind, NULL, 0);
    world_at(end->world, 0, world_gone, end);
}

static void
world_abort(struct plx_stream *stream)
{
    world_end_by(stream->other, WORLD_RESET);
}

/* With bytes that nobody has read the peer sees a reset, as with TCP. */
static void
world_close(struct plx_stream *stream)
{
    struct world_end *end = stream->other;
    bool unread = !plx_list_empty(&end->arrived) &&
                  PLX_CONTAINER(end->arrived.next, struct world_piece, link)->kind == WORLD_BYTES;

    world_end_by(end, unread ? WORLD_RESET : WORLD_FIN);
}

static const struct plx_transport_ops world_transport = {
    .open = world_open,
    .connect = world_connect,
    .accept = world_accept,
    .read = world_read,
    .pause = world_pause,
    .try_write = world_try_write,
    .write = world_write,
    .unsent = world_unsent,
    .shut_down = world_shut_down,
    .abort = world_abort,
    .close = world_close,
};

/* ---- plx_loop_ops ---- */

static uint64_t
world_now_ms(const struct plx_loop *loop)
{
    return world_of(loop)->now_ms;
}

static inline void
world_timer_look(struct world *world, void *of)
{
    plx_deadline_look(of);
}

static inline void
world_timer_closed(struct world *world, void *of)
{
    plx_deadline_closed(of);
}

static void
world_timer_init(struct plx_deadline *deadline)
{
}

static void
world_timer_start(struct plx_deadline *deadline, uint64_t in_ms)
{
    world_drop(world_of(deadline->loop), world_timer_look, deadline);
    world_at(world_of(deadline->loop), in_ms, world_timer_look, deadline);
}

static void
world_timer_close(struct plx_deadline *deadline)
{
    world_drop(world_of(deadline->loop), world_timer_look, deadline);
    world_at(world_of(deadline->loop), 0, world_timer_closed, deadline);
}

static inline void
world_resolved(struct world *world, void *of)
{
    struct plx_lookup *lookup = of;
    struct sockaddr_in addresses[WORLD_ADDRESSES_MAX];
    struct addrinfo found[WORLD_ADDRESSES_MAX] = {0};

    assert_true(world->addresses <= WORLD_ADDRESSES_MAX);
    for (unsigned i = 0; i < world->addresses; i++) {
        addresses[i] =
            (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(0xC0000200 + world->first_host + i)};
        found[i].ai_addr = (struct sockaddr *)&addresses[i];
        found[i].ai_addrlen = sizeof(addresses[i]);
        found[i].ai_next = i + 1 < world->addresses ? &found[i + 1] : NULL;
    }
    lookup->done(lookup, world->addresses ? PLX_OK : PLX_E_CONNECT, world->addresses ? found : NULL);
}

static enum plx_status
world_resolve(struct plx_loop *loop, struct plx_lookup *lookup)
{
    world_at(world_of(loop), world_of(loop)->delay_ms, world_resolved, lookup);
    world_of(loop)->lookup = lookup;
    return PLX_OK;
}

/* The addresses of the name are others now. */
static inline void
world_tell_names(struct world *world)
{
    world_resolved(world, world->lookup);
}

static void
world_forget(struct plx_loop *loop, struct plx_lookup *lookup)
{
    world_drop(world_of(loop), world_resolved, lookup);
}

static void
world_left_out(struct plx_loop *loop, struct plx_lookup *lookup, const struct sockaddr *address, uint32_t for_ms)
{
    world_of(loop)->left_out++;
}

/* Nothing of libuv's is open. */
static void
world_close_all(struct plx_loop *loop)
{
}

static const struct plx_loop_ops world_loop_ops = {
    .close_all = world_close_all,
    .now_ms = world_now_ms,
    .timer_init = world_timer_init,
    .timer_start = world_timer_start,
    .timer_close = world_timer_close,
    .resolve = world_resolve,
    .forget = world_forget,
    .left_out = world_left_out,
};

/* ---- the world ---- */

static inline void
world_init(struct world *world)
{
    memset(world, 0, sizeof(*world));
    assert_int_equal(plx_loop_init(&world->loop), PLX_OK);
    world->loop.ops = &world_loop_ops;
    world->loop.transport = &world_transport;
    world->now_ms = 1000; /* a loop's time is never 0 */
    world->delay_ms = 1;
    world->cut = PLX_READ_BYTES;
    world->window = SIZE_MAX;
    plx_list_init(&world->events);
    plx_list_init(&world->ends);
    plx_list_init(&world->connecting);
}

/* Something between the two ends breaks their connection. */
static inline void
world_break(const struct plx_stream *stream)
{
    world_send(world_end_of(stream), WORLD_RESET, NULL, 0);
    world_send(world_end_of(stream)->peer, WORLD_RESET, NULL, 0);
}

static inline void
world_fini(struct world *world)
{
    world_run(world);
    assert_int_equal(world->loop.streams, 0);
    while (!plx_list_empty(&world->ends)) {
        struct world_end *end = PLX_CONTAINER(world->ends.next, struct world_end, link);
        while (!plx_list_empty(&end->arrived)) {
            struct world_piece *piece = PLX_CONTAINER(end->arrived.next, struct world_piece, link);
            plx_list_remove(&piece->link);
            free(piece);
        }
        plx_list_remove(&end->link);
        free(end);
    }
    plx_loop_fini(&world->loop);
}

#endif
