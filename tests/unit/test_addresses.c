/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which of a name's addresses takes a request: the choice alone, and a pool that connects by it in a simulated world,
 * where an address may refuse a connection, or never end it.
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

#include <arpa/inet.h>

/* ---- the choice ---- */

static union plx_socket_address
v4(uint32_t host)
{
    return (union plx_socket_address){.v4 = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0xC0000200 + host)}};
}

static union plx_socket_address
v6(uint8_t host)
{
    union plx_socket_address made = {.v6 = {.sin6_family = AF_INET6}};

    made.v6.sin6_addr.s6_addr[15] = host;
    return made;
}

static uint32_t
host_of(const union plx_socket_address *address)
{
    assert_non_null(address);
    return address->any.sa_family == AF_INET ? ntohl(address->v4.sin_addr.s_addr) & 0xFF
                                             : 100u + address->v6.sin6_addr.s6_addr[15];
}

static struct plx_address_choice
choice_of(unsigned count)
{
    union plx_socket_address list[PLX_NAME_ADDRESSES_MAX];
    struct plx_address_choice choice = {.turn = count - 1};

    for (unsigned i = 0; i < count; i++)
        list[i] = v4(i);
    plx_address_choice_take(&choice, list, count);
    return choice;
}

static void
test_each_has_its_turn(void **state)
{
    struct plx_address_choice choice = choice_of(3), none = {0};

    for (unsigned i = 0; i < 9; i++)
        assert_int_equal(host_of(plx_address_choice_turn(&choice, 1)), i % 3);
    assert_null(plx_address_choice_turn(&none, 1));
}

static void
test_one_that_has_failed_is_left_out_for_ten_seconds(void **state)
{
    struct plx_address_choice choice = choice_of(3);
    union plx_socket_address failed = v4(1), strange = v4(9);

    assert_true(plx_address_choice_failed(&choice, &failed, 1000));
    assert_false(plx_address_choice_failed(&choice, &failed, 1000)); /* it was left out already */
    assert_false(plx_address_choice_failed(&choice, &strange, 1000));
    for (unsigned i = 0; i < 6; i++)
        assert_int_equal(host_of(plx_address_choice_turn(&choice, 10999)), i % 2 ? 2 : 0);
    unsigned seen = 0;
    for (unsigned i = 0; i < 3; i++)
        seen |= 1u << host_of(plx_address_choice_turn(&choice, 11000));
    assert_int_equal(seen, 7);
}

static void
test_where_all_are_left_out_all_have_their_turn(void **state)
{
    struct plx_address_choice choice = choice_of(2), one = choice_of(1);
    union plx_socket_address list[] = {v4(0), v4(1)};

    assert_true(plx_address_choice_failed(&choice, &list[0], 1000));
    assert_true(plx_address_choice_failed(&choice, &list[1], 1000));
    assert_int_equal(host_of(plx_address_choice_turn(&choice, 1001)), 0);
    assert_int_equal(host_of(plx_address_choice_turn(&choice, 1001)), 1);
    assert_false(plx_address_choice_failed(&one, &list[0], 1000)); /* there is no other */
}

static void
test_tries_begin_with_the_turn_and_end_with_those_left_out(void **state)
{
    struct plx_address_choice choice = choice_of(4);
    struct plx_address_tries tries = {0};
    union plx_socket_address failed = v4(2);
    static const uint32_t want[] = {1, 3, 0, 2};

    plx_address_choice_turn(&choice, 1000);
    plx_address_choice_turn(&choice, 1000);
    assert_true(plx_address_choice_failed(&choice, &failed, 1000));
    for (unsigned i = 0; i < 4; i++) {
        assert_true(plx_address_choice_is_left(&choice, &tries));
        assert_int_equal(host_of(plx_address_choice_try(&choice, &tries, 1000)), want[i]);
    }
    assert_false(plx_address_choice_is_left(&choice, &tries));
    assert_null(plx_address_choice_try(&choice, &tries, 1000));
}

static void
test_tries_change_between_the_families(void **state)
{
    const union plx_socket_address list[] = {v6(1), v6(2), v6(3), v4(1), v4(2)};
    static const uint32_t want[] = {101, 1, 102, 2, 103};
    struct plx_address_choice choice = {0};
    struct plx_address_tries tries = {0};

    plx_address_choice_take(&choice, list, 5);
    for (unsigned i = 0; i < 5; i++)
        assert_int_equal(host_of(plx_address_choice_try(&choice, &tries, 1000)), want[i]);
}

