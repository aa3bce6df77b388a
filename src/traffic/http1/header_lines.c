/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The header lines of a head, and what those mean that decide where a message ends and what becomes of its connection
 * (RFC 9112, 6 and 9). The end of the head is known already, and that CR and LF only come as pairs. What two readers
 * could understand in two ways is refused: that is what requests are smuggled with.
 */
#include "traffic/http1/header_lines.h"

#include "base/ascii.h"
#include "base/slice.h"
#include "message/nocase.h"
#include "traffic/http1/octets.h"
#include "traffic/http1/scan.h"

/* What has been seen so far. */
struct fields {
    unsigned content_lengths, transfer_encodings, hosts;
    bool close, keep_alive, upgrade_named, upgrade_field;
    unsigned names; /* of headers that Connection makes hop-by-hop */
    struct plx_slice name[PLX_HTTP_CONNECTION_MAX];
};

bool
plx_http_upgrade_is_http2(struct plx_slice protocol)
{
    return PLX_HTTP_EQUAL(protocol, "h2c") || PLX_HTTP_EQUAL(protocol, "h2");
}

static const char *
skip_address_literal(const char *ptr, const char *end)
{
    const char *from = ++ptr; /* behind the bracket */
    while (ptr < end && (plx_http_is(*ptr, PLX_OCTET_NAME) || *ptr == ':'))
        ptr++;
    return ptr < end && *ptr == ']' && ptr > from ? ptr + 1 : NULL;
}

bool
plx_http_is_authority(struct plx_slice authority, bool may_be_empty)
{
    const char *ptr = authority.ptr, *end = authority.ptr + authority.len;
    if (authority.len == 0)
        return may_be_empty;
    if (*ptr == '[') {
        ptr = skip_address_literal(ptr, end);
        if (!ptr)
            return false;
    } else {
        while (ptr < end && plx_http_is(*ptr, PLX_OCTET_NAME))
            ptr++;
        if (ptr == authority.ptr)
            return false; /* a port without a host */
    }
    if (ptr < end && *ptr++ != ':')
        return false;
    while (ptr < end && plx_http_is(*ptr, PLX_OCTET_DIGIT))
        ptr++;
    return ptr == end;
}

const char *
plx_http_read_field(const char *ptr, const char *end, struct plx_header *header, const char **cr)
{
    const char *name = ptr;
    while (ptr < end && plx_http_is(*ptr, PLX_OCTET_TOKEN))
        ptr++;
    *cr = ptr;
    if (ptr == end || *ptr != ':') {
        if (ptr == name && ptr < end && plx_ascii_is_blank(*ptr))
            return "a header line is folded or begins with white space";
        if (ptr < end && plx_ascii_is_blank(*ptr))
            return "white space in a header's name or before its colon";
        return ptr == end || *ptr == '\r' ? "a header line has no colon"
                                          : "a header's name holds a character that is not allowed there";
    }
    if (ptr == name)
        return "a header line has no name";
    header->name = plx_slice_make(name, (size_t)(ptr - name));
    ptr++;
    while (ptr < end && plx_ascii_is_blank(*ptr))
        ptr++;
    const char *stop = plx_http_scan_value(ptr, end);
    *cr = stop;
    if (stop == end || *stop != '\r')
        return "a header's value holds a control character";
    while (stop > ptr && plx_ascii_is_blank(stop[-1]))
        stop--;
    header->value = plx_slice_make(ptr, (size_t)(stop - ptr));
    return NULL;
}

void
plx_http_error_about(struct plx_http_error *error, const char *line, const char *at, const char *end)
{
    size_t len = 0;

    while (line + len < end && len < PLX_HTTP_ERROR_FIELD_MAX && plx_http_is(line[len], PLX_OCTET_TOKEN))
        len++;
    memcpy(error->field, line, len);
    error->field[len] = '\0';
    error->octet = at < end ? (unsigned char)*at : -1;
}

/* Digits and nothing else: no sign, no list, no white space inside (RFC 9110, 8.6). */
static const char *
read_content_length(struct plx_slice value, uint64_t *length)
{
    uint64_t number = 0;
    if (value.len == 0)
        return "Content-Length is empty";
    for (size_t i = 0; i < value.len; i++) {
        if (!plx_http_is(value.ptr[i], PLX_OCTET_DIGIT))
            return "Content-Length is not a number";
        if (__builtin_mul_overflow(number, 10u, &number) ||
            __builtin_add_overflow(number, (uint64_t)(value.ptr[i] - '0'), &number))
            return "Content-Length is too large";
    }
    *length = number;
    return NULL;
}

