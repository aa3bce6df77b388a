/* SPDX-License-Identifier: Apache-2.0 */
/* What an encoder has coded comes back byte by byte; what is cut, corrupt or a bomb comes back as a status, in bounds.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the above first */
#include <cmocka.h>

#include "base/arena.h"
#include "body/coding.h"
#include "memory_kit.h"

#include <brotli/encode.h>
#include <stdio.h>
#include <zlib.h>
#include <zstd.h>

#define MIB       ((size_t)1 << 20)
#define BYTES(s)  plx_slice_make(s, sizeof(s) - 1)
#define COUNT(of) (sizeof(of) / sizeof(*(of)))

static struct plx_arena *inputs; /* what is decoded, and what should come out */
static struct plx_arena *arena;  /* what came out */
static struct counter counter;
static struct plx_allocator allocator;

static int
setup(void **state)
{
    counter = (struct counter){0};
    allocator = counting(&counter);
    inputs = plx_arena_new(NULL);
    arena = plx_arena_new(&allocator);
    return !inputs || !arena;
}

static int
teardown(void **state)
{
    plx_arena_free(inputs);
    plx_arena_free(arena);
    return counter.held != 0;
}

/* ---- encoders ---- */

static char *
take(size_t size)
{
    char *ptr = plx_arena_alloc(inputs, size);

    assert_non_null(ptr);
    return ptr;
}

static struct plx_slice
code_zlib(struct plx_slice plain, int window_bits)
{
    z_stream zlib = {0};

    assert_int_equal(deflateInit2(&zlib, 6, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY), Z_OK);
    size_t room = plain.len + plain.len / 8 + 1024; /* more than deflateBound() says, which small windows exceed */
    char *out = take(room);
    zlib.next_in = (Bytef *)(uintptr_t)plain.ptr;
    zlib.avail_in = (uInt)plain.len;
    zlib.next_out = (Bytef *)out;
    zlib.avail_out = (uInt)room;
    assert_int_equal(deflate(&zlib, Z_FINISH), Z_STREAM_END);
    room -= zlib.avail_out;
    deflateEnd(&zlib);
    return plx_slice_make(out, room);
}

static struct plx_slice
code_gzip(struct plx_slice plain)
{
    return code_zlib(plain, MAX_WBITS + 16);
}

static struct plx_slice
code_deflate(struct plx_slice plain)
{
    return code_zlib(plain, MAX_WBITS);
}

static struct plx_slice
code_small_deflate(struct plx_slice plain)
{
    return code_zlib(plain, 9);
}

static struct plx_slice
code_raw(struct plx_slice plain)
{
    return code_zlib(plain, -MAX_WBITS);
}

static struct plx_slice
code_brotli_as(struct plx_slice plain, int quality, int window)
{
    size_t len = plain.len * 2 + 1024;
    char *out = take(len);

    assert_true(BrotliEncoderCompress(quality, window, BROTLI_MODE_GENERIC, plain.len, (const uint8_t *)plain.ptr, &len,
                                      (uint8_t *)out));
    return plx_slice_make(out, len);
}

static struct plx_slice
code_brotli(struct plx_slice plain)
{
    return code_brotli_as(plain, 5, BROTLI_DEFAULT_WINDOW);
}

static struct plx_slice
code_brotli_wide(struct plx_slice plain)
{
    return code_brotli_as(plain, 9, BROTLI_MAX_WINDOW_BITS);
}

/* As servers do, that do not know the length before the end: in pieces, each of them flushed. */
static struct plx_slice
code_brotli_flushed(struct plx_slice plain)
{
    BrotliEncoderState *brotli = BrotliEncoderCreateInstance(NULL, NULL, NULL);
    size_t room = plain.len * 2 + 4096, left = room, given, piece = plain.len / 64 + 1;
    char *out = take(room);
    const uint8_t *from = (const uint8_t *)plain.ptr, *end = from + plain.len;
    uint8_t *to = (uint8_t *)out;

    assert_non_null(brotli);
    assert_true(BrotliEncoderSetParameter(brotli, BROTLI_PARAM_QUALITY, 5));
    while (from < end) {
        given = (size_t)(end - from) < piece ? (size_t)(end - from) : piece;
        assert_true(BrotliEncoderCompressStream(brotli, BROTLI_OPERATION_FLUSH, &given, &from, &left, &to, NULL));
    }
    given = 0;
    assert_true(BrotliEncoderCompressStream(brotli, BROTLI_OPERATION_FINISH, &given, &from, &left, &to, NULL));
    assert_true(BrotliEncoderIsFinished(brotli));
    BrotliEncoderDestroyInstance(brotli);
    return plx_slice_make(out, room - left);
}

