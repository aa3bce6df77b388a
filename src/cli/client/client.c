/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The small blocking client. Its sockets do not block, though: every wait is a poll() up to the request's deadline, and
 * reading goes on while a request is still being sent, so that a server that answers early and one that answers much
 * are no deadlock.
 *
 * The one hard thing is a kept connection that the server closes just now: the request may or may not have been worked
 * on. It is sent again, once, on a new connection where no byte of an answer has come and either the method may be
 * repeated (RFC 9110, 9.2.2) or the request had not gone out whole. Looking up the host's name is getaddrinfo()'s and
 * has its own time-outs.
 */
#include "cli/client/client.h"

#include "base/clock.h"
#include "base/slice.h"
#include "traffic/http1/framing.h"
#include "traffic/http1/head.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define READ_BYTES        (16u * 1024)
#define REQUEST_BYTES_MAX (64u * 1024 * 1024) /* head and body of a request */

struct plx_client {
    char *host, *port; /* to look up */
    char *authority;   /* for Host */
    char *prefix;      /* of every target, without a slash at its end */
    char *token;       /* or NULL */
    bool token_lost;   /* there was no memory for it */
    uint32_t timeout_ms;
    int fd; /* -1: not connected */
    struct plx_buffer out, in, body;
};

/* One request on one connection. */
struct attempt {
    struct plx_client *client;
    uint64_t deadline_ms;
    enum plx_http_method method;
    size_t sent, scanned;
    size_t body_max;
    bool cannot_send; /* the server reads no more */
    bool answered;    /* a byte of an answer has come */
    bool head_read, keep_alive;
    int status;
    struct plx_http_body body;
};

/* Waits for events or the deadline. PLX_OK: revents are set. */
static enum plx_status
wait_for(int fd, short events, uint64_t deadline_ms, short *revents)
{
    for (;;) {
        uint64_t now = plx_monotonic_ms();
        if (now >= deadline_ms)
            return PLX_E_TIMEOUT;
        struct pollfd ready = {.fd = fd, .events = events};
        int count = poll(&ready, 1, deadline_ms - now > 60000 ? 60000 : (int)(deadline_ms - now));
        if (count > 0) {
            *revents = ready.revents;
            return PLX_OK;
        }
        if (count < 0 && errno != EINTR)
            return PLX_E_MEMORY; /* the only way left for it to fail */
    }
}

/* ---- the URL ---- */

static char *
copy_of(struct plx_slice slice)
{
    return strndup(slice.ptr ? slice.ptr : "", slice.len);
}

/* Takes "HOST[:PORT]" apart; false where it is none. */
static bool
split_authority(struct plx_slice authority, struct plx_slice *host, struct plx_slice *port)
{
    const char *end = authority.ptr + authority.len, *colon = NULL;
    *host = authority;
    *port = plx_slice_of("80");
    if (authority.len && authority.ptr[0] == '[') {
        const char *bracket = memchr(authority.ptr, ']', authority.len);
        if (!bracket || (bracket + 1 < end && bracket[1] != ':'))
            return false;
        *host = plx_slice_make(authority.ptr + 1, (size_t)(bracket - authority.ptr - 1));
        colon = bracket + 1 < end ? bracket + 1 : NULL;
    } else {
        colon = memchr(authority.ptr, ':', authority.len);
        if (colon)
            host->len = (size_t)(colon - authority.ptr);
    }
    if (colon)
        *port = plx_slice_make(colon + 1, (size_t)(end - colon - 1));
    for (size_t i = 0; i < host->len; i++)
        if ((unsigned char)host->ptr[i] <= ' ' || host->ptr[i] == '@' || host->ptr[i] == 0x7f)
            return false;
    return host->len > 0;
}

static bool
is_port(struct plx_slice port)
{
    unsigned number = 0;
    if (port.len == 0 || port.len > 5)
        return false;
    for (size_t i = 0; i < port.len; i++) {
        if (port.ptr[i] < '0' || port.ptr[i] > '9')
            return false;
        number = number * 10 + (unsigned)(port.ptr[i] - '0');
    }
    return number > 0 && number <= 65535;
}

