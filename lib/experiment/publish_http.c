/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines posted to the admin side of a running `parallax run`. One request a batch on a connection of its own, with
 * blocking calls and a timeout: it is the publisher's thread that waits. What could not be sent is kept; of what was
 * sent and not answered nobody knows, so that it is given up rather than counted twice.
 */
#include "base/alloc.h"
#include "experiment/publisher.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define HOST_MAX   256u
#define PORT_MAX   8u
#define TOKEN_MAX  512u
#define HEAD_MAX   1536u
#define ANSWER_MAX 2048u
#define PORT       "9900"

struct http_way {
    const struct plx_allocator *allocator;
    uint32_t timeout_ms;
    char host[HOST_MAX], port[PORT_MAX], token[TOKEN_MAX];
    bool bracketed; /* an IPv6 address */
};

/* ---- the URL ---- */

static bool
take(char *into, size_t size, const char *from, size_t len)
{
    if (len == 0 || len >= size)
        return false;
    memcpy(into, from, len);
    into[len] = '\0';
    return true;
}

/* http://HOST[:PORT][/] */
static bool
read_url(struct http_way *way, const char *url)
{
    const char *end, *colon;

    if (!url || strncmp(url, "http://", 7) != 0)
        return false;
    url += 7;
    end = url + strcspn(url, "/");
    if (end[0] == '/' && end[1] != '\0')
        return false;
    way->bracketed = url[0] == '[';
    if (way->bracketed) {
        const char *close = memchr(url, ']', (size_t)(end - url));
        if (!close || !take(way->host, HOST_MAX, url + 1, (size_t)(close - url - 1)))
            return false;
        colon = close + 1;
        if (colon != end && *colon != ':')
            return false;
    } else {
        colon = memchr(url, ':', (size_t)(end - url));
        colon = colon ? colon : end;
        if (!take(way->host, HOST_MAX, url, (size_t)(colon - url)))
            return false;
    }
    if (colon == end)
        return take(way->port, PORT_MAX, PORT, strlen(PORT));
    return take(way->port, PORT_MAX, colon + 1, (size_t)(end - colon - 1)) &&
           strspn(way->port, "0123456789") == strlen(way->port);
}

/* What would end the header early is no token. */
static bool
read_token(struct http_way *way, const char *token)
{
    if (!token)
        return true;
    for (const char *c = token; *c; c++)
        if ((unsigned char)*c <= ' ' || (unsigned char)*c == 127)
            return false;
    return take(way->token, TOKEN_MAX, token, strlen(token));
}

/* ---- a request ---- */

static int
connect_to(const struct http_way *way)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found = NULL;
    struct timeval timeout = {.tv_sec = way->timeout_ms / 1000, .tv_usec = way->timeout_ms % 1000 * 1000};
    int connection = -1;

    if (getaddrinfo(way->host, way->port, &hints, &found) != 0)
        return -1;
    for (const struct addrinfo *at = found; at && connection < 0; at = at->ai_next) {
        connection = socket(at->ai_family, at->ai_socktype | SOCK_CLOEXEC, at->ai_protocol);
        if (connection < 0)
            continue;
        setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout)); /* of connecting too */
        setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
        if (connect(connection, at->ai_addr, at->ai_addrlen) != 0) {
            close(connection);
            connection = -1;
        }
    }
    freeaddrinfo(found);
    return connection;
}

static bool
send_all(int connection, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t sent = send(connection, bytes, len, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0)
            return false;
        bytes += sent;
        len -= (size_t)sent;
    }
    return true;
}

/* How many lines the server says to have taken: its answer begins with {"taken":N, as `parallax run` has it. */
static bool
read_taken(const char *answer, uint64_t *taken)
{
    static const char key[] = "\r\n\r\n{\"taken\":";
    const char *body = strstr(answer, "\r\n\r\n");
    char *end = NULL;

    if (!body || strncmp(body, key, sizeof(key) - 1) != 0)
        return false;
    *taken = strtoull(body + sizeof(key) - 1, &end, 10);
    return *end == ',' || *end == '}'; /* else the number may go on */
}

/* The status; 0: there was no answer. *taken stays as it is where the server does not say. */
static int
read_answer(int connection, uint64_t *taken)
{
    char answer[ANSWER_MAX];
    size_t have = 0;

    do {
        ssize_t got = recv(connection, answer + have, sizeof(answer) - 1 - have, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        have += (size_t)got;
        answer[have] = '\0';
    } while (have < sizeof(answer) - 1 && !read_taken(answer, taken));
    if (have < 12 || strncmp(answer, "HTTP/1.", 7) != 0)
        return 0;
    return atoi(answer + 9);
}

static enum plx_status
post(const struct http_way *way, int connection, struct plx_slice lines, uint64_t *lines_out)
{
    char head[HEAD_MAX];
    int len = snprintf(head, sizeof(head),
                       "POST /api/v1/experiments HTTP/1.1\r\nHost: %s%s%s:%s\r\nContent-Type: application/x-ndjson\r\n"
                       "Content-Length: %zu\r\n%s%s%sConnection: close\r\n\r\n",
                       way->bracketed ? "[" : "", way->host, way->bracketed ? "]" : "", way->port, lines.len,
                       way->token[0] ? "Authorization: Bearer " : "", way->token, way->token[0] ? "\r\n" : "");
    int status;

    /* Half a request is none: the server takes a body only when it is whole. */
    if (!send_all(connection, head, (size_t)len) || !send_all(connection, lines.ptr, lines.len))
        return PLX_AGAIN;
    uint64_t taken = UINT64_MAX;
    status = read_answer(connection, &taken);
    if (status >= 200 && status < 300) {
        *lines_out = taken;
        return PLX_OK;
    }
    return status == 429 || status == 503 ? PLX_AGAIN : PLX_E_IO;
}

static enum plx_status
send_lines(void *context, struct plx_slice lines, uint64_t *lines_out)
{
    const struct http_way *way = context;
    int connection = connect_to(way);
    enum plx_status status;

    if (connection < 0)
        return PLX_AGAIN;
    status = post(way, connection, lines, lines_out);
    close(connection);
    return status;
}

static void
close_way(void *context)
{
    struct http_way *way = context;

    plx_release(way->allocator, way, sizeof(*way));
}

struct plx_publisher *
plx_publisher_http(const char *url, const char *token, const struct plx_publisher_limits *limits,
                   const struct plx_allocator *allocator)
{
    struct plx_publisher_limits all = plx_publisher_limits_of(limits);
    struct http_way *way = plx_alloc(allocator, sizeof(*way));

    if (!way) {
        errno = ENOMEM;
        return NULL;
    }
    memset(way, 0, sizeof(*way));
    way->allocator = allocator;
    way->timeout_ms = all.timeout_ms;
    if (!read_url(way, url) || !read_token(way, token)) {
        close_way(way);
        errno = EINVAL;
        return NULL;
    }
    return plx_publisher_new(
        &(struct plx_way_out){.send = send_lines, .bytes_max = PLX_POST_BYTES_MAX, .close = close_way, .way = way},
        &all, allocator);
}
