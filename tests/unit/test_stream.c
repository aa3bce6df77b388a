/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a stream promises, over a simulated world: bytes whole and in order however they are cut, queues with limits,
 * ends that the peer can tell apart, and deadlines to the millisecond. Nothing here waits for a clock.
 */
#include "traffic/net/upstream_pool.h"
#include "world.h"

#include "base/assert.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"

#include <stdio.h>

#define GOT_MAX (4u << 20)

/* One side of a connection, and what it has heard. */
struct side {
    struct plx_stream stream;
    struct plx_buffer got;
    enum plx_status ended, connected;
    unsigned pieces, ends, drains, timeouts, connects, closes;
    uint64_t closed_ms, timeout_ms;
    bool busy; /* inside a call on the stream: nothing may be heard */
};

struct pair {
    struct world world;
    struct side client, server;
};

static struct side *
side_of(struct plx_stream *stream)
{
    struct side *side = PLX_CONTAINER(stream, struct side, stream);

    assert_false(side->busy);
    assert_int_equal(side->closes, 0); /* `closed` is the last */
    return side;
}

static void
on_bytes(struct plx_stream *stream, struct plx_slice bytes)
{
    struct side *side = side_of(stream);

    assert_ptr_equal(bytes.ptr, stream->loop->read_buffer);
    plx_buffer_add(&side->got, bytes);
    assert_false(side->got.failed);
    side->pieces++;
}

static void
on_ended(struct plx_stream *stream, enum plx_status why)
{
    side_of(stream)->ended = why;
    side_of(stream)->ends++;
}

static void
on_drained(struct plx_stream *stream)
{
    assert_true(stream->queued <= PLX_STREAM_LOW_BYTES);
    side_of(stream)->drains++;
}

static void
on_timeout(struct plx_stream *stream)
{
    side_of(stream)->timeouts++;
    side_of(stream)->timeout_ms = world_ms(world_of(stream->loop));
}

static void
on_closed(struct plx_stream *stream)
{
    struct side *side = side_of(stream);

    side->closes++;
    side->closed_ms = world_ms(world_of(stream->loop));
}

static void
on_connected(struct plx_stream *stream, enum plx_status status)
{
    side_of(stream)->connects++;
    side_of(stream)->connected = status;
}

static const struct plx_stream_events events = {
    .bytes = on_bytes,
    .ended = on_ended,
    .drained = on_drained,
    .timeout = on_timeout,
    .closed = on_closed,
    .connected = on_connected,
};

/* A call on a side's stream, in which nothing may fire. */
#define DURING(side, call)    \
    do {                      \
        (side)->busy = true;  \
        call;                 \
        (side)->busy = false; \
    } while (0)

static void
side_init(struct side *side, struct world *world)
{
    memset(side, 0, sizeof(*side));
    plx_buffer_init(&side->got, GOT_MAX);
    assert_int_equal(plx_stream_init(&side->stream, &world->loop, &events), PLX_OK);
}

static void
accept_server(struct world *world)
{
    struct pair *pair = PLX_CONTAINER(world, struct pair, world);
    char address[PLX_PEER_TEXT];

    side_init(&pair->server, world);
    assert_int_equal(world_transport.accept(&pair->server.stream, -1, address), PLX_OK);
    assert_string_equal(address, "192.0.2.1");
}

static void
start_connect(struct side *side)
{
    const struct sockaddr_in address = {.sin_family = AF_INET};

    DURING(side, assert_int_equal(plx_stream_connect(&side->stream, (const struct sockaddr *)&address), PLX_OK));
}

static void
pair_init(struct pair *pair)
{
    memset(pair, 0, sizeof(*pair));
    world_init(&pair->world);
    pair->world.accepting = accept_server;
    side_init(&pair->client, &pair->world);
    start_connect(&pair->client);
    WORLD_UNTIL(&pair->world, pair->client.connects);
    assert_int_equal(pair->client.connected, PLX_OK);
}

