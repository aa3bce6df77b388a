/* SPDX-License-Identifier: Apache-2.0 */
/* Makes the examples of causes: what differs, as JSON, and the commands that ask again. */
#include "evidence/record/cause_example.h"

#include "evidence/record/record.h"
#include "evidence/record/reproduce.h"

#include <stdlib.h>

#define DIFFERENCE_BYTES_MAX (64u << 10) /* as JSON, of one: a pointer of 4096 bytes may take six times as many */

static struct plx_slice
put(char **at, struct plx_slice text)
{
    struct plx_slice kept = plx_slice_make(*at, text.len);

    if (text.len)
        memcpy(*at, text.ptr, text.len);
    *at += text.len;
    return kept;
}

struct plx_cause_example *
plx_cause_example_make(struct plx_slice exchange, struct plx_slice differences, struct plx_slice primary,
                       struct plx_slice candidate)
{
    struct plx_cause_example *example = malloc(sizeof(*example) + differences.len + primary.len + candidate.len);
    size_t id_len = exchange.len < PLX_EXCHANGE_ID_BYTES ? exchange.len : PLX_EXCHANGE_ID_BYTES;
    char *at;

    if (!example)
        return NULL;
    memset(example->exchange, 0, sizeof(example->exchange));
    if (id_len)
        memcpy(example->exchange, exchange.ptr, id_len);
    at = (char *)(example + 1);
    example->differences = put(&at, differences);
    example->primary = put(&at, primary);
    example->candidate = put(&at, candidate);
    return example;
}

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

/* As JSON: one of each field, as many as fit. */
static void
write_differences(const struct plx_exchange_outcome *outcome, struct plx_buffer *out)
{
    const struct plx_comparison *comparison = &outcome->judgement->comparison;
    const struct plx_difference *shown[PLX_CAUSE_DIFFERENCES_MAX];
    struct plx_json_writer w;
    size_t count = 0;

    plx_json_writer_init(&w, out);
    plx_json_begin_array(&w);
    for (size_t i = 0; i < comparison->count && count < PLX_CAUSE_DIFFERENCES_MAX; i++) {
        const struct plx_difference *difference = &comparison->differences[i];
        struct plx_json_writer before = w;
        size_t len = out->len;

        if (difference->noise || is_shown(shown, count, difference))
            continue;
        plx_record_write_difference(&w, difference, outcome->rules);
        if (!out->failed && out->len > PLX_CAUSE_DIFFERENCES_BYTES) {
            w = before;
            out->len = len;
            continue;
        }
        shown[count++] = difference;
    }
    plx_json_end_array(&w);
}

/* Leaves the example that is there where there is no memory for another. */
static void
set_example(struct plx_cause *cause, const struct plx_exchange_outcome *outcome, uint64_t weight,
            struct plx_arena *scratch)
{
    struct plx_buffer differences, primary, candidate;
    struct plx_cause_example *example = NULL;

    plx_buffer_init(&differences, PLX_CAUSE_DIFFERENCES_BYTES + DIFFERENCE_BYTES_MAX);
    plx_buffer_init(&primary, PLX_REPRODUCE_BYTES_MAX);
    plx_buffer_init(&candidate, PLX_REPRODUCE_BYTES_MAX);
    write_differences(outcome, &differences);
    plx_reproduce_write(outcome, PLX_PRIMARY, scratch, &primary);
    plx_reproduce_write(outcome, PLX_CANDIDATE, scratch, &candidate);
    if (!differences.failed)
        example = plx_cause_example_make(plx_slice_of(outcome->id), plx_buffer_slice(&differences),
                                         primary.failed ? plx_slice_of("") : plx_buffer_slice(&primary),
                                         candidate.failed ? plx_slice_of("") : plx_buffer_slice(&candidate));
    if (example)
        plx_cause_set_example(cause, example, weight);
    plx_buffer_fini(&differences);
    plx_buffer_fini(&primary);
    plx_buffer_fini(&candidate);
}

void
plx_cause_example_offer(struct plx_cause *cause, const struct plx_exchange_outcome *outcome, struct plx_arena *scratch)
{
    uint64_t weight = weight_of(outcome);

    if (plx_cause_wants_example(cause, weight))
        set_example(cause, outcome, weight, scratch);
}