static const char *
read_connection(struct plx_slice value, struct fields *fields, int *answer)
{
    struct plx_slice option;
    while (plx_slice_list_next(&value, &option)) {
        if (PLX_HTTP_EQUAL(option, "close"))
            fields->close = true;
        else if (PLX_HTTP_EQUAL(option, "keep-alive"))
            fields->keep_alive = true;
        else if (PLX_HTTP_EQUAL(option, "upgrade"))
            fields->upgrade_named = true;
        else if (PLX_HTTP_EQUAL(option, "te"))
            continue; /* hop-by-hop by itself */
        else if (fields->names < PLX_HTTP_CONNECTION_MAX)
            fields->name[fields->names++] = option;
        else {
            *answer = 431;
            return "Connection names too many headers";
        }
    }
    return NULL;
}

/* Where chunked is not the last, nobody can say where a request ends (RFC 9112, 6.3); one that ends in it has a coding
 * that is not known here (6.1). */
static const char *
read_codings(struct plx_slice value, int *answer)
{
    struct plx_slice coding, list = value;
    bool chunked = false;
    unsigned count = 0;

    if (PLX_HTTP_EQUAL(value, "chunked"))
        return NULL;
    while (plx_slice_list_next(&list, &coding)) {
        if (chunked && PLX_HTTP_EQUAL(coding, "chunked"))
            return "Transfer-Encoding has `chunked` twice";
        chunked = PLX_HTTP_EQUAL(coding, "chunked");
        count++;
    }
    if (!chunked)
        return "Transfer-Encoding does not end in `chunked`";
    if (count == 1)
        return "Transfer-Encoding is a list with empty elements";
    *answer = 501;
    return "Transfer-Encoding is not `chunked`";
}

/* "timeout=5, max=100": what else it says is not known, nor what is no number. */
static void
read_keep_alive(struct plx_slice value, uint32_t *idle_s)
{
    struct plx_slice parameter;
    uint64_t seconds;

    while (plx_slice_list_next(&value, &parameter))
        if (PLX_HTTP_BEGINS(parameter, "timeout=") &&
            !read_content_length(plx_slice_make(parameter.ptr + 8, parameter.len - 8), &seconds) && seconds < *idle_s)
            *idle_s = (uint32_t)seconds;
}

static bool
has_upgrade(struct plx_slice value)
{
    struct plx_slice protocol;
    while (plx_slice_list_next(&value, &protocol))
        if (!plx_http_upgrade_is_http2(protocol))
            return true;
    return false;
}

/* A header that the proxy acts on. NULL or why it is refused; *answer is the status for that. */
static const char *
read_known(struct plx_http1_head *head, enum plx_http_header_id id, struct plx_slice value, struct fields *fields,
           int *answer)
{
    switch (id) {
    case PLX_HEADER_CONTENT_LENGTH:
        if (fields->content_lengths++)
            return "more than one Content-Length";
        return read_content_length(value, &head->content_length);
    case PLX_HEADER_TRANSFER_ENCODING:
        if (fields->transfer_encodings++)
            return "more than one Transfer-Encoding";
        return read_codings(value, answer);
    case PLX_HEADER_HOST:
        if (head->message.status)
            return NULL; /* means nothing in an answer */
        if (fields->hosts++)
            return "more than one Host";
        head->message.host = value;
        return plx_http_is_authority(value, true) ? NULL : "Host is not a host with an optional port";
    case PLX_HEADER_CONNECTION:
        return read_connection(value, fields, answer);
    case PLX_HEADER_KEEP_ALIVE:
        read_keep_alive(value, &head->idle_s);
        return NULL;
    case PLX_HEADER_UPGRADE:
        fields->upgrade_field |= has_upgrade(value);
        return NULL;
    case PLX_HEADER_EXPECT:
        head->message.expect_continue |=
            !head->message.status && head->minor >= 1 && PLX_HTTP_EQUAL(value, "100-continue");
        return NULL;
    default:
        return NULL;
    }
}