static void
pair_fini(struct pair *pair)
{
    plx_stream_close(&pair->client.stream);
    plx_stream_close(&pair->server.stream);
    world_fini(&pair->world);
    assert_int_equal(pair->client.closes, 1);
    assert_int_equal(pair->server.closes, 1);
    plx_buffer_fini(&pair->client.got);
    plx_buffer_fini(&pair->server.got);
}

static void
write_text(struct side *side, const char *text)
{
    struct plx_slice slice = plx_slice_of(text);

    DURING(side, assert_int_equal(plx_stream_write(&side->stream, &slice, 1), PLX_OK));
}

static char *
filled(size_t len)
{
    char *bytes = malloc(len);

    assert_non_null(bytes);
    for (size_t i = 0; i < len; i++)
        bytes[i] = (char)(i * 131 + (i >> 8));
    return bytes;
}

#define ASSERT_GOT(side, text) assert_true(plx_slice_equal(plx_buffer_slice(&(side)->got), plx_slice_of(text)))

/* ---- reading and writing ---- */

static void
test_bytes_come_in_pieces_and_the_end_behind_them(void **state)
{
    struct pair pair;

    pair_init(&pair);
    pair.world.path.cut = 3;
    write_text(&pair.client, "hello, world");
    assert_int_equal(pair.client.stream.queued, 0); /* it went out at once */
    DURING(&pair.client, plx_stream_shutdown(&pair.client.stream));
    world_run(&pair.world);
    assert_int_equal(pair.server.pieces, 0); /* reading is off at first */
    DURING(&pair.server, plx_stream_read(&pair.server.stream));
    WORLD_UNTIL(&pair.world, pair.server.ends);
    ASSERT_GOT(&pair.server, "hello, world");
    assert_int_equal(pair.server.pieces, 4);
    assert_int_equal(pair.server.ended, PLX_DONE);
    assert_false(pair.server.stream.reading);
    write_text(&pair.server, "bye"); /* this way it is still open */
    plx_stream_read(&pair.client.stream);
    world_run(&pair.world);
    ASSERT_GOT(&pair.client, "bye");
    pair_fini(&pair);
}

static void
test_a_paused_stream_hears_nothing(void **state)
{
    struct pair pair;

    pair_init(&pair);
    pair.world.path.cut = 1;
    plx_stream_read(&pair.server.stream);
    write_text(&pair.client, "abc");
    WORLD_UNTIL(&pair.world, pair.server.pieces == 1);
    plx_stream_pause(&pair.server.stream);
    world_run(&pair.world);
    ASSERT_GOT(&pair.server, "a");
    plx_stream_read(&pair.server.stream);
    world_run(&pair.world);
    ASSERT_GOT(&pair.server, "abc");
    pair_fini(&pair);
}

static void
test_a_full_queue_says_when_it_has_drained(void **state)
{
    struct pair pair;
    size_t len = PLX_STREAM_HIGH_BYTES + 1000;
    char *bytes = filled(len);
    struct plx_slice slices[] = {{bytes, 10}, {bytes, 0}, {bytes + 10, len / 2}};
    struct plx_slice rest = {bytes + len / 2 + 10, len - len / 2 - 10};

    pair_init(&pair);
    pair.world.path.window = 999;
    assert_int_equal(plx_stream_write(&pair.client.stream, slices, 3), PLX_OK);
    assert_false(pair.client.stream.full);
    assert_int_equal(plx_stream_write(&pair.client.stream, &rest, 1), PLX_OK);
    assert_int_equal(pair.client.stream.queued, len - 999);
    assert_true(pair.client.stream.full);
    world_run(&pair.world);
    assert_true(pair.client.stream.full && pair.client.drains == 0);
    plx_stream_read(&pair.server.stream);
    WORLD_UNTIL(&pair.world, pair.client.drains);
    assert_false(pair.client.stream.full);
    world_run(&pair.world);
    assert_int_equal(pair.client.drains, 1);
    assert_int_equal(pair.client.stream.queued, 0);
    assert_int_equal(pair.server.got.len, len);
    assert_memory_equal(pair.server.got.ptr, bytes, len);
    free(bytes);
    pair_fini(&pair);
}

