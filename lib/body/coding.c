/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A chain of decoders, the one that was applied last first; each gives what it makes, a room full at a time, to the
 * next:
 *
 *   body --> [ gzip | room ] --> [ br | room ] --> result
 *
 * The hard thing is memory under hostile bodies: nothing between two codings is ever held as a whole, what each of them
 * may make is counted, and the decoders' own memory comes from a purse that a body's claims cannot overdraw.
 */
#include "body/coding.h"

#include "base/arena.h"
#include "base/ascii.h"
#include "base/slice.h"

#define ZLIB_CONST
#include <brotli/decode.h>
#include <limits.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#define ROOM             ((size_t)16 << 10)
#define TABLES_BYTES_MAX ((size_t)4 << 20)  /* brotli: three groups of 256 trees are 3.3 MiB */
#define RINGS_BYTES_MAX  ((size_t)32 << 20) /* brotli: a window of 16 MiB, and the halves it has grown from */
/* Senders keep to 8 MiB (RFC 9659 3), and use as much for small bodies too where they do not know the length. */
#define WINDOW_LOG_SURE 23
#define WINDOW_LOG_MAX  27

/* ---- the decoders' memory ---- */

/* Before each allocation. */
struct piece {
    _Alignas(16) struct piece *next; /* where it is free */
    size_t size;
};

/*
 * What decoders give back is used again: brotli builds new tables for each block of a few bytes, which an arena alone
 * would collect.
 */
struct purse {
    struct plx_arena *arena;
    struct piece *free;
    size_t left;
    enum plx_status status; /* why the last one was refused */
};

static void *
purse_take(void *context, size_t size)
{
    struct purse *purse = context;
    struct piece **best = NULL, *piece;

    for (struct piece **at = &purse->free; *at; at = &(*at)->next)
        if ((*at)->size >= size && (!best || (*at)->size < (*best)->size))
            best = at;
    if (best) {
        piece = *best;
        *best = piece->next;
        return piece + 1;
    }
    if (size > purse->left) {
        purse->status = PLX_E_TOO_LARGE;
        return NULL;
    }
    piece = plx_arena_alloc(purse->arena, sizeof(*piece) + size);
    if (!piece) {
        purse->status = PLX_E_MEMORY;
        return NULL;
    }
    *piece = (struct piece){.size = size};
    purse->left -= size;
    return piece + 1;
}

static void
purse_give(void *context, void *ptr)
{
    struct purse *purse = context;

    if (ptr) {
        struct piece *piece = (struct piece *)ptr - 1;
        piece->next = purse->free;
        purse->free = piece;
    }
}

static void *
purse_take_many(void *context, unsigned count, unsigned size)
{
    return purse_take(context, (size_t)count * size);
}

/* ---- the result ---- */

struct result {
    struct plx_arena *arena;
    char *ptr;
    size_t len, cap, max;
    struct plx_coding_size *size; /* is measured, and nothing is kept; NULL: it is kept */
    uint64_t dense_max;
};

static enum plx_status
result_count(struct result *result, const char *ptr, size_t len)
{
    result->size->bytes += len;
    for (size_t i = 0; i < len; i++)
        result->size->dense += !plx_ascii_is_white(ptr[i]);
    return result->size->dense > result->dense_max ? PLX_E_TOO_LARGE : PLX_OK;
}

/* The caller has counted: it never becomes more than max. */
static enum plx_status
result_add(struct result *result, const char *ptr, size_t len)
{
    if (result->size)
        return result_count(result, ptr, len);
    if (len > result->cap - result->len) {
        size_t cap = result->cap <= result->max / 2 ? result->cap * 2 : result->max;
        if (cap < result->len + len)
            cap = result->len + len;
        if (cap > result->max / 2)
            cap = result->max; /* so all that it has grown from is less than max together */
        char *grown = plx_arena_resize(result->arena, result->ptr, result->cap, cap);
        if (!grown)
            return PLX_E_MEMORY;
        result->ptr = grown;
        result->cap = cap;
    }
    memcpy(result->ptr + result->len, ptr, len);
    result->len += len;
    return PLX_OK;
}

/* ---- the codings ---- */

struct stage {
    const struct coding *coding;
    struct stage *next; /* NULL: what it makes is the result */
    struct result *result;
    struct purse *purse;
    size_t made, made_max;
    bool open, ended; /* ended: what it has been given so far is whole */
    bool padded;      /* gzip: a zero has followed the last member */
    union {
        z_stream zlib;
        BrotliDecoderState *brotli;
        ZSTD_DStream *zstd;
    };
    char room[ROOM];
};

