/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The counters of one field: pairs, forms, counting up, an example. The hard thing is what several workers saw of a
 * counter in turns: see struct plx_counter.
 */
#include "evidence/count/field_counts.h"

#include "base/utf8.h"
#include "forms/forms.h"

#include <stdlib.h>

/* ---- adding up ---- */

static uint64_t
larger(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* A step, where the last one is long enough ago; the clock may have been set back meanwhile. */
static void
merge_counters(struct plx_counter *into, const struct plx_counter *from)
{
    uint64_t apart = from->time_ms > into->time_ms ? from->time_ms - into->time_ms : into->time_ms - from->time_ms;

    if (!from->time_ms)
        return;
    if (into->time_ms && apart < PLX_COUNTER_STEP_MS) {
        into->primary = larger(into->primary, from->primary);
        into->candidate = larger(into->candidate, from->candidate);
        return;
    }
    if (into->time_ms && from->primary > into->primary && from->candidate > into->candidate)
        into->rises++;
    else if (into->time_ms)
        into->falls++;
    into->primary = from->primary;
    into->candidate = from->candidate;
    into->time_ms = from->time_ms;
}

static void
note_numbers(struct plx_counter *counter, uint64_t primary, uint64_t candidate, uint64_t time_ms)
{
    counter->primary = larger(counter->primary, primary);
    counter->candidate = larger(counter->candidate, candidate);
    counter->time_ms = time_ms;
}

static void
merge_forms(struct plx_field_counts *into, const struct plx_field_counts *from)
{
    if (into->form == PLX_FORM_NONE)
        into->form = from->form;
    if (into->form == from->form)
        into->formed += from->formed;
    else
        into->formless += from->formed;
    into->formless += from->formless;
    merge_counters(&into->counter, &from->counter);
}

void
plx_field_counts_note_form(struct plx_field_counts *field, enum plx_form form, struct plx_slice primary,
                           struct plx_slice candidate, uint64_t time_ms)
{
    uint64_t left, right;

    if (field->form == PLX_FORM_NONE)
        field->form = form;
    if (form == PLX_FORM_NONE || form != field->form)
        field->formless++;
    else
        field->formed++;
    if (form == PLX_FORM_COUNTER && plx_form_number(primary, &left) && plx_form_number(candidate, &right))
        note_numbers(&field->counter, left, right, time_ms);
}

void
plx_field_counts_note_renewal(struct plx_field_counts *field, const struct plx_renewal_look *look)
{
    if (!field->renewal)
        field->renewal = calloc(1, sizeof(*field->renewal));
    if (field->renewal)
        plx_renewal_note(field->renewal, look);
}

static void
merge_renewals(struct plx_field_counts *into, struct plx_field_counts *from)
{
    if (into->renewal && from->renewal) {
        plx_renewal_merge(into->renewal, from->renewal);
    } else if (from->renewal) {
        into->renewal = from->renewal;
        from->renewal = NULL;
    }
}

void
plx_field_counts_merge(struct plx_field_counts *into, struct plx_field_counts *from)
{
    merge_forms(into, from);
    merge_renewals(into, from);
    into->pairs.both += from->pairs.both;
    into->pairs.candidate_alone += from->pairs.candidate_alone;
    into->pairs.secondary_alone += from->pairs.secondary_alone;
    into->unpaired += from->unpaired;
    if (from->example) {
        free(into->example);
        into->example = from->example;
        from->example = NULL;
    }
}

static uint16_t
put_value(char out[PLX_EXAMPLE_VALUE_MAX], struct plx_slice value)
{
    struct plx_slice cut = plx_utf8_cut(value, PLX_EXAMPLE_VALUE_MAX);

    if (cut.len)
        memcpy(out, cut.ptr, cut.len);
    return (uint16_t)cut.len;
}

void
plx_field_counts_set_example(struct plx_field_counts *field, const char *exchange, struct plx_slice primary,
                             struct plx_slice candidate)
{
    if (!field->example)
        field->example = calloc(1, sizeof(*field->example));
    if (!field->example)
        return;
    memcpy(field->example->exchange, exchange, PLX_EXCHANGE_ID_BYTES);
    field->example->exchange[PLX_EXCHANGE_ID_BYTES] = 0;
    field->example->primary_len = put_value(field->example->primary, primary);
    field->example->candidate_len = put_value(field->example->candidate, candidate);
}

/* ---- derived numbers ---- */

uint64_t
plx_field_counts_differences(const struct plx_field_counts *field)
{
    return field->pairs.both + field->pairs.candidate_alone + field->unpaired;
}

uint64_t
plx_field_counts_noise(const struct plx_field_counts *field)
{
    return field->pairs.both + field->pairs.secondary_alone;
}

uint64_t
plx_field_counts_excused(const struct plx_field_counts *field)
{
    return field->finding == PLX_NOISE ? field->pairs.candidate_alone + field->unpaired : 0;
}

enum plx_form
plx_field_counts_form(const struct plx_field_counts *field)
{
    const struct plx_counter *counter = &field->counter;
    uint64_t steps = counter->rises + counter->falls;

    if (field->form != PLX_FORM_COUNTER)
        return field->form;
    /* By division: the product may not fit. */
    return steps >= PLX_COUNTER_STEPS_MIN && counter->falls <= steps / 100 * (100 - PLX_COUNTER_RISES_PERCENT) +
                                                                   steps % 100 * (100 - PLX_COUNTER_RISES_PERCENT) / 100
               ? PLX_FORM_COUNTER
               : PLX_FORM_NONE;
}

bool
plx_field_counts_empty(const struct plx_field_counts *field)
{
    return plx_field_counts_differences(field) == 0 && plx_field_counts_noise(field) == 0;
}
