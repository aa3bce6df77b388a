/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bodies on their way in (RFC 9112, 6 and 7.1). The runs of body bytes are slices of the input, nothing is copied but
 * the trailer.
 *
 *   chunk:    size [;extensions] CR LF, data CR LF   ...   0 [;extensions] CR LF, trailer lines, CR LF
 *
 * The hard thing is that TCP may cut between any two bytes: what the chunk reader knows lies in its state and counters,
 * one byte moves it on, and only chunk data is taken in runs. White space around sizes and extensions is refused
 * in requests: others read it otherwise.
 */
#include "traffic/http1/framing.h"

#include "base/ascii.h"
#include "base/assert.h"
#include "message/nocase.h"
#include "traffic/http1/answer.h"
#include "traffic/http1/header_lines.h"
#include "traffic/http1/octets.h"

enum state {
    SIZE_FIRST, /* needs a digit */
    SIZE,
    SIZE_BLANKS, /* behind it, or behind an extension or its name: answers only */
    EXT_NAME_FIRST,
    EXT_NAME,
    EXT_VALUE_FIRST,
    EXT_VALUE,
    EXT_QUOTED,
    EXT_ESCAPED,
    EXT_QUOTED_END,
    SIZE_LF,
    DATA,
    DATA_CR,
    DATA_LF,
    TRAILER_FIRST, /* of a line, or the CR of the empty one */
    TRAILER,
    TRAILER_LF,
    LAST_LF,
    ENDED,
    FAILED_PROTOCOL,
    FAILED_LIMIT,
    FAILED_MEMORY,
};

#define SIZE_DIGITS_MAX  16u /* of a chunk's size: 64 bits */
#define TRAILER_NAME_MAX 64u /* of a field's name: no forbidden one is longer */

void
plx_http_body_init(struct plx_http_body *body, enum plx_http_framing framing, uint64_t content_length)
{
    body->framing = framing;
    body->state = SIZE_FIRST;
    body->left = framing == PLX_FRAMING_LENGTH ? content_length : 0;
    body->line = 0;
    body->size = 0;
    body->old_spelling = false;
    plx_buffer_init(&body->trailer, PLX_HTTP_TRAILER_MAX);
}

void
plx_http_body_fini(struct plx_http_body *body)
{
    plx_buffer_fini(&body->trailer);
}

static enum state
refuse(struct plx_http_body *body, enum state failure, const char *text)
{
    (void)!plx_http_refuse(&body->error, PLX_E_PROTOCOL, 400, text);
    return failure;
}

/* The same, because of this octet. */
static enum state
refuse_octet(struct plx_http_body *body, char c, const char *text)
{
    enum state failed = refuse(body, FAILED_PROTOCOL, text);

    body->error.octet = (unsigned char)c;
    return failed;
}

static bool
is_lone_lf(const struct plx_http_body *body, char c)
{
    return c == '\n' && body->old_spelling;
}

static bool
is_blank_beside(const struct plx_http_body *body, char c)
{
    return plx_ascii_is_blank(c) && body->old_spelling;
}

/* ---- size and extensions ---- */

static enum state
size_digit(struct plx_http_body *body, char c)
{
    if (++body->line > SIZE_DIGITS_MAX)
        return refuse(body, FAILED_PROTOCOL, "a chunk's size is too large");
    char lower = plx_ascii_lower(c);
    body->size = body->size << 4 | (uint64_t)(lower <= '9' ? lower - '0' : lower - 'a' + 10);
    return SIZE;
}

static enum state
size_line_end(struct plx_http_body *body)
{
    body->left = body->size;
    body->line = 0;
    body->size = 0; /* from the last chunk on: bytes of trailer lines */
    return body->left ? DATA : TRAILER_FIRST;
}

/* What follows a size or a whole extension. */
static enum state
after_size(struct plx_http_body *body, char c, const char *fault)
{
    if (c == ';')
        return EXT_NAME_FIRST;
    if (is_lone_lf(body, c))
        return size_line_end(body);
    if (is_blank_beside(body, c))
        return SIZE_BLANKS;
    return c == '\r' ? SIZE_LF : refuse_octet(body, c, fault);
}

