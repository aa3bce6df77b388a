/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whatever the bytes, the HTTP readers give the same messages however they are cut, and what they accept and the writer
 * writes is read again as the same message.
 *
 * The first three bytes steer: which reader, and where the two cuts lie. The rest is the wire.
 */
#include "base/assert.h"
#include "message/nocase.h"
#include "traffic/http1/answer.h"
#include "traffic/http1/framing.h"
#include "traffic/http1/head.h"
#include "traffic/http1/write.h"

#define TEXT_MAX     (4u * 1024 * 1024)
#define MESSAGES_MAX 64 /* of one wire: bounds what is printed */
#define NO_CUT       SIZE_MAX

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct reading {
    struct plx_slice wire;
    size_t at, avail; /* read so far; come in so far */
    size_t cuts[2];   /* the other ends of what comes in at once */
    int request;      /* the method of the request, or negative to read requests */
    struct plx_http1_head head;
    struct plx_buffer mended; /* where it is an odd answer's */
    struct plx_http_error error;
    struct plx_buffer body, trailer; /* of the present message */
};

/* The bytes that have come in and are not read yet, in memory of exactly their size. */
static char *
piece_of(const struct reading *r, size_t *len)
{
    *len = r->avail - r->at;
    char *piece = malloc(*len ? *len : 1);
    PLX_ASSERT(piece);
    if (*len)
        memcpy(piece, r->wire.ptr + r->at, *len);
    return piece;
}

static bool
more(struct reading *r)
{
    if (r->avail == r->wire.len)
        return false;
    for (int i = 0; i < 2; i++)
        if (r->cuts[i] > r->avail && r->cuts[i] < r->wire.len) {
            r->avail = r->cuts[i];
            return true;
        }
    r->avail = r->wire.len;
    return true;
}

static enum plx_status
read_head(struct reading *r)
{
    enum plx_status status;
    struct plx_http_answer_reader reader = {0};
    size_t scanned = 0, len, used = 0;
    memset(&r->head, 0xa5, sizeof(r->head));
    do {
        char *piece = piece_of(r, &len);
        struct plx_slice bytes = {piece, len};
        status = r->request < 0 ? plx_http_read_request(bytes, &scanned, &r->head, &r->error)
                                : plx_http_read_answer(bytes, &reader, (enum plx_http_method)r->request, &r->mended,
                                                       &r->head, &used, &r->error);
        PLX_ASSERT(scanned <= len && reader.scanned <= len);
        if (status == PLX_OK) {
            used = r->request < 0 ? r->head.bytes.len : used;
            PLX_ASSERT(used <= len && r->head.bytes.len <= PLX_HTTP_HEAD_MAX);
            if (!reader.odd)
                plx_http_head_rebase(&r->head, r->wire.ptr + r->at);
        }
        free(piece);
    } while (status == PLX_AGAIN && more(r));
    if (status == PLX_OK)
        r->at += used;
    return status;
}

static enum plx_status
read_body_piece(struct reading *r, struct plx_http_body *body)
{
    size_t len;
    enum plx_status status;
    char *piece = piece_of(r, &len);
    struct plx_slice input = {piece, len}, data;
    do {
        size_t before = input.len;
        status = plx_http_body_read(body, &input, &data);
        PLX_ASSERT(input.len <= before && (status != PLX_OK || input.len < before));
        plx_buffer_add(&r->body, data);
    } while (status == PLX_OK);
    PLX_ASSERT(status != PLX_AGAIN || input.len == 0);
    r->at = r->avail - input.len;
    free(piece);
    return status;
}

static enum plx_status
read_body(struct reading *r)
{
    struct plx_http_body body;
    enum plx_status status;
    plx_buffer_clear(&r->body);
    plx_buffer_clear(&r->trailer);
    plx_http_body_init(&body, r->head.framing, r->head.content_length);
    body.old_spelling = r->request >= 0;
    do
        status = read_body_piece(r, &body);
    while (status == PLX_AGAIN && more(r));
    if (status == PLX_AGAIN && plx_http_body_eof(&body) == PLX_DONE)
        status = PLX_DONE;
    if (status < 0)
        r->error = body.error;
    plx_buffer_add(&r->trailer, plx_buffer_slice(&body.trailer));
    PLX_ASSERT(body.trailer.len <= PLX_HTTP_TRAILER_MAX);
    plx_http_body_fini(&body);
    return status;
}

