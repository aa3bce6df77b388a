/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Heads on their way out. Headers keep their order and spelling: neighbours that go out as they came are copied as one
 * run of the received bytes, so that a head costs a few copies and not one for each header. Only a head that was read
 * by head.c can be written.
 *
 * What is the connection's own ends here (RFC 9110, 7.6.1), and framing is always said anew, from what was decided and
 * not from what the sender wrote.
 */
#include "traffic/http1/write.h"

#include "base/assert.h"
#include "base/slice.h"
#include "message/nocase.h"
#include "message/reason.h"
#include "traffic/http1/framing.h"
#include "traffic/http1/header_lines.h"
#include "traffic/http1/octets.h"

#define TEXT(buffer, literal) plx_buffer_append((buffer), "" literal, sizeof(literal) - 1)

/* A run of header lines that go out as they came. */
struct run {
    struct plx_buffer *out;
    const char *from, *to; /* NULL: none yet */
};

static void
run_flush(struct run *run)
{
    if (run->from)
        plx_buffer_append(run->out, run->from, (size_t)(run->to - run->from));
    run->from = NULL;
}

static void
run_keep(struct run *run, const struct plx_http1_head *head, size_t i)
{
    const char *line = head->message.headers[i].name.ptr;
    run->to = i + 1 < head->message.header_count ? head->message.headers[i + 1].name.ptr
                                                 : head->bytes.ptr + head->bytes.len - 2;
    if (!run->from)
        run->from = line;
}

static void
write_line(struct plx_buffer *out, const char *name, struct plx_slice value)
{
    plx_buffer_text(out, name);
    TEXT(out, ": ");
    plx_buffer_add(out, value);
    TEXT(out, "\r\n");
}

static void
write_field(struct plx_buffer *out, const struct plx_header *header)
{
    plx_buffer_add(out, header->name);
    TEXT(out, ": ");
    plx_buffer_add(out, header->value);
    TEXT(out, "\r\n");
}

static void
write_content_length(struct plx_buffer *out, uint64_t length)
{
    TEXT(out, "Content-Length: ");
    plx_buffer_number(out, length);
    TEXT(out, "\r\n");
}

/* Without the fields that are dropped from a trailer. */
static void
write_trailer_names(struct plx_buffer *out, struct plx_slice list)
{
    const char *separator = "Trailer: ";
    struct plx_slice name;

    while (plx_slice_list_next(&list, &name)) {
        if (plx_http_is_forbidden_in_trailer(name))
            continue;
        plx_buffer_text(out, separator);
        plx_buffer_add(out, name);
        separator = ", ";
    }
    if (separator[0] == ',')
        TEXT(out, "\r\n");
}

/* ---- Connection and what it announces ---- */

struct connection {
    bool upgrade, te, close, keep_alive;
};

static void
write_option(struct plx_buffer *out, bool wanted, const char *option, bool *first)
{
    if (!wanted)
        return;
    plx_buffer_text(out, *first ? "Connection: " : ", ");
    plx_buffer_text(out, option);
    *first = false;
}

static void
write_upgrade(struct plx_buffer *out, const struct plx_http1_head *head)
{
    const char *separator = "Upgrade: ";
    for (size_t i = 0; i < head->message.header_count; i++) {
        struct plx_slice list = head->message.headers[i].value, protocol;
        while (head->message.header_ids[i] == PLX_HEADER_UPGRADE && plx_slice_list_next(&list, &protocol)) {
            if (plx_http_upgrade_is_http2(protocol))
                continue;
            plx_buffer_text(out, separator);
            plx_buffer_add(out, protocol);
            separator = ", ";
        }
    }
    TEXT(out, "\r\n");
}

static void
write_connection(struct plx_buffer *out, const struct plx_http1_head *head, const struct connection *connection)
{
    bool first = true;
    write_option(out, connection->upgrade, "upgrade", &first);
    write_option(out, connection->te, "TE", &first);
    write_option(out, connection->close, "close", &first);
    write_option(out, connection->keep_alive, "keep-alive", &first);
    if (first)
        return;
    TEXT(out, "\r\n");
    if (connection->upgrade)
        write_upgrade(out, head);
    if (connection->te)
        TEXT(out, "TE: trailers\r\n");
}

/* ---- requests ---- */

/* What the client's headers have already said. */
struct said {
    bool length, forwarded_for, forwarded_proto, forwarded_host, te;
};