static enum state
quoted(struct plx_http_body *body, char c)
{
    if (c == '"')
        return EXT_QUOTED_END;
    if (c == '\\')
        return EXT_ESCAPED;
    return plx_http_is(c, PLX_OCTET_VALUE)
               ? EXT_QUOTED
               : refuse_octet(body, c, "a chunk's extension has a quoted value that does not end");
}

/* Extensions are read over, but what they look like is checked: lax readers of them have been smuggled past. */
static enum state
extension(struct plx_http_body *body, enum state state, char c)
{
    static const char fault[] = "a chunk's extension is not well-formed";
    if (++body->line > PLX_HTTP_CHUNK_EXT_MAX)
        return refuse(body, FAILED_LIMIT, "a chunk's extensions are too long");
    bool token = plx_http_is(c, PLX_OCTET_TOKEN);
    if ((state == EXT_NAME_FIRST || state == EXT_VALUE_FIRST) && is_blank_beside(body, c))
        return state;
    switch (state) {
    case EXT_NAME_FIRST:
        return token ? EXT_NAME : refuse_octet(body, c, fault);
    case EXT_NAME:
        return token ? EXT_NAME : c == '=' ? EXT_VALUE_FIRST : after_size(body, c, fault);
    case EXT_VALUE_FIRST:
        return token ? EXT_VALUE : c == '"' ? EXT_QUOTED : refuse_octet(body, c, fault);
    case EXT_VALUE:
        return token ? EXT_VALUE : after_size(body, c, fault);
    case EXT_QUOTED:
        return quoted(body, c);
    case EXT_ESCAPED:
        return plx_http_is(c, PLX_OCTET_VALUE) ? EXT_QUOTED : refuse_octet(body, c, fault);
    default: /* EXT_QUOTED_END, SIZE_BLANKS */
        return after_size(body, c, fault);
    }
}

/* ---- trailer ---- */

/* As whoever reads it as a variable would: any sign is a `-`. */
static struct plx_slice
without_signs(struct plx_slice name, char out[TRAILER_NAME_MAX])
{
    size_t len = name.len < TRAILER_NAME_MAX ? name.len : TRAILER_NAME_MAX;

    for (size_t i = 0; i < len; i++)
        out[i] = plx_ascii_is_alphanumeric(name.ptr[i]) ? name.ptr[i] : '-';
    return plx_slice_make(out, len);
}

bool
plx_http_is_forbidden_in_trailer(struct plx_slice written)
{
    static const char *const others[] = {
        /* how it is routed */
        "forwarded",
        "via",
        "x-real-ip",
        "x-forwarded-port",
        "x-forwarded-prefix",
        "x-forwarded-server",
        /* what is asked, and when */
        "cache-control",
        "pragma",
        "range",
        "if-match",
        "if-none-match",
        "if-modified-since",
        "if-unmodified-since",
        "if-range",
        /* who asks */
        "www-authenticate",
        /* what becomes of the answer */
        "age",
        "expires",
        "location",
        "refresh",
        "retry-after",
        "vary",
        "warning",
        "content-security-policy",
        /* what the content is; a digest of it may come behind it (RFC 9530, 2) */
        "content-range",
        "content-location",
        "content-language",
        "content-disposition",
    };
    char text[TRAILER_NAME_MAX];
    struct plx_slice name = without_signs(written, text);
    if (plx_http_header_id_of(name) != PLX_HEADER_OTHER)
        return true;
    for (size_t i = 0; i < PLX_COUNT(others); i++)
        if (plx_http_equal_lower(name, others[i], strlen(others[i])))
            return true;
    return false;
}