static bool
is_visible(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text <= ' ' || (unsigned char)*text >= 0x7f)
            return false;
    return true;
}

static bool
is_target(const char *text)
{
    return is_visible(text) && !strchr(text, '#');
}

/* Why the URL is refused, or NULL; fills the client's parts (NULL ones: no memory). */
static const char *
read_url(struct plx_client *client, const char *url)
{
    struct plx_slice host, port;
    if (strncasecmp(url, "https://", 8) == 0)
        return "only http:// is spoken here";
    if (strncasecmp(url, "http://", 7) != 0)
        return "it does not begin with http://";
    const char *from = url + 7, *path = from + strcspn(from, "/?#");
    struct plx_slice authority = plx_slice_make(from, (size_t)(path - from));
    if (!split_authority(authority, &host, &port))
        return "it has no host";
    if (!is_port(port))
        return "its port is not a number from 1 to 65535";
    size_t len = strlen(path);
    if (strchr(path, '?') || !is_target(path))
        return "its path holds something that is no path";
    while (len && path[len - 1] == '/')
        len--;
    client->authority = copy_of(authority);
    client->host = copy_of(host);
    client->port = copy_of(port);
    client->prefix = copy_of(plx_slice_make(path, len));
    return NULL;
}

struct plx_client *
plx_client_new(const char *url, uint32_t timeout_ms, char *error, size_t size)
{
    struct plx_client *client = calloc(1, sizeof(*client));
    if (!client) {
        snprintf(error, size, "%s", plx_status_text(PLX_E_MEMORY));
        return NULL;
    }
    client->fd = -1;
    client->timeout_ms = timeout_ms;
    plx_buffer_init(&client->out, REQUEST_BYTES_MAX);
    plx_buffer_init(&client->in, PLX_HTTP_HEAD_MAX + READ_BYTES);
    plx_buffer_init(&client->body, 0);
    const char *fault = read_url(client, url);
    if (fault)
        snprintf(error, size, "%s is not a URL like http://127.0.0.1:9900: %s", url, fault);
    else if (!client->authority || !client->host || !client->port || !client->prefix)
        snprintf(error, size, "%s", plx_status_text(PLX_E_MEMORY));
    else
        return client;
    plx_client_free(client);
    return NULL;
}

static void
disconnect(struct plx_client *client)
{
    if (client->fd >= 0)
        close(client->fd);
    client->fd = -1;
}

void
plx_client_free(struct plx_client *client)
{
    if (!client)
        return;
    disconnect(client);
    plx_buffer_fini(&client->out);
    plx_buffer_fini(&client->in);
    plx_buffer_fini(&client->body);
    free(client->host);
    free(client->port);
    free(client->authority);
    free(client->prefix);
    free(client->token);
    free(client);
}

bool
plx_client_set_host(struct plx_client *client, const char *host)
{
    char *copy = strdup(host);

    if (copy) {
        free(client->authority);
        client->authority = copy;
    }
    return copy;
}

void
plx_client_set_token(struct plx_client *client, const char *token)
{
    free(client->token);
    client->token = token ? strdup(token) : NULL;
    client->token_lost = token && !client->token;
}

/* ---- connecting ---- */

static enum plx_status
connect_to(const struct addrinfo *address, uint64_t deadline_ms, int *connected)
{
    int fd = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, address->ai_protocol);
    if (fd < 0)
        return PLX_E_CONNECT;
    enum plx_status status = PLX_OK;
    short revents;
    if (connect(fd, address->ai_addr, address->ai_addrlen) < 0) {
        status = errno == EINPROGRESS ? wait_for(fd, POLLOUT, deadline_ms, &revents) : PLX_E_CONNECT;
        int failure = 0;
        socklen_t len = sizeof(failure);
        if (status == PLX_OK && (getsockopt(fd, SOL_SOCKET, SO_ERROR, &failure, &len) < 0 || failure))
            status = PLX_E_CONNECT;
    }
    if (status != PLX_OK) {
        close(fd);
        return status;
    }
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    *connected = fd;
    return PLX_OK;
}