static struct plx_slice
code_zstd(struct plx_slice plain)
{
    size_t room = ZSTD_compressBound(plain.len);
    char *out = take(room);
    size_t len = ZSTD_compress(out, room, plain.ptr, plain.len, 3);

    assert_false(ZSTD_isError(len));
    return plx_slice_make(out, len);
}

/* Of a length that the frame does not say, with a checksum; window_log 0: the level's own. */
static struct plx_slice
code_zstd_as(struct plx_slice plain, int window_log)
{
    size_t room = ZSTD_compressBound(plain.len) + 1024, left;
    ZSTD_CCtx *zstd = ZSTD_createCCtx();
    ZSTD_inBuffer in = {plain.ptr, plain.len, 0};
    ZSTD_outBuffer out = {take(room), room, 0};

    assert_non_null(zstd);
    assert_false(ZSTD_isError(ZSTD_CCtx_setParameter(zstd, ZSTD_c_checksumFlag, 1)));
    assert_false(ZSTD_isError(ZSTD_CCtx_setParameter(zstd, ZSTD_c_windowLog, window_log)));
    left = ZSTD_compressStream2(zstd, &out, &in, ZSTD_e_flush);
    assert_int_equal(left, 0);
    assert_int_equal(in.pos, in.size);
    left = ZSTD_compressStream2(zstd, &out, &in, ZSTD_e_end);
    assert_int_equal(left, 0);
    ZSTD_freeCCtx(zstd);
    return plx_slice_make(out.dst, out.pos);
}

static struct plx_slice
code_zstd_streamed(struct plx_slice plain)
{
    return code_zstd_as(plain, 0);
}

static const struct {
    const char *name;
    struct plx_slice (*code)(struct plx_slice plain);
} coders[] = {
    {"gzip", code_gzip},   {"x-gzip", code_gzip},        {"deflate", code_deflate}, {"deflate", code_small_deflate},
    {"deflate", code_raw}, {"br", code_brotli},          {"br", code_brotli_wide},  {"br", code_brotli_flushed},
    {"zstd", code_zstd},   {"zstd", code_zstd_streamed},
};

/* ---- bodies ---- */

enum kind { ZEROS, WORDS, NOISE, KINDS };

static uint64_t random_state = 1;

/* Marsaglia's xorshift*: brotli would find the period of a simpler one. */
static uint32_t
random_next(void)
{
    random_state ^= random_state >> 12;
    random_state ^= random_state << 25;
    random_state ^= random_state >> 27;
    return (uint32_t)(random_state * UINT64_C(0x2545F4914F6CDD1D) >> 32);
}

static struct plx_slice
make_body(enum kind kind, size_t len)
{
    char *out = take(len), number[16];
    size_t at = 0;

    memset(out, 0, len);
    while (kind == NOISE && at < len)
        out[at++] = (char)random_next();
    while (kind == WORDS && at < len) {
        size_t count = (size_t)snprintf(number, sizeof(number), "{\"id\":%u},", random_next() % 10000);
        if (count > len - at)
            count = len - at;
        memcpy(out + at, number, count);
        at += count;
    }
    return plx_slice_make(out, len);
}

static struct plx_slice
join(struct plx_slice a, struct plx_slice b)
{
    char *out = take(a.len + b.len);

    if (a.len)
        memcpy(out, a.ptr, a.len);
    if (b.len)
        memcpy(out + a.len, b.ptr, b.len);
    return plx_slice_make(out, a.len + b.len);
}

