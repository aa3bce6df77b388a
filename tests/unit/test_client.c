/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The commands' client gets whole answers or a status that says what went wrong, in time, and never sends a POST twice.
 *
 * The server is a thread with a script: for each connection the answers to give, one to a request that it has read.
 */
#include "cli/client/client.h"

#include "base/assert.h"
#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define ANSWERS_MAX     4
#define CONNECTIONS_MAX 4
#define PATIENCE_MS     20000
#define BIG             (4u * 1024 * 1024)

static const char drop[] = "drop";   /* close without a byte, once the request is read */
static const char stall[] = "stall"; /* wait until the client is gone */
static const char reset[] = "reset"; /* as drop, with a RST */
static const char early[] = "early"; /* BIG bytes of answer before the request's body is read */

struct server {
    int listener;
    char url[64];
    pthread_t thread;
    const char *scripts[CONNECTIONS_MAX][ANSWERS_MAX];
    struct plx_buffer requests; /* all that have been read */
    int connections;
};

static const struct plx_slice nothing = {NULL, 0};

/* ---- the server ---- */

/* Reads a request with a body of Content-Length; false where the client has gone first. */
static bool
serve_request(int fd, struct plx_buffer *requests, bool head_only)
{
    static const char length[] = "Content-Length: ";
    size_t begin = requests->len, want = SIZE_MAX;
    while (requests->len - begin < want) {
        char byte;
        if (recv(fd, &byte, 1, 0) != 1)
            return false;
        plx_buffer_byte(requests, byte);
        if (want != SIZE_MAX || requests->len - begin < 4 ||
            memcmp(requests->ptr + requests->len - 4, "\r\n\r\n", 4) != 0)
            continue;
        const char *found = memmem(requests->ptr + begin, requests->len - begin, length, sizeof(length) - 1);
        want = requests->len - begin + (found && !head_only ? strtoul(found + sizeof(length) - 1, NULL, 10) : 0);
    }
    return true;
}

static void
send_all(int fd, const char *ptr, size_t len)
{
    while (len) {
        ssize_t sent = send(fd, ptr, len, MSG_NOSIGNAL);
        if (sent <= 0)
            return;
        ptr += sent;
        len -= (size_t)sent;
    }
}

static void
serve_early(int fd)
{
    char *filler = calloc(1, BIG), head[100];
    assert_non_null(filler);
    int len = snprintf(head, sizeof(head), "HTTP/1.1 200 OK\r\nContent-Length: %u\r\n\r\n", BIG);
    send_all(fd, head, (size_t)len);
    send_all(fd, filler, BIG);
    for (size_t left = BIG; left;) {
        ssize_t got = recv(fd, filler, left, 0);
        if (got <= 0)
            break;
        left -= (size_t)got;
    }
    free(filler);
}

static bool
serve_answer(int fd, const char *answer)
{
    char byte;
    if (answer == early) {
        serve_early(fd);
        return true;
    }
    if (answer == stall)
        return recv(fd, &byte, 1, 0) > 0;
    if (answer == reset) {
        struct linger hard = {.l_onoff = 1, .l_linger = 0};
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
    }
    if (answer == reset || answer == drop)
        return false;
    send_all(fd, answer, strlen(answer));
    return true;
}

static void *
serve(void *context)
{
    struct server *server = context;
    for (int c = 0; c < CONNECTIONS_MAX && server->scripts[c][0]; c++) {
        int fd = accept(server->listener, NULL, NULL);
        if (fd < 0)
            break; /* the test is over */
        server->connections++;
        for (int i = 0; i < ANSWERS_MAX && server->scripts[c][i]; i++)
            if (!serve_request(fd, &server->requests, server->scripts[c][i] == early) ||
                !serve_answer(fd, server->scripts[c][i]))
                break;
        close(fd);
    }
    return NULL;
}

static int
listen_on_any_port(int backlog, char *url, size_t size)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(fd, backlog), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    snprintf(url, size, "http://127.0.0.1:%u", ntohs(address.sin_port));
    return fd;
}

static void
server_start(struct server *server)
{
    plx_buffer_init(&server->requests, 16u * 1024 * 1024);
    server->connections = 0;
    server->listener = listen_on_any_port(8, server->url, sizeof(server->url));
    assert_int_equal(pthread_create(&server->thread, NULL, serve, server), 0);
}