static enum plx_status
connect_client(struct plx_client *client, uint64_t deadline_ms)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *addresses = NULL;
    enum plx_status status = PLX_E_CONNECT;
    if (getaddrinfo(client->host, client->port, &hints, &addresses) != 0)
        return PLX_E_CONNECT;
    for (const struct addrinfo *a = addresses; a && status == PLX_E_CONNECT; a = a->ai_next)
        status = connect_to(a, deadline_ms, &client->fd);
    freeaddrinfo(addresses);
    return status;
}

/* A kept connection from which there is something to read now, its end or what nobody has asked for, is of no use. */
static bool
is_usable(int fd)
{
    char byte;
    return fd >= 0 && recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

/* ---- one request, one answer ---- */

static enum plx_status
write_request(struct plx_client *client, const char *method, const char *target, struct plx_slice headers,
              struct plx_slice body)
{
    struct plx_buffer *out = &client->out;
    if (!plx_slice_is_token(plx_slice_of(method)) || target[0] != '/' || !is_target(target) ||
        (client->token && !is_visible(client->token)))
        return PLX_E_ARGUMENT;
    if (client->token_lost)
        return PLX_E_MEMORY;
    if (body.len > REQUEST_BYTES_MAX - PLX_HTTP_HEAD_MAX)
        return PLX_E_LIMIT;
    plx_buffer_clear(out);
    plx_buffer_format(out, "%s %s%s HTTP/1.1\r\nHost: %s\r\nUser-Agent: parallax/" PLX_VERSION "\r\n", method,
                      client->prefix, target, client->authority);
    if (client->token)
        plx_buffer_format(out, "Authorization: Bearer %s\r\n", client->token);
    if (body.len || strcmp(method, "POST") == 0 || strcmp(method, "PUT") == 0 || strcmp(method, "PATCH") == 0)
        plx_buffer_format(out, "Content-Length: %zu\r\n", body.len);
    plx_buffer_add(out, headers);
    plx_buffer_text(out, "\r\n");
    plx_buffer_add(out, body);
    return out->failed ? PLX_E_MEMORY : PLX_OK;
}

static void
send_more(struct attempt *a)
{
    const struct plx_buffer *out = &a->client->out;
    while (a->sent < out->len) {
        ssize_t sent = send(a->client->fd, out->ptr + a->sent, out->len - a->sent, MSG_NOSIGNAL);
        if (sent >= 0) {
            a->sent += (size_t)sent;
        } else if (errno != EINTR) {
            a->cannot_send = errno != EAGAIN && errno != EWOULDBLOCK; /* there may still be an answer to read */
            return;
        }
    }
}

/* Reads the head out of what has come; interim answers are read over. PLX_OK: head_read. */
static enum plx_status
read_head(struct attempt *a)
{
    struct plx_buffer *in = &a->client->in;
    struct plx_http1_head head;
    struct plx_http_error error;
    for (;;) {
        enum plx_status status = plx_http_read_response(plx_buffer_slice(in), &a->scanned, a->method, &head, &error);
        if (status != PLX_OK)
            return status;
        size_t len = head.bytes.len;
        a->scanned = 0;
        plx_buffer_drop(in, len);
        if (head.message.status >= 200)
            break;
        if (head.message.status == 101)
            return PLX_E_PROTOCOL; /* nobody has asked for it */
    }
    a->head_read = true;
    a->status = head.message.status;
    a->keep_alive = head.keep_alive;
    plx_http_body_init(&a->body, head.framing, head.content_length);
    return PLX_OK;
}

/* PLX_DONE: the answer is whole. */
static enum plx_status
read_body(struct attempt *a)
{
    struct plx_buffer *in = &a->client->in, *body = &a->client->body;
    struct plx_slice input = plx_buffer_slice(in), data;
    enum plx_status status;
    do {
        status = plx_http_body_read(&a->body, &input, &data);
        if (data.len > a->body_max - body->len)
            return PLX_E_LIMIT;
        plx_buffer_add(body, data);
    } while (status == PLX_OK);
    plx_buffer_drop(in, in->len - input.len);
    return body->failed ? PLX_E_MEMORY : status;
}

static enum plx_status
receive(struct attempt *a)
{
    struct plx_buffer *in = &a->client->in;
    if (!plx_buffer_reserve(in, READ_BYTES))
        return PLX_E_MEMORY;
    ssize_t len = recv(a->client->fd, in->ptr + in->len, READ_BYTES, 0);
    if (len < 0)
        return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? PLX_AGAIN : PLX_E_RESET;
    if (len == 0)
        return a->head_read ? plx_http_body_eof(&a->body) : PLX_E_RESET;
    in->len += (size_t)len;
    a->answered = true;
    enum plx_status status = a->head_read ? PLX_OK : read_head(a);
    return status == PLX_OK ? read_body(a) : status;
}

/* PLX_DONE: the answer is whole. */
static enum plx_status
exchange(struct attempt *a)
{
    enum plx_status status = PLX_AGAIN;
    send_more(a);
    while (status == PLX_AGAIN) {
        bool sending = a->sent < a->client->out.len && !a->cannot_send;
        short revents = 0;
        status = wait_for(a->client->fd, sending ? POLLIN | POLLOUT : POLLIN, a->deadline_ms, &revents);
        if (status != PLX_OK)
            return status;
        status = PLX_AGAIN;
        if (sending && (revents & POLLOUT))
            send_more(a);
        if (revents & ~POLLOUT)
            status = receive(a);
    }
    return status;
}

/* One request on the client's connection, or on a new one. *again: it may be sent once more. */
static enum plx_status
try_once(struct attempt *a, bool may_repeat, bool *again)
{
    struct plx_client *client = a->client;
    *again = false;
    if (!is_usable(client->fd))
        disconnect(client);
    bool kept = client->fd >= 0;
    if (!kept) {
        enum plx_status status = connect_client(client, a->deadline_ms);
        if (status != PLX_OK)
            return status;
    }
    plx_buffer_clear(&client->in);
    plx_buffer_clear(&client->body);
    client->body.max = a->body_max;
    enum plx_status status = exchange(a);
    bool whole = a->sent == client->out.len;
    if (status != PLX_DONE || !a->keep_alive || !whole || client->in.len)
        disconnect(client);
    if (a->head_read)
        plx_http_body_fini(&a->body);
    *again = status == PLX_E_RESET && kept && !a->answered && (may_repeat || !whole);
    return status == PLX_DONE ? PLX_OK : status;
}

static bool
is_idempotent(const char *method)
{
    static const char *const methods[] = {"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"};
    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
        if (strcmp(method, methods[i]) == 0)
            return true;
    return false;
}

enum plx_status
plx_client_request(struct plx_client *client, const char *method, const char *target, struct plx_slice headers,
                   struct plx_slice body, size_t body_max, struct plx_client_answer *answer)
{
    bool again = true;
    enum plx_status status = write_request(client, method, target, headers, body);
    uint64_t deadline_ms = plx_monotonic_ms() + client->timeout_ms;
    if (status != PLX_OK)
        return status;
    while (again) { /* at most twice: the second connection is a new one */
        struct attempt a = {
            .client = client,
            .deadline_ms = deadline_ms,
            .method = strcmp(method, "HEAD") == 0 ? PLX_METHOD_HEAD : PLX_METHOD_GET,
            .body_max = body_max,
        };
        status = try_once(&a, is_idempotent(method), &again);
        if (status == PLX_OK) {
            answer->status = a.status;
            answer->body = plx_buffer_slice(&client->body);
        }
    }
    return status;
}
