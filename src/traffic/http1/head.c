/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Heads: the request line, the status line, and what is asked of a whole head. The header lines are read in
 * header_lines.c, the end of the head is found in scan.c. Nothing here allocates, and a head's arrays are never
 * cleared: only what is counted is set.
 */
#include "traffic/http1/head.h"

#include "message/nocase.h"
#include "traffic/http1/header_lines.h"
#include "traffic/http1/octets.h"
#include "traffic/http1/scan.h"

#define LITERAL(text) plx_slice_make(text, sizeof(text) - 1)

/* "HTTP/1.x" at ptr; *minor. 0, or the status to answer with. */
static int
read_version(const char *ptr, const char *end, int *minor)
{
    if (end - ptr != 8 || memcmp(ptr, "HTTP/", 5) != 0 || ptr[6] != '.' || !plx_http_is(ptr[5], PLX_OCTET_DIGIT) ||
        !plx_http_is(ptr[7], PLX_OCTET_DIGIT))
        return 400;
    if (ptr[5] != '1')
        return 505;
    *minor = ptr[7] != '0';
    return 0;
}

/* "?query" behind a host: its path is "/" (RFC 9110, 4.2.3). */
static const char *
read_bare_query(struct plx_http1_head *head, struct plx_slice query)
{
    if (query.len > PLX_HTTP_BARE_QUERY_MAX)
        return "the target has no path, and its query is too long for that";
    head->bare_query[0] = '/';
    memcpy(head->bare_query + 1, query.ptr, query.len);
    head->message.path = plx_slice_make(head->bare_query, 1 + query.len);
    return NULL;
}

/* "http://host:port/path?query": sets path and host. NULL, or why it is refused. */
static const char *
read_absolute(struct plx_http1_head *head, size_t scheme_len, struct plx_slice *host)
{
    const char *from = head->message.target.ptr + scheme_len,
               *end = head->message.target.ptr + head->message.target.len, *ptr = from;
    while (ptr < end && *ptr != '/' && *ptr != '?')
        ptr++;
    *host = plx_slice_make(from, (size_t)(ptr - from));
    if (!plx_http_is_authority(*host, false))
        return "the target's host is not a host with an optional port";
    if (ptr < end && *ptr == '?')
        return read_bare_query(head, plx_slice_make(ptr, (size_t)(end - ptr)));
    if (ptr < end)
        head->message.path = plx_slice_make(ptr, (size_t)(end - ptr));
    else /* RFC 9112, 3.2.4 */
        head->message.path = head->message.method_id == PLX_METHOD_OPTIONS ? LITERAL("*") : LITERAL("/");
    return NULL;
}

static const char *
read_target(struct plx_http1_head *head, struct plx_slice *host)
{
    struct plx_slice target = head->message.target;
    *host = plx_slice_make(NULL, 0);
    head->message.path = target;
    if (target.ptr[0] == '/')
        return NULL;
    if (target.len == 1 && target.ptr[0] == '*' && head->message.method_id == PLX_METHOD_OPTIONS)
        return NULL;
    if (PLX_HTTP_BEGINS(target, "http://"))
        return read_absolute(head, 7, host);
    if (PLX_HTTP_BEGINS(target, "https://"))
        return read_absolute(head, 8, host);
    return "the target is neither a path nor an http URL";
}

/* "METHOD target HTTP/1.1" up to cr; *host where the target names one. */
static enum plx_status
read_request_line(const char *ptr, const char *cr, struct plx_http1_head *head, struct plx_slice *host,
                  struct plx_http_error *error)
{
    const char *method = ptr;
    while (ptr < cr && plx_http_is(*ptr, PLX_OCTET_TOKEN))
        ptr++;
    if (ptr == method || ptr == cr || *ptr != ' ')
        return plx_http_refuse(error, PLX_E_PROTOCOL, 400, "the request line does not begin with a method");
    head->message.method = plx_slice_make(method, (size_t)(ptr - method));
    head->message.method_id = plx_http_method_of(head->message.method);
    const char *target = ++ptr;
    while (ptr < cr && plx_http_is(*ptr, PLX_OCTET_TARGET))
        ptr++;
    if (ptr < cr && *ptr != ' ') {
        (void)!plx_http_refuse(error, PLX_E_PROTOCOL, 400, "the target holds a character that is not allowed there");
        error->octet = (unsigned char)*ptr;
        return PLX_E_PROTOCOL;
    }
    if (ptr == target || ptr == cr)
        return plx_http_refuse(error, PLX_E_PROTOCOL, 400, "the request line has no target or no version");
    head->message.target = plx_slice_make(target, (size_t)(ptr - target));
    int answer = read_version(ptr + 1, cr, &head->minor);
    if (answer)
        return plx_http_refuse(error, PLX_E_PROTOCOL, answer,
                               answer == 505 ? "only HTTP/1.0 and HTTP/1.1 are spoken here"
                                             : "the request line does not end in a version");
    if (head->message.method_id == PLX_METHOD_CONNECT)
        return plx_http_refuse(error, PLX_E_PROTOCOL, 501, "CONNECT is for forward proxies");
    const char *fault = read_target(head, host);
    return fault ? plx_http_refuse(error, PLX_E_PROTOCOL, 400, fault) : PLX_OK;
}