static void
test_other_addresses_are_tried_though_those_before_were(void **state)
{
    struct plx_address_choice choice = choice_of(2);
    struct plx_address_tries tries = {0};
    union plx_socket_address list[] = {v4(1), v4(7)};

    while (plx_address_choice_try(&choice, &tries, 1000))
        ;
    assert_true(plx_address_choice_failed(&choice, &list[0], 1000));
    plx_address_choice_take(&choice, list, 2);
    assert_true(plx_address_choice_is_left(&choice, &tries));
    assert_int_equal(host_of(plx_address_choice_try(&choice, &tries, 1000)), 7); /* 1 is still left out */
    assert_int_equal(host_of(plx_address_choice_try(&choice, &tries, 1000)), 1);
    assert_true(plx_address_choice_has(&choice, &list[1]));
    union plx_socket_address gone = v4(0);
    assert_false(plx_address_choice_has(&choice, &gone));
}

static void
test_sixty_four_addresses_are_tried_and_no_more(void **state)
{
    struct plx_address_choice choice = choice_of(64);
    struct plx_address_tries tries = {0};
    unsigned count = 0;

    while (plx_address_choice_try(&choice, &tries, 1000))
        count++;
    assert_int_equal(count, 64);
    assert_false(plx_address_choice_is_left(&choice, &tries));
}

/* ---- a pool ---- */

struct server {
    struct plx_stream stream;
    struct plx_list link;
};

static struct plx_list servers;

static void
server_bytes(struct plx_stream *stream, struct plx_slice bytes)
{
}

static void
server_ended(struct plx_stream *stream, enum plx_status why)
{
    plx_stream_close(stream);
}

static void
server_nothing(struct plx_stream *stream)
{
}

static void
server_closed(struct plx_stream *stream)
{
    struct server *server = PLX_CONTAINER(stream, struct server, stream);

    plx_list_remove(&server->link);
    free(server);
}

static const struct plx_stream_events server_events = {.bytes = server_bytes,
                                                       .ended = server_ended,
                                                       .drained = server_nothing,
                                                       .timeout = server_nothing,
                                                       .closed = server_closed};

