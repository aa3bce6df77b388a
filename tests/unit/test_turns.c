/* SPDX-License-Identifier: Apache-2.0 */
/* A socket that is always full has its turn as others have, on a real loop: what fills a buffer waits for the next
 * turn. */
#include "base/assert.h"
#include "base/slice.h"
#include "traffic/net/loop.h"
#include "traffic/net/stream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define SIDES  2
#define ENOUGH ((size_t)512 * 1024) /* of each side, all of it there before anything is read */
#define PIECES 64

struct side {
    struct plx_stream stream;
    int far;
    char name;
    size_t received;
    bool closed;
};

static char order[PIECES + 1];
static size_t pieces;

static void
on_bytes(struct plx_stream *stream, struct plx_slice bytes)
{
    struct side *side = PLX_CONTAINER(stream, struct side, stream);

    side->received += bytes.len;
    if (pieces < PIECES)
        order[pieces++] = side->name;
}

static void
on_end(struct plx_stream *stream, enum plx_status why)
{
    fail_msg("it ended: %s", plx_status_text(why));
}

static void
on_drained(struct plx_stream *stream)
{
}

static void
on_closed(struct plx_stream *stream)
{
    PLX_CONTAINER(stream, struct side, stream)->closed = true;
}

static const struct plx_stream_events events = {
    .bytes = on_bytes, .ended = on_end, .drained = on_drained, .closed = on_closed};

/* A connection with so much in it that it can be read many times. */
static void
fill(struct side *side, struct plx_loop *loop, int listener)
{
    static char bytes[64 * 1024];
    struct sockaddr_in address;
    socklen_t len = sizeof(address);
    int room = 4 << 20, near;
    size_t sent = 0;
    ssize_t n;

    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &len), 0);
    side->far = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(setsockopt(side->far, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room)), 0);
    assert_int_equal(connect(side->far, (struct sockaddr *)&address, len), 0);
    near = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    assert_true(near >= 0);
    assert_int_equal(fcntl(side->far, F_SETFL, O_NONBLOCK), 0);
    while (sent < ENOUGH && (n = write(side->far, bytes, sizeof(bytes))) > 0)
        sent += (size_t)n;
    assert_true(sent >= ENOUGH);
    assert_int_equal(plx_stream_init(&side->stream, loop, &events), PLX_OK);
    assert_int_equal(loop->transport->accept(&side->stream, near, NULL), PLX_OK);
}

static void
test_those_that_are_full_take_turns(void **state)
{
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), room = 4 << 20;
    struct side sides[SIDES] = {{.name = 'a'}, {.name = 'b'}};
    struct plx_loop loop;

    assert_int_equal(setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room)), 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&any, sizeof(any)), 0);
    assert_int_equal(listen(listener, SIDES), 0);
    assert_int_equal(plx_loop_init(&loop), PLX_OK);
    for (int i = 0; i < SIDES; i++) {
        fill(&sides[i], &loop, listener);
        plx_stream_read(&sides[i].stream);
    }
    while (sides[0].received < ENOUGH || sides[1].received < ENOUGH)
        uv_run(&loop.uv, UV_RUN_ONCE);
    /* Both are read on and on, neither more than its buffers in a row while the other has something. */
    for (size_t i = 0, row = 0; i < pieces && i < 6; i++) {
        row = i > 0 && order[i] == order[i - 1] ? row + 1 : 1;
        assert_in_range(row, 1, PLX_READS_MAX);
    }
    for (int i = 0; i < SIDES; i++) {
        close(sides[i].far);
        plx_stream_close(&sides[i].stream);
    }
    while (!sides[0].closed || !sides[1].closed)
        uv_run(&loop.uv, UV_RUN_ONCE);
    close(listener);
    plx_loop_fini(&loop);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_those_that_are_full_take_turns),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