/* ---- decoding ---- */

/* From memory of just that size, so that reading beyond it shows. Looks at what must hold whatever comes out. */
static enum plx_status
decode(const char *codings, struct plx_slice body, size_t max, struct plx_slice *out)
{
    static const struct plx_slice untouched = {"untouched", 9};
    char *exact = malloc(body.len ? body.len : 1);

    assert_non_null(exact);
    memcpy(exact, body.ptr, body.len);
    plx_arena_reset(arena);
    *out = untouched;
    enum plx_status status = plx_coding_remove(plx_slice_of(codings), plx_slice_make(exact, body.len), max, arena, out);
    if (status == PLX_OK) {
        assert_true(out->len <= max);
        if (out->ptr == exact)
            *out = plx_arena_copy(arena, *out);
    } else {
        assert_memory_equal(out, &untouched, sizeof(untouched));
    }
    free(exact);
    return status;
}

static void
expect(const char *codings, struct plx_slice body, size_t max, struct plx_slice want)
{
    struct plx_slice got;
    enum plx_status status = decode(codings, body, max, &got);

    if (status != PLX_OK)
        fail_msg("%s, %zu bytes: %s", codings, want.len, plx_status_text(status));
    assert_int_equal(got.len, want.len);
    if (want.len)
        assert_memory_equal(got.ptr, want.ptr, want.len);
}

static void
expect_status(const char *codings, struct plx_slice body, size_t max, enum plx_status want)
{
    struct plx_slice got;
    enum plx_status status = decode(codings, body, max, &got);

    if (status != want)
        fail_msg("%s, %zu bytes: %s instead of %s", codings, body.len, plx_status_text(status), plx_status_text(want));
}

/* ---- what must come back ---- */

static void
test_every_body_comes_back(void **state)
{
    static const size_t sizes[] = {0, 1, 2, 3, 777, 16383, 16384, 16385, 100003, MIB};

    for (size_t i = 0; i < COUNT(coders) * KINDS * COUNT(sizes); i++) {
        size_t size = sizes[i % COUNT(sizes)], coder = i / COUNT(sizes) / KINDS;
        plx_arena_reset(inputs);
        struct plx_slice plain = make_body((enum kind)(i / COUNT(sizes) % KINDS), size);
        struct plx_slice body = coders[coder].code(plain);
        expect(coders[coder].name, body, size, plain);
        if (size)
            expect_status(coders[coder].name, body, size - 1, PLX_E_TOO_LARGE);
    }
}

static void
test_codings_are_removed_from_the_last_to_the_first(void **state)
{
    char names[64];

    for (size_t i = 0; i < COUNT(coders) * COUNT(coders); i++) {
        size_t first = i / COUNT(coders), second = i % COUNT(coders);
        struct plx_slice plain = make_body(i % 2 ? WORDS : NOISE, 20000), body;
        body = coders[second].code(coders[first].code(plain));
        snprintf(names, sizeof(names), "%s ,\t%s", coders[first].name, coders[second].name);
        expect(names, body, plain.len, plain);
        plx_arena_reset(inputs);
    }
    struct plx_slice plain = make_body(WORDS, 3000);
    struct plx_slice body = code_zstd(code_brotli(code_gzip(code_raw(plain))));
    expect("deflate, gzip, br, zstd", body, plain.len, plain);
    expect_status("gzip, deflate, br, zstd", body, plain.len, PLX_E_SYNTAX);
}

