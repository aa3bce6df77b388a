/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pool of connections on a real loop, with a listener on the same loop: kept connections come back last one first,
 * what the peer closes is gone, and nothing is left behind however early its user leaves. Each test runs its loop until
 * an event that it waits for; a deadline ends one that never comes.
 */
#include "base/assert.h"
#include "traffic/names/names.h"
#include "traffic/net/loop.h"
#include "traffic/net/upstream_pool.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#define ACCEPTED_MAX 16
#define WAIT_MS      10000

struct stage {
    struct plx_loop loop;
    struct plx_names *names;
    uv_timer_t limit;
    uv_tcp_t listener;
    uv_tcp_t accepted[ACCEPTED_MAX];
    size_t accepted_count;
    uint16_t port;
    bool late;
};

static void
on_limit(uv_timer_t *timer)
{
    ((struct stage *)timer->data)->late = true;
}

static void
on_connection(uv_stream_t *listener, int status)
{
    struct stage *stage = listener->data;

    assert_int_equal(status, 0);
    assert_true(stage->accepted_count < ACCEPTED_MAX);
    uv_tcp_t *one = &stage->accepted[stage->accepted_count];
    assert_int_equal(uv_tcp_init(&stage->loop.uv, one), 0);
    assert_int_equal(uv_accept(listener, (uv_stream_t *)one), 0);
    stage->accepted_count++;
}

static void
on_names(void *owner)
{
}

static void
stage_init(struct stage *stage)
{
    struct sockaddr_in address;
    int len = sizeof(address);

    *stage = (struct stage){0};
    assert_int_equal(plx_loop_init(&stage->loop), PLX_OK);
    stage->names = plx_names_new(on_names, stage);
    assert_non_null(stage->names);
    assert_int_equal(plx_loop_use_names(&stage->loop, stage->names), PLX_OK);
    assert_int_equal(uv_timer_init(&stage->loop.uv, &stage->limit), 0);
    stage->limit.data = stage;
    assert_int_equal(uv_timer_start(&stage->limit, on_limit, WAIT_MS, 0), 0);
    assert_int_equal(uv_tcp_init(&stage->loop.uv, &stage->listener), 0);
    stage->listener.data = stage;
    assert_int_equal(uv_ip4_addr("127.0.0.1", 0, &address), 0);
    assert_int_equal(uv_tcp_bind(&stage->listener, (const struct sockaddr *)&address, 0), 0);
    assert_int_equal(uv_listen((uv_stream_t *)&stage->listener, 16, on_connection), 0);
    assert_int_equal(uv_tcp_getsockname(&stage->listener, (struct sockaddr *)&address, &len), 0);
    stage->port = ntohs(address.sin_port);
}

#define WAIT_FOR(stage, condition)                  \
    do {                                            \
        while (!(condition) && !(stage)->late)      \
            uv_run(&(stage)->loop.uv, UV_RUN_ONCE); \
        assert_false((stage)->late);                \
    } while (0)

/* After it every stream that the pool made must be closed: that is what streams counts. */
static void
stage_fini(struct stage *stage)
{
    WAIT_FOR(stage, stage->loop.streams == 0);
    for (size_t i = 0; i < stage->accepted_count; i++)
        if (!uv_is_closing((uv_handle_t *)&stage->accepted[i]))
            uv_close((uv_handle_t *)&stage->accepted[i], NULL);
    uv_close((uv_handle_t *)&stage->listener, NULL);
    uv_close((uv_handle_t *)&stage->limit, NULL);
    plx_loop_fini(&stage->loop);
    plx_names_free(stage->names);
}

/* A port that nobody listens on: it was bound just now, and is bound no more. */
static uint16_t
free_port(struct stage *stage)
{
    struct sockaddr_in address;
    int len = sizeof(address);
    uv_tcp_t *tcp = &stage->accepted[stage->accepted_count++];

    assert_int_equal(uv_tcp_init(&stage->loop.uv, tcp), 0);
    assert_int_equal(uv_ip4_addr("127.0.0.1", 0, &address), 0);
    assert_int_equal(uv_tcp_bind(tcp, (const struct sockaddr *)&address, 0), 0);
    assert_int_equal(uv_tcp_getsockname(tcp, (struct sockaddr *)&address, &len), 0);
    return ntohs(address.sin_port); /* bound and not listening: connecting is refused */
}