/* What was asked for, whole, and how many connections it took. */
static void
server_expect(struct server *server, int connections, const char *requests)
{
    shutdown(server->listener, SHUT_RDWR);
    pthread_join(server->thread, NULL);
    close(server->listener);
    plx_buffer_byte(&server->requests, '\0');
    assert_int_equal(server->connections, connections);
    if (requests)
        assert_string_equal(server->requests.ptr, requests);
    plx_buffer_fini(&server->requests);
}

static struct plx_client *
client_of(const char *url, uint32_t timeout_ms)
{
    char error[200] = "";
    struct plx_client *client = plx_client_new(url, timeout_ms, error, sizeof(error));
    assert_string_equal(error, "");
    assert_non_null(client);
    return client;
}

static void
expect_answer(struct plx_client *client, const char *method, int status, const char *body)
{
    struct plx_client_answer answer = {0};
    assert_int_equal(plx_client_request(client, method, "/x", nothing, nothing, 1000, &answer), PLX_OK);
    assert_int_equal(answer.status, status);
    assert_true(plx_slice_equal(answer.body, plx_slice_of(body)));
}

static void
expect_failure(struct plx_client *client, const char *method, enum plx_status want)
{
    struct plx_client_answer answer = {.status = 7};
    assert_int_equal(plx_client_request(client, method, "/x", nothing, nothing, 10, &answer), want);
    assert_int_equal(answer.status, 7);
}

#define OK_HI "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
#define OK_YO "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nyo"

/* ---- what must hold ---- */

static void
test_a_connection_is_kept(void **state)
{
    struct server server = {
        .scripts = {{OK_HI, "HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n",
                     "HTTP/1.1 204 No Content\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n"}}};
    server_start(&server);
    struct plx_client *client = client_of(server.url, PATIENCE_MS);
    expect_answer(client, "GET", 200, "hi");
    expect_answer(client, "GET", 404, "no");
    expect_answer(client, "DELETE", 204, "");
    expect_answer(client, "HEAD", 200, "");
    plx_client_free(client);
    server_expect(&server, 1, NULL);
}

static void
test_the_request_is_what_was_asked_for(void **state)
{
    struct server server = {.scripts = {{OK_HI}}};
    struct plx_client_answer answer;
    char url[100], want[400];
    server_start(&server);
    snprintf(url, sizeof(url), "%s/api/", server.url);
    struct plx_client *client = client_of(url, PATIENCE_MS);
    plx_client_set_token(client, "t0k#n");
    assert_int_equal(plx_client_request(client, "PUT", "/a?b", plx_slice_of("Content-Type: a/b\r\n"),
                                        plx_slice_of("body"), 1000, &answer),
                     PLX_OK);
    snprintf(want, sizeof(want),
             "PUT /api/a?b HTTP/1.1\r\nHost: %s\r\nUser-Agent: parallax/" PLX_VERSION
             "\r\nAuthorization: Bearer t0k#n\r\nContent-Length: 4\r\nContent-Type: a/b\r\n\r\nbody",
             server.url + 7);
    plx_client_free(client);
    server_expect(&server, 1, want);
}

static void
test_interim_answers_are_read_over(void **state)
{
    struct server server = {
        .scripts = {{"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" OK_HI}}};
    server_start(&server);
    struct plx_client *client = client_of(server.url, PATIENCE_MS);
    expect_answer(client, "GET", 200, "hi");
    plx_client_free(client);
    server_expect(&server, 1, NULL);
}

static void
test_an_answer_may_end_with_the_connection(void **state)
{
    struct server server = {.scripts = {{"HTTP/1.1 200 OK\r\n\r\nhello"}, {OK_YO}}};
    server_start(&server);
    struct plx_client *client = client_of(server.url, PATIENCE_MS);
    expect_answer(client, "GET", 200, "hello");
    expect_answer(client, "GET", 200, "yo");
    plx_client_free(client);
    server_expect(&server, 2, NULL);
}