/* "HTTP/1.1 200 OK" up to cr; the reason may be missing, with or without its space. */
static const char *
read_status_line(const char *ptr, const char *cr, struct plx_http1_head *head)
{
    const char *version_end = cr - ptr >= 8 ? ptr + 8 : cr;
    int answer = read_version(ptr, version_end, &head->minor);
    if (answer)
        return answer == 505 ? "the answer is not HTTP/1.0 or HTTP/1.1" : "the answer does not begin with a version";
    ptr = version_end;
    if (cr - ptr < 4 || *ptr != ' ' || ptr[1] == '0' || !plx_http_is(ptr[1], PLX_OCTET_DIGIT) ||
        !plx_http_is(ptr[2], PLX_OCTET_DIGIT) || !plx_http_is(ptr[3], PLX_OCTET_DIGIT))
        return "the status is not a number from 100 to 999";
    head->message.status = (ptr[1] - '0') * 100 + (ptr[2] - '0') * 10 + (ptr[3] - '0');
    ptr += 4;
    if (ptr < cr && *ptr++ != ' ')
        return "the status is not a number from 100 to 999";
    if (plx_http_scan_value(ptr, cr) != cr)
        return "the reason holds a control character";
    head->reason = plx_slice_make(ptr, (size_t)(cr - ptr));
    return NULL;
}

/* The end of the head that begins at bytes[from]. A head's limit counts from the beginning of bytes. */
static enum plx_status
find_end(struct plx_slice bytes, size_t from, size_t *scanned, size_t *end, struct plx_http_error *error)
{
    struct plx_slice window = plx_slice_make(bytes.ptr, bytes.len < PLX_HTTP_HEAD_MAX ? bytes.len : PLX_HTTP_HEAD_MAX);
    enum plx_status status = plx_http_scan_head(window, from, scanned, end);
    if (status == PLX_E_SYNTAX)
        return plx_http_refuse(error, PLX_E_PROTOCOL, 400, "a line ends in something else than CR LF");
    if (status != PLX_AGAIN || window.len < PLX_HTTP_HEAD_MAX)
        return status;
    if (memchr(window.ptr + from, '\n', window.len - from))
        return plx_http_refuse(error, PLX_E_LIMIT, 431, "the head is too long");
    return plx_http_refuse(error, PLX_E_LIMIT, 414, "the first line is too long");
}

enum plx_status
plx_http_read_request(struct plx_slice bytes, size_t *scanned, struct plx_http1_head *head,
                      struct plx_http_error *error)
{
    size_t from = 0, end = 0;
    if (bytes.len == 0 || (bytes.len == 1 && bytes.ptr[0] == '\r'))
        return PLX_AGAIN;
    if (bytes.ptr[0] == '\r' && bytes.ptr[1] == '\n')
        from = 2;
    if (bytes.len == from)
        return PLX_AGAIN;
    /* What can't be a request (TLS, to begin with) is not waited for. */
    if (!plx_http_is(bytes.ptr[from], PLX_OCTET_TOKEN))
        return plx_http_refuse(error, PLX_E_PROTOCOL, 400, "the request line does not begin with a method");
    enum plx_status status = find_end(bytes, from, scanned, &end, error);
    if (status != PLX_OK)
        return status;
    head->bytes = plx_slice_make(bytes.ptr, end);
    head->reason = plx_slice_make(NULL, 0);
    head->message.status = 0;
    const char *line = bytes.ptr + from, *cr = memchr(line, '\r', end - from);
    struct plx_slice host;
    status = read_request_line(line, cr, head, &host, error);
    if (status != PLX_OK)
        return status;
    status = plx_http_read_fields(cr + 2, bytes.ptr + end, head, error);
    if (status == PLX_OK && host.len)
        head->message.host = host;
    return status;
}

enum plx_status
plx_http_read_response(struct plx_slice bytes, size_t *scanned, enum plx_http_method request,
                       struct plx_http1_head *head, struct plx_http_error *error)
{
    size_t end = 0, prefix = bytes.len < 5 ? bytes.len : 5;
    if (prefix && memcmp(bytes.ptr, "HTTP/", prefix) != 0)
        return plx_http_refuse(error, PLX_E_PROTOCOL, 502, "the answer does not begin with a version");
    enum plx_status status = find_end(bytes, 0, scanned, &end, error);
    if (status != PLX_OK) {
        error->status = 502;
        return status;
    }
    head->bytes = plx_slice_make(bytes.ptr, end);
    head->message.method = head->message.target = head->message.path = plx_slice_make(NULL, 0);
    head->message.method_id = request;
    const char *cr = memchr(bytes.ptr, '\r', end);
    const char *fault = read_status_line(bytes.ptr, cr, head);
    status = fault ? plx_http_refuse(error, PLX_E_PROTOCOL, 502, fault)
                   : plx_http_read_fields(cr + 2, bytes.ptr + end, head, error);
    if (status != PLX_OK)
        error->status = 502;
    return status;
}

/* A path that stands for an empty one lies outside the head's bytes and stays where it is. */
static void
rebase(struct plx_slice *slice, struct plx_slice bytes, const char *copy)
{
    uintptr_t at = (uintptr_t)slice->ptr, from = (uintptr_t)bytes.ptr;
    if (at >= from && at <= from + bytes.len)
        slice->ptr = copy + (at - from);
}

void
plx_http_head_rebase(struct plx_http1_head *head, const char *copy)
{
    struct plx_slice bytes = head->bytes;
    rebase(&head->message.method, bytes, copy);
    rebase(&head->message.target, bytes, copy);
    rebase(&head->message.path, bytes, copy);
    rebase(&head->message.host, bytes, copy);
    rebase(&head->reason, bytes, copy);
    for (size_t i = 0; i < head->message.header_count; i++) { /* always among the bytes, empty values too */
        struct plx_header *header = &head->message.headers[i];
        header->name.ptr = copy + (header->name.ptr - bytes.ptr);
        header->value.ptr = copy + (header->value.ptr - bytes.ptr);
    }
    head->bytes.ptr = copy;
}