/* All lines of X-Forwarded-For as one, the client's address behind them. */
static void
write_forwarded_for(struct plx_buffer *out, const struct plx_http1_head *head, struct plx_slice address)
{
    const char *separator = "X-Forwarded-For: ";
    for (size_t i = 0; i < head->message.header_count; i++) {
        if (head->message.header_ids[i] != PLX_HEADER_X_FORWARDED_FOR || head->message.headers[i].value.len == 0)
            continue;
        plx_buffer_text(out, separator);
        plx_buffer_add(out, head->message.headers[i].value);
        separator = ", ";
    }
    if (address.len) {
        plx_buffer_text(out, separator);
        plx_buffer_add(out, address);
    } else if (separator[0] == 'X') {
        return; /* nothing to say */
    }
    TEXT(out, "\r\n");
}

static bool
te_has_trailers(struct plx_slice value)
{
    struct plx_slice element;
    while (plx_slice_list_next(&value, &element))
        if (PLX_HTTP_EQUAL(element, "trailers"))
            return true;
    return false;
}

/* Does the header go out as it came? */
static bool
passes(const struct plx_http1_head *head, size_t i, const struct plx_http_forward *forward)
{
    uint64_t left;

    if (head->header_hops[i])
        return false;
    switch ((enum plx_http_header_id)head->message.header_ids[i]) {
    case PLX_HEADER_OTHER:
        return true;
    case PLX_HEADER_POSER:
    case PLX_HEADER_PARALLAX_ROLE:
    case PLX_HEADER_PARALLAX_EXCHANGE:
    case PLX_HEADER_CONTENT_LENGTH:
    case PLX_HEADER_X_FORWARDED_FOR:
    case PLX_HEADER_TRAILER:
        return false;
    case PLX_HEADER_MAX_FORWARDS:
        return !plx_http_forwards_left(&head->message, &left);
    case PLX_HEADER_HOST: /* the authority of an absolute target wins (RFC 9112, 3.2.2) */
        return !forward->host.len && head->message.host.len &&
               head->message.host.ptr == head->message.headers[i].value.ptr;
    case PLX_HEADER_EXPECT: /* HTTP/1.0 knows no 100 (RFC 9110, 10.1.1) */
        return !forward->drop_expect && head->minor >= 1;
    default:
        return true;
    }
}

/* Servers answer 400 to an empty one. */
static void
write_host(struct plx_buffer *out, const struct plx_http1_head *head, const struct plx_http_forward *forward)
{
    struct plx_slice host = head->message.host.len ? head->message.host : forward->authority;

    write_line(out, "Host", forward->host.len ? forward->host : host);
}

#define FORWARDS_DIGITS_MAX 9u

bool
plx_http_forwards_left(const struct plx_http_head *head, uint64_t *left)
{
    struct plx_slice value = plx_http_header(head, PLX_HEADER_MAX_FORWARDS);
    uint64_t number = 0;

    if ((head->method_id != PLX_METHOD_OPTIONS && head->method_id != PLX_METHOD_TRACE) || value.len == 0 ||
        value.len > FORWARDS_DIGITS_MAX)
        return false;
    for (size_t i = 0; i < value.len; i++) {
        if (!plx_http_is(value.ptr[i], PLX_OCTET_DIGIT))
            return false;
        number = 10 * number + (uint64_t)(value.ptr[i] - '0');
    }
    *left = number;
    return true;
}

static void
write_forwards_left(struct plx_buffer *out, const struct plx_http_head *head)
{
    uint64_t left = 0;

    (void)plx_http_forwards_left(head, &left);
    TEXT(out, "Max-Forwards: ");
    plx_buffer_number(out, left ? left - 1 : 0);
    TEXT(out, "\r\n");
}

/* What goes out in the place of a header that does not pass, if anything does. */
static void
write_instead(struct plx_buffer *out, const struct plx_http1_head *head, size_t i,
              const struct plx_http_forward *forward, struct said *said)
{
    switch ((enum plx_http_header_id)head->message.header_ids[i]) {
    case PLX_HEADER_HOST:
        write_host(out, head, forward);
        break;
    case PLX_HEADER_CONTENT_LENGTH:
        if (forward->framing == PLX_FRAMING_LENGTH)
            write_content_length(out, forward->content_length);
        said->length = true;
        break;
    case PLX_HEADER_X_FORWARDED_FOR:
        if (!said->forwarded_for)
            write_forwarded_for(out, head, forward->client_address);
        said->forwarded_for = true;
        break;
    case PLX_HEADER_TRAILER:
        if (forward->framing == PLX_FRAMING_CHUNKED)
            write_trailer_names(out, head->message.headers[i].value);
        break;
    case PLX_HEADER_MAX_FORWARDS:
        write_forwards_left(out, &head->message);
        break;
    case PLX_HEADER_TE:
        said->te |= head->minor >= 1 && te_has_trailers(head->message.headers[i].value);
        break;
    default:
        break;
    }
}