static enum state
trailer_byte(struct plx_http_body *body, char c, enum state next)
{
    if (++body->size > PLX_HTTP_TRAILER_MAX)
        return refuse(body, FAILED_LIMIT, "the trailer is too long");
    body->line++;
    plx_buffer_byte(&body->trailer, c);
    return body->trailer.failed ? refuse(body, FAILED_MEMORY, "no memory for the trailer") : next;
}

/* Of the present line, whose CR stands there already. */
static void
mend_line(struct plx_http_body *body)
{
    char *line = body->trailer.ptr + body->trailer.len - body->line;

    body->trailer.len -= body->line;
    body->line = (uint32_t)plx_http_mend_field(line, body->line - 1);
    line[body->line++] = '\r';
    body->trailer.len += body->line;
}

/* The line's LF has come: the line is checked, and kept or dropped. */
static enum state
trailer_line_end(struct plx_http_body *body)
{
    if (body->old_spelling)
        mend_line(body);
    enum state next = trailer_byte(body, '\n', TRAILER_FIRST);
    if (next != TRAILER_FIRST)
        return next;
    struct plx_header header;
    const char *end = body->trailer.ptr + body->trailer.len, *line = end - body->line, *at;
    const char *fault = plx_http_read_field(line, end, &header, &at);
    if (fault) {
        enum state failed = refuse(body, FAILED_PROTOCOL, fault);
        plx_http_error_about(&body->error, line, at, end);
        return failed;
    }
    if (plx_http_is_forbidden_in_trailer(header.name))
        body->trailer.len -= body->line;
    body->line = 0;
    return TRAILER_FIRST;
}

/* ---- the reader ---- */

static const char bad_line_end[] = "a line of a chunked body ends in something else than CR LF";

static enum state
expect_lf(struct plx_http_body *body, char c, enum state next)
{
    return c == '\n' ? next : refuse_octet(body, c, bad_line_end);
}

/* A byte of the trailer's lines, the empty one too. */
static enum state
trailer_step(struct plx_http_body *body, enum state state, char c)
{
    if (state == TRAILER_FIRST && c == '\r')
        return LAST_LF;
    if (state == TRAILER_FIRST && is_lone_lf(body, c))
        return ENDED;
    if (state == TRAILER_LF && c == '\n')
        return trailer_line_end(body);
    if (c == '\n') {
        enum state next =
            is_lone_lf(body, c) ? trailer_byte(body, '\r', TRAILER_LF) : refuse_octet(body, c, bad_line_end);
        return next == TRAILER_LF ? trailer_line_end(body) : next;
    }
    if (state == TRAILER_LF && !body->old_spelling)
        return refuse_octet(body, c, bad_line_end);
    return trailer_byte(body, c, c == '\r' ? TRAILER_LF : TRAILER);
}

/* One byte outside chunk data. */
static enum state
step(struct plx_http_body *body, char c)
{
    enum state state = (enum state)body->state;
    switch (state) {
    case SIZE_FIRST:
        return plx_http_is(c, PLX_OCTET_HEX) ? size_digit(body, c)
                                             : refuse_octet(body, c, "a chunk does not begin with its size");
    case SIZE:
        if (plx_http_is(c, PLX_OCTET_HEX))
            return size_digit(body, c);
        body->line = 0;
        return after_size(body, c, "a chunk's size is not a hexadecimal number");
    case SIZE_LF:
        return expect_lf(body, c, SIZE_LF) == SIZE_LF ? size_line_end(body) : FAILED_PROTOCOL;
    case DATA_CR:
        if (is_lone_lf(body, c))
            return SIZE_FIRST;
        return c == '\r' ? DATA_LF : refuse_octet(body, c, "a chunk is longer than its size");
    case DATA_LF:
        return expect_lf(body, c, SIZE_FIRST);
    case TRAILER_FIRST:
    case TRAILER:
    case TRAILER_LF:
        return trailer_step(body, state, c);
    case LAST_LF:
        return expect_lf(body, c, ENDED);
    default:
        return extension(body, state, c);
    }
}