/* ---- a user of the pool ---- */

struct user {
    struct plx_connect connect;
    struct plx_peer *peer;
    enum plx_status status;
    unsigned done;
    size_t bytes;
    bool ended;
};

static void
on_done(struct plx_connect *connect, struct plx_peer *peer, enum plx_status status)
{
    struct user *user = PLX_CONTAINER(connect, struct user, connect);

    user->done++;
    user->peer = peer;
    user->status = status;
}

static void
on_bytes(struct plx_peer *peer, struct plx_slice bytes)
{
    ((struct user *)peer->user)->bytes += bytes.len;
}

static void
on_ended(struct plx_peer *peer, enum plx_status why)
{
    ((struct user *)peer->user)->ended = true;
}

static void
on_drained(struct plx_peer *peer)
{
}

static const struct plx_peer_events events = {.bytes = on_bytes, .ended = on_ended, .drained = on_drained};

static void
start(struct user *user, struct plx_pool *pool)
{
    *user = (struct user){.connect = {.done = on_done}};
    assert_int_equal(plx_pool_connect(pool, &user->connect), PLX_OK);
    assert_int_equal(user->done, 0); /* never inside the call */
}

static struct plx_peer *
connected(struct stage *stage, struct plx_pool *pool, struct user *user)
{
    size_t before = stage->accepted_count;

    start(user, pool);
    WAIT_FOR(stage, user->done);
    assert_int_equal(user->status, PLX_OK);
    assert_non_null(user->peer);
    plx_peer_use(user->peer, &events, user);
    WAIT_FOR(stage, stage->accepted_count > before);
    return user->peer;
}

static struct plx_pool *
new_pool(struct stage *stage, const char *host, uint16_t port)
{
    struct plx_pool *pool = plx_pool_new(&stage->loop, host, port);

    assert_non_null(pool);
    return pool;
}

/* ---- tests ---- */

static void
test_the_last_one_kept_is_taken_first(void **state)
{
    struct stage stage;
    struct user users[3];
    struct plx_peer *peers[3];

    stage_init(&stage);
    struct plx_pool *pool = new_pool(&stage, "127.0.0.1", stage.port);
    assert_null(plx_pool_take(pool));
    for (size_t i = 0; i < 3; i++)
        peers[i] = connected(&stage, pool, &users[i]);
    for (size_t i = 0; i < 3; i++)
        plx_peer_release(peers[i]);
    for (size_t i = 3; i-- > 0;) {
        assert_ptr_equal(plx_pool_take(pool), peers[i]);
        assert_int_equal(peers[i]->uses, 1);
    }
    assert_null(plx_pool_take(pool));
    plx_peer_release(peers[1]);
    assert_ptr_equal(plx_pool_take(pool), peers[1]);
    assert_int_equal(peers[1]->uses, 2);
    assert_int_equal(stage.accepted_count, 3);
    for (size_t i = 0; i < 3; i++)
        plx_peer_close(peers[i]);
    plx_pool_unref(pool);
    stage_fini(&stage);
}

static void
on_written(uv_write_t *request, int status)
{
    *(bool *)request->data = true;
}

/* Closed while it was kept, or something came that nobody asked for: it must not be given to the next. */
static void
test_a_kept_one_that_the_peer_ends_is_gone(void **state)
{
    struct stage stage;
    struct user first, second;
    uv_write_t request;
    uv_buf_t bytes = uv_buf_init((char[]){"HTTP/1.1 408"}, 12);
    bool written = false;

    stage_init(&stage);
    struct plx_pool *pool = new_pool(&stage, "127.0.0.1", stage.port);
    plx_peer_release(connected(&stage, pool, &first));
    uv_close((uv_handle_t *)&stage.accepted[0], NULL);
    WAIT_FOR(&stage, stage.loop.streams == 0);
    assert_null(plx_pool_take(pool));
    plx_peer_release(connected(&stage, pool, &second));
    request.data = &written;
    assert_int_equal(uv_write(&request, (uv_stream_t *)&stage.accepted[1], &bytes, 1, on_written), 0);
    WAIT_FOR(&stage, written && stage.loop.streams == 0);
    assert_null(plx_pool_take(pool));
    assert_false(first.ended || second.ended); /* they have let it go */
    assert_int_equal(second.bytes, 0);
    plx_pool_unref(pool);
    stage_fini(&stage);
}