struct coding {
    const char *name;
    enum plx_status (*open)(struct stage *stage, unsigned char first);
    /* Takes from *in what it can, into the room. What fills the room may leave more to be made, without input too. */
    enum plx_status (*step)(struct stage *stage, struct plx_slice *in, size_t *made);
    void (*close)(struct stage *stage);
};

static void
slice_skip(struct plx_slice *slice, size_t len)
{
    slice->ptr += len;
    slice->len -= len;
}

/* Why a decoder has failed: it got no memory, else it was given what it cannot read. */
static enum plx_status
failure(const struct stage *stage)
{
    return stage->purse->status != PLX_OK ? stage->purse->status : PLX_E_SYNTAX;
}

static enum plx_status
zlib_open(struct stage *stage, int window_bits)
{
    stage->zlib = (z_stream){.zalloc = purse_take_many, .zfree = purse_give, .opaque = stage->purse};
    return inflateInit2(&stage->zlib, window_bits) == Z_OK ? PLX_OK : failure(stage);
}

static enum plx_status
gzip_open(struct stage *stage, unsigned char first)
{
    return zlib_open(stage, MAX_WBITS + 16);
}

/*
 * Deflate is meant to be in zlib's format, which begins with the method 8 and a window of up to 2^(7+8) bytes. Many
 * send it raw: it would begin so only with a stored block whose unused bits are not zero, which nobody writes.
 */
static enum plx_status
deflate_open(struct stage *stage, unsigned char first)
{
    bool wrapped = (first & 0x0F) == 8 && first >> 4 <= 7;

    return zlib_open(stage, wrapped ? MAX_WBITS : -MAX_WBITS);
}

static enum plx_status
deflate_step(struct stage *stage, struct plx_slice *in, size_t *made)
{
    z_stream *zlib = &stage->zlib;

    if (stage->ended)
        return in->len ? PLX_E_SYNTAX : PLX_OK;
    unsigned given = in->len < UINT_MAX ? (unsigned)in->len : UINT_MAX;
    zlib->next_in = (const Bytef *)in->ptr;
    zlib->avail_in = given;
    zlib->next_out = (Bytef *)stage->room;
    zlib->avail_out = ROOM;
    int result = inflate(zlib, Z_NO_FLUSH);
    slice_skip(in, given - zlib->avail_in);
    *made = ROOM - zlib->avail_out;
    stage->ended = result == Z_STREAM_END;
    return result == Z_OK || result == Z_STREAM_END || result == Z_BUF_ERROR ? PLX_OK : failure(stage);
}

/* Behind a member there may be another one (RFC 1952 2.2), or the zeros that fill the blocks of a tape. */
static enum plx_status
gzip_step(struct stage *stage, struct plx_slice *in, size_t *made)
{
    if (stage->ended) {
        while (in->len && *in->ptr == '\0') {
            stage->padded = true;
            slice_skip(in, 1);
        }
        if (in->len == 0)
            return PLX_OK;
        if (stage->padded || inflateReset(&stage->zlib) != Z_OK)
            return PLX_E_SYNTAX;
        stage->ended = false;
    }
    return deflate_step(stage, in, made);
}

static void
zlib_close(struct stage *stage)
{
    inflateEnd(&stage->zlib);
}

static enum plx_status
brotli_open(struct stage *stage, unsigned char first)
{
    stage->brotli = BrotliDecoderCreateInstance(purse_take, purse_give, stage->purse);
    return stage->brotli ? PLX_OK : failure(stage);
}

static enum plx_status
brotli_step(struct stage *stage, struct plx_slice *in, size_t *made)
{
    size_t in_left = in->len, room_left = ROOM;
    const uint8_t *next_in = (const uint8_t *)in->ptr;
    uint8_t *next_out = (uint8_t *)stage->room;

    if (stage->ended)
        return in->len ? PLX_E_SYNTAX : PLX_OK;
    BrotliDecoderResult result =
        BrotliDecoderDecompressStream(stage->brotli, &in_left, &next_in, &room_left, &next_out, NULL);
    slice_skip(in, in->len - in_left);
    *made = ROOM - room_left;
    stage->ended = result == BROTLI_DECODER_RESULT_SUCCESS;
    return result == BROTLI_DECODER_RESULT_ERROR ? failure(stage) : PLX_OK;
}

static void
brotli_close(struct stage *stage)
{
    BrotliDecoderDestroyInstance(stage->brotli);
}