static enum plx_status
failure(const struct plx_http_body *body)
{
    if (body->state == FAILED_PROTOCOL)
        return PLX_E_PROTOCOL;
    return body->state == FAILED_LIMIT ? PLX_E_LIMIT : PLX_E_MEMORY;
}

static void
take(struct plx_slice *input, size_t len, struct plx_slice *data)
{
    *data = plx_slice_make(input->ptr, len);
    input->ptr += len;
    input->len -= len;
}

static void
take_counted(struct plx_http_body *body, struct plx_slice *input, struct plx_slice *data)
{
    size_t len = body->left < input->len ? (size_t)body->left : input->len;
    take(input, len, data);
    body->left -= len;
}

/* A size line without extensions that has come whole, as nearly all do: servers that write a chunk for each word would
 * cost a step for each of its bytes otherwise. False: nothing is taken. */
static bool
take_size_line(struct plx_http_body *body, struct plx_slice *input)
{
    const char *line = input->ptr;
    size_t digits = 0;

    if (body->state != SIZE_FIRST)
        return false;
    while (digits < SIZE_DIGITS_MAX && digits < input->len && plx_http_is(line[digits], PLX_OCTET_HEX))
        (void)size_digit(body, line[digits++]);
    if (digits > 0 && digits + 2 <= input->len && line[digits] == '\r' && line[digits + 1] == '\n') {
        body->state = (int)size_line_end(body);
        input->ptr += digits + 2;
        input->len -= digits + 2;
        return true;
    }
    body->line = 0;
    body->size = 0;
    return false;
}

static bool
take_data_end(struct plx_http_body *body, struct plx_slice *input)
{
    if (body->state != DATA_CR || input->len < 2 || input->ptr[0] != '\r' || input->ptr[1] != '\n')
        return false;
    body->state = SIZE_FIRST;
    input->ptr += 2;
    input->len -= 2;
    return true;
}

static enum plx_status
read_chunked(struct plx_http_body *body, struct plx_slice *input, struct plx_slice *data)
{
    while (body->state < ENDED) {
        if (input->len == 0)
            return PLX_AGAIN;
        if (body->state == DATA) {
            take_counted(body, input, data);
            if (body->left == 0)
                body->state = DATA_CR;
            return input->len ? PLX_OK : PLX_AGAIN;
        }
        if (take_data_end(body, input) || take_size_line(body, input))
            continue;
        body->state = (int)step(body, *input->ptr);
        input->ptr++;
        input->len--;
    }
    return body->state == ENDED ? PLX_DONE : failure(body);
}

enum plx_status
plx_http_body_read(struct plx_http_body *body, struct plx_slice *input, struct plx_slice *data)
{
    *data = plx_slice_make(NULL, 0);
    switch (body->framing) {
    case PLX_FRAMING_NONE:
        return PLX_DONE;
    case PLX_FRAMING_CHUNKED:
        return read_chunked(body, input, data);
    case PLX_FRAMING_CLOSE:
        take(input, input->len, data);
        return PLX_AGAIN;
    case PLX_FRAMING_LENGTH:
        break;
    }
    if (body->left == 0)
        return PLX_DONE;
    take_counted(body, input, data);
    return body->left ? PLX_AGAIN : PLX_OK;
}

enum plx_status
plx_http_body_eof(struct plx_http_body *body)
{
    bool ended = body->framing == PLX_FRAMING_NONE || body->framing == PLX_FRAMING_CLOSE ||
                 (body->framing == PLX_FRAMING_LENGTH && body->left == 0) ||
                 (body->framing == PLX_FRAMING_CHUNKED && body->state == ENDED);
    return ended ? PLX_DONE : PLX_E_RESET;
}

size_t
plx_http_chunk_line(char line[20], uint64_t size)
{
    size_t len = 1;
    for (uint64_t rest = size >> 4; rest; rest >>= 4)
        len++;
    for (size_t i = len; i-- > 0; size >>= 4)
        line[i] = PLX_ASCII_HEX[size & 15];
    line[len] = '\r';
    line[len + 1] = '\n';
    return len + 2;
}