/* write_kept() copies nothing: what is changed before it goes out goes out changed. write() has a copy. */
static void
test_only_what_is_kept_is_not_copied(void **state)
{
    for (int kept = 0; kept < 2; kept++) {
        struct pair pair;
        char text[] = "abcdef";
        struct plx_slice slices[] = {{text, 3}, {text + 3, 3}};

        pair_init(&pair);
        pair.world.path.window = 2;
        assert_int_equal(kept ? plx_stream_write_kept(&pair.client.stream, slices, 2)
                              : plx_stream_write(&pair.client.stream, slices, 2),
                         PLX_OK);
        assert_int_equal(pair.client.stream.queued, 4);
        memcpy(text, "ABCDEF", 6);
        plx_stream_read(&pair.server.stream);
        WORLD_UNTIL(&pair.world, pair.server.got.len == 6);
        ASSERT_GOT(&pair.server, kept ? "abCDEF" : "abcdef");
        pair_fini(&pair);
    }
}

static void
test_what_the_peer_takes_is_seen(void **state)
{
    struct pair pair;

    pair_init(&pair);
    pair.world.path.window = 4;
    pair.world.path.cut = 2;
    write_text(&pair.client, "abcdefgh");
    assert_false(plx_stream_moves(&pair.client.stream)); /* since before there was anything */
    world_run(&pair.world);
    assert_false(plx_stream_moves(&pair.client.stream));
    plx_stream_read(&pair.server.stream);
    WORLD_UNTIL(&pair.world, pair.server.pieces == 1);
    assert_true(plx_stream_moves(&pair.client.stream));
    assert_false(plx_stream_moves(&pair.client.stream));
    pair_fini(&pair);
}

/* ---- ends ---- */

static void
test_after_close_only_closed_fires(void **state)
{
    struct pair pair;

    pair_init(&pair);
    pair.world.path.window = 2;
    plx_stream_read(&pair.client.stream);
    plx_stream_read(&pair.server.stream);
    write_text(&pair.client, "abcdef");
    write_text(&pair.server, "xy");
    plx_deadline_set(&pair.client.stream.deadline, 1);
    DURING(&pair.client, plx_stream_close(&pair.client.stream));
    WORLD_UNTIL(&pair.world, pair.client.closes);
    world_run(&pair.world);
    assert_int_equal(pair.client.got.len + pair.client.ends + pair.client.timeouts, 0);
    ASSERT_GOT(&pair.server, "ab");
    assert_int_equal(pair.server.ends, 1);
    pair_fini(&pair);
}

static void
test_a_reset_comes_behind_what_was_sent(void **state)
{
    struct pair pair;

    pair_init(&pair);
    plx_stream_read(&pair.server.stream);
    write_text(&pair.client, "half an ans");
    DURING(&pair.client, plx_stream_reset(&pair.client.stream));
    world_run(&pair.world);
    ASSERT_GOT(&pair.server, "half an ans");
    assert_int_equal(pair.server.ended, PLX_E_RESET);
    pair_fini(&pair);
}

/* A reset takes back what has not arrived: an earlier answer, and the beginning of the one that broke off. */
static void
test_a_reset_waits_for_what_is_queued(void **state)
{
    struct pair pair;

    pair_init(&pair);
    pair.world.path.window = 2;
    write_text(&pair.client, "half an ans");
    assert_true(pair.client.stream.queued > 0);
    DURING(&pair.client, plx_stream_reset(&pair.client.stream));
    world_run_for(&pair.world, 3000); /* the peer reads late */
    assert_int_equal(pair.client.closes, 0);
    plx_stream_read(&pair.server.stream);
    WORLD_UNTIL(&pair.world, pair.server.ends);
    ASSERT_GOT(&pair.server, "half an ans");
    assert_int_equal(pair.server.ended, PLX_E_RESET);
    WORLD_UNTIL(&pair.world, pair.client.closes);
    pair_fini(&pair);
}

