/* SPDX-License-Identifier: Apache-2.0 */
/* The world's events, pipes, clock and names. The hard thing is that whatever is told comes by an event of its own. */
#include "world.h"

#include "base/assert.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

struct world_event {
    uint64_t at_us, order;
    world_fire fire;
    void *of;
    uint64_t n;
};

/* Of a deadline, which may be gone before the last event that names it. */
struct world_timer {
    struct plx_list link;
    struct plx_deadline *deadline; /* NULL: gone */
    uint64_t start;                /* which one counts */
    unsigned pending;
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
    uv_buf_t *buffers; /* what is left of them, the first one last */
    char *copy;
};

bool
world_enter(struct world *world, bool product)
{
    bool before = world->in_product;

    world->in_product = product;
    return before;
}

/* A call of the product. */
#define PRODUCT(world, call)                       \
    do {                                           \
        bool before_ = world_enter((world), true); \
        call;                                      \
        (void)world_enter((world), before_);       \
    } while (0)

static void *
allocate(struct world *world, size_t size)
{
    bool before = world_enter(world, false);
    void *memory = calloc(1, size ? size : 1);

    (void)world_enter(world, before);
    PLX_ASSERT(memory);
    return memory;
}

/* ---- events: a binary heap ---- */

uint64_t
world_ms(const struct world *world)
{
    return world->now_us / 1000;
}

static bool
is_before(const struct world_event *a, const struct world_event *b)
{
    return a->at_us < b->at_us || (a->at_us == b->at_us && a->order < b->order);
}

void
world_at(struct world *world, uint64_t in_us, world_fire fire, void *of, uint64_t n)
{
    if (world->event_count == world->event_room) {
        world->event_room = world->event_room ? 2 * world->event_room : 64;
        bool before = world_enter(world, false);
        world->events = realloc(world->events, world->event_room * sizeof(*world->events));
        (void)world_enter(world, before);
        PLX_ASSERT(world->events);
    }
    const struct world_event event = {world->now_us + in_us, world->order++, fire, of, n};
    size_t at = world->event_count++;
    for (; at > 0 && is_before(&event, &world->events[(at - 1) / 2]); at = (at - 1) / 2)
        world->events[at] = world->events[(at - 1) / 2];
    world->events[at] = event;
}

static struct world_event
take_first(struct world *world)
{
    struct world_event first = world->events[0], last = world->events[--world->event_count];
    size_t at = 0, next;

    while ((next = 2 * at + 1) < world->event_count) {
        if (next + 1 < world->event_count && is_before(&world->events[next + 1], &world->events[next]))
            next++;
        if (!is_before(&world->events[next], &last))
            break;
        world->events[at] = world->events[next];
        at = next;
    }
    world->events[at] = last;
    return first;
}

bool
world_step(struct world *world)
{
    if (world->event_count == 0)
        return false;
    struct world_event event = take_first(world);
    world->now_us = event.at_us;
    world->event_total++;
    world->work.writes = 0;
    world->work.bytes = 0;
    event.fire(world, event.of, event.n);
    if (world->work.writes > world->most.writes)
        world->most.writes = world->work.writes;
    if (world->work.bytes > world->most.bytes)
        world->most.bytes = world->work.bytes;
    return true;
}

void
world_run(struct world *world)
{
    while (world_step(world))
        ;
}

void
world_run_for(struct world *world, uint64_t ms)
{
    uint64_t until = world->now_us + ms * 1000;

    while (world->event_count && world->events[0].at_us <= until)
        world_step(world);
    world->now_us = until;
}

void
world_note(struct world *world, const void *bytes, size_t len, uint64_t n)
{
    const uint64_t parts[] = {world->digest, world->now_us, n, len ? XXH3_64bits(bytes, len) : 0};

    world->digest = XXH3_64bits(parts, sizeof(parts));
}

/* ---- pipes ---- */

struct world *
world_of(const struct plx_loop *loop)
{
    return loop->world;
}

struct world_end *
world_end_of(const struct plx_stream *stream)
{
    return stream->other;
}

