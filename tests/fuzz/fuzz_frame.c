/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a candidate in a process sends: whatever its bytes are, the caller gets a result or a reason, compares it and
 * publishes it as one line of JSON, and the control's value is what it was.
 *
 * The input: a byte that says what kind the control's value is, and the frame.
 */
#include "base/assert.h"
#include "experiment/frame.h"
#include "experiment/trial.h"

#include <stdlib.h>

#define RESULT_BYTES 4096u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct object {
    char first;
};

static void *
unpack(const void *bytes, size_t len)
{
    struct object *object = len > 0 ? malloc(sizeof(*object)) : NULL;

    if (object)
        object->first = *(const char *)bytes;
    return object;
}

static int
equal(const void *a, const void *b)
{
    return ((const struct object *)a)->first == ((const struct object *)b)->first;
}

static const struct plx_object_type objects = {.equal = equal, .release = free, .unpack = unpack};

static void
behave(void *input, struct plx_result *result)
{
    (void)input;
    plx_result_int(result, 1);
}

static void
set_control(struct plx_result *result, uint8_t kind)
{
    if (kind % 4 == 0)
        plx_result_json(result, "{\"a\":[1,2]}", PLX_BORROW);
    else if (kind % 4 == 1)
        plx_result_text(result, "text", PLX_BORROW);
    else if (kind % 4 == 2)
        plx_result_object(result, unpack("x", 1));
    else
        plx_result_int(result, 7);
}

static int
publish(void *context, const struct plx_outcome *outcome)
{
    size_t len = plx_outcome_json(outcome, NULL, 0);
    char *line = malloc(len + 1);
    struct plx_arena *arena = plx_arena_new(NULL);
    struct plx_document document;

    PLX_ASSERT(len > 0 && line && arena);
    PLX_ASSERT(plx_outcome_json(outcome, line, len + 1) == len);
    PLX_ASSERT(plx_json_read(plx_slice_make(line, len), NULL, arena, &document, NULL) == PLX_OK);
    PLX_ASSERT(!memchr(line, '\n', len));
    PLX_ASSERT(plx_outcome_text(outcome, line, len + 1) > 0);
    plx_arena_free(arena);
    free(line);
    *(unsigned *)context += 1;
    return 0;
}

/* As the keeper reads it: no more than is wanted, and no more than there is room for. */
static void
read_frame(struct plx_buffer *bytes, const uint8_t *data, size_t size)
{
    size_t at = 0, want;

    while (at < size && (want = plx_frame_wanted(bytes)) <= bytes->max && want > bytes->len) {
        size_t some = want - bytes->len < size - at ? want - bytes->len : size - at;
        plx_buffer_append(bytes, data + at, some);
        at += some;
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct plx_experiment *e = plx_experiment_new("e", NULL);
    unsigned published = 0;
    struct plx_buffer bytes;
    struct plx_trial trial;

    if (size == 0) {
        plx_experiment_free(e);
        return 0;
    }
    PLX_ASSERT(e && plx_experiment_use(e, behave) == PLX_OK && plx_experiment_try(e, "candidate", behave) == PLX_OK);
    PLX_ASSERT(plx_experiment_objects(e, &objects) == PLX_OK);
    PLX_ASSERT(plx_experiment_publish(e, publish, &published) == PLX_OK);
    plx_trial_init(&trial, e, 0, NULL);
    set_control(&trial.results[0], data[0]);
    plx_trial_note(&trial, 0, &(struct plx_instant){0, 0}, &(struct plx_instant){1000, 1000});
    plx_buffer_init(&bytes, PLX_FRAME_HEAD_BYTES + RESULT_BYTES);
    read_frame(&bytes, data + 1, size - 1);
    enum plx_reason reason = plx_frame_take(&bytes, &trial, 1);
    plx_buffer_fini(&bytes); /* before it is used: the result must not lie in it */
    if (reason != PLX_REASON_NONE)
        plx_trial_lose(&trial, 1, reason, 0);
    plx_trial_conclude(&trial);
    PLX_ASSERT(published == 1);
    plx_trial_fini(&trial);
    plx_experiment_free(e);
    return 0;
}