static int
window_log(size_t max)
{
    int log = WINDOW_LOG_SURE;

    while (log < WINDOW_LOG_MAX && max > (size_t)1 << log)
        log++;
    return log;
}

/* What it takes besides its window: its own state, and room for two blocks. */
#define ZSTD_STATE_BYTES ((size_t)512 << 10)

static size_t
zstd_bytes(const struct stage *stage)
{
    return ((size_t)1 << window_log(stage->result->max)) + ZSTD_STATE_BYTES;
}

static enum plx_status
zstd_open(struct stage *stage, unsigned char first)
{
    if (!plx_arena_charge(stage->result->arena, zstd_bytes(stage)))
        return PLX_E_TOO_LARGE;
    stage->zstd = ZSTD_createDStream();
    size_t set =
        stage->zstd ? ZSTD_DCtx_setParameter(stage->zstd, ZSTD_d_windowLogMax, window_log(stage->result->max)) : 0;
    if (!stage->zstd || ZSTD_isError(set)) {
        plx_arena_credit(stage->result->arena, zstd_bytes(stage));
        ZSTD_freeDStream(stage->zstd);
        return stage->zstd ? PLX_E_UNSUPPORTED : PLX_E_MEMORY;
    }
    stage->ended = true; /* as between two frames */
    return PLX_OK;
}

/* The library may know the formats before 1.0 too, which keep to no limit of the window: they begin otherwise. */
static bool
zstd_begins(unsigned char first)
{
    return first == 0x28 || (first & 0xF0) == 0x50; /* a frame, a skippable one (RFC 8878 3.1) */
}

static enum plx_status
zstd_step(struct stage *stage, struct plx_slice *in, size_t *made)
{
    ZSTD_inBuffer from = {in->ptr, in->len, 0};
    ZSTD_outBuffer to = {stage->room, ROOM, 0};

    if (stage->ended && in->len == 0)
        return PLX_OK;
    if (stage->ended && !zstd_begins((unsigned char)*in->ptr))
        return PLX_E_SYNTAX;
    size_t result = ZSTD_decompressStream(stage->zstd, &to, &from);
    slice_skip(in, from.pos);
    *made = to.pos;
    stage->ended = result == 0;
    switch (ZSTD_getErrorCode(result)) {
    case ZSTD_error_no_error:
        return PLX_OK;
    case ZSTD_error_memory_allocation:
        return PLX_E_MEMORY;
    case ZSTD_error_frameParameter_windowTooLarge:
        return PLX_E_TOO_LARGE;
    default:
        return PLX_E_SYNTAX;
    }
}

static void
zstd_close(struct stage *stage)
{
    ZSTD_freeDStream(stage->zstd);
    plx_arena_credit(stage->result->arena, zstd_bytes(stage));
}

static const struct coding codings_known[] = {
    {"gzip", gzip_open, gzip_step, zlib_close},          {"x-gzip", gzip_open, gzip_step, zlib_close},
    {"deflate", deflate_open, deflate_step, zlib_close}, {"br", brotli_open, brotli_step, brotli_close},
    {"zstd", zstd_open, zstd_step, zstd_close},
};

/* ---- the chain ---- */

static enum plx_status stage_feed(struct stage *stage, struct plx_slice in);

static enum plx_status
stage_deliver(struct stage *stage, size_t made)
{
    if (made > stage->made_max - stage->made)
        return PLX_E_TOO_LARGE;
    stage->made += made;
    return stage->next ? stage_feed(stage->next, plx_slice_make(stage->room, made))
                       : result_add(stage->result, stage->room, made);
}

/* Decodes all of it, through the stages that follow. */
static enum plx_status
stage_feed(struct stage *stage, struct plx_slice in)
{
    enum plx_status status = PLX_OK;
    size_t made, before;

    if (in.len && !stage->open) {
        status = stage->coding->open(stage, (unsigned char)*in.ptr);
        stage->open = status == PLX_OK;
    }
    for (made = 0; status == PLX_OK && (in.len || made == ROOM);) {
        before = in.len;
        made = 0;
        status = stage->coding->step(stage, &in, &made);
        if (status == PLX_OK && made)
            status = stage_deliver(stage, made);
        else if (status == PLX_OK && in.len && in.len == before)
            status = PLX_E_SYNTAX; /* it would go on like this for ever */
    }
    return status;
}