static struct world_end *
end_new(struct world *world, struct plx_stream *stream)
{
    struct world_end *end = allocate(world, sizeof(*end));

    end->world = world;
    end->stream = stream;
    end->path = &world->path;
    end->number = world->end_count++;
    plx_list_init(&end->waiting);
    plx_list_init(&end->arrived);
    plx_list_init(&end->writes);
    plx_list_push_back(&world->ends, &end->link);
    return end;
}

static void refill(struct world_end *end);
static void end_by(struct world_end *end, enum world_kind kind);
static void fail_writes(struct world_end *end);
static void send_off(struct world_end *from, enum world_kind kind, const char *bytes, size_t len);

static struct world_piece *
first_piece(const struct world_end *end)
{
    return plx_list_empty(&end->arrived) ? NULL : PLX_CONTAINER(end->arrived.next, struct world_piece, link);
}

static void
trace(const struct world_end *end, const char *what, const char *bytes, size_t len)
{
    if (!end->world->traced)
        return;
    fprintf(stderr, "%llu us: end %u%s (its peer is %u) %s", (unsigned long long)end->world->now_us, end->number,
            end->stream ? ", the product's," : "", end->peer ? end->peer->number : 0, what);
    for (size_t i = 0; i < len && i < 100; i++)
        fprintf(stderr, bytes[i] == '\n' ? "\\n" : bytes[i] < ' ' ? "." : "%c", bytes[i]);
    fprintf(stderr, len ? " (%zu)\n" : "\n", len);
}

/* The loop's turn has brought bytes. */
static void
give_bytes(struct world_end *end, const char *bytes, size_t len)
{
    end->received += len;
    end->peer->in_pipe -= len;
    world_note(end->world, bytes, len, end->number);
    trace(end, "is given ", bytes, len);
    refill(end->peer);
    if (end->stream)
        PRODUCT(end->world, plx_stream_received(end->stream, plx_slice_make(bytes, len)));
    else if (!end->leaving)
        end->actor->bytes(end, bytes, len);
}

/* A stream reads into its loop's buffer, and as much as has come where the path says so. */
static void
give_stream(struct world_end *end, struct world_piece *piece)
{
    char *buffer = end->stream->loop->read_buffer;
    size_t len = 0;

    for (;;) {
        memcpy(buffer + len, piece->bytes, piece->len);
        len += piece->len;
        free(piece);
        piece = first_piece(end);
        if (!piece || !end->path->merges || piece->kind != WORLD_BYTES || len + piece->len > PLX_READ_BYTES)
            break;
        plx_list_remove(&piece->link);
    }
    give_bytes(end, buffer, len);
    memset(buffer, 0xa5, len); /* it is valid during the call only */
}

static void look(struct world *world, void *of, uint64_t n);

static void
wake_end(struct world_end *end)
{
    if (!end->reading || end->looking || end->gone || plx_list_empty(&end->arrived))
        return;
    end->looking = true;
    world_at(end->world, 0, look, end, 0);
}

static void
give_end(struct world_end *end, enum world_kind kind)
{
    world_note(end->world, NULL, 0, end->number ^ (uint64_t)kind << 32);
    trace(end, kind == WORLD_RESET ? "is reset" : "is shut", NULL, 0);
    if (kind == WORLD_RESET)
        fail_writes(end);
    if (end->stream)
        PRODUCT(end->world, plx_stream_ended(end->stream, kind == WORLD_FIN ? PLX_DONE : PLX_E_RESET));
    else if (!end->leaving)
        end->actor->ended(end, kind == WORLD_RESET);
    else if (kind == WORLD_RESET)
        world_cut_off(end);
}

static void
look(struct world *world, void *of, uint64_t n)
{
    struct world_end *end = of;
    struct world_piece *piece = first_piece(end);

    end->looking = false;
    if (!end->reading || end->gone || !piece)
        return;
    plx_list_remove(&piece->link);
    enum world_kind kind = piece->kind;
    if (kind == WORLD_BYTES && end->stream) {
        give_stream(end, piece);
    } else {
        if (kind == WORLD_BYTES)
            give_bytes(end, piece->bytes, piece->len);
        else
            give_end(end, kind);
        free(piece);
    }
    wake_end(end);
}

