/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each coding is a stream that is drained into a growing piece of the arena until it ends, fails, or gives more than
 * the bound: what a peer claims about its length is never believed.
 */
#include "body/coding.h"

#include "base/arena.h"

#include <brotli/decode.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#define FIRST_BYTES    16384u
#define WINDOW_LOG_MAX 27 /* of zstd: 128 MiB, what every decoder must take (RFC 8878, 3.1.1.1.2 recommends 8 MiB) */
#define GZIP_WINDOW    (15 + 16)
#define GZIP_OVERHEAD  18u /* of the smallest member */

/* ---- the output ---- */

struct output {
    struct plx_arena *arena;
    char *ptr;
    size_t len, capacity, max;
};

/* Room for at least a byte; one byte more than max may be there, to see that it is too much. */
static enum plx_status
make_room(struct output *out)
{
    size_t capacity = out->capacity ? out->capacity * 2 : FIRST_BYTES;

    if (out->len < out->capacity)
        return PLX_OK;
    if (out->len > out->max)
        return PLX_E_TOO_LARGE;
    if (capacity > out->max + 1)
        capacity = out->max + 1;
    char *ptr = out->ptr ? plx_arena_resize(out->arena, out->ptr, out->capacity, capacity)
                         : plx_arena_alloc(out->arena, capacity);
    if (!ptr)
        return PLX_E_MEMORY;
    out->ptr = ptr;
    out->capacity = capacity;
    return PLX_OK;
}

/* ---- zlib: gzip and deflate ---- */

static voidpf
zlib_allocate(voidpf arena, uInt items, uInt size)
{
    return plx_arena_alloc(arena, (size_t)items * size);
}

static void
zlib_release(voidpf arena, voidpf address)
{
}

/* What is left behind a gzip member is another one (RFC 1952, 2.2), or zeros, as gzip(1) pads to blocks. */
static bool
begins_member(const z_stream *stream)
{
    return stream->avail_in >= GZIP_OVERHEAD && stream->next_in[0] == 0x1F && stream->next_in[1] == 0x8B;
}

static bool
is_padding(const z_stream *stream)
{
    for (uInt i = 0; i < stream->avail_in; i++)
        if (stream->next_in[i])
            return false;
    return true;
}

static enum plx_status
drain_zlib(z_stream *stream, bool gzip, struct output *out)
{
    for (;;) {
        enum plx_status status = make_room(out);
        if (status != PLX_OK)
            return status;
        size_t room = out->capacity - out->len;
        stream->next_out = (Bytef *)out->ptr + out->len;
        stream->avail_out = (uInt)room;
        int result = inflate(stream, Z_NO_FLUSH);
        out->len += room - stream->avail_out;
        if (result == Z_MEM_ERROR)
            return PLX_E_MEMORY;
        if (result == Z_STREAM_END && gzip && begins_member(stream)) {
            if (inflateReset(stream) != Z_OK)
                return PLX_E_SYNTAX;
            continue;
        }
        if (result == Z_STREAM_END)
            return is_padding(stream) && (gzip || stream->avail_in == 0) ? PLX_OK : PLX_E_SYNTAX;
        /* Z_BUF_ERROR: no room, which there was, or no more input */
        if (result != Z_OK && (result != Z_BUF_ERROR || stream->avail_out))
            return PLX_E_SYNTAX;
    }
}

static enum plx_status
inflate_with(int window, struct plx_slice in, struct output *out)
{
    z_stream stream = {.zalloc = zlib_allocate, .zfree = zlib_release, .opaque = out->arena};

    stream.next_in = (Bytef *)in.ptr;
    stream.avail_in = (uInt)in.len;
    int result = inflateInit2(&stream, window);
    if (result != Z_OK)
        return PLX_E_MEMORY;
    enum plx_status status = drain_zlib(&stream, window == GZIP_WINDOW, out);
    inflateEnd(&stream);
    return status;
}

static enum plx_status
remove_gzip(struct plx_slice in, struct output *out)
{
    return inflate_with(GZIP_WINDOW, in, out);
}

/* The zlib format, or, as many servers send it, deflate alone (RFC 9110, 8.4.1.2). */
static enum plx_status
remove_deflate(struct plx_slice in, struct output *out)
{
    const unsigned char *head = (const unsigned char *)in.ptr;
    bool zlib = in.len >= 2 && (head[0] & 0x0F) == 8 && ((unsigned)head[0] << 8 | head[1]) % 31 == 0;

    return inflate_with(zlib ? 15 : -15, in, out);
}

/* ---- brotli ---- */

static void *
brotli_allocate(void *arena, size_t size)
{
    return plx_arena_alloc(arena, size);
}

static void
brotli_release(void *arena, void *address)
{
}

