/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The admin server over real sockets: an allocation that fails stops no listener, and readings that wait for their
 * answer leave places for what changes something.
 */
#include "control/admin/server.h"
#include "failing_memory.h"
#include "traffic/net/loop.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define WAIT_MS     20000
#define CLIENTS_MAX 80
#define PACE_MS     20

/* A server, whose readings wait for as long as hold says so, and clients. */
struct stage {
    struct plx_loop loop;
    struct plx_admin_server server;
    uv_timer_t limit;
    uint16_t port;
    int clients[CLIENTS_MAX];
    char got[CLIENTS_MAX][4096];
    size_t len[CLIENTS_MAX];
    bool late, hold;
    unsigned paced; /* requests for /paced */
};

static void
on_limit(uv_timer_t *timer)
{
    ((struct stage *)timer->data)->late = true;
}

static void
answer_stage(void *context, const struct plx_admin_request *request, struct plx_admin_answer *answer)
{
    struct stage *stage = context;

    answer->status = 200;
    answer->content_type = "text/plain";
    answer->ticket = stage->hold && !request->late && plx_slice_equal(request->target, plx_slice_of("/wait"));
    if (plx_slice_equal(request->target, plx_slice_of("/paced"))) {
        stage->paced++;
        assert_false(request->late);
        answer->again_ms = PACE_MS;
        answer->ticket = request->waited_ms < 3 * PACE_MS;
    }
    plx_buffer_text(&answer->body, "done\n");
}

static void
stage_init(struct stage *stage)
{
    char error[256];

    memset(stage, 0, sizeof(*stage));
    assert_int_equal(plx_loop_init(&stage->loop), PLX_OK);
    assert_int_equal(uv_timer_init(&stage->loop.uv, &stage->limit), 0);
    stage->limit.data = stage;
    uv_timer_start(&stage->limit, on_limit, WAIT_MS, 0);
    int fd = plx_listen_socket("127.0.0.1", 0, false, &stage->port, error, sizeof(error));
    assert_true(fd >= 0);
    assert_int_equal(plx_admin_server_open(&stage->server, answer_stage, stage, WAIT_MS, &stage->loop, fd), PLX_OK);
    for (size_t i = 0; i < CLIENTS_MAX; i++)
        stage->clients[i] = -1;
}

static void
stage_fini(struct stage *stage)
{
    for (size_t i = 0; i < CLIENTS_MAX; i++)
        if (stage->clients[i] >= 0)
            close(stage->clients[i]);
    plx_admin_server_stop(&stage->server);
    uv_close((uv_handle_t *)&stage->limit, NULL);
    while (uv_run(&stage->loop.uv, UV_RUN_DEFAULT))
        ;
    assert_int_equal(stage->loop.streams, 0);
    assert_int_equal(stage->server.count, 0);
    assert_int_equal(stage->server.readings, 0);
    plx_loop_fini(&stage->loop);
}

static void
ask(struct stage *stage, size_t client, const char *request)
{
    const struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(stage->port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(send(fd, request, strlen(request), MSG_NOSIGNAL), strlen(request));
    stage->clients[client] = fd;
}

/* Whether the client has an answer by now. */
static bool
has_answer(struct stage *stage, size_t client)
{
    char *got = stage->got[client];
    ssize_t count = recv(stage->clients[client], got + stage->len[client],
                         sizeof(stage->got[client]) - 1 - stage->len[client], MSG_DONTWAIT);

    if (count > 0)
        stage->len[client] += (size_t)count;
    return strncmp(got, "HTTP/1.1 ", 9) == 0;
}

/* Whether it was closed instead. */
static bool
is_closed(const struct stage *stage, size_t client)
{
    char byte;
    ssize_t count = recv(stage->clients[client], &byte, 1, MSG_DONTWAIT | MSG_PEEK);

    return count == 0 || (count < 0 && errno == ECONNRESET);
}

#define WAIT_FOR(stage, condition)                    \
    do {                                              \
        while (!(condition) && !(stage)->late)        \
            uv_run(&(stage)->loop.uv, UV_RUN_NOWAIT); \
        assert_false((stage)->late);                  \
    } while (0)

#define ASSERT_STATUS(stage, client, status)                      \
    do {                                                          \
        WAIT_FOR(stage, has_answer(stage, client));               \
        assert_int_equal(atoi((stage)->got[client] + 9), status); \
    } while (0)

static void
test_readings_that_wait_leave_places(void **state)
{
    struct stage *stage = calloc(1, sizeof(*stage));

    assert_non_null(stage);
    stage_init(stage);
    stage->hold = true;
    for (size_t i = 0; i < PLX_ADMIN_READINGS_MAX + 1; i++) {
        ask(stage, i, "GET /wait HTTP/1.1\r\nHost: a\r\n\r\n");
        if (i < PLX_ADMIN_READINGS_MAX)
            WAIT_FOR(stage, stage->server.readings == i + 1);
    }
    ASSERT_STATUS(stage, PLX_ADMIN_READINGS_MAX, 503);
    ask(stage, PLX_ADMIN_READINGS_MAX + 1, "POST /rollback HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
    ASSERT_STATUS(stage, PLX_ADMIN_READINGS_MAX + 1, 200);
    ask(stage, PLX_ADMIN_READINGS_MAX + 2, "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n");
    ASSERT_STATUS(stage, PLX_ADMIN_READINGS_MAX + 2, 200);
    assert_int_equal(stage->server.readings, PLX_ADMIN_READINGS_MAX);
    stage->hold = false;
    plx_admin_server_retry(&stage->server);
    for (size_t i = 0; i < PLX_ADMIN_READINGS_MAX; i++)
        ASSERT_STATUS(stage, i, 200);
    assert_int_equal(stage->server.readings, 0);
    stage_fini(stage);
    free(stage);
}

/* However often something changes meanwhile. */
static void
test_a_request_with_a_time_of_its_own_is_asked_again_by_that_time(void **state)
{
    struct stage *stage = calloc(1, sizeof(*stage));

    assert_non_null(stage);
    stage_init(stage);
    ask(stage, 0, "GET /paced HTTP/1.1\r\nHost: a\r\n\r\n");
    WAIT_FOR(stage, stage->paced == 1);
    assert_int_equal(stage->server.readings, 1);
    while (!has_answer(stage, 0) && !stage->late) {
        plx_admin_server_retry(&stage->server);
        uv_run(&stage->loop.uv, UV_RUN_NOWAIT);
    }
    ASSERT_STATUS(stage, 0, 200);
    assert_in_range(stage->paced, 2, 4);
    assert_int_equal(stage->server.readings, 0);
    stage_fini(stage);
    free(stage);
}

/* Each allocation that the accepting needs, in turn. */
static void
test_a_failed_allocation_stops_no_listener(void **state)
{
    struct stage *stage = calloc(1, sizeof(*stage));
    size_t client = 0;
    bool failed = true;

    assert_non_null(stage);
    stage_init(stage);
    for (size_t at = 1; failed; at++, client++) {
        start_failing(at, false);
        ask(stage, client, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        /* It has its answer, or was closed where what failed came later than its place. */
        WAIT_FOR(stage, has_answer(stage, client) || is_closed(stage, client));
        failed = stop_failing();
        assert_true(failed || at > 1);
        ask(stage, ++client, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        ASSERT_STATUS(stage, client, 200);
    }
    stage_fini(stage);
    free(stage);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_readings_that_wait_leave_places),
        cmocka_unit_test(test_a_request_with_a_time_of_its_own_is_asked_again_by_that_time),
        cmocka_unit_test(test_a_failed_allocation_stops_no_listener),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