static void
arrive(struct world *world, void *of, uint64_t n)
{
    struct world_piece *piece = of;
    struct world_end *to = piece->to;

    if (to->gone) { /* nobody is there to take it */
        if (piece->kind == WORLD_BYTES && !to->peer->gone)
            send_off(to, WORLD_RESET, NULL, 0);
        free(piece);
        return;
    }
    plx_list_push_back(&to->arrived, &piece->link);
    if (piece->kind == WORLD_RESET) {
        to->broken = true;
        if (!to->reading) /* else what came before it is read first, as a loop polls */
            fail_writes(to);
    }
    wake_end(to);
}

static void
send_off(struct world_end *from, enum world_kind kind, const char *bytes, size_t len)
{
    struct world *world = from->world;
    const struct world_path *path = from->path;
    size_t at = 0;

    do {
        size_t most = path->ragged ? 1 + world_below(&world->random, path->cut) : path->cut;
        size_t part = len - at < most ? len - at : most;
        struct world_piece *piece = allocate(world, sizeof(*piece) + part);
        uint64_t when = world->now_us + path->delay_us + world_below(&world->random, path->jitter_us);
        from->last_us = when > from->last_us ? when : from->last_us;
        piece->to = from->peer;
        piece->kind = kind;
        piece->len = part;
        if (part)
            memcpy(piece->bytes, bytes + at, part);
        world_at(world, from->last_us - world->now_us, arrive, piece, 0);
        at += part;
    } while (at < len);
    from->sent += len;
}

/* ---- writing ---- */

static size_t
room_of(const struct world_end *end)
{
    return end->in_pipe < end->path->window ? end->path->window - end->in_pipe : 0;
}

static size_t
take_some(struct world_end *end, const uv_buf_t *buffer)
{
    size_t room = room_of(end), len = buffer->len < room ? buffer->len : room;

    if (len)
        send_off(end, WORLD_BYTES, buffer->base, len);
    end->in_pipe += len;
    return len;
}

static void
written(struct world *world, void *of, uint64_t n)
{
    struct world_write *write = of;
    struct plx_stream *stream = write->end->stream;
    size_t len = write->len;
    bool ok = write->left == 0;

    free(write->buffers);
    free(write->copy);
    free(write);
    if (stream)
        PRODUCT(world, plx_stream_sent(stream, len, ok));
}

static void
was_shut(struct world *world, void *of, uint64_t n)
{
    PRODUCT(world, plx_stream_was_shut(((struct world_end *)of)->stream, true));
}

static void
refill(struct world_end *end)
{
    while (!plx_list_empty(&end->writes) && room_of(end) && !end->gone) {
        struct world_write *write = PLX_CONTAINER(end->writes.next, struct world_write, link);
        uv_buf_t *buffer = &write->buffers[write->count - 1];
        size_t len = take_some(end, buffer);
        buffer->base += len;
        buffer->len -= len;
        write->left -= len;
        if (buffer->len == 0)
            write->count--;
        if (write->left == 0) {
            plx_list_remove(&write->link);
            world_at(end->world, 0, written, write, 0);
        }
    }
    if (end->leaving && !end->gone && plx_list_empty(&end->writes))
        end_by(end, WORLD_FIN);
    if (end->shut && !end->fin_sent && !end->gone && plx_list_empty(&end->writes)) {
        end->fin_sent = true;
        send_off(end, WORLD_FIN, NULL, 0);
        if (end->stream)
            world_at(end->world, 0, was_shut, end, 0);
    }
}

static void
fail_writes(struct world_end *end)
{
    while (!plx_list_empty(&end->writes)) {
        struct world_write *write = PLX_CONTAINER(end->writes.next, struct world_write, link);
        plx_list_remove(&write->link);
        world_at(end->world, 0, written, write, 0);
    }
}