static void
test_a_user_hears_of_bytes_and_the_end(void **state)
{
    struct stage stage;
    struct user user;
    uv_write_t request;
    uv_buf_t bytes = uv_buf_init((char[]){"hello"}, 5);
    bool written = false;

    stage_init(&stage);
    struct plx_pool *pool = new_pool(&stage, "127.0.0.1", stage.port);
    connected(&stage, pool, &user);
    request.data = &written;
    assert_int_equal(uv_write(&request, (uv_stream_t *)&stage.accepted[0], &bytes, 1, on_written), 0);
    WAIT_FOR(&stage, user.bytes == 5 && written);
    assert_false(user.ended);
    uv_close((uv_handle_t *)&stage.accepted[0], NULL);
    WAIT_FOR(&stage, user.ended);
    plx_peer_close(user.peer);
    plx_pool_unref(pool);
    stage_fini(&stage);
}

/* Whether a refusal is known at once or later, it is told once. */
static void
expect_refused(struct stage *stage, struct plx_pool *pool)
{
    struct user user = {.connect = {.done = on_done}};

    if (plx_pool_connect(pool, &user.connect) == PLX_OK) {
        WAIT_FOR(stage, user.done);
        assert_int_equal(user.status, PLX_E_CONNECT);
        assert_null(user.peer);
    }
    WAIT_FOR(stage, stage->loop.streams == 0);
    assert_int_equal(user.connect.active, false);
    assert_true(user.done <= 1);
}

static void
test_a_refused_connect(void **state)
{
    struct stage stage;

    stage_init(&stage);
    uint16_t port = free_port(&stage);
    struct plx_pool *pool = new_pool(&stage, "127.0.0.1", port);
    expect_refused(&stage, pool);
    expect_refused(&stage, pool); /* and again: the pool can still be used */
    assert_null(plx_pool_take(pool));
    plx_pool_unref(pool);
    pool = new_pool(&stage, "localhost", port); /* all of a name's addresses are tried */
    expect_refused(&stage, pool);
    plx_pool_unref(pool);
    stage_fini(&stage);
}

/* Several wait for one lookup. The listener has only 127.0.0.1: where localhost is ::1 as well, the next address is
 * tried. */
static void
test_a_name_is_looked_up(void **state)
{
    struct stage stage;
    struct user users[3], later;

    stage_init(&stage);
    struct plx_pool *pool = new_pool(&stage, "localhost", stage.port);
    for (size_t i = 0; i < 3; i++)
        start(&users[i], pool);
    for (size_t i = 0; i < 3; i++) {
        WAIT_FOR(&stage, users[i].done);
        assert_int_equal(users[i].status, PLX_OK);
        plx_peer_use(users[i].peer, &events, &users[i]);
    }
    WAIT_FOR(&stage, stage.accepted_count == 3);
    struct plx_peer *fourth = connected(&stage, pool, &later); /* the addresses are known by now */
    plx_peer_close(fourth);
    for (size_t i = 0; i < 3; i++)
        plx_peer_close(users[i].peer);
    plx_pool_unref(pool);
    stage_fini(&stage);
}

