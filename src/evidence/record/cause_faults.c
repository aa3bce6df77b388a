/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the differences of an exchange to the fields of its cause. The hard thing is to stay cheap while a candidate
 * fails at everything: a field that has been found to look like nothing is not looked at again.
 */
#include "evidence/record/cause_faults.h"

#include "fault/fault_exchange.h"

#define NO_FIELD UINT32_MAX

struct taken {
    struct plx_difference *differences;
    struct plx_fault_difference *given;
    size_t count;
    uint32_t of_field[PLX_CAUSE_FIELDS_MAX]; /* how many */
    bool whole;                              /* none was left out */
};

static bool
may_look_like_something(const struct plx_cause *cause)
{
    for (uint32_t i = 0; i < cause->field_count; i++)
        if (!cause->fields[i].faults.seen || cause->fields[i].faults.held)
            return true;
    return false;
}

static uint32_t
field_of(const struct plx_cause *cause, const struct plx_difference *d)
{
    for (uint32_t i = 0; i < cause->field_count; i++)
        if (cause->fields[i].kind == d->kind && plx_slice_equal(cause->fields[i].name, d->folded))
            return i;
    return NO_FIELD;
}

static void
take(struct taken *taken, const struct plx_cause *cause, const struct plx_difference *d)
{
    uint32_t field = field_of(cause, d);
    struct plx_difference *copy = &taken->differences[taken->count];

    if (field == NO_FIELD || taken->count == PLX_FAULT_DIFFERENCES_MAX ||
        taken->of_field[field] == PLX_FAULT_OF_FIELD_MAX) {
        taken->whole = false;
        return;
    }
    *copy = *d;
    taken->given[taken->count++] = (struct plx_fault_difference){copy, field};
    taken->of_field[field]++;
}

/* Those beyond noise; false where there is no memory. */
static bool
take_all(struct taken *taken, const struct plx_cause *cause, const struct plx_exchange_outcome *outcome,
         struct plx_arena *scratch)
{
    const struct plx_comparison *comparison = &outcome->judgement->comparison;
    size_t room = comparison->count < PLX_FAULT_DIFFERENCES_MAX ? comparison->count + 1 : PLX_FAULT_DIFFERENCES_MAX + 1;

    *taken = (struct taken){.whole = comparison->total == comparison->count};
    taken->differences = plx_arena_alloc(scratch, room * sizeof(*taken->differences));
    taken->given = plx_arena_alloc(scratch, room * sizeof(*taken->given));
    if (!taken->differences || !taken->given)
        return false;
    for (size_t i = 0; i < comparison->count; i++)
        if (!comparison->differences[i].noise)
            take(taken, cause, &comparison->differences[i]);
    return true;
}

void
plx_cause_faults_note(struct plx_cause *cause, const struct plx_exchange_outcome *outcome, struct plx_arena *scratch)
{
    struct plx_faults faults[PLX_CAUSE_FIELDS_MAX];
    const struct plx_faults nothing = {.seen = 1};
    struct taken taken;

    if (cause->id == 0 || !may_look_like_something(cause))
        return;
    memset(faults, 0, sizeof(faults));
    if (take_all(&taken, cause, outcome, scratch))
        plx_faults_of_exchange(taken.given, taken.count, taken.whole, faults, cause->field_count);
    for (uint32_t i = 0; i < cause->field_count; i++)
        plx_faults_meet(&cause->fields[i].faults, faults[i].seen ? &faults[i] : &nothing);
}