static void
put_write(struct world_end *end, const uv_buf_t *buffers, unsigned count, size_t len, bool copy)
{
    struct world_write *write = allocate(end->world, sizeof(*write));
    size_t at = 0;

    write->end = end;
    write->len = write->left = len;
    write->count = count;
    write->buffers = allocate(end->world, count * sizeof(*buffers));
    write->copy = copy ? allocate(end->world, len) : NULL;
    for (unsigned i = 0; i < count; at += buffers[i++].len) {
        write->buffers[count - 1 - i] = buffers[i];
        if (!copy)
            continue;
        memcpy(write->copy + at, buffers[i].base, buffers[i].len);
        write->buffers[count - 1 - i].base = write->copy + at;
    }
    PLX_ASSERT(at == len);
    plx_list_push_back(&end->writes, &write->link);
    refill(end);
}

static size_t
unsent(const struct world_end *end)
{
    size_t len = 0;

    for (struct plx_list *at = end->writes.next; at != &end->writes; at = at->next)
        len += PLX_CONTAINER(at, struct world_write, link)->left;
    return len;
}

/* What is unread makes it a reset, as with TCP. */
static void
end_by(struct world_end *end, enum world_kind kind)
{
    const struct world_piece *unread = first_piece(end);

    if (unread && unread->kind == WORLD_BYTES)
        kind = WORLD_RESET;
    end->gone = true;
    fail_writes(end);
    if (end->peer && !end->broken && !(kind == WORLD_FIN && end->fin_sent))
        send_off(end, kind, NULL, 0);
}

/* ---- plx_transport_ops ---- */

static enum plx_status
stream_open(struct plx_stream *stream)
{
    stream->other = end_new(world_of(stream->loop), stream);
    return PLX_OK;
}

static bool
is_among(const struct world_end *end, uint32_t hosts)
{
    return end->host < 32 && hosts >> end->host & 1;
}

static enum world_welcome
welcome(struct world *world, struct world_end *end)
{
    if (is_among(end, world->hanging))
        return WORLD_IGNORED;
    if (is_among(end, world->refusing))
        return WORLD_REFUSED;
    if (world->refusals) {
        world->refusals--;
        return WORLD_REFUSED;
    }
    if (world->connecting_to)
        return world->connecting_to(world, end, end->port);
    if (!world->accepting)
        return WORLD_REFUSED;
    end->peer = end_new(world, NULL);
    end->peer->peer = end;
    plx_list_push_back(&world->connecting, &end->peer->waiting);
    world->accepting(world);
    PLX_ASSERT(end->peer->stream);
    return WORLD_ACCEPTED;
}

static void
stream_connected(struct world *world, void *of, uint64_t n)
{
    struct world_end *end = of;

    if (end->gone)
        return;
    enum world_welcome is = welcome(world, end);
    world_note(world, NULL, 0, end->number ^ (uint64_t)is << 40);
    if (is != WORLD_IGNORED)
        PRODUCT(world, plx_stream_connected(end->stream, is == WORLD_ACCEPTED ? PLX_OK : PLX_E_CONNECT));
}

static enum plx_status
stream_connect(struct plx_stream *stream, const struct sockaddr *address)
{
    struct world *world = world_of(stream->loop);

    const struct sockaddr_in *to = (const struct sockaddr_in *)address;
    struct world_end *end = stream->other;

    end->port = ntohs(to->sin_port);
    end->host = ntohl(to->sin_addr.s_addr) & 0xFF;
    if (world->dial_count < WORLD_DIALS_MAX)
        world->dials[world->dial_count++] = (struct world_dial){world_ms(world), end->host};
    if (is_among(end, world->unreachable))
        return PLX_E_CONNECT;
    world_at(world, world->path.delay_us, stream_connected, stream->other, 0);
    return PLX_OK;
}

static enum plx_status
stream_accept(struct plx_stream *stream, int descriptor, char *address)
{
    struct world *world = world_of(stream->loop);
    struct world_end *end = NULL;

    for (unsigned i = 0; !end && i < world->door_count; i++) {
        struct world_door *door = &world->doors[i];
        if (!door->taken || descriptor != (int)door->taken->number)
            continue;
        end = door->taken;
        door->taken = NULL;
    }
    if (!end) {
        if (plx_list_empty(&world->connecting))
            return PLX_E_IO;
        end = PLX_CONTAINER(world->connecting.next, struct world_end, waiting);
        plx_list_remove(&end->waiting);
    }
    world_end_of(stream)->gone = true; /* it is this one from now on */
    stream->other = end;
    end->stream = stream;
    if (address)
        memcpy(address, "192.0.2.1", sizeof("192.0.2.1"));
    return PLX_OK;
}

