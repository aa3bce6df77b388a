/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes and reads the frame. It is read as a stranger's: the candidate may have written over the memory that it was
 * made from, or into the pipe. What is not whole is a crash.
 */
#include "experiment/frame.h"

#include "base/alloc.h"
#include "experiment/behaviour_result.h"
#include "experiment/trial.h"

#include <errno.h>
#include <unistd.h>

#define FRAME_MAGIC 0x504c5846u

enum frame_flag {
    FRAME_VALUE,
    FRAME_TOO_LARGE,
    FRAME_UNSUPPORTED,
    FRAME_MEMORY,
    FRAME_FLAGS,
};

/* As it lies in the memory of both, which are of one program. */
struct frame {
    uint32_t magic, flag;
    uint32_t kind;
    int32_t error;
    uint64_t wall_ns, cpu_ns;
    uint64_t length; /* of the bytes that follow: text, bytes, JSON, a packed object */
    int64_t integer; /* booleans too */
    double number;
    char error_text[PLX_ERROR_TEXT_MAX];
};

_Static_assert(sizeof(struct frame) == PLX_FRAME_HEAD_BYTES, "PLX_FRAME_HEAD_BYTES");

/* ---- in the child ---- */

static bool
send_bytes(int pipe, const void *bytes, size_t len)
{
    const char *at = bytes;

    while (len > 0) {
        ssize_t sent = write(pipe, at, len);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0)
            return false;
        at += sent;
        len -= (size_t)sent;
    }
    return true;
}

/* The bytes of a packed object, or the flag that says why there are none. */
static void *
pack(const struct plx_result *result, uint32_t bytes_max, struct frame *frame)
{
    const struct plx_object_type *type = result->type;
    size_t len = type && type->pack ? type->pack(result->object, NULL, 0) : 0;
    void *bytes;

    frame->flag = len == 0 || !type->unpack ? FRAME_UNSUPPORTED : len > bytes_max ? FRAME_TOO_LARGE : FRAME_VALUE;
    if (frame->flag != FRAME_VALUE)
        return NULL;
    bytes = plx_alloc(result->allocator, len);
    if (!bytes || type->pack(result->object, bytes, len) != len) {
        frame->flag = FRAME_MEMORY;
        return NULL;
    }
    frame->length = len;
    return bytes;
}

/* Returns the bytes that follow it. */
static const void *
fill(const struct plx_result *result, uint32_t bytes_max, struct frame *frame)
{
    const void *bytes = NULL;

    frame->kind = result->kind;
    frame->error = result->error;
    memcpy(frame->error_text, result->error_text, strlen(result->error_text) + 1);
    if (plx_result_has_bytes(result)) {
        bytes = result->bytes.ptr;
        frame->length = result->bytes.len;
        if (result->bytes.len > bytes_max)
            frame->flag = FRAME_TOO_LARGE;
    } else if (result->kind == PLX_RESULT_OBJECT) {
        bytes = pack(result, bytes_max, frame);
    } else if (result->kind == PLX_RESULT_BOOL) {
        frame->integer = result->boolean;
    } else if (result->kind == PLX_RESULT_DOUBLE) {
        frame->number = result->number;
    } else if (result->kind == PLX_RESULT_INT) {
        frame->integer = result->integer;
    }
    if (frame->flag != FRAME_VALUE)
        frame->length = 0;
    return bytes;
}

bool
plx_frame_send(int pipe, const struct plx_result *result, const struct plx_instant *from, const struct plx_instant *to,
               uint32_t bytes_max)
{
    struct frame frame;
    const void *bytes;

    memset(&frame, 0, sizeof(frame));
    frame.magic = FRAME_MAGIC;
    frame.wall_ns = to->wall_ns - from->wall_ns;
    frame.cpu_ns = to->cpu_ns - from->cpu_ns;
    bytes = fill(result, bytes_max, &frame);
    return send_bytes(pipe, &frame, sizeof(frame)) && send_bytes(pipe, bytes, (size_t)frame.length);
}

/* ---- in the keeper ---- */

size_t
plx_frame_wanted(const struct plx_buffer *bytes)
{
    struct frame frame;

    if (bytes->len < sizeof(frame))
        return sizeof(frame);
    memcpy(&frame, bytes->ptr, sizeof(frame));
    if (frame.length > bytes->max - sizeof(frame))
        return bytes->max + 1;
    return sizeof(frame) + (size_t)frame.length;
}

static bool
is_whole(const struct plx_buffer *bytes, struct frame *frame)
{
    if (bytes->len < sizeof(*frame) || bytes->len != plx_frame_wanted(bytes))
        return false;
    memcpy(frame, bytes->ptr, sizeof(*frame));
    frame->error_text[PLX_ERROR_TEXT_MAX - 1] = '\0';
    return frame->magic == FRAME_MAGIC && frame->flag < FRAME_FLAGS && frame->kind <= PLX_RESULT_OBJECT &&
           (!frame->error || frame->kind == PLX_RESULT_NONE);
}

/* PLX_REASON_NONE: the slot has its result. */
static enum plx_reason
take_result(const char *bytes, const struct frame *frame, struct plx_result *result)
{
    static const enum plx_reason reasons[FRAME_FLAGS] = {
        [FRAME_TOO_LARGE] = PLX_REASON_TOO_LARGE,
        [FRAME_UNSUPPORTED] = PLX_REASON_UNSUPPORTED,
        [FRAME_MEMORY] = PLX_REASON_MEMORY,
    };
    size_t len = (size_t)frame->length;

    if (frame->flag != FRAME_VALUE)
        return reasons[frame->flag];
    switch ((enum plx_result_kind)frame->kind) {
    case PLX_RESULT_NONE:
        if (frame->error)
            plx_result_error(result, frame->error, "%s", frame->error_text);
        break;
    case PLX_RESULT_BOOL:
        plx_result_bool(result, frame->integer != 0);
        break;
    case PLX_RESULT_INT:
        plx_result_int(result, frame->integer);
        break;
    case PLX_RESULT_DOUBLE:
        plx_result_double(result, frame->number);
        break;
    case PLX_RESULT_TEXT:
    case PLX_RESULT_BYTES:
    case PLX_RESULT_JSON:
        plx_result_bytes(result, bytes, len, PLX_COPY);
        if (result->error)
            return PLX_REASON_MEMORY;
        result->kind = (enum plx_result_kind)frame->kind;
        break;
    case PLX_RESULT_OBJECT:
        if (!result->type || !result->type->unpack)
            return PLX_REASON_CRASH; /* not what a candidate can have sent */
        plx_result_object(result, result->type->unpack(bytes, len));
        return result->object ? PLX_REASON_NONE : PLX_REASON_MEMORY;
    }
    return PLX_REASON_NONE;
}

enum plx_reason
plx_frame_take(const struct plx_buffer *bytes, struct plx_trial *trial, unsigned slot)
{
    struct frame frame;

    if (!is_whole(bytes, &frame))
        return bytes->failed ? PLX_REASON_MEMORY : PLX_REASON_CRASH;
    plx_trial_note(trial, slot, &(struct plx_instant){0, 0}, &(struct plx_instant){frame.wall_ns, frame.cpu_ns});
    return take_result(bytes->ptr + sizeof(frame), &frame, &trial->results[slot]);
}