/* What is changed of the client's fields is said by that alone. */
static struct said
said_by_changes(const struct plx_field_changes *fields)
{
    return (struct said){
        .forwarded_for = plx_field_changes_has(fields, plx_slice_of("X-Forwarded-For")),
        .forwarded_proto = plx_field_changes_has(fields, plx_slice_of("X-Forwarded-Proto")),
        .forwarded_host = plx_field_changes_has(fields, plx_slice_of("X-Forwarded-Host")),
    };
}

static void
write_set_fields(struct plx_buffer *out, const struct plx_field_changes *fields)
{
    for (size_t i = 0; i < fields->count; i++)
        if (fields->list[i].value)
            write_line(out, fields->list[i].name, plx_slice_of(fields->list[i].value));
}

static void
write_request_headers(struct plx_buffer *out, const struct plx_http1_head *head, const struct plx_http_forward *forward,
                      struct said *said)
{
    struct run run = {.out = out};
    for (size_t i = 0; i < head->message.header_count; i++) {
        if (forward->fields && plx_field_changes_has(forward->fields, head->message.headers[i].name)) {
            run_flush(&run);
        } else if (passes(head, i, forward)) {
            if (head->message.header_ids[i] == PLX_HEADER_X_FORWARDED_PROTO)
                said->forwarded_proto = true;
            else if (head->message.header_ids[i] == PLX_HEADER_X_FORWARDED_HOST)
                said->forwarded_host = true;
            run_keep(&run, head, i);
        } else {
            run_flush(&run);
            write_instead(out, head, i, forward, said);
        }
    }
    run_flush(&run);
}

void
plx_http_write_request(struct plx_buffer *out, const struct plx_http1_head *head,
                       const struct plx_http_forward *forward)
{
    struct said said = {false};
    if (forward->fields)
        said = said_by_changes(forward->fields);
    plx_buffer_add(out, head->message.method);
    TEXT(out, " ");
    plx_buffer_add(out, forward->target.len ? forward->target : head->message.path);
    TEXT(out, " HTTP/1.1\r\n");
    if (!plx_http_header(&head->message, PLX_HEADER_HOST).ptr) /* HTTP/1.0 may leave it out, what we speak may not */
        write_host(out, head, forward);
    write_request_headers(out, head, forward, &said);
    if (forward->fields)
        write_set_fields(out, forward->fields);
    if (forward->framing == PLX_FRAMING_LENGTH && !said.length)
        write_content_length(out, forward->content_length);
    if (forward->framing == PLX_FRAMING_CHUNKED)
        TEXT(out, "Transfer-Encoding: chunked\r\n");
    struct connection connection = {.upgrade = forward->upgrade && head->upgrade, .te = said.te};
    write_connection(out, head, &connection);
    if (!said.forwarded_for)
        write_forwarded_for(out, head, forward->client_address);
    if (!said.forwarded_proto && forward->scheme.len)
        write_line(out, "X-Forwarded-Proto", forward->scheme);
    if (!said.forwarded_host && head->message.host.len)
        write_line(out, "X-Forwarded-Host", head->message.host);
    if (forward->via)
        plx_buffer_text(out, head->minor ? "Via: 1.1 parallax\r\n" : "Via: 1.0 parallax\r\n");
    plx_http_write_marks(out, &(struct plx_http_marks){.role = forward->role, .exchange = forward->exchange});
}

void
plx_http_write_marks(struct plx_buffer *out, const struct plx_http_marks *marks)
{
    if (marks->role)
        write_line(out, "Parallax-Role", plx_slice_of(marks->role));
    if (marks->exchange.len)
        write_line(out, "Parallax-Exchange", marks->exchange);
    if (marks->recheck.len)
        write_line(out, "Parallax-Recheck", marks->recheck);
    TEXT(out, "\r\n");
}

/* No line of a client begins so: what it sent of Parallax-* was left out. */
struct plx_slice
plx_http_without_marks(struct plx_slice head)
{
    static const char first[] = "\r\nParallax-";
    const char *at = memmem(head.ptr, head.len, first, sizeof(first) - 1);

    PLX_ASSERT(head.len >= 4);
    return plx_slice_make(head.ptr, at ? (size_t)(at - head.ptr) + 2 : head.len - 2);
}

void
plx_http_write_trailer(struct plx_buffer *out, struct plx_slice lines, const struct plx_field_changes *fields)
{
    while (lines.len) {
        const char *end = memchr(lines.ptr, '\n', lines.len), *colon = memchr(lines.ptr, ':', lines.len);
        size_t len = end ? (size_t)(end - lines.ptr) + 1 : lines.len;
        if (!colon || !plx_field_changes_has(fields, plx_slice_make(lines.ptr, (size_t)(colon - lines.ptr))))
            plx_buffer_append(out, lines.ptr, len);
        lines = plx_slice_make(lines.ptr + len, lines.len - len);
    }
}

/* ---- answers ---- */