static bool
stream_read(struct plx_stream *stream)
{
    world_end_of(stream)->reading = true;
    wake_end(stream->other);
    return true;
}

static void
stream_pause(struct plx_stream *stream)
{
    world_end_of(stream)->reading = false;
}

static int
stream_try_write(struct plx_stream *stream, const uv_buf_t *buffers, unsigned count)
{
    struct world_end *end = stream->other;
    size_t sent = 0;

    if (end->broken || !end->peer)
        return UV_EPIPE;
    end->world->work.writes++;
    for (unsigned i = 0; i < count; i++) {
        size_t len = take_some(end, &buffers[i]);
        sent += len;
        if (len < buffers[i].len)
            break;
    }
    end->world->work.bytes += sent;
    return (int)sent;
}

static enum plx_status
stream_write(struct plx_stream *stream, const uv_buf_t *buffers, unsigned count, size_t len, bool copy)
{
    struct world_end *end = stream->other;

    end->world->work.writes++;
    end->world->work.bytes += len;
    put_write(end, buffers, count, len, copy);
    if (end->broken)
        fail_writes(end);
    return PLX_OK;
}

static size_t
stream_unsent(const struct plx_stream *stream)
{
    return world_end_of(stream)->in_pipe + unsent(stream->other);
}

static bool
stream_shut_down(struct plx_stream *stream)
{
    struct world_end *end = stream->other;

    if (end->broken || !end->peer)
        return false;
    end->shut = true;
    refill(end);
    return true;
}

static void
stream_gone(struct world *world, void *of, uint64_t n)
{
    PRODUCT(world, plx_stream_gone(((struct world_end *)of)->stream));
}

static void
stream_close(struct plx_stream *stream)
{
    end_by(stream->other, WORLD_FIN);
    world_at(world_of(stream->loop), 0, stream_gone, stream->other, 0);
}

/* Behind what was sent. */
static void
stream_abort(struct plx_stream *stream)
{
    end_by(stream->other, WORLD_RESET);
    world_at(world_of(stream->loop), 0, stream_gone, stream->other, 0);
}

const struct plx_transport_ops world_transport = {
    .open = stream_open,
    .connect = stream_connect,
    .accept = stream_accept,
    .read = stream_read,
    .pause = stream_pause,
    .try_write = stream_try_write,
    .write = stream_write,
    .unsent = stream_unsent,
    .shut_down = stream_shut_down,
    .abort = stream_abort,
    .close = stream_close,
};

/* ---- plx_loop_ops: clocks and timers ---- */

static bool
is_stopped(const struct world *world, const struct plx_loop *loop)
{
    unsigned i = 0;

    while (i < world->stopped_count && world->stopped[i] != loop)
        i++;
    return i < world->stopped_count;
}

static uint64_t
now_ms(const struct plx_loop *loop)
{
    return world_ms(world_of(loop));
}

static uint64_t
now_ns(const struct plx_loop *loop)
{
    return world_of(loop)->now_us * 1000;
}

static uint64_t
wall_ms(const struct plx_loop *loop)
{
    return world_of(loop)->epoch_ms + world_ms(world_of(loop));
}

static void
free_timer(struct world_timer *timer)
{
    plx_list_remove(&timer->link);
    free(timer);
}

static void
timer_fires(struct world *world, void *of, uint64_t n)
{
    struct world_timer *timer = of;

    timer->pending--;
    if (timer->deadline && timer->start == n && !world->closing && !is_stopped(world, timer->deadline->loop))
        PRODUCT(world, plx_deadline_look(timer->deadline));
    else if (!timer->deadline && timer->pending == 0)
        free_timer(timer);
}

static void
timer_gone(struct world *world, void *of, uint64_t n)
{
    struct world_timer *timer = of;
    struct plx_deadline *deadline = timer->deadline;

    timer->deadline = NULL;
    if (timer->pending == 0)
        free_timer(timer);
    PRODUCT(world, plx_deadline_closed(deadline));
}