static void
print_slice(struct plx_buffer *text, struct plx_slice slice)
{
    plx_buffer_number(text, slice.len);
    plx_buffer_text(text, ":");
    plx_buffer_add(text, slice);
    plx_buffer_text(text, "\n");
}

/* A header that the writer may drop, add or write anew. */
static bool
is_rewritten(const struct plx_http1_head *head, size_t i)
{
    switch ((enum plx_http_header_id)head->message.header_ids[i]) {
    case PLX_HEADER_CONTENT_LENGTH:
    case PLX_HEADER_TRAILER:
        return true;
    case PLX_HEADER_MAX_FORWARDS:
    case PLX_HEADER_POSER:
    case PLX_HEADER_PARALLAX_ROLE:
    case PLX_HEADER_PARALLAX_EXCHANGE:
    case PLX_HEADER_HOST: /* compared as the message's host */
    case PLX_HEADER_EXPECT:
    case PLX_HEADER_X_FORWARDED_FOR:
    case PLX_HEADER_X_FORWARDED_PROTO:
    case PLX_HEADER_X_FORWARDED_HOST:
        return head->message.status == 0;
    default:
        return head->header_hops[i] ||
               (head->message.status == 0 && PLX_HTTP_EQUAL(head->message.headers[i].name, "via"));
    }
}

/* What of a message must survive being written and read again. */
static void
print_meaning(struct plx_buffer *text, const struct reading *r)
{
    const struct plx_http1_head *head = &r->head;
    print_slice(text, head->message.status ? head->reason : head->message.method);
    print_slice(text, head->message.path);
    print_slice(text, head->message.host);
    plx_buffer_number(text, (uint64_t)head->message.status);
    for (size_t i = 0; i < head->message.header_count; i++) {
        if (is_rewritten(head, i))
            continue;
        print_slice(text, head->message.headers[i].name);
        print_slice(text, head->message.headers[i].value);
    }
    print_slice(text, plx_buffer_slice(&r->body));
    print_slice(text, plx_buffer_slice(&r->trailer));
}

/* All of a message. */
static void
print_message(struct plx_buffer *text, const struct reading *r)
{
    const struct plx_http1_head *head = &r->head;
    print_meaning(text, r);
    print_slice(text, head->bytes);
    print_slice(text, head->message.target);
    plx_buffer_format(text, "%d %d %d %llu %d %d %d", head->minor, (int)head->message.method_id, (int)head->framing,
                      (unsigned long long)head->content_length, head->keep_alive, head->upgrade,
                      head->message.expect_continue);
    for (size_t i = 0; i < head->message.header_count; i++)
        plx_buffer_format(text, " %d %d", head->message.header_ids[i], head->header_hops[i]);
}

static void
reading_init(struct reading *r, struct plx_slice wire, int request, size_t cut, size_t second)
{
    r->wire = wire;
    r->at = 0;
    r->avail = 0;
    r->cuts[0] = cut < second ? cut : second;
    r->cuts[1] = cut < second ? second : cut;
    r->request = request;
    r->error = (struct plx_http_error){0, ""};
    plx_buffer_init(&r->body, TEXT_MAX);
    plx_buffer_init(&r->trailer, TEXT_MAX);
    plx_buffer_init(&r->mended, PLX_HTTP_MENDED_MAX);
}

static void
reading_fini(struct reading *r)
{
    plx_buffer_fini(&r->body);
    plx_buffer_fini(&r->trailer);
    plx_buffer_fini(&r->mended);
}

/* ---- written and read again ---- */