static void
write_status_line(struct plx_buffer *out, int status, struct plx_slice reason)
{
    char line[] = "HTTP/1.1 000 ";
    PLX_ASSERT(status >= 100 && status <= 999);
    line[9] = (char)('0' + status / 100);
    line[10] = (char)('0' + status / 10 % 10);
    line[11] = (char)('0' + status % 10);
    plx_buffer_append(out, line, sizeof(line) - 1);
    plx_buffer_add(out, reason);
    TEXT(out, "\r\n");
}

/* Does the Content-Length of the head stay? With no body it is what a GET would have had, but never for 1xx and 204
 * (RFC 9110, 8.6). */
static bool
keeps_length(const struct plx_http1_head *head, enum plx_http_framing framing)
{
    if (framing == PLX_FRAMING_NONE)
        return head->message.status >= 200 && head->message.status != 204;
    return framing == PLX_FRAMING_LENGTH;
}

/* A value that was put in the place of the one that came lies elsewhere. */
static bool
is_replaced(const struct plx_http1_head *head, size_t i)
{
    uintptr_t at = (uintptr_t)head->message.headers[i].value.ptr, from = (uintptr_t)head->bytes.ptr;

    return at < from || at > from + head->bytes.len;
}

/* The answer to HEAD announces what the one to GET would. */
static bool
has_trailer(enum plx_http_framing framing)
{
    return framing == PLX_FRAMING_CHUNKED || framing == PLX_FRAMING_NONE;
}

static void
write_answer_headers(struct plx_buffer *out, const struct plx_http1_head *head, const struct plx_http_reply *reply)
{
    struct run run = {.out = out};
    bool dated = head->message.status < 200 || reply->date.len == 0;
    for (size_t i = 0; i < head->message.header_count; i++) {
        enum plx_http_header_id id = (enum plx_http_header_id)head->message.header_ids[i];
        bool replaced = is_replaced(head, i);
        bool rewritten = replaced || id == PLX_HEADER_CONTENT_LENGTH || id == PLX_HEADER_TRAILER;
        dated |= id == PLX_HEADER_DATE;
        if (!rewritten && !head->header_hops[i]) {
            run_keep(&run, head, i);
            continue;
        }
        run_flush(&run);
        if (id == PLX_HEADER_CONTENT_LENGTH && keeps_length(head, reply->framing))
            write_content_length(out, head->content_length);
        else if (id == PLX_HEADER_TRAILER && has_trailer(reply->framing))
            write_trailer_names(out, head->message.headers[i].value);
        else if (replaced && !head->header_hops[i])
            write_field(out, &head->message.headers[i]);
    }
    run_flush(&run);
    if (!dated)
        write_line(out, "Date", reply->date);
}

void
plx_http_write_response(struct plx_buffer *out, const struct plx_http1_head *head, const struct plx_http_reply *reply)
{
    enum plx_http_framing framing = reply->framing;
    bool interim = head->message.status < 200, keep_alive = reply->keep_alive && framing != PLX_FRAMING_CLOSE;
    PLX_ASSERT(framing != PLX_FRAMING_LENGTH || head->framing == PLX_FRAMING_LENGTH);
    write_status_line(out, head->message.status, head->reason);
    write_answer_headers(out, head, reply);
    if (framing == PLX_FRAMING_CHUNKED)
        TEXT(out, "Transfer-Encoding: chunked\r\n");
    struct connection connection = {
        .upgrade = (head->message.status == 101 || head->message.status == 426) && head->upgrade,
        .close = !keep_alive && !interim,
        .keep_alive = keep_alive && reply->client_minor == 0 && !interim,
    };
    write_connection(out, head, &connection);
    TEXT(out, "\r\n");
}

void
plx_http_write_simple(struct plx_buffer *out, int status, struct plx_slice content_type, struct plx_slice extra_headers,
                      struct plx_slice body, bool head_only, bool keep_alive)
{
    write_status_line(out, status, plx_slice_of(plx_http_reason(status)));
    write_line(out, "Content-Type", content_type.len ? content_type : plx_slice_of("text/plain; charset=utf-8"));
    write_content_length(out, body.len);
    plx_buffer_add(out, extra_headers);
    write_line(out, "Connection", plx_slice_of(keep_alive ? "keep-alive" : "close"));
    TEXT(out, "\r\n");
    if (!head_only)
        plx_buffer_add(out, body);
}

void
plx_http_write_own_head(struct plx_buffer *out, int status, struct plx_slice lines, uint64_t length,
                        struct plx_slice date, bool keep_alive)
{
    write_status_line(out, status, plx_slice_of(plx_http_reason(status)));
    plx_buffer_add(out, lines);
    if (status != 204)
        write_content_length(out, length);
    write_line(out, "Date", date);
    write_line(out, "Connection", plx_slice_of(keep_alive ? "keep-alive" : "close"));
    TEXT(out, "\r\n");
}