static void
timer_init(struct plx_deadline *deadline)
{
    struct world_timer *timer = allocate(world_of(deadline->loop), sizeof(*timer));

    timer->deadline = deadline;
    plx_list_push_back(&world_of(deadline->loop)->timers, &timer->link);
    deadline->timer.data = timer;
}

static void
timer_start(struct plx_deadline *deadline, uint64_t in_ms)
{
    struct world_timer *timer = deadline->timer.data;
    struct world *world = world_of(deadline->loop);

    timer->pending++;
    /* On a whole millisecond, as the clock that asks for it has it. */
    world_at(world, (world_ms(world) + in_ms) * 1000 - world->now_us, timer_fires, timer, ++timer->start);
}

static void
timer_close(struct plx_deadline *deadline)
{
    struct world_timer *timer = deadline->timer.data;

    timer->start++;
    world_at(world_of(deadline->loop), 0, timer_gone, timer, 0);
}

/* ---- names ---- */

/* A name that is looked up. */
struct world_asking {
    struct plx_list link;
    struct plx_lookup *lookup; /* NULL: it was forgotten */
};

static void
tell_names(struct world *world, struct plx_lookup *lookup)
{
    struct sockaddr_in addresses[WORLD_ADDRESSES_MAX];
    struct addrinfo found[WORLD_ADDRESSES_MAX] = {0};

    uint16_t port = (uint16_t)atoi(lookup->port);
    PLX_ASSERT(world->addresses <= WORLD_ADDRESSES_MAX);
    for (unsigned i = 0; i < world->addresses; i++) {
        addresses[i] = (struct sockaddr_in){.sin_family = AF_INET,
                                            .sin_port = htons(port),
                                            .sin_addr.s_addr = htonl(0xC0000200 + world->first_host + i)};
        found[i].ai_addr = (struct sockaddr *)&addresses[i];
        found[i].ai_addrlen = sizeof(addresses[i]);
        found[i].ai_next = i + 1 < world->addresses ? &found[i + 1] : NULL;
    }
    PRODUCT(world, lookup->done(lookup, world->addresses ? PLX_OK : PLX_E_CONNECT, world->addresses ? found : NULL));
}

void
world_tell_names(struct world *world)
{
    tell_names(world, world->lookup);
}

static void
resolved(struct world *world, void *of, uint64_t n)
{
    struct world_asking *asking = of;
    struct plx_lookup *lookup = asking->lookup;

    plx_list_remove(&asking->link);
    free(asking);
    if (lookup)
        tell_names(world, lookup);
}

static enum plx_status
resolve(struct plx_loop *loop, struct plx_lookup *lookup)
{
    struct world *world = world_of(loop);
    struct world_asking *asking = allocate(world, sizeof(*asking));

    asking->lookup = world->lookup = lookup;
    plx_list_push_back(&world->lookups, &asking->link);
    world_at(world, world->path.delay_us, resolved, asking, 0);
    return PLX_OK;
}

static void
forget(struct plx_loop *loop, struct plx_lookup *lookup)
{
    struct world *world = world_of(loop);

    for (struct plx_list *at = world->lookups.next; at != &world->lookups; at = at->next) {
        struct world_asking *asking = PLX_CONTAINER(at, struct world_asking, link);
        if (asking->lookup == lookup)
            asking->lookup = NULL;
    }
}

static void
left_out(struct plx_loop *loop, struct plx_lookup *lookup, const struct sockaddr *address, uint32_t for_ms)
{
    world_of(loop)->left_out++;
}

/* ---- who comes ---- */

static struct world_door *
door_of(const struct plx_listener *listener)
{
    struct world *world = world_of(listener->loop);
    unsigned i = 0;

    while (world->doors[i].listener != listener)
        PLX_ASSERT(++i < world->door_count);
    return &world->doors[i];
}

static void
somebody_came(struct world *world, void *of, uint64_t n)
{
    struct world_door *door = of;

    door->looking_soon = false;
    if (door->listener && door->watched)
        PRODUCT(world, plx_listener_look(door->listener));
}