static void
test_names_are_read_as_lists_are(void **state)
{
    static const char *const same[] = {
        "gzip",       "GZip",          " gzip\t",       ",gzip",  "gzip,",
        ", ,gzip , ", "identity,gzip", "gzip,Identity", "X-GZIP", "identity, identity, gzip"};
    static const char *const unknown[] = {"gzi", "gzipp", "compress", "gzip;q=1", "gzip gzip", "gzip, nonsense", "*"};
    static const char *const none[] = {"", ",", "identity", " , IDENTITY\t,"};
    struct plx_slice plain = make_body(WORDS, 100), body = code_gzip(plain), got;

    for (size_t i = 0; i < COUNT(same); i++) {
        expect(same[i], body, 100, plain);
        assert_true(plx_codings_any(plx_slice_of(same[i])));
    }
    for (size_t i = 0; i < COUNT(unknown); i++) {
        expect_status(unknown[i], body, 100, PLX_E_UNSUPPORTED);
        assert_true(plx_codings_any(plx_slice_of(unknown[i])));
    }
    for (size_t i = 0; i < COUNT(none); i++) {
        assert_false(plx_codings_any(plx_slice_of(none[i])));
        assert_int_equal(plx_coding_remove(plx_slice_of(none[i]), plain, 100, arena, &got), PLX_OK);
        assert_ptr_equal(got.ptr, plain.ptr);
        assert_int_equal(got.len, 100);
        expect_status(none[i], plain, 99, PLX_E_TOO_LARGE);
    }
    assert_false(plx_codings_any(plx_slice_make(NULL, 0)));
    body = code_gzip(code_gzip(code_gzip(body)));
    expect("gzip, gzip, gzip, gzip", body, 100, plain);
    expect_status("gzip, gzip, gzip, gzip, gzip", code_gzip(body), 100, PLX_E_UNSUPPORTED);
}

/* The answers to HEAD, and 304s, say how the body that they have not got would be coded. */
static void
test_an_empty_body_is_empty(void **state)
{
    struct plx_slice none = {NULL, 0}, got = {"x", 1};

    assert_int_equal(plx_coding_remove(plx_slice_of("gzip"), none, 0, arena, &got), PLX_OK);
    assert_int_equal(got.len, 0);
    expect("br, gzip", code_gzip(none), 0, none);
}

static void
test_members_and_frames_are_joined(void **state)
{
    static const char skipped[] = "\x50\x2A\x4D\x18\x05\0\0\0hello", skipped_too[] = "\x5F\x2A\x4D\x18\0\0\0\0";
    struct plx_slice none = {"", 0}, a = make_body(WORDS, 30000), b = make_body(NOISE, 5), both = join(a, b);
    struct plx_slice body = join(join(code_gzip(a), code_gzip(none)), code_gzip(b));
    struct plx_slice padded = join(body, BYTES("\0\0\0\0\0"));

    expect("gzip", body, both.len, both);
    expect("gzip", padded, both.len, both);
    expect("gzip, br", code_brotli(padded), both.len, both);
    expect_status("gzip", body, both.len - 1, PLX_E_TOO_LARGE);
    expect_status("gzip", join(padded, code_gzip(b)), both.len * 2, PLX_E_SYNTAX);
    expect_status("gzip", join(padded, BYTES("x")), both.len, PLX_E_SYNTAX);
    expect_status("gzip", join(body, BYTES("x")), both.len, PLX_E_SYNTAX);

    body = join(code_zstd(a), code_zstd_streamed(b));
    expect("zstd", body, both.len, both);
    body = join(BYTES(skipped), join(body, BYTES(skipped_too)));
    expect("zstd", body, both.len, both);
    expect("zstd, gzip", code_gzip(body), both.len, both);
    expect("zstd", BYTES(skipped), 0, none);
    for (size_t len = 1; len < sizeof(skipped) - 1; len++)
        expect_status("zstd", plx_slice_make(skipped, len), 100, PLX_E_SYNTAX);
}

/* ---- what must not ---- */

static void
test_what_follows_the_end_is_refused(void **state)
{
    struct plx_slice plain = make_body(WORDS, 500);

    for (size_t i = 0; i < COUNT(coders); i++) {
        struct plx_slice body = coders[i].code(plain);
        expect_status(coders[i].name, join(body, BYTES("\x01")), 1000, PLX_E_SYNTAX);
        if (coders[i].code != code_gzip)
            expect_status(coders[i].name, join(body, BYTES("\0")), 1000, PLX_E_SYNTAX);
    }
}