/* Nor is one that reads nothing waited for without an end, nor one whose own end has come taken for gone. */
static void
test_a_reset_waits_for_thirty_seconds_at_most(void **state)
{
    struct pair pair;

    pair_init(&pair);
    pair.world.path.window = 2;
    write_text(&pair.client, "half an ans");
    plx_stream_shutdown(&pair.server.stream);
    DURING(&pair.client, plx_stream_reset(&pair.client.stream));
    world_run_for(&pair.world, 29000);
    assert_int_equal(pair.client.closes, 0);
    world_run_for(&pair.world, 3000);
    assert_int_equal(pair.client.closes, 1);
    pair_fini(&pair);
}

/* Who has closed its own side, and reads late, gets all of its answer. */
static void
test_a_gentle_close_sends_what_is_queued_to_who_has_ended(void **state)
{
    struct pair pair;

    pair_init(&pair);
    pair.world.path.window = 2;
    write_text(&pair.client, "a whole answer");
    plx_stream_shutdown(&pair.server.stream);
    DURING(&pair.client, plx_stream_close_gently(&pair.client.stream));
    world_run_for(&pair.world, 3000);
    assert_int_equal(pair.client.closes, 0);
    plx_stream_read(&pair.server.stream);
    WORLD_UNTIL(&pair.world, pair.server.ends);
    ASSERT_GOT(&pair.server, "a whole answer");
    assert_int_equal(pair.server.ended, PLX_DONE);
    WORLD_UNTIL(&pair.world, pair.client.closes);
    pair_fini(&pair);
}

static void
test_a_broken_connection_takes_no_more(void **state)
{
    struct pair pair;
    struct plx_slice more = plx_slice_of("more");

    pair_init(&pair);
    pair.world.path.window = 2;
    write_text(&pair.client, "abcdef"); /* four of them wait */
    world_break(&pair.client.stream);
    WORLD_UNTIL(&pair.world, pair.client.ends); /* not even reading: the queued write has failed */
    assert_int_equal(pair.client.ended, PLX_E_RESET);
    assert_true(pair.client.stream.broken);
    assert_int_equal(pair.client.stream.queued, 0);
    assert_int_equal(plx_stream_write(&pair.client.stream, &more, 1), PLX_E_RESET);
    assert_int_equal(plx_stream_write(&pair.server.stream, &more, 1), PLX_E_RESET);
    plx_stream_close_gently(&pair.client.stream); /* for which there is nothing left to do */
    WORLD_UNTIL(&pair.world, pair.client.closes);
    pair_fini(&pair);
}

/* ---- lingering ---- */

/* The queued bytes and FIN go out, what the peer still sends is dropped, and its end is the end. */
static void
test_a_gentle_close_waits_for_the_peers_end(void **state)
{
    struct pair pair;

    pair_init(&pair);
    pair.world.path.window = 2;
    plx_stream_read(&pair.server.stream);
    write_text(&pair.client, "answer");
    DURING(&pair.client, plx_stream_close_gently(&pair.client.stream));
    write_text(&pair.server, "too late");
    WORLD_UNTIL(&pair.world, pair.server.ends);
    ASSERT_GOT(&pair.server, "answer");
    assert_int_equal(pair.server.ended, PLX_DONE);
    world_run_for(&pair.world, 500);
    assert_int_equal(pair.client.closes, 0);
    plx_stream_close(&pair.server.stream);
    world_run_for(&pair.world, 100);
    assert_int_equal(pair.client.closes, 1);
    assert_int_equal(pair.client.got.len + pair.client.ends, 0);
    pair_fini(&pair);
}

static void
test_a_gentle_close_ends_a_second_after_the_last_byte(void **state)
{
    struct pair pair;

    pair_init(&pair);
    plx_stream_read(&pair.server.stream);
    uint64_t from = world_ms(&pair.world);
    write_text(&pair.client, "answer");
    plx_stream_close_gently(&pair.client.stream);
    WORLD_UNTIL(&pair.world, pair.client.closes);
    assert_int_equal(pair.client.closed_ms - from, 1000);
    pair_fini(&pair);
}