static void
look_soon(struct world *world, struct world_door *door)
{
    if (!door->listener || !door->watched || door->looking_soon || plx_list_empty(&door->coming))
        return;
    door->looking_soon = true;
    world_at(world, 0, somebody_came, door, 0);
}

static enum plx_status
listen_at(struct plx_listener *listener)
{
    struct world *world = world_of(listener->loop);

    PLX_ASSERT(world->door_count < WORLD_DOORS_MAX);
    struct world_door *door = &world->doors[world->door_count++];
    door->listener = listener;
    plx_list_init(&door->coming);
    return PLX_OK;
}

static enum plx_status
listen_watch(struct plx_listener *listener, bool on)
{
    struct world_door *door = door_of(listener);

    door->watched = on;
    look_soon(world_of(listener->loop), door);
    return PLX_OK;
}

static int
listen_take(struct plx_listener *listener)
{
    struct world_door *door = door_of(listener);

    PLX_ASSERT(!door->taken);
    if (plx_list_empty(&door->coming))
        return -EAGAIN;
    door->taken = PLX_CONTAINER(door->coming.next, struct world_end, waiting);
    plx_list_remove(&door->taken->waiting);
    return (int)door->taken->number;
}

static void
turn_away(struct world_end *end)
{
    end->gone = true;
    send_off(end, WORLD_RESET, NULL, 0);
}

static void
listen_close(struct plx_listener *listener)
{
    struct world_door *door = door_of(listener);

    door->listener = NULL;
    door->watched = false;
    if (door->taken)
        turn_away(door->taken);
    door->taken = NULL;
    while (!plx_list_empty(&door->coming)) {
        struct world_end *end = PLX_CONTAINER(door->coming.next, struct world_end, waiting);
        plx_list_remove(&end->waiting);
        turn_away(end);
    }
}

/* ---- turns ---- */

static void
woken(struct world *world, void *of, uint64_t n)
{
    struct plx_wake *wake = of;

    wake->async.data = NULL;
    if (!world->closing && !is_stopped(world, wake->loop))
        PRODUCT(world, wake->woken(wake));
}

static bool
wake_init(struct plx_wake *wake)
{
    wake->async.data = NULL;
    return true;
}

static void
wake_send(struct plx_wake *wake)
{
    if (wake->async.data)
        return;
    wake->async.data = wake;
    struct world *world = world_of(wake->loop);

    world_at(world, world_below(&world->random, world->wake_us), woken, wake, 0);
}

static void
run(struct plx_loop *loop)
{
    struct world *world = world_of(loop);

    while (!is_stopped(world, loop) && !world->stuck)
        world->stuck = !world_step(world) || (world->until_us && world->now_us > world->until_us);
}

static void
stop(struct plx_loop *loop)
{
    struct world *world = world_of(loop);

    if (is_stopped(world, loop))
        return;
    PLX_ASSERT(world->stopped_count < WORLD_LOOPS_MAX);
    world->stopped[world->stopped_count++] = loop;
}

static void
close_all(struct plx_loop *loop)
{
    world_of(loop)->closing = true;
    world_run(world_of(loop));
}

static const struct plx_loop_ops world_loop_ops = {
    .now_ms = now_ms,
    .now_ns = now_ns,
    .wall_ms = wall_ms,
    .timer_init = timer_init,
    .timer_start = timer_start,
    .timer_close = timer_close,
    .resolve = resolve,
    .forget = forget,
    .left_out = left_out,
    .listen = listen_at,
    .listen_watch = listen_watch,
    .listen_take = listen_take,
    .listen_close = listen_close,
    .wake_init = wake_init,
    .wake_send = wake_send,
    .run = run,
    .stop = stop,
    .close_all = close_all,
};

/* ---- actors ---- */

static struct world_end *
join(struct world_end *inner, const struct world_actor *actor, void *user, const struct world_path *there,
     const struct world_path *back)
{
    struct world_end *outer = end_new(inner->world, NULL);

    outer->actor = actor;
    outer->user = user;
    outer->reading = true;
    outer->peer = inner;
    inner->peer = outer;
    outer->path = there;
    inner->path = back;
    return outer;
}