static void
test_what_is_cut_off_is_refused(void **state)
{
    static const size_t sizes[] = {0, 1, 40, 2000};

    for (size_t i = 0; i < COUNT(coders) * COUNT(sizes) * KINDS; i++) {
        size_t coder = i / COUNT(sizes) / KINDS;
        struct plx_slice plain = make_body((enum kind)(i % KINDS), sizes[i / KINDS % COUNT(sizes)]);
        struct plx_slice body = coders[coder].code(plain);
        char names[32];
        for (size_t len = 1; len < body.len; len++)
            expect_status(coders[coder].name, plx_slice_make(body.ptr, len), MIB, PLX_E_SYNTAX);
        /* The outer one is whole, the inner one is not. */
        snprintf(names, sizeof(names), "%s, gzip", coders[coder].name);
        for (size_t len = 1; len < body.len; len += body.len / 20 + 1)
            expect_status(names, code_gzip(plx_slice_make(body.ptr, len)), MIB, PLX_E_SYNTAX);
        plx_arena_reset(inputs);
    }
}

static void
test_what_is_coded_otherwise_is_refused(void **state)
{
    struct plx_slice plain = make_body(WORDS, 5000);

    for (size_t i = 0; i < COUNT(coders) * COUNT(coders); i++) {
        const char *name = coders[i / COUNT(coders)].name, *other = coders[i % COUNT(coders)].name;
        bool both_gzip = strstr(name, "gzip") && strstr(other, "gzip");
        if (strcmp(name, other) != 0 && !both_gzip)
            expect_status(name, coders[i % COUNT(coders)].code(plain), MIB, PLX_E_SYNTAX);
    }
    for (size_t i = 0; i < COUNT(coders); i++)
        expect_status(coders[i].name, plain, MIB, PLX_E_SYNTAX);
    /* A frame of before 1.0 (v0.7), which libraries may still read; a dictionary that nobody has sent. */
    expect_status("zstd", BYTES("\x27\xB5\x2F\xFD\0\0\x40\0\x01x\xC0\0\0"), MIB, PLX_E_SYNTAX);
    expect_status("zstd", BYTES("\x28\xB5\x2F\xFD\x21\x07\x01\x09\x00\x00x"), MIB, PLX_E_SYNTAX);
    expect_status("deflate", BYTES("\x78\xBB\x00\x00\x00\x01\x03\x00"), MIB, PLX_E_SYNTAX);
}

/* Corrupt bodies may even be something else that is well-formed (raw deflate and brotli have no checksums). */
static void
test_corrupt_bodies_stay_in_bounds(void **state)
{
    static const size_t max = 4000;
    struct plx_slice plain = make_body(WORDS, 3000), got;

    for (size_t i = 0; i < COUNT(coders); i++) {
        struct plx_slice body = coders[i].code(plain);
        char *corrupt = take(body.len);
        for (int round = 0; round < 1500; round++) {
            memcpy(corrupt, body.ptr, body.len);
            for (uint32_t count = random_next() % 4 + 1; count; count--)
                corrupt[random_next() % (round % 2 ? body.len : 24)] ^= (char)(1u << random_next() % 8);
            enum plx_status status = decode(coders[i].name, plx_slice_make(corrupt, body.len), max, &got);
            assert_true(status == PLX_OK || status == PLX_E_SYNTAX || status == PLX_E_TOO_LARGE);
            if (status == PLX_OK && strstr(coders[i].name, "gzip"))
                assert_true(plx_slice_equal(got, plain)); /* its name or its time was hit */
        }
    }
}

static void
test_noise_stays_in_bounds(void **state)
{
    static const unsigned char frame[4] = {0x28, 0xB5, 0x2F, 0xFD}, member[10] = {0x1F, 0x8B, 8};
    char noise[200];
    struct plx_slice got;

    for (int round = 0; round < 20000; round++) {
        size_t coder = random_next() % COUNT(coders), len = random_next() % (sizeof(noise) - 1) + 1;
        for (size_t i = 0; i < len; i++)
            noise[i] = (char)random_next();
        if (strcmp(coders[coder].name, "zstd") == 0 && len > 4)
            memcpy(noise, frame, sizeof(frame));
        if (strstr(coders[coder].name, "gzip") && len > 10)
            memcpy(noise, member, sizeof(member));
        enum plx_status status = decode(coders[coder].name, plx_slice_make(noise, len), 5000, &got);
        assert_true(status == PLX_OK || status == PLX_E_SYNTAX || status == PLX_E_TOO_LARGE);
    }
}

