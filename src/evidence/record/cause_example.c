/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Examples of causes. The hard thing is which differences are shown: as many as fit, one of each field, and of those
 * the first. That is decided when the example is taken, by what they will take as JSON.
 */
#include "evidence/record/cause_example.h"

#include "evidence/record/fitting.h"
#include "evidence/record/kept_difference.h"
#include "evidence/record/kept_message.h"

#include <stdlib.h>

#define DIFFERENCE_BYTES_MAX (64u << 10) /* as JSON, of one: a pointer of 4096 bytes may take six times as many */

/* ---- taking ---- */

static uint64_t
weight_of(const struct plx_exchange_outcome *outcome)
{
    uint64_t weight = outcome->judgement->comparison.total * 64;

    if (outcome->request)
        weight += outcome->request->target.len + outcome->request->body_length;
    for (int role = PLX_PRIMARY; role <= PLX_CANDIDATE; role++)
        if (outcome->answers[role])
            weight += outcome->answers[role]->body_length;
    return weight;
}

/* Whether an earlier difference that is shown is of the same field. */
static bool
is_shown(const struct plx_difference *const *shown, size_t count, const struct plx_difference *difference)
{
    for (size_t i = 0; i < count; i++)
        if (shown[i]->kind == difference->kind && plx_slice_equal(shown[i]->folded, difference->folded))
            return true;
    return false;
}

/* What it takes as JSON; 0: there is no memory to find out. */
static size_t
bytes_of(const struct plx_difference *difference)
{
    struct plx_json_writer w;
    struct plx_buffer text;
    size_t bytes;

    plx_buffer_init(&text, DIFFERENCE_BYTES_MAX);
    plx_json_writer_init(&w, &text);
    plx_difference_write(&w, difference);
    bytes = text.failed ? 0 : text.len;
    plx_buffer_fini(&text);
    return bytes;
}

static size_t
bytes_at_most(const struct plx_difference *d)
{
    return (d->field.len + d->primary.len + d->candidate.len) * PLX_FITTING_WORST + PLX_RECORD_ITEM_EXTRA;
}

/* Into the example. *whole: they fit whatever their bytes are, and nothing was measured. False where there is no memory
 * to measure them. */
static bool
choose(const struct plx_exchange_outcome *outcome, struct plx_cause_example *example, bool measure, bool *whole)
{
    const struct plx_comparison *comparison = &outcome->judgement->comparison;
    const struct plx_difference *shown[PLX_CAUSE_DIFFERENCES_MAX];
    size_t room = PLX_CAUSE_DIFFERENCES_BYTES - 1, most = 0; /* without the bracket */

    example->difference_count = 0;
    for (size_t i = 0; i < comparison->count && example->difference_count < PLX_CAUSE_DIFFERENCES_MAX; i++) {
        const struct plx_difference *difference = &comparison->differences[i];
        struct plx_difference *kept = &example->differences[example->difference_count];
        size_t bytes = 1;

        if (difference->noise || is_shown(shown, example->difference_count, difference))
            continue;
        *kept = *difference;
        if (measure && (bytes = bytes_of(kept)) == 0)
            return false;
        if (bytes > room)
            continue;
        room -= bytes < room ? bytes + 1 : bytes; /* and the comma behind it */
        most += bytes_at_most(kept);
        shown[example->difference_count++] = difference;
    }
    *whole = most < PLX_CAUSE_DIFFERENCES_BYTES;
    return true;
}

static bool
take_differences(const struct plx_exchange_outcome *outcome, struct plx_arena *scratch,
                 struct plx_cause_example *example)
{
    bool whole;

    example->differences = plx_arena_alloc(scratch, PLX_CAUSE_DIFFERENCES_MAX * sizeof(*example->differences));
    return example->differences && choose(outcome, example, false, &whole) &&
           (whole || choose(outcome, example, true, &whole));
}

static void
keep(struct plx_keeper *keeper, struct plx_cause_example *example)
{
    example->differences = plx_differences_keep(keeper, example->differences, example->difference_count);
    plx_asked_keep(keeper, &example->asked);
    plx_keep_text(keeper, &example->texts.differences);
    plx_keep_text(keeper, &example->texts.primary);
    plx_keep_text(keeper, &example->texts.candidate);
}

static struct plx_cause_example *
keep_draft(struct plx_cause_example *draft)
{
    struct plx_keeper keeper = {0};
    struct plx_cause_example *example;

    keep(&keeper, draft);
    example = malloc(sizeof(*example) + keeper.arrays + keeper.texts);
    if (!example)
        return NULL;
    *example = *draft;
    plx_keeper_begin(&keeper, (char *)(example + 1));
    keep(&keeper, example);
    return example;
}

/* Leaves the example that is there where there is no memory for another. */
void
plx_cause_example_offer(struct plx_cause *cause, const struct plx_exchange_outcome *outcome, struct plx_arena *scratch)
{
    struct plx_cause_example draft = {.difference_count = 0}, *example;
    uint64_t weight = weight_of(outcome);

    if (!plx_cause_wants_example(cause, weight))
        return;
    memcpy(draft.exchange, outcome->id, sizeof(draft.exchange));
    if (!plx_asked_take(outcome, scratch, &draft.asked) || !take_differences(outcome, scratch, &draft))
        return;
    example = keep_draft(&draft);
    if (example)
        plx_cause_set_example(cause, example, weight);
}

struct plx_cause_example *
plx_cause_example_make(struct plx_slice exchange, const struct plx_cause_texts *texts)
{
    struct plx_cause_example draft = {.stored = true, .texts = *texts};
    size_t len = exchange.len < PLX_EXCHANGE_ID_BYTES ? exchange.len : PLX_EXCHANGE_ID_BYTES;

    if (len)
        memcpy(draft.exchange, exchange.ptr, len);
    return keep_draft(&draft);
}

/* ---- telling ---- */

/* Nothing where it is too long. False where there is no memory. */
static bool
tell_command(const struct plx_asked *asked, enum plx_role role, struct plx_buffer *buffer)
{
    struct plx_buffer command;

    plx_buffer_init(&command, PLX_REPRODUCE_BYTES_MAX);
    plx_reproduce_write(asked, role, &command);
    if (!command.failed)
        plx_buffer_add(buffer, plx_buffer_slice(&command));
    plx_buffer_fini(&command);
    return !buffer->failed;
}

bool
plx_cause_example_tell(const struct plx_cause_example *example, struct plx_buffer *buffer,
                       struct plx_cause_texts *texts)
{
    struct plx_json_writer w;
    size_t ends[2];

    *texts = example->texts;
    if (example->stored)
        return true;
    plx_json_writer_init(&w, buffer);
    plx_json_begin_array(&w);
    for (size_t i = 0; i < example->difference_count; i++)
        plx_difference_write(&w, &example->differences[i]);
    plx_json_end_array(&w);
    ends[0] = buffer->len;
    if (!tell_command(&example->asked, PLX_PRIMARY, buffer))
        return false;
    ends[1] = buffer->len;
    if (!tell_command(&example->asked, PLX_CANDIDATE, buffer))
        return false;
    texts->differences = plx_slice_make(buffer->ptr, ends[0]);
    texts->primary = plx_slice_make(buffer->ptr + ends[0], ends[1] - ends[0]);
    texts->candidate = plx_slice_make(buffer->ptr + ends[1], buffer->len - ends[1]);
    return true;
}