static void
knocked(struct world *world, void *of, uint64_t n)
{
    struct world_end *outer = of;
    struct world_door *door = &world->doors[n];

    if (outer->gone)
        return;
    bool there = door->listener != NULL;
    if (there) {
        plx_list_push_back(&door->coming, &outer->peer->waiting);
        look_soon(world, door);
    } else {
        outer->peer->gone = true;
    }
    outer->actor->connected(outer, there);
}

struct world_end *
world_knock(struct world *world, unsigned door, const struct world_actor *actor, void *user,
            const struct world_path *there, const struct world_path *back)
{
    struct world_end *outer = join(end_new(world, NULL), actor, user, there, back);

    world_at(world, there->delay_us, knocked, outer, door);
    return outer;
}

struct world_end *
world_meet(struct world_end *end, const struct world_actor *actor, void *user, const struct world_path *there,
           const struct world_path *back)
{
    return join(end, actor, user, there, back);
}

void
world_say(struct world_end *end, const char *bytes, size_t len)
{
    uv_buf_t buffer = uv_buf_init((char *)bytes, (unsigned)len);

    if (end->gone || end->leaving || end->broken || end->shut || len == 0)
        return;
    if (plx_list_empty(&end->writes)) {
        size_t taken = take_some(end, &buffer);
        buffer.base += taken;
        buffer.len -= taken;
    }
    if (buffer.len)
        put_write(end, &buffer, 1, buffer.len, true);
}

void
world_finish(struct world_end *end)
{
    if (end->gone || end->broken || end->shut)
        return;
    end->shut = true;
    refill(end);
}

void
world_leave(struct world_end *end)
{
    end->leaving = true;
    refill(end);
}

void
world_cut_off(struct world_end *end)
{
    if (!end->gone)
        end_by(end, WORLD_RESET);
}

void
world_hold(struct world_end *end)
{
    end->reading = false;
}

void
world_go_on(struct world_end *end)
{
    end->reading = true;
    wake_end(end);
}

size_t
world_unsaid(const struct world_end *end)
{
    return unsent(end);
}

void
world_break(const struct plx_stream *stream)
{
    send_off(world_end_of(stream), WORLD_RESET, NULL, 0);
    send_off(world_end_of(stream)->peer, WORLD_RESET, NULL, 0);
}

/* ---- the world ---- */

void
world_init_for(struct world *world, uint64_t seed)
{
    memset(world, 0, sizeof(*world));
    world->now_us = 1000 * 1000; /* a loop's time is never 0 */
    world->epoch_ms = UINT64_C(1767225600000);
    world->random = seed;
    world->path = (struct world_path){.delay_us = 1000, .cut = PLX_READ_BYTES, .window = SIZE_MAX};
    plx_list_init(&world->ends);
    plx_list_init(&world->timers);
    plx_list_init(&world->lookups);
    plx_list_init(&world->connecting);
}

struct plx_loop_base
world_base(struct world *world)
{
    return (struct plx_loop_base){&world_loop_ops, &world_transport, world};
}

void
world_init(struct world *world)
{
    world_init_for(world, 0);
    struct plx_loop_base base = world_base(world);
    PLX_ASSERT(plx_loop_init(&world->loop) == PLX_OK);
    plx_loop_rebase(&world->loop, &base);
}

static void
free_end(struct world_end *end)
{
    struct world_piece *piece;

    while ((piece = first_piece(end))) {
        plx_list_remove(&piece->link);
        free(piece);
    }
    plx_list_remove(&end->link);
    free(end);
}

void
world_fini(struct world *world)
{
    world_run(world);
    if (world->loop.world) {
        PLX_ASSERT(world->loop.streams == 0);
        plx_loop_fini(&world->loop);
    }
    while (!plx_list_empty(&world->timers))
        free_timer(PLX_CONTAINER(world->timers.next, struct world_timer, link));
    for (struct plx_list *at = world->ends.next; at != &world->ends; at = at->next)
        fail_writes(PLX_CONTAINER(at, struct world_end, link)); /* those of actors that nobody reads */
    world_run(world);
    while (!plx_list_empty(&world->ends))
        free_end(PLX_CONTAINER(world->ends.next, struct world_end, link));
    free(world->events);
}
