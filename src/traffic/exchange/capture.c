/* SPDX-License-Identifier: Apache-2.0 */
/* Keeping a head, and a body, or its length and digest. */
#include "traffic/exchange/capture.h"
#include "base/assert.h"
#include "traffic/http1/head.h"
#include "traffic/http1/header_lines.h"

#include <xxhash.h>

bool
plx_capture_head(struct plx_arena *arena, struct plx_http1_head *head, struct plx_header **headers)
{
    struct plx_slice bytes = plx_arena_copy(arena, head->bytes);
    struct plx_header *copy = plx_arena_alloc(arena, head->message.header_count * sizeof(*copy));

    if (!bytes.ptr || !copy)
        return false;
    plx_http_head_rebase(head, bytes.ptr);
    memcpy(copy, head->message.headers, head->message.header_count * sizeof(*copy));
    *headers = copy;
    return true;
}

bool
plx_capture_trailers(struct plx_arena *arena, struct plx_slice lines, struct plx_header **trailers, size_t *count)
{
    struct plx_slice bytes = plx_arena_copy(arena, lines);
    struct plx_header *copy = plx_arena_alloc(arena, PLX_HTTP_HEADERS_MAX * sizeof(*copy));
    const char *at = bytes.ptr, *end = at + bytes.len, *cr;
    size_t found = 0;

    if (!at || !copy)
        return false;
    for (; at < end && found < PLX_HTTP_HEADERS_MAX; at = cr + 2) {
        const char *fault = plx_http_read_field(at, end, &copy[found++], &cr);
        PLX_ASSERT(!fault);
    }
    *trailers = copy;
    *count = found;
    return true;
}

void
plx_capture_init(struct plx_capture *capture)
{
    plx_buffer_init(&capture->kept, 0);
    capture->length = 0;
    capture->digest = NULL;
    capture->broken = false;
}

void
plx_capture_begin(struct plx_capture *capture, uint64_t kept_max, uint64_t expected)
{
    if (capture->length || capture->broken)
        plx_capture_reset(capture);
    capture->kept.max = kept_max;
    if (expected > 0 && expected <= kept_max)
        plx_buffer_reserve(&capture->kept, expected);
}

/* The digest is begun when the first byte is not kept: it starts with those that were. */
static void
digest_add(struct plx_capture *capture, struct plx_slice data)
{
    if (!capture->digest) {
        capture->digest = XXH3_createState();
        if (!capture->digest || XXH3_128bits_reset(capture->digest) != XXH_OK) {
            capture->broken = true;
            return;
        }
        XXH3_128bits_update(capture->digest, capture->kept.ptr, capture->kept.len);
    }
    XXH3_128bits_update(capture->digest, data.ptr, data.len);
}

void
plx_capture_add(struct plx_capture *capture, struct plx_slice data)
{
    size_t room = capture->kept.max - capture->kept.len;
    size_t keep = data.len < room ? data.len : room;

    capture->length += data.len;
    if (capture->broken)
        return;
    if (keep == data.len) {
        plx_buffer_add(&capture->kept, data);
        capture->broken = capture->kept.failed;
        return;
    }
    if (!capture->digest) {
        plx_buffer_append(&capture->kept, data.ptr, keep);
        if (capture->kept.failed) {
            capture->broken = true;
            return;
        }
        data = plx_slice_make(data.ptr + keep, data.len - keep);
    }
    digest_add(capture, data);
}

void
plx_capture_describe(const struct plx_capture *capture, struct plx_answer *answer)
{
    answer->body = plx_buffer_slice(&capture->kept);
    answer->body_length = capture->length;
    if (capture->digest && !capture->broken) {
        XXH128_hash_t digest = XXH3_128bits_digest(capture->digest);
        answer->body_digest[0] = digest.low64;
        answer->body_digest[1] = digest.high64;
    }
}

void
plx_capture_reset(struct plx_capture *capture)
{
    plx_buffer_trim(&capture->kept, PLX_CAPTURE_SPARE_BYTES);
    capture->length = 0;
    capture->broken = false;
    if (capture->digest) {
        XXH3_freeState(capture->digest);
        capture->digest = NULL;
    }
}

void
plx_capture_fini(struct plx_capture *capture)
{
    plx_capture_reset(capture);
    plx_buffer_fini(&capture->kept);
}