/* ---- memory ---- */

static size_t
held_for(const char *codings, struct plx_slice body, size_t max, enum plx_status want)
{
    plx_arena_free(arena);
    arena = plx_arena_new(&allocator);
    assert_non_null(arena);
    expect_status(codings, body, max, want);
    return counter.held;
}

static void
test_bombs_are_left_alone(void **state)
{
    struct plx_slice zeros = make_body(ZEROS, 10 * MIB);

    for (size_t i = 0; i < COUNT(coders); i++) {
        struct plx_slice body = coders[i].code(zeros);
        char names[64];
        size_t bound = strcmp(coders[i].name, "br") == 0 ? 2 * MIB + 8 * MIB : 3 * MIB;
        assert_true(held_for(coders[i].name, body, MIB, PLX_E_TOO_LARGE) <= bound);
        /* One in another, and one that is not what the inner coding says. */
        snprintf(names, sizeof(names), "%s, gzip", coders[i].name);
        assert_true(held_for(names, code_gzip(body), MIB, PLX_E_TOO_LARGE) <= bound);
        assert_true(held_for(names, code_gzip(zeros), MIB, PLX_E_SYNTAX) <= bound);
    }
    expect_status("gzip, gzip, gzip, gzip", code_gzip(code_gzip(code_gzip(code_gzip(zeros)))), MIB, PLX_E_TOO_LARGE);
}

/* Members and frames of nothing make nothing, and what makes too much for the next coding stops there. */
static void
test_what_only_one_coding_makes_counts_too(void **state)
{
    struct plx_slice nothing = code_gzip(plx_slice_make("", 0)), many = {"", 0};

    many = make_body(ZEROS, nothing.len * 200000);
    for (size_t at = 0; at < many.len; at += nothing.len)
        memcpy((char *)(uintptr_t)many.ptr + at, nothing.ptr, nothing.len);
    expect("gzip", many, 0, plx_slice_make("", 0));
    assert_true(held_for("gzip, br", code_brotli(many), MIB, PLX_E_TOO_LARGE) < 5 * MIB);
    expect("gzip, br", code_brotli(many), many.len, plx_slice_make("", 0));
}

static void
test_memory_follows_what_comes_out_and_not_what_is_claimed(void **state)
{
    /* Brotli: a window of 16 MiB, and a block that says it is as long but has got one byte. */
    static const char claim[] = "\xCF\xFF\xFF\xFFx";
    struct plx_slice small = make_body(WORDS, 300);

    for (size_t i = 0; i < COUNT(coders); i++)
        assert_true(held_for(coders[i].name, coders[i].code(small), 16 * MIB, PLX_OK) < 300u << 10);
    assert_true(held_for("br", BYTES(claim), MIB, PLX_E_TOO_LARGE) < MIB);
    assert_true(held_for("br", BYTES(claim), 16 * MIB, PLX_E_SYNTAX) < 17 * MIB);
    for (size_t size = MIB; size <= 9 * MIB; size += 8 * MIB) {
        struct plx_slice plain = make_body(NOISE, size);
        for (size_t i = 0; i < COUNT(coders); i++) {
            size_t rings = strcmp(coders[i].name, "br") == 0 ? 32 * MIB : 0;
            assert_true(held_for(coders[i].name, coders[i].code(plain), size, PLX_OK) < 2 * size + rings + 4 * MIB);
        }
        plx_arena_reset(inputs);
    }
}