/* A coding that got nothing at all has nothing to be removed, as an empty body has. */
static enum plx_status
chain_run(struct stage *stages, size_t count, struct plx_slice body)
{
    enum plx_status status = stage_feed(&stages[0], body);

    for (size_t i = 0; i < count; i++) {
        if (status == PLX_OK && stages[i].open && !stages[i].ended)
            status = PLX_E_SYNTAX;
        if (stages[i].open)
            stages[i].coding->close(&stages[i]);
    }
    return status;
}

/* What a coding makes for another one may be a little more than what that one makes of it: its headers. */
static size_t
inner_max(size_t max)
{
    return max < SIZE_MAX / 2 ? max + max / 8 + 1024 : max;
}

static enum plx_status
chain_decode(const struct coding *const *codings, size_t count, struct plx_slice body, struct result *result)
{
    size_t rings = result->max < RINGS_BYTES_MAX / 4 ? result->max * 4 : RINGS_BYTES_MAX;
    struct purse purse = {.arena = result->arena, .left = TABLES_BYTES_MAX + rings};
    struct stage *stages = plx_arena_alloc(result->arena, count * sizeof(*stages));

    if (!stages)
        return PLX_E_MEMORY;
    for (size_t i = 0; i < count; i++) {
        bool last = i + 1 == count;
        memset(&stages[i], 0, offsetof(struct stage, room));
        stages[i].coding = codings[count - 1 - i];
        stages[i].next = last ? NULL : &stages[i + 1];
        stages[i].result = result;
        stages[i].purse = &purse;
        stages[i].made_max = last ? result->max : inner_max(result->max);
    }
    return chain_run(stages, count, body);
}

/* ---- names ---- */

/* The next name that is not identity; false at the end. */
static bool
next_name(struct plx_slice *rest, struct plx_slice *name)
{
    while (plx_slice_list_next(rest, name))
        if (!plx_slice_equal_nocase(*name, plx_slice_of("identity")))
            return true;
    return false;
}

static const struct coding *
coding_named(struct plx_slice name)
{
    for (size_t i = 0; i < sizeof(codings_known) / sizeof(*codings_known); i++)
        if (plx_slice_equal_nocase(name, plx_slice_of(codings_known[i].name)))
            return &codings_known[i];
    return NULL;
}

static enum plx_status
find_codings(struct plx_slice names, const struct coding *chain[PLX_CODINGS_MAX], size_t *count)
{
    struct plx_slice name;

    *count = 0;
    while (next_name(&names, &name)) {
        const struct coding *coding = coding_named(name);
        if (!coding || *count == PLX_CODINGS_MAX)
            return PLX_E_UNSUPPORTED;
        chain[(*count)++] = coding;
    }
    return PLX_OK;
}

enum plx_status
plx_coding_remove(struct plx_slice codings, struct plx_slice body, size_t max, struct plx_arena *arena,
                  struct plx_slice *out)
{
    const struct coding *chain[PLX_CODINGS_MAX];
    struct result result = {.arena = arena, .max = max};
    size_t count;

    if (body.len == 0) {
        *out = body;
        return PLX_OK;
    }
    enum plx_status found = find_codings(codings, chain, &count);
    if (found != PLX_OK)
        return found;
    if (count == 0 && body.len > max)
        return PLX_E_TOO_LARGE;
    if (count == 0) {
        *out = body;
        return PLX_OK;
    }
    enum plx_status status = chain_decode(chain, count, body, &result);
    if (status != PLX_OK)
        return status;
    if (result.ptr)
        result.ptr = plx_arena_resize(arena, result.ptr, result.cap, result.len); /* shrinks where it is */
    *out = plx_slice_make(result.ptr, result.len);
    return PLX_OK;
}

void
plx_coding_measure(struct plx_slice codings, struct plx_slice body, uint64_t dense_max, struct plx_arena *arena,
                   struct plx_coding_size *out)
{
    const struct coding *chain[PLX_CODINGS_MAX];
    struct result result = {.arena = arena, .max = PLX_CODING_LOOK_MAX, .size = out, .dense_max = dense_max};
    size_t count;

    *out = (struct plx_coding_size){0};
    if (find_codings(codings, chain, &count) != PLX_OK)
        return;
    if (count == 0 || body.len == 0)
        out->whole = result_count(&result, body.ptr, body.len) == PLX_OK;
    else
        out->whole = chain_decode(chain, count, body, &result) == PLX_OK;
}

bool
plx_codings_any(struct plx_slice codings)
{
    struct plx_slice name;

    return next_name(&codings, &name);
}
