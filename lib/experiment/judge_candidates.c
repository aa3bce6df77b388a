/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a candidate's observation is against the control's: values by the experiment's compare or by their kind, JSON
 * under its rules, errors among themselves. A value and an error are a mismatch that nothing excuses.
 */
#include "experiment/judge_candidates.h"

#include "base/clock.h"
#include "base/double_text.h"
#include "experiment/tell.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

/* What a comparison found; the numbers are those that callbacks return. */
enum finding {
    UNKNOWN = -1, /* the observation says why */
    DIFFERENT = 0,
    EQUAL = 1,
    EXCUSED = 2, /* rules excuse all the differences */
};

static enum finding
give_up(struct plx_observation *seen, enum plx_reason reason)
{
    seen->reason = reason;
    return UNKNOWN;
}

/* ---- JSON ---- */

static enum finding
compare_json(struct plx_trial *trial, unsigned slot, struct plx_slice control, struct plx_slice candidate)
{
    static const struct plx_slice json = {"application/json", 16};
    const struct plx_experiment *e = trial->experiment;
    struct plx_answer a = {.body = control, .body_length = control.len, .media_type = json};
    struct plx_answer b = {.body = candidate, .body_length = candidate.len, .media_type = json};
    struct plx_compare_limits limits = {.now_s = plx_wall_s()};
    struct plx_comparison *comparison = &trial->comparisons[slot];
    enum plx_status status;

    if (plx_slice_equal(control, candidate))
        return EQUAL;
    if (!trial->arena && !(trial->arena = plx_arena_new(e->allocator)))
        return give_up(&trial->seen[slot], PLX_REASON_MEMORY);
    status = plx_compare(e->rules, &a, &b, &limits, trial->arena, comparison);
    if (status != PLX_OK)
        return give_up(&trial->seen[slot], status == PLX_E_MEMORY ? PLX_REASON_MEMORY : PLX_REASON_LIMIT);
    if (comparison->total > 0) {
        trial->seen[slot].comparison = comparison;
        return DIFFERENT;
    }
    return comparison->ruled_out > 0 ? EXCUSED : EQUAL;
}

static bool
number_text(const struct plx_result *result, char *text)
{
    if (result->kind == PLX_RESULT_INT)
        snprintf(text, PLX_DOUBLE_TEXT_MAX, "%" PRId64, result->integer);
    else if (result->kind == PLX_RESULT_DOUBLE && isfinite(result->number))
        plx_double_text(result->number, text);
    else
        return false;
    return true;
}

/* Numbers that differ may still be equal under rules. */
static enum finding
compare_numbers(struct plx_trial *trial, unsigned slot)
{
    char a[PLX_DOUBLE_TEXT_MAX], b[PLX_DOUBLE_TEXT_MAX];
    enum finding finding;

    if (!trial->experiment->has_rules || !number_text(&trial->results[0], a) || !number_text(&trial->results[slot], b))
        return DIFFERENT;
    finding = compare_json(trial, slot, plx_slice_of(a), plx_slice_of(b));
    trial->seen[slot].comparison = NULL; /* it would point into this frame */
    return finding;
}

/* ---- values and errors ---- */

static enum finding
ask(struct plx_trial *trial, unsigned slot, const struct plx_equal *equal, enum plx_operation operation)
{
    int answer = equal->ask(equal->context, trial->inputs[slot], &trial->results[0], &trial->results[slot]);

    if (answer >= 0)
        return answer > 0 ? EQUAL : DIFFERENT;
    plx_experiment_tell(trial->experiment, operation, answer);
    return UNKNOWN;
}

static enum finding
compare_objects(struct plx_trial *trial, unsigned slot)
{
    const struct plx_object_type *type = trial->experiment->type;
    const void *a = trial->results[0].object, *b = trial->results[slot].object;
    int answer = type && type->equal ? type->equal(a, b) : a == b;

    if (answer >= 0)
        return answer > 0 ? EQUAL : DIFFERENT;
    plx_experiment_tell(trial->experiment, PLX_OPERATION_COMPARE, answer);
    return give_up(&trial->seen[slot], PLX_REASON_CALLBACK);
}

static enum finding
compare_values(struct plx_trial *trial, unsigned slot)
{
    const struct plx_result *a = &trial->results[0], *b = &trial->results[slot];
    bool equal = false;

    if (a->kind != b->kind)
        return compare_numbers(trial, slot);
    switch (a->kind) {
    case PLX_RESULT_NONE:
        return EQUAL;
    case PLX_RESULT_BOOL:
        return a->boolean == b->boolean ? EQUAL : DIFFERENT;
    case PLX_RESULT_INT:
        equal = a->integer == b->integer;
        break;
    case PLX_RESULT_DOUBLE:
        equal = a->number == b->number || (isnan(a->number) && isnan(b->number));
        break;
    case PLX_RESULT_TEXT:
    case PLX_RESULT_BYTES:
        return plx_slice_equal(a->bytes, b->bytes) ? EQUAL : DIFFERENT;
    case PLX_RESULT_JSON:
        return compare_json(trial, slot, a->bytes, b->bytes);
    case PLX_RESULT_OBJECT:
        return compare_objects(trial, slot);
    }
    return equal ? EQUAL : compare_numbers(trial, slot);
}

static enum finding
compare(struct plx_trial *trial, unsigned slot)
{
    const struct plx_experiment *e = trial->experiment;
    const struct plx_result *a = &trial->results[0], *b = &trial->results[slot];
    const struct plx_equal *equal = a->error ? &e->compare_errors : &e->compare;
    enum finding finding;

    if (!a->error != !b->error)
        return DIFFERENT;
    if (equal->ask) {
        finding = ask(trial, slot, equal, PLX_OPERATION_COMPARE);
        return finding == UNKNOWN ? give_up(&trial->seen[slot], PLX_REASON_CALLBACK) : finding;
    }
    if (a->error)
        return a->error == b->error && strcmp(a->error_text, b->error_text) == 0 ? EQUAL : DIFFERENT;
    return compare_values(trial, slot);
}

/* ---- verdicts ---- */

static bool
is_ignored(struct plx_trial *trial, unsigned slot)
{
    const struct plx_experiment *e = trial->experiment;

    if (trial->results[0].error || trial->results[slot].error)
        return false;
    for (unsigned i = 0; i < e->ignore_count; i++)
        if (ask(trial, slot, &e->ignores[i], PLX_OPERATION_IGNORE) == EQUAL)
            return true;
    return false;
}

void
plx_judge_candidates(struct plx_trial *trial)
{
    for (unsigned slot = 1; slot < trial->count; slot++) {
        struct plx_observation *seen = &trial->seen[slot];
        if (seen->reason != PLX_REASON_NONE)
            continue; /* lost before */
        switch (compare(trial, slot)) {
        case UNKNOWN:
            seen->verdict = PLX_INCOMPARABLE;
            break;
        case DIFFERENT:
            seen->verdict = is_ignored(trial, slot) ? PLX_IGNORED : PLX_MISMATCH;
            break;
        case EQUAL:
            seen->verdict = PLX_MATCH;
            break;
        case EXCUSED:
            seen->verdict = PLX_IGNORED;
        }
    }
}