static void
accept_one(struct world *world)
{
    struct server *server = calloc(1, sizeof(*server));

    assert_non_null(server);
    assert_int_equal(plx_stream_init(&server->stream, &world->loop, &server_events), PLX_OK);
    assert_int_equal(server->stream.transport->accept(&server->stream, -1, NULL), PLX_OK);
    plx_list_push_back(&servers, &server->link);
    plx_stream_read(&server->stream);
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

struct stage {
    struct world world;
    struct plx_pool *pool;
};

static void
stage_init(struct stage *stage, unsigned addresses)
{
    plx_list_init(&servers);
    world_init(&stage->world);
    stage->world.accepting = accept_one;
    stage->world.addresses = addresses;
    stage->pool = plx_pool_new(&stage->world.loop, "payment.example", 80);
    assert_non_null(stage->pool);
    world_run_for(&stage->world, 10); /* the name is known */
}

static void
stage_fini(struct stage *stage)
{
    plx_pool_unref(stage->pool);
    world_fini(&stage->world);
    assert_true(plx_list_empty(&servers));
}

static void
begin(struct stage *stage, struct wish *wish)
{
    *wish = (struct wish){.connect.done = on_done, .connect.patient = true};
    stage->world.dial_count = 0;
    assert_int_equal(plx_pool_connect(stage->pool, &wish->connect), PLX_OK);
}

static struct plx_peer *
connected(struct stage *stage, struct wish *wish)
{
    begin(stage, wish);
    WORLD_UNTIL(&stage->world, wish->done);
    assert_int_equal(wish->status, PLX_OK);
    return wish->peer;
}

static void
test_the_next_address_is_tried_after_a_quarter_of_a_second(void **state)
{
    struct stage stage;
    struct wish wish;

    stage_init(&stage, 4);
    stage.world.hanging = 0xF;
    begin(&stage, &wish);
    uint64_t began_ms = world_ms(&stage.world);
    world_run_for(&stage.world, 10000);
    assert_int_equal(stage.world.dial_count, 4);
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(stage.world.dials[i].at_ms - began_ms, 250 * i);
    assert_int_equal(wish.done, 0); /* whoever waits has a deadline */
    plx_connect_cancel(&wish.connect);
    world_run_for(&stage.world, 1);
    assert_int_equal(stage.world.loop.streams, 0);
    assert_int_equal(stage.world.left_out, 4);
    stage_fini(&stage);
}

static void
test_one_that_is_refused_gives_way_at_once(void **state)
{
    struct stage stage;
    struct wish wish;

    stage_init(&stage, 3);
    stage.world.refusing = 0x7;
    begin(&stage, &wish);
    uint64_t began_ms = world_ms(&stage.world);
    WORLD_UNTIL(&stage.world, wish.done);
    assert_int_equal(wish.status, PLX_E_CONNECT);
    assert_int_equal(stage.world.dial_count, 3);
    assert_true(world_ms(&stage.world) - began_ms < 250);
    assert_int_equal(stage.world.left_out, 3);
    stage_fini(&stage);
}

/* As all of IPv6 is on a machine that has none: nobody is told of it. */
static void
test_one_that_no_way_leads_to_is_passed_over_without_a_word(void **state)
{
    struct stage stage;
    struct wish wish;

    stage_init(&stage, 2);
    stage.world.unreachable = 0x1;
    for (unsigned i = 0; i < 4; i++) {
        uint64_t began_ms = world_ms(&stage.world);
        plx_peer_close(connected(&stage, &wish));
        assert_true(world_ms(&stage.world) - began_ms < 10);
    }
    assert_int_equal(stage.world.left_out, 0);
    stage.world.unreachable = 0x3;
    wish = (struct wish){.connect.done = on_done};
    assert_int_equal(plx_pool_connect(stage.pool, &wish.connect), PLX_E_CONNECT);
    stage_fini(&stage);
    assert_int_equal(wish.done, 0);
}

/* After the first that hangs, the second one is refused at once: the third begins then, and not a second time. */
static void
test_a_refusal_beside_one_that_hangs(void **state)
{
    struct stage stage;
    struct wish wish;

    stage_init(&stage, 3);
    stage.world.hanging = 0x7;
    begin(&stage, &wish);
    uint32_t first = stage.world.dials[0].host;
    stage.world.hanging = 1u << first;
    stage.world.refusing = 1u << (first + 1) % 3;
    uint64_t began_ms = world_ms(&stage.world);
    WORLD_UNTIL(&stage.world, wish.done);
    assert_int_equal(wish.status, PLX_OK);
    assert_int_equal(stage.world.dial_count, 3);
    assert_int_equal(stage.world.dials[1].at_ms - began_ms, 250);
    assert_int_equal(stage.world.dials[2].at_ms - began_ms, 251);
    assert_int_equal(stage.world.left_out, 2); /* the refused, and the overtaken */
    plx_peer_close(wish.peer);
    stage_fini(&stage);
}

static void
test_one_that_hangs_is_left_out_of_what_follows(void **state)
{
    struct stage stage;
    struct wish wish;

    stage_init(&stage, 2);
    stage.world.hanging = 0x1;
    for (unsigned i = 0; i < 2; i++) /* one of the two begins with it */
        plx_peer_close(connected(&stage, &wish));
    assert_int_equal(stage.world.left_out, 1);
    for (unsigned i = 0; i < 10; i++) {
        uint64_t began_ms = world_ms(&stage.world);
        plx_peer_close(connected(&stage, &wish));
        assert_int_equal(stage.world.dial_count, 1);
        assert_int_equal(stage.world.dials[0].host, 1);
        assert_true(world_ms(&stage.world) - began_ms < 250);
    }
    stage.world.hanging = 0;
    world_run_for(&stage.world, PLX_ADDRESS_LEFT_OUT_MS);
    unsigned seen = 0;
    for (unsigned i = 0; i < 2; i++) {
        plx_peer_close(connected(&stage, &wish));
        seen |= 1u << stage.world.dials[0].host;
    }
    assert_int_equal(seen, 3);
    stage_fini(&stage);
}

static void
test_kept_connections_take_turns_too(void **state)
{
    struct stage stage;
    struct wish wishes[3];
    struct plx_peer *peers[3];

    stage_init(&stage, 3);
    for (unsigned i = 0; i < 3; i++) {
        assert_null(plx_pool_take(stage.pool));
        peers[i] = connected(&stage, &wishes[i]);
    }
    for (unsigned i = 0; i < 3; i++)
        plx_peer_release(peers[i]);
    for (unsigned i = 0; i < 9; i++) {
        struct plx_peer *peer = plx_pool_take(stage.pool);
        assert_ptr_equal(peer, peers[i % 3]);
        plx_peer_release(peer);
    }
    stage_fini(&stage);
}

/* A name that has come to other addresses is followed: what is kept goes at once, what is at work when it is done. */
static void
test_connections_to_addresses_that_are_gone_are_let_go(void **state)
{
    struct stage stage;
    struct wish kept, busy, later;

    stage_init(&stage, 1);
    connected(&stage, &kept);
    connected(&stage, &busy);
    plx_peer_release(kept.peer);
    /* The resolver tells the pool's look-up again. */
    stage.world.first_host = 5;
    world_tell_names(&stage.world);
    assert_null(plx_pool_take(stage.pool));
    world_run_for(&stage.world, 10);
    assert_int_equal(stage.world.loop.streams, 2); /* both ends of the busy one */
    plx_peer_release(busy.peer);
    world_run_for(&stage.world, 10);
    assert_int_equal(stage.world.loop.streams, 0);
    connected(&stage, &later);
    assert_int_equal(stage.world.dials[0].host, 5);
    plx_peer_release(later.peer);
    world_tell_names(&stage.world); /* the same: it stays */
    assert_ptr_equal(plx_pool_take(stage.pool), later.peer);
    plx_peer_close(later.peer);
    stage_fini(&stage);
}

static void
test_who_waits_for_a_name_is_told_when_it_fails(void **state)
{
    struct stage stage;
    struct wish wish;

    stage_init(&stage, 0);
    begin(&stage, &wish);
    WORLD_UNTIL(&stage.world, wish.done);
    assert_int_equal(wish.status, PLX_E_CONNECT);
    stage.world.addresses = 1; /* it is asked for again, at once */
    plx_peer_close(connected(&stage, &wish));
    stage_fini(&stage);
}

/* As a copy, which nobody waits for: it waits for the first look-up, and for no further one of a name that is none. */
static void
test_who_is_not_patient_waits_for_no_name_that_is_not_known(void **state)
{
    struct stage stage;
    struct wish wish = {.connect.done = on_done};

    plx_list_init(&servers);
    world_init(&stage.world);
    stage.world.accepting = accept_one;
    stage.pool = plx_pool_new(&stage.world.loop, "payment.example", 80);
    assert_int_equal(plx_pool_connect(stage.pool, &wish.connect), PLX_OK);
    WORLD_UNTIL(&stage.world, wish.done);
    assert_int_equal(wish.status, PLX_E_CONNECT);
    assert_int_equal(plx_pool_connect(stage.pool, &wish.connect), PLX_E_CONNECT);
    stage.world.addresses = 1;
    world_run_for(&stage.world, 10); /* it was asked for again all the same */
    assert_int_equal(plx_pool_connect(stage.pool, &wish.connect), PLX_OK);
    WORLD_UNTIL(&stage.world, wish.done == 2);
    assert_int_equal(wish.status, PLX_OK);
    plx_peer_close(wish.peer);
    stage_fini(&stage);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_has_its_turn),
        cmocka_unit_test(test_one_that_has_failed_is_left_out_for_ten_seconds),
        cmocka_unit_test(test_where_all_are_left_out_all_have_their_turn),
        cmocka_unit_test(test_tries_begin_with_the_turn_and_end_with_those_left_out),
        cmocka_unit_test(test_tries_change_between_the_families),
        cmocka_unit_test(test_other_addresses_are_tried_though_those_before_were),
        cmocka_unit_test(test_sixty_four_addresses_are_tried_and_no_more),
        cmocka_unit_test(test_the_next_address_is_tried_after_a_quarter_of_a_second),
        cmocka_unit_test(test_one_that_is_refused_gives_way_at_once),
        cmocka_unit_test(test_one_that_no_way_leads_to_is_passed_over_without_a_word),
        cmocka_unit_test(test_a_refusal_beside_one_that_hangs),
        cmocka_unit_test(test_one_that_hangs_is_left_out_of_what_follows),
        cmocka_unit_test(test_kept_connections_take_turns_too),
        cmocka_unit_test(test_connections_to_addresses_that_are_gone_are_let_go),
        cmocka_unit_test(test_who_waits_for_a_name_is_told_when_it_fails),
        cmocka_unit_test(test_who_is_not_patient_waits_for_no_name_that_is_not_known),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