static void
test_a_connection_that_was_closed_is_opened_again(void **state)
{
    static const char closing[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi";
    struct server server = {.scripts = {{OK_HI}, {closing}, {OK_YO}}};
    server_start(&server);
    struct plx_client *client = client_of(server.url, PATIENCE_MS);
    expect_answer(client, "GET", 200, "hi");
    expect_answer(client, "GET", 200, "hi");
    expect_answer(client, "GET", 200, "yo");
    plx_client_free(client);
    server_expect(&server, 3, NULL);
}

static void
test_a_get_is_sent_again_when_a_kept_connection_breaks(void **state)
{
    for (int how = 0; how < 2; how++) {
        struct server server = {.scripts = {{OK_HI, how ? reset : drop}, {OK_YO}}};
        server_start(&server);
        struct plx_client *client = client_of(server.url, PATIENCE_MS);
        expect_answer(client, "GET", 200, "hi");
        expect_answer(client, "GET", 200, "yo");
        plx_client_free(client);
        server_expect(&server, 2, NULL);
    }
}

static void
test_it_is_sent_again_only_once(void **state)
{
    struct server server = {.scripts = {{OK_HI, drop}, {drop}, {OK_YO}}};
    server_start(&server);
    struct plx_client *client = client_of(server.url, PATIENCE_MS);
    expect_answer(client, "GET", 200, "hi");
    expect_failure(client, "GET", PLX_E_RESET);
    expect_answer(client, "GET", 200, "yo");
    plx_client_free(client);
    server_expect(&server, 3, NULL);
}

static void
test_a_post_that_went_out_is_not_sent_again(void **state)
{
    struct server server = {.scripts = {{OK_HI, drop}, {OK_YO}}};
    server_start(&server);
    struct plx_client *client = client_of(server.url, PATIENCE_MS);
    expect_answer(client, "GET", 200, "hi");
    expect_failure(client, "POST", PLX_E_RESET);
    expect_answer(client, "GET", 200, "yo");
    plx_client_free(client);
    server_expect(&server, 2, NULL);
}

static void
test_an_answer_that_breaks_off_is_not_asked_for_again(void **state)
{
    struct server server = {.scripts = {{OK_HI, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nno"},
                                        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n"},
                                        {"HTTP"}}};
    server_start(&server);
    struct plx_client *client = client_of(server.url, PATIENCE_MS);
    expect_answer(client, "GET", 200, "hi");
    expect_failure(client, "GET", PLX_E_RESET);
    expect_failure(client, "GET", PLX_E_RESET);
    expect_failure(client, "GET", PLX_E_RESET);
    plx_client_free(client);
    server_expect(&server, 3, NULL);
}

static void
test_a_silent_server_is_a_timeout(void **state)
{
    struct server server = {.scripts = {{stall}, {OK_YO}}};
    server_start(&server);
    struct plx_client *client = client_of(server.url, 50);
    expect_failure(client, "GET", PLX_E_TIMEOUT);
    plx_client_free(client);
    client = client_of(server.url, PATIENCE_MS);
    expect_answer(client, "GET", 200, "yo");
    plx_client_free(client);
    server_expect(&server, 2, NULL);
}

static void
test_garbage_and_too_much_are_refused(void **state)
{
    struct server server = {.scripts = {{"SSH-2.0-x\r\n"},
                                        {"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n01234567890"},
                                        {"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"},
                                        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"}}};
    server_start(&server);
    struct plx_client *client = client_of(server.url, PATIENCE_MS);
    expect_failure(client, "GET", PLX_E_PROTOCOL);
    expect_failure(client, "GET", PLX_E_LIMIT);
    expect_failure(client, "GET", PLX_E_PROTOCOL);
    expect_failure(client, "GET", PLX_E_PROTOCOL);
    plx_client_free(client);
    server_expect(&server, 4, NULL);
}

/* Bytes behind the answer that nobody has asked for must not become the next one's. */
static void
test_what_follows_an_answer_is_not_the_next_one(void **state)
{
    struct server server = {.scripts = {{OK_HI "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil", stall}, {OK_YO}}};
    server_start(&server);
    struct plx_client *client = client_of(server.url, PATIENCE_MS);
    expect_answer(client, "GET", 200, "hi");
    expect_answer(client, "GET", 200, "yo");
    plx_client_free(client);
    server_expect(&server, 2, NULL);
}

static void
test_an_early_answer_is_no_deadlock(void **state)
{
    struct server server = {.scripts = {{early}}};
    struct plx_client_answer answer;
    char *body = calloc(1, BIG);
    assert_non_null(body);
    server_start(&server);
    struct plx_client *client = client_of(server.url, PATIENCE_MS);
    assert_int_equal(plx_client_request(client, "POST", "/", nothing, plx_slice_make(body, BIG), BIG, &answer), PLX_OK);
    assert_int_equal(answer.body.len, BIG);
    plx_client_free(client);
    server_expect(&server, 1, NULL);
    free(body);
}

static void
test_nobody_there_is_said(void **state)
{
    char url[64];
    int fd = listen_on_any_port(1, url, sizeof(url));
    close(fd);
    struct plx_client *client = client_of(url, PATIENCE_MS);
    expect_failure(client, "GET", PLX_E_CONNECT);
    plx_client_free(client);
    client = client_of("http://name.invalid:1", PATIENCE_MS);
    expect_failure(client, "GET", PLX_E_CONNECT);
    plx_client_free(client);
}

/* A listener whose backlog is full leaves connecting unanswered. */
static void
test_connecting_has_a_deadline(void **state)
{
    char url[64];
    int fds[8], listener = listen_on_any_port(0, url, sizeof(url));
    struct sockaddr_in address;
    socklen_t len = sizeof(address);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &len), 0);
    for (size_t i = 0; i < PLX_COUNT(fds); i++) {
        fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        (void)!connect(fds[i], (struct sockaddr *)&address, sizeof(address));
    }
    struct plx_client *client = client_of(url, 50);
    expect_failure(client, "GET", PLX_E_TIMEOUT);
    plx_client_free(client);
    for (size_t i = 0; i < PLX_COUNT(fds); i++)
        close(fds[i]);
    close(listener);
}

static void
test_what_is_no_url_is_refused_with_the_mend(void **state)
{
    static const char *const urls[] = {
        "",
        "127.0.0.1:9900",
        "https://h:1",
        "http://",
        "http://:80",
        "http://h:",
        "http://h:0",
        "http://h:65536",
        "http://h:8x",
        "http://[::1",
        "http://[::1]x",
        "http://[]:1",
        "http://h:1/?q",
        "http://h:1/a b",
        "http://a b:1",
        "http://u@h:1",
        "http://h:1#f",
    };
    for (size_t i = 0; i < PLX_COUNT(urls); i++) {
        char error[200] = "";
        assert_null(plx_client_new(urls[i], 1, error, sizeof(error)));
        assert_non_null(strstr(error, "is not a URL like http://127.0.0.1:9900: "));
    }
    plx_client_free(client_of("http://[::1]:1/", 1));
    plx_client_free(client_of("HTTP://localhost", 1));
    plx_client_free(NULL);
}

static void
test_nothing_is_smuggled_into_a_request(void **state)
{
    static const char *const methods[] = {"", "GET /", "GE\r\nT"}, *const targets[] = {"", "x", "/a b", "/\r\n", "/#"};
    struct plx_client *client = client_of("http://127.0.0.1:1", 1);
    struct plx_client_answer answer;
    for (size_t i = 0; i < PLX_COUNT(methods); i++)
        assert_int_equal(plx_client_request(client, methods[i], "/", nothing, nothing, 1, &answer), PLX_E_ARGUMENT);
    for (size_t i = 0; i < PLX_COUNT(targets); i++)
        assert_int_equal(plx_client_request(client, "GET", targets[i], nothing, nothing, 1, &answer), PLX_E_ARGUMENT);
    plx_client_set_token(client, "a\r\nb");
    assert_int_equal(plx_client_request(client, "GET", "/", nothing, nothing, 1, &answer), PLX_E_ARGUMENT);
    plx_client_free(client);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_connection_is_kept),
        cmocka_unit_test(test_the_request_is_what_was_asked_for),
        cmocka_unit_test(test_interim_answers_are_read_over),
        cmocka_unit_test(test_an_answer_may_end_with_the_connection),
        cmocka_unit_test(test_a_connection_that_was_closed_is_opened_again),
        cmocka_unit_test(test_a_get_is_sent_again_when_a_kept_connection_breaks),
        cmocka_unit_test(test_it_is_sent_again_only_once),
        cmocka_unit_test(test_a_post_that_went_out_is_not_sent_again),
        cmocka_unit_test(test_an_answer_that_breaks_off_is_not_asked_for_again),
        cmocka_unit_test(test_a_silent_server_is_a_timeout),
        cmocka_unit_test(test_garbage_and_too_much_are_refused),
        cmocka_unit_test(test_what_follows_an_answer_is_not_the_next_one),
        cmocka_unit_test(test_an_early_answer_is_no_deadlock),
        cmocka_unit_test(test_nobody_there_is_said),
        cmocka_unit_test(test_connecting_has_a_deadline),
        cmocka_unit_test(test_what_is_no_url_is_refused_with_the_mend),
        cmocka_unit_test(test_nothing_is_smuggled_into_a_request),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
