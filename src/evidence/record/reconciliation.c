/* SPDX-License-Identifier: Apache-2.0 */
/* A result of `parallax reconcile`: put together, added up, copied and written. reconciliation_read.c reads it. */
#include "evidence/record/reconciliation.h"

#include "base/assert.h"
#include "base/slice.h"
#include "base/time_text.h"

#include <stdlib.h>

#define OUTCOME(name, text)              [name] = (text),
#define COUNT(name, text, needed, gauge) [name] = (text),

static const char *const outcomes[] = {PLX_RECONCILIATION_OUTCOME_MAP(OUTCOME)};
static const char *const counts[] = {PLX_RECONCILIATION_COUNT_MAP(COUNT)};
static const char *const kinds[PLX_EXAMPLE_KINDS] = {"only_left", "only_right", "differing"};

const char *
plx_reconciliation_outcome_text(enum plx_reconciliation_outcome outcome)
{
    PLX_ASSERT((unsigned)outcome < PLX_RECONCILIATION_OUTCOMES);
    return outcomes[outcome];
}

const char *
plx_reconciliation_count_text(enum plx_reconciliation_count count)
{
    PLX_ASSERT((unsigned)count < PLX_RECONCILIATION_COUNTS);
    return counts[count];
}

const char *
plx_reconciliation_kind_text(enum plx_reconciliation_kind kind)
{
    PLX_ASSERT((unsigned)kind < PLX_EXAMPLE_KINDS);
    return kinds[kind];
}

bool
plx_reconciliation_name_fits(struct plx_slice name)
{
    return name.len <= PLX_RECONCILIATION_NAME_MAX && plx_slice_is_name(name);
}

static size_t
shown_bytes(const struct plx_reconciliation *result)
{
    size_t bytes = 0;

    for (int i = 0; i < PLX_EXAMPLE_KINDS; i++)
        for (uint32_t j = 0; j < result->example_count[i]; j++)
            bytes += result->examples[i][j].len;
    return bytes;
}

void
plx_reconciliation_show(struct plx_reconciliation *result, enum plx_reconciliation_kind kind, struct plx_slice json)
{
    uint32_t *count = &result->example_count[kind];

    if (*count == PLX_RECONCILIATION_EXAMPLES_MAX || json.len > PLX_RECONCILIATION_EXAMPLE_MAX ||
        shown_bytes(result) + json.len > PLX_RECONCILIATION_SHOWN_MAX)
        result->examples_cut++;
    else
        result->examples[kind][(*count)++] = json;
}

static void
add(uint64_t *sum, uint64_t number)
{
    *sum = number > INT64_MAX - *sum ? INT64_MAX : *sum + number;
}

void
plx_reconciliation_add_up(struct plx_reconciliation_totals *totals, const struct plx_reconciliation *result)
{
    add(&totals->runs[result->outcome], 1);
    if (result->outcome == PLX_RECONCILIATION_FAILED)
        return;
    for (int i = 0; i < PLX_RECONCILIATION_COUNTS; i++)
        add(&totals->counts[i], result->counts[i]);
}

/* ---- copying ---- */

static void
copy_text(struct plx_slice *text, char **room)
{
    if (text->len)
        memcpy(*room, text->ptr, text->len);
    text->ptr = *room;
    *room += text->len;
}

struct plx_reconciliation *
plx_reconciliation_copy(const struct plx_reconciliation *result, bool with_examples)
{
    size_t bytes = result->name.len + result->left.store.len + result->right.store.len + result->error.len +
                   (with_examples ? shown_bytes(result) : 0);
    struct plx_reconciliation *copy = malloc(sizeof(*copy) + bytes);

    if (!copy)
        return NULL;
    *copy = *result;
    char *room = (char *)(copy + 1);
    copy_text(&copy->name, &room);
    copy_text(&copy->left.store, &room);
    copy_text(&copy->right.store, &room);
    copy_text(&copy->error, &room);
    if (!with_examples) {
        memset(copy->example_count, 0, sizeof(copy->example_count));
        copy->examples_cut = 0;
    }
    for (int i = 0; i < PLX_EXAMPLE_KINDS; i++)
        for (uint32_t j = 0; j < copy->example_count[i]; j++)
            copy_text(&copy->examples[i][j], &room);
    return copy;
}

/* ---- JSON ---- */

static void
write_number(struct plx_json_writer *w, const char *key, uint64_t number)
{
    plx_json_key(w, key);
    plx_json_uint(w, number);
}

static void
write_side(struct plx_json_writer *w, const char *key, const struct plx_reconciliation_side *side)
{
    plx_json_key(w, key);
    plx_json_begin_object(w);
    plx_json_key(w, "store");
    plx_json_string(w, side->store);
    write_number(w, "rows", side->rows);
    plx_json_end_object(w);
}

static void
write_examples(struct plx_json_writer *w, const struct plx_reconciliation *result)
{
    plx_json_key(w, "examples");
    plx_json_begin_object(w);
    for (int i = 0; i < PLX_EXAMPLE_KINDS; i++) {
        plx_json_key(w, kinds[i]);
        plx_json_begin_array(w);
        for (uint32_t j = 0; j < result->example_count[i]; j++)
            plx_json_raw(w, result->examples[i][j]);
        plx_json_end_array(w);
    }
    plx_json_end_object(w);
    write_number(w, "examples_cut", result->examples_cut);
}

void
plx_reconciliation_write(const struct plx_reconciliation *result, struct plx_json_writer *w)
{
    char started[PLX_TIME_TEXT];

    plx_json_begin_object(w);
    plx_json_key(w, "name");
    plx_json_string(w, result->name);
    plx_json_key(w, "result");
    if (result->outcome == PLX_RECONCILIATION_FAILED)
        plx_json_null(w);
    else
        plx_json_bool(w, result->outcome == PLX_RECONCILIATION_TRUE);
    plx_time_text(result->started_ms, started);
    plx_json_key(w, "started");
    plx_json_text_value(w, started);
    plx_json_key(w, "seconds");
    plx_json_double(w, result->seconds);
    write_side(w, "left", &result->left);
    write_side(w, "right", &result->right);
    for (int i = 0; i < PLX_RECONCILIATION_COUNTS; i++)
        write_number(w, counts[i], result->counts[i]);
    plx_json_key(w, "error");
    if (result->outcome == PLX_RECONCILIATION_FAILED)
        plx_json_string(w, result->error);
    else
        plx_json_null(w);
    write_examples(w, result);
    plx_json_end_object(w);
}