static void
write_body(struct plx_buffer *out, const struct reading *r, enum plx_http_framing framing)
{
    char line[20];
    if (framing != PLX_FRAMING_CHUNKED) {
        plx_buffer_add(out, plx_buffer_slice(&r->body));
        return;
    }
    if (r->body.len) {
        plx_buffer_append(out, line, plx_http_chunk_line(line, r->body.len));
        plx_buffer_add(out, plx_buffer_slice(&r->body));
        plx_buffer_text(out, "\r\n");
    }
    plx_buffer_append(out, line, plx_http_chunk_line(line, 0));
    plx_buffer_add(out, plx_buffer_slice(&r->trailer));
    plx_buffer_text(out, "\r\n");
}

static void
write_message(struct plx_buffer *out, const struct reading *r)
{
    const struct plx_http1_head *head = &r->head;
    struct plx_http_forward forward = {
        .client_address = plx_slice_of("127.0.0.1"),
        .scheme = plx_slice_of("http"),
        .role = head->bytes.len & 1 ? "candidate" : NULL,
        .exchange = plx_slice_of("1"),
        .upgrade = true,
        .framing = head->framing,
        .content_length = head->content_length,
    };
    enum plx_http_framing framing = head->framing == PLX_FRAMING_CLOSE ? PLX_FRAMING_CHUNKED : head->framing;
    if (r->request < 0)
        plx_http_write_request(out, head, &forward);
    else
        plx_http_write_response(out, head, &(struct plx_http_reply){1, head->keep_alive, framing, {NULL, 0}});
    write_body(out, r, framing);
    PLX_ASSERT(!out->failed);
}

static void
check_written(const struct reading *r)
{
    static struct reading again;
    struct plx_buffer out, before, after;
    if (r->head.message.header_count + 8 > PLX_HTTP_HEADERS_MAX || r->head.bytes.len + 1024 > PLX_HTTP_HEAD_MAX)
        return; /* with what is added it may be beyond the limits */
    plx_buffer_init(&out, TEXT_MAX);
    plx_buffer_init(&before, TEXT_MAX);
    plx_buffer_init(&after, TEXT_MAX);
    write_message(&out, r);
    reading_init(&again, plx_buffer_slice(&out), r->request, NO_CUT, NO_CUT);
    PLX_ASSERT(read_head(&again) == PLX_OK);
    PLX_ASSERT(read_body(&again) == PLX_DONE);
    PLX_ASSERT(again.at == out.len);
    print_meaning(&before, r);
    print_meaning(&after, &again);
    PLX_ASSERT(plx_slice_equal(plx_buffer_slice(&before), plx_buffer_slice(&after)));
    reading_fini(&again);
    plx_buffer_fini(&out);
    plx_buffer_fini(&before);
    plx_buffer_fini(&after);
}

/* All messages of the wire, and how it ended. */
static void
read_wire(struct plx_buffer *text, struct plx_slice wire, int request, size_t cut, size_t second)
{
    static struct reading r;
    enum plx_status status = PLX_DONE;
    reading_init(&r, wire, request, cut, second);
    for (int i = 0; i < MESSAGES_MAX && status == PLX_DONE && r.at < wire.len; i++) {
        status = read_head(&r);
        if (status != PLX_OK)
            break;
        status = read_body(&r);
        print_message(text, &r);
        if (status == PLX_DONE && cut == NO_CUT)
            check_written(&r);
    }
    plx_buffer_format(text, "%d %s", (int)status, status < 0 ? r.error.text : "");
    PLX_ASSERT(!text->failed);
    reading_fini(&r);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct plx_buffer whole, cut;
    if (size < 3 || size > 2 * PLX_HTTP_HEAD_MAX)
        return 0;
    struct plx_slice wire = plx_slice_make(data + 3, size - 3);
    int request = data[0] % 4 == 0 ? PLX_METHOD_GET : data[0] % 4 == 1 ? PLX_METHOD_HEAD : -1;
    plx_buffer_init(&whole, TEXT_MAX);
    plx_buffer_init(&cut, TEXT_MAX);
    read_wire(&whole, wire, request, NO_CUT, NO_CUT);
    read_wire(&cut, wire, request, wire.len * data[1] / 256, wire.len * data[2] / 256);
    PLX_ASSERT(plx_slice_equal(plx_buffer_slice(&whole), plx_buffer_slice(&cut)));
    plx_buffer_fini(&whole);
    plx_buffer_fini(&cut);
    return 0;
}