/* Small bodies of senders that do not know their length come in windows larger than max, up to those of RFC 9659. */
static void
test_windows_are_bounded(void **state)
{
    struct plx_slice plain = make_body(WORDS, 500000);

    for (int log = 20; log <= 23; log++)
        expect("zstd", code_zstd_as(plain, log), plain.len, plain);
    expect_status("zstd", code_zstd_as(plain, 24), plain.len, PLX_E_TOO_LARGE);
    expect_status("zstd", code_zstd_as(plain, 24), 8 * MIB, PLX_E_TOO_LARGE);
    expect("zstd", code_zstd_as(plain, 24), 8 * MIB + 1, plain);
    expect("zstd", code_zstd_as(plain, 27), 128 * MIB, plain);
    /* A window of 256 MiB that is only said to be one. */
    struct plx_slice large = BYTES("\x28\xB5\x2F\xFD\x00\x90\x01\x00\x00");
    expect_status("zstd", large, SIZE_MAX, PLX_E_TOO_LARGE);
}

static void
test_brotli_tables_are_used_again(void **state)
{
    BrotliEncoderState *brotli = BrotliEncoderCreateInstance(NULL, NULL, NULL);
    struct plx_slice plain = make_body(WORDS, 400000);
    size_t room = plain.len * 3, left = room, given;
    char *out = take(room);
    const uint8_t *from = (const uint8_t *)plain.ptr, *end = from + plain.len;
    uint8_t *to = (uint8_t *)out;

    assert_non_null(brotli);
    assert_true(BrotliEncoderSetParameter(brotli, BROTLI_PARAM_QUALITY, 5));
    while (from < end) {
        given = (size_t)(end - from) < 100 ? (size_t)(end - from) : 100;
        assert_true(BrotliEncoderCompressStream(brotli, BROTLI_OPERATION_FLUSH, &given, &from, &left, &to, NULL));
    }
    given = 0;
    assert_true(BrotliEncoderCompressStream(brotli, BROTLI_OPERATION_FINISH, &given, &from, &left, &to, NULL));
    BrotliEncoderDestroyInstance(brotli);
    struct plx_slice body = plx_slice_make(out, room - left);
    expect("br", body, plain.len, plain);
    assert_true(held_for("br", body, plain.len, PLX_OK) < 3 * MIB);
}

static void
test_without_memory_nothing_is_changed(void **state)
{
    struct plx_slice plain = make_body(WORDS, 300000);

    for (size_t i = 0; i < COUNT(coders); i++) {
        enum plx_status status = PLX_E_MEMORY;
        char names[32];
        snprintf(names, sizeof(names), "%s, br, gzip", coders[i].name);
        struct plx_slice body = code_gzip(code_brotli(coders[i].code(plain)));
        size_t at, held = counter.held;
        for (at = 1; status != PLX_OK; at++) {
            struct counter own = {.fail_from = at + 1};
            struct plx_allocator few = counting(&own);
            struct plx_arena *scarce = plx_arena_new(&few);
            struct plx_slice got = {"untouched", 9};
            assert_non_null(scarce);
            status = plx_coding_remove(plx_slice_of(names), body, plain.len, scarce, &got);
            assert_true(status == PLX_OK || status == PLX_E_MEMORY);
            assert_true(plx_slice_equal(got, status == PLX_OK ? plain : plx_slice_of("untouched")));
            plx_arena_free(scarce);
            assert_int_equal(own.held, 0);
        }
        assert_true(at > 4);
        assert_int_equal(counter.held, held);
        plx_arena_reset(inputs);
        plain = make_body(WORDS, 300000);
    }
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_every_body_comes_back),
        TEST(test_codings_are_removed_from_the_last_to_the_first),
        TEST(test_names_are_read_as_lists_are),
        TEST(test_an_empty_body_is_empty),
        TEST(test_members_and_frames_are_joined),
        TEST(test_what_follows_the_end_is_refused),
        TEST(test_what_is_cut_off_is_refused),
        TEST(test_what_is_coded_otherwise_is_refused),
        TEST(test_corrupt_bodies_stay_in_bounds),
        TEST(test_noise_stays_in_bounds),
        TEST(test_bombs_are_left_alone),
        TEST(test_what_only_one_coding_makes_counts_too),
        TEST(test_memory_follows_what_comes_out_and_not_what_is_claimed),
        TEST(test_windows_are_bounded),
        TEST(test_brotli_tables_are_used_again),
        TEST(test_without_memory_nothing_is_changed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