/* A peer that takes nothing has thirty seconds; one that takes something now and then has as long as it needs. */
static void
test_a_gentle_close_waits_while_the_queue_moves(void **state)
{
    for (int moving = 0; moving < 2; moving++) {
        struct pair pair;
        unsigned taken = 0;

        pair_init(&pair);
        pair.world.path.window = 2;
        pair.world.path.cut = 1;
        uint64_t from = world_ms(&pair.world);
        write_text(&pair.client, "abcdefgh");
        plx_stream_close_gently(&pair.client.stream);
        for (; moving && taken < 6; taken++) {
            world_run_for(&pair.world, 20000);
            assert_int_equal(pair.client.closes, 0);
            plx_stream_read(&pair.server.stream);
            WORLD_UNTIL(&pair.world, pair.server.pieces > taken);
            plx_stream_pause(&pair.server.stream);
        }
        WORLD_UNTIL(&pair.world, pair.client.closes);
        if (moving)
            assert_true(pair.client.closed_ms - from > 120000);
        else
            assert_int_equal(pair.client.closed_ms - from, 30000);
        pair_fini(&pair);
    }
}

/* ---- deadlines ---- */

static void
test_a_deadline_fires_once_at_its_time_wherever_it_was_moved(void **state)
{
    struct pair pair;
    struct plx_deadline *deadline = &pair.client.stream.deadline;

    pair_init(&pair);
    uint64_t from = world_ms(&pair.world);
    plx_deadline_set(deadline, 50);
    plx_deadline_set(deadline, 200); /* later */
    world_run_for(&pair.world, 100);
    plx_deadline_set(deadline, 300); /* later again: at 400 */
    world_run_for(&pair.world, 250);
    plx_deadline_set(deadline, 20); /* and earlier: at 370 */
    world_run(&pair.world);
    assert_int_equal(pair.client.timeouts, 1);
    assert_int_equal(pair.client.timeout_ms - from, 370);
    plx_deadline_set(deadline, 10);
    plx_deadline_clear(deadline);
    world_run(&pair.world);
    assert_int_equal(pair.client.timeouts, 1);
    pair_fini(&pair);
}

/* ---- connecting ---- */

static void
test_a_refused_connect_says_so_later_and_a_closed_one_nothing(void **state)
{
    for (int closed = 0; closed < 2; closed++) {
        struct world world;
        struct side side;

        world_init(&world);
        side_init(&side, &world);
        start_connect(&side);
        if (closed)
            plx_stream_close(&side.stream);
        world_run(&world);
        assert_int_equal(side.connects, closed ? 0 : 1);
        assert_true(closed || side.connected == PLX_E_CONNECT);
        plx_stream_close(&side.stream);
        world_fini(&world);
        plx_buffer_fini(&side.got);
    }
}

struct wish {
    struct plx_connect connect;
    struct plx_peer *peer;
    enum plx_status status;
    unsigned done;
};

static void
on_done(struct plx_connect *connect, struct plx_peer *peer, enum plx_status status)
{
    struct wish *wish = PLX_CONTAINER(connect, struct wish, connect);

    wish->done++;
    wish->peer = peer;
    wish->status = status;
}

/* A pool over the same tables: a name is looked up, its addresses are tried in turn. */
static void
test_a_pool_tries_each_address_of_a_name(void **state)
{
    static const struct {
        unsigned addresses, refusals;
        enum plx_status want;
    } cases[] = {{3, 0, PLX_OK}, {3, 2, PLX_OK}, {3, 3, PLX_E_CONNECT}, {0, 0, PLX_E_CONNECT}};

    for (size_t i = 0; i < PLX_COUNT(cases); i++) {
        struct pair pair = {0};
        struct wish wish = {.connect.done = on_done};

        world_init(&pair.world);
        pair.world.accepting = accept_server;
        pair.world.addresses = cases[i].addresses;
        pair.world.refusals = cases[i].refusals;
        struct plx_pool *pool = plx_pool_new(&pair.world.loop, "payment.example", 80);
        assert_non_null(pool);
        assert_int_equal(plx_pool_connect(pool, &wish.connect), PLX_OK);
        WORLD_UNTIL(&pair.world, wish.done);
        assert_int_equal(wish.status, cases[i].want);
        assert_int_equal(wish.peer != NULL, cases[i].want == PLX_OK);
        assert_int_equal(pair.world.refusals, 0);
        if (wish.peer) {
            plx_peer_release(wish.peer); /* it is kept, and goes when its peer does */
            plx_stream_close(&pair.server.stream);
        }
        WORLD_UNTIL(&pair.world, pair.world.loop.streams == 0);
        plx_pool_unref(pool);
        world_fini(&pair.world);
        plx_buffer_fini(&pair.server.got);
    }
}