static void
test_a_name_that_is_none(void **state)
{
    struct stage stage;
    struct user user;

    stage_init(&stage);
    /* not asked of any server: a label of more than 63 bytes can't be a name */
    struct plx_pool *pool =
        new_pool(&stage, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.invalid", 1);
    start(&user, pool);
    WAIT_FOR(&stage, user.done);
    assert_int_equal(user.status, PLX_E_CONNECT);
    assert_null(user.peer);
    plx_pool_unref(pool);
    stage_fini(&stage);
}

/* At every point of connecting: nothing is told after it, and nothing is left behind. */
static void
test_cancel(void **state)
{
    static const char *const hosts[] = {"127.0.0.1", "localhost"};

    for (size_t i = 0; i < PLX_COUNT(hosts); i++)
        for (int turns = 0; turns < 4; turns++) {
            struct stage stage;
            struct user user;
            stage_init(&stage);
            struct plx_pool *pool = new_pool(&stage, hosts[i], stage.port);
            start(&user, pool);
            for (int turn = 0; turn < turns && !user.done; turn++)
                uv_run(&stage.loop.uv, UV_RUN_NOWAIT);
            unsigned done = user.done;
            plx_connect_cancel(&user.connect);
            plx_connect_cancel(&user.connect); /* fine when none is active */
            assert_false(user.connect.active);
            if (done && user.peer)
                plx_peer_close(user.peer);
            WAIT_FOR(&stage, stage.loop.streams == 0);
            assert_int_equal(user.done, done);
            plx_pool_unref(pool);
            stage_fini(&stage);
        }
}

/* One of several that wait for the name leaves; the others still get theirs. */
static void
test_cancel_among_others(void **state)
{
    struct stage stage;
    struct user users[3];

    stage_init(&stage);
    struct plx_pool *pool = new_pool(&stage, "localhost", stage.port);
    for (size_t i = 0; i < 3; i++)
        start(&users[i], pool);
    plx_connect_cancel(&users[1].connect);
    WAIT_FOR(&stage, users[0].done && users[2].done);
    assert_int_equal(users[1].done, 0);
    assert_true(users[0].peer && users[2].peer && users[0].peer != users[2].peer);
    plx_peer_close(users[0].peer);
    plx_peer_close(users[2].peer);
    plx_pool_unref(pool);
    stage_fini(&stage);
}

/* A reload lets a pool go while its users are at work: they end on their own. */
static void
test_the_pool_is_let_go_early(void **state)
{
    static const char *const hosts[] = {"127.0.0.1", "localhost"};

    for (size_t i = 0; i < PLX_COUNT(hosts); i++) {
        struct stage stage;
        struct user user;
        stage_init(&stage);
        struct plx_pool *pool = new_pool(&stage, hosts[i], stage.port);
        start(&user, pool);
        plx_pool_unref(pool); /* while connecting */
        WAIT_FOR(&stage, user.done);
        assert_int_equal(user.status, PLX_OK);
        plx_peer_release(user.peer); /* nobody will take it again: closed */
        stage_fini(&stage);
    }
    struct stage stage;
    struct user kept, busy;
    stage_init(&stage);
    struct plx_pool *pool = plx_pool_ref(new_pool(&stage, "127.0.0.1", stage.port));
    connected(&stage, pool, &busy);
    plx_peer_release(connected(&stage, pool, &kept));
    plx_pool_unref(pool);
    assert_int_equal(stage.loop.streams, 2);
    plx_pool_unref(pool); /* the last: what is kept is closed, what is busy is not */
    WAIT_FOR(&stage, stage.loop.streams == 1);
    uv_close((uv_handle_t *)&stage.accepted[0], NULL);
    WAIT_FOR(&stage, busy.ended);
    plx_peer_close(busy.peer);
    stage_fini(&stage);
}

/* The loop ends with everything under way: no event fires, nothing leaks. */
static void
test_cancel_and_let_go_before_the_name_is_known(void **state)
{
    struct stage stage;
    struct user user;

    stage_init(&stage);
    struct plx_pool *pool = new_pool(&stage, "localhost", stage.port);
    start(&user, pool);
    plx_connect_cancel(&user.connect);
    plx_pool_unref(pool);
    stage_fini(&stage);
    assert_int_equal(user.done, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_last_one_kept_is_taken_first),
        cmocka_unit_test(test_a_kept_one_that_the_peer_ends_is_gone),
        cmocka_unit_test(test_a_user_hears_of_bytes_and_the_end),
        cmocka_unit_test(test_a_refused_connect),
        cmocka_unit_test(test_a_name_is_looked_up),
        cmocka_unit_test(test_a_name_that_is_none),
        cmocka_unit_test(test_cancel),
        cmocka_unit_test(test_cancel_among_others),
        cmocka_unit_test(test_the_pool_is_let_go_early),
        cmocka_unit_test(test_cancel_and_let_go_before_the_name_is_known),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