/* Host and Content-Length are never hop-by-hop, whatever Connection says: the next hop could not read the message. */
static void
mark_named(struct plx_http1_head *head, const struct fields *fields)
{
    for (unsigned n = 0; n < fields->names; n++)
        for (size_t i = 0; i < head->message.header_count; i++)
            if (head->message.header_ids[i] != PLX_HEADER_HOST &&
                head->message.header_ids[i] != PLX_HEADER_CONTENT_LENGTH &&
                plx_slice_equal_nocase(head->message.headers[i].name, fields->name[n]))
                head->header_hops[i] = true;
}

/* RFC 9112, 6.3, but refusing where that leaves a choice. The request's method matters for answers only. Of HTTP/1.0 a
 * chunked one is taken, and its connection not kept (6.1). */
static const char *
decide_framing(struct plx_http1_head *head, const struct fields *fields, enum plx_http_method request)
{
    if (fields->transfer_encodings && fields->content_lengths)
        return "Content-Length beside Transfer-Encoding";
    if (fields->transfer_encodings && head->minor == 0 && !head->message.status)
        return "Transfer-Encoding in HTTP/1.0";
    if (head->message.status && (request == PLX_METHOD_HEAD || head->message.status < 200 ||
                                 head->message.status == 204 || head->message.status == 304))
        head->framing = PLX_FRAMING_NONE;
    else if (fields->transfer_encodings)
        head->framing = PLX_FRAMING_CHUNKED;
    else if (fields->content_lengths)
        head->framing = PLX_FRAMING_LENGTH;
    else
        head->framing = head->message.status ? PLX_FRAMING_CLOSE : PLX_FRAMING_NONE;
    return NULL;
}

static const bool hop_by_hop[] = {false, false,
#define PLX_HTTP_HEADER_HOP(id, text, hop, guarded) hop,
                                  PLX_HTTP_HEADER_MAP(PLX_HTTP_HEADER_HOP)
#undef PLX_HTTP_HEADER_HOP
};

/* The lines themselves, up to the empty one. */
static enum plx_status
read_lines(const char *ptr, const char *end, struct plx_http1_head *head, struct fields *fields,
           struct plx_http_error *error)
{
    size_t count = 0;
    for (const char *stop = end - 2, *cr; ptr < stop; ptr = cr + 2) {
        if (count == PLX_HTTP_HEADERS_MAX)
            return plx_http_refuse(error, PLX_E_LIMIT, 431, "too many headers");
        struct plx_header *header = &head->message.headers[count];
        const char *fault = plx_http_read_field(ptr, end, header, &cr);
        if (fault) {
            enum plx_status refused = plx_http_refuse(error, PLX_E_PROTOCOL, 400, fault);
            plx_http_error_about(error, ptr, cr, end);
            return refused;
        }
        enum plx_http_header_id id = plx_http_header_id_of(header->name);
        head->message.header_ids[count] = (uint8_t)id;
        head->header_hops[count] = hop_by_hop[id];
        int answer = 400;
        fault = id <= PLX_HEADER_POSER ? NULL : read_known(head, id, header->value, fields, &answer);
        if (fault)
            return plx_http_refuse(error, answer == 431 ? PLX_E_LIMIT : PLX_E_PROTOCOL, answer, fault);
        count++;
    }
    head->message.header_count = count;
    return PLX_OK;
}

enum plx_status
plx_http_read_fields(const char *ptr, const char *end, struct plx_http1_head *head, struct plx_http_error *error)
{
    struct fields fields;
    fields.content_lengths = fields.transfer_encodings = fields.hosts = fields.names = 0;
    fields.close = fields.keep_alive = fields.upgrade_named = fields.upgrade_field = false;
    enum plx_http_method request = head->message.method_id;
    head->content_length = 0;
    head->idle_s = UINT32_MAX;
    head->message.expect_continue = false;
    head->message.host = plx_slice_make(NULL, 0);
    enum plx_status status = read_lines(ptr, end, head, &fields, error);
    if (status != PLX_OK)
        return status;
    mark_named(head, &fields);
    const char *fault = decide_framing(head, &fields, request);
    if (!fault && !head->message.status && head->minor >= 1 && fields.hosts == 0)
        fault = "no Host, which HTTP/1.1 asks for";
    if (fault)
        return plx_http_refuse(error, PLX_E_PROTOCOL, 400, fault);
    head->keep_alive = !fields.close && head->framing != PLX_FRAMING_CLOSE &&
                       (head->minor >= 1 || (fields.keep_alive && !fields.transfer_encodings));
    head->upgrade = fields.upgrade_named && fields.upgrade_field && head->minor >= 1;
    return PLX_OK;
}