/* ---- whatever the world does ---- */

static uint32_t
next(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

/* Writes of any size, kept or copied, over any pipe, while the reader stops and goes on: the same bytes come out. */
static void
stream_through(uint32_t first_seed)
{
    static const size_t sizes[] = {1, 2, 7, 100, 4096, 70000};
    uint32_t seed = first_seed;
    struct pair pair;
    size_t len = 200000, at = 0;
    char *bytes = filled(len);

    pair_init(&pair);
    while (pair.server.ends == 0) {
        pair.world.path.cut = sizes[next(&seed) % PLX_COUNT(sizes)] + 63;
        pair.world.path.window = sizes[next(&seed) % PLX_COUNT(sizes)] + 511;
        size_t size = 1 + next(&seed) % 3 * (next(&seed) % 9000);
        struct plx_slice slices[] = {{bytes + at, size / 3}, {bytes + at + size / 3, size - size / 3}};
        if (at + size <= len && !pair.client.stream.full && !pair.client.stream.shut) {
            assert_int_equal(next(&seed) % 2 ? plx_stream_write(&pair.client.stream, slices, 2)
                                             : plx_stream_write_kept(&pair.client.stream, slices, 2),
                             PLX_OK);
            at += size;
        } else if (at + size > len) {
            plx_stream_shutdown(&pair.client.stream);
        }
        if (next(&seed) % 4)
            plx_stream_read(&pair.server.stream);
        else
            plx_stream_pause(&pair.server.stream);
        for (uint32_t steps = next(&seed) % 8; steps > 0 && world_step(&pair.world); steps--)
            ;
        assert_true(pair.client.stream.full || pair.client.stream.queued <= PLX_STREAM_HIGH_BYTES);
    }
    if (pair.server.got.len != at || memcmp(pair.server.got.ptr, bytes, at) != 0)
        fail_msg("seed %u: %zu bytes went in, %zu came out, or others", first_seed, at, pair.server.got.len);
    assert_int_equal(pair.server.ended, PLX_DONE);
    pair_fini(&pair);
    free(bytes);
}

static void
test_the_same_bytes_come_out_whatever_the_world_does(void **state)
{
    for (uint32_t seed = 1; seed <= 100; seed++)
        stream_through(seed);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bytes_come_in_pieces_and_the_end_behind_them),
        cmocka_unit_test(test_a_paused_stream_hears_nothing),
        cmocka_unit_test(test_a_full_queue_says_when_it_has_drained),
        cmocka_unit_test(test_only_what_is_kept_is_not_copied),
        cmocka_unit_test(test_what_the_peer_takes_is_seen),
        cmocka_unit_test(test_after_close_only_closed_fires),
        cmocka_unit_test(test_a_reset_comes_behind_what_was_sent),
        cmocka_unit_test(test_a_reset_waits_for_what_is_queued),
        cmocka_unit_test(test_a_reset_waits_for_thirty_seconds_at_most),
        cmocka_unit_test(test_a_gentle_close_sends_what_is_queued_to_who_has_ended),
        cmocka_unit_test(test_a_broken_connection_takes_no_more),
        cmocka_unit_test(test_a_gentle_close_waits_for_the_peers_end),
        cmocka_unit_test(test_a_gentle_close_ends_a_second_after_the_last_byte),
        cmocka_unit_test(test_a_gentle_close_waits_while_the_queue_moves),
        cmocka_unit_test(test_a_deadline_fires_once_at_its_time_wherever_it_was_moved),
        cmocka_unit_test(test_a_refused_connect_says_so_later_and_a_closed_one_nothing),
        cmocka_unit_test(test_a_pool_tries_each_address_of_a_name),
        cmocka_unit_test(test_the_same_bytes_come_out_whatever_the_world_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