static enum plx_status
remove_brotli(struct plx_slice in, struct output *out)
{
    BrotliDecoderState *state = BrotliDecoderCreateInstance(brotli_allocate, brotli_release, out->arena);
    const uint8_t *next_in = (const uint8_t *)in.ptr;
    size_t left = in.len;
    BrotliDecoderResult result = BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT;
    enum plx_status status = state ? PLX_OK : PLX_E_MEMORY;

    while (status == PLX_OK && result == BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT) {
        status = make_room(out);
        if (status != PLX_OK)
            break;
        size_t room = out->capacity - out->len;
        uint8_t *next_out = (uint8_t *)out->ptr + out->len;
        result = BrotliDecoderDecompressStream(state, &left, &next_in, &room, &next_out, NULL);
        out->len = out->capacity - room;
    }
    if (status == PLX_OK && (result != BROTLI_DECODER_RESULT_SUCCESS || left > 0))
        status = PLX_E_SYNTAX;
    if (state) {
        BrotliDecoderErrorCode code = BrotliDecoderGetErrorCode(state);
        if (code <= BROTLI_DECODER_ERROR_ALLOC_CONTEXT_MODES && code >= BROTLI_DECODER_ERROR_ALLOC_BLOCK_TYPE_TREES)
            status = PLX_E_MEMORY;
        BrotliDecoderDestroyInstance(state);
    }
    return status;
}

/* ---- zstd ---- */

static enum plx_status
drain_zstd(ZSTD_DStream *stream, struct plx_slice in, struct output *out)
{
    ZSTD_inBuffer input = {in.ptr, in.len, 0};
    size_t hint = 1;

    for (;;) {
        enum plx_status status = make_room(out);
        if (status != PLX_OK)
            return status;
        ZSTD_outBuffer output = {out->ptr, out->capacity, out->len};
        hint = ZSTD_decompressStream(stream, &output, &input);
        if (ZSTD_isError(hint))
            return ZSTD_getErrorCode(hint) == ZSTD_error_memory_allocation ? PLX_E_MEMORY : PLX_E_SYNTAX;
        bool full = output.pos == output.size;
        out->len = output.pos;
        /* 0: a frame has ended, and all of it was given out; behind it may be another one */
        if (input.pos == input.size && (hint == 0 || !full))
            return hint == 0 ? PLX_OK : PLX_E_SYNTAX;
    }
}

static enum plx_status
remove_zstd(struct plx_slice in, struct output *out)
{
    ZSTD_DStream *stream = ZSTD_createDStream();
    enum plx_status status = PLX_E_MEMORY;

    if (stream && !ZSTD_isError(ZSTD_DCtx_setParameter(stream, ZSTD_d_windowLogMax, WINDOW_LOG_MAX)))
        status = drain_zstd(stream, in, out);
    ZSTD_freeDStream(stream);
    return status;
}

/* ---- codings ---- */

static const struct coding {
    const char *name;
    enum plx_status (*remove)(struct plx_slice in, struct output *out); /* NULL: nothing was done */
} known[] = {
    {"identity", NULL},          {"gzip", remove_gzip}, {"x-gzip", remove_gzip},
    {"deflate", remove_deflate}, {"br", remove_brotli}, {"zstd", remove_zstd},
};

/* The last name in the list, which gets shorter by it. */
static struct plx_slice
take_last(struct plx_slice *codings)
{
    const char *comma = codings->len ? memrchr(codings->ptr, ',', codings->len) : NULL;
    size_t from = comma ? (size_t)(comma - codings->ptr) + 1 : 0;
    struct plx_slice name = plx_slice_make(codings->ptr + from, codings->len - from);

    codings->len = comma ? from - 1 : 0;
    while (name.len && (*name.ptr == ' ' || *name.ptr == '\t'))
        name.ptr++, name.len--;
    while (name.len && (name.ptr[name.len - 1] == ' ' || name.ptr[name.len - 1] == '\t'))
        name.len--;
    return name;
}

static const struct coding *
find(struct plx_slice name)
{
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (plx_slice_equal_nocase(name, plx_slice_of(known[i].name)))
            return &known[i];
    return NULL;
}

enum plx_status
plx_coding_remove(struct plx_slice codings, struct plx_slice body, size_t max, struct plx_arena *arena,
                  struct plx_slice *out)
{
    struct plx_slice at = body;

    for (unsigned count = 0; codings.len;) {
        struct plx_slice name = take_last(&codings);
        const struct coding *coding = find(name);
        struct output output = {.arena = arena, .max = max};
        if (name.len == 0 || (coding && !coding->remove))
            continue;
        if (!coding || ++count > PLX_CODINGS_MAX)
            return PLX_E_UNSUPPORTED;
        if (at.len == 0)
            continue;
        if (at.len > UINT32_MAX)
            return PLX_E_TOO_LARGE;
        enum plx_status status = coding->remove(at, &output);
        if (status == PLX_OK && output.len > max)
            status = PLX_E_TOO_LARGE;
        if (status != PLX_OK)
            return status;
        at = plx_slice_make(output.ptr, output.len);
    }
    *out = at;
    return PLX_OK;
}

bool
plx_codings_any(struct plx_slice codings)
{
    while (codings.len) {
        struct plx_slice name = take_last(&codings);
        if (name.len && !plx_slice_equal_nocase(name, plx_slice_of("identity")))
            return true;
    }
    return false;
}
