/* SPDX-License-Identifier: Apache-2.0 */
/* An outcome on its way out: values cleaned, publishers told one by one, and in test suites a mismatch raised. */
#include "experiment/publish.h"

#include "experiment/behaviour_result.h"
#include "experiment/tell.h"

static void
clean(struct plx_trial *trial)
{
    struct plx_experiment *e = trial->experiment;

    trial->has_cleaned = true;
    for (unsigned slot = 0; slot < trial->count; slot++) {
        struct plx_observation *seen = &trial->seen[slot];
        struct plx_result *cleaned = &trial->cleaned[slot];
        plx_result_init(cleaned, e);
        if (!seen->result || seen->result->error || seen->result->kind == PLX_RESULT_NONE)
            continue;
        int code = e->clean(e->clean_context, seen->result, cleaned);
        if (code >= 0)
            seen->cleaned = cleaned;
        else
            plx_experiment_tell(e, PLX_OPERATION_CLEAN, code);
    }
}

static void
tell(struct plx_trial *trial, const struct plx_publish_callback *publisher, enum plx_operation operation)
{
    int code = publisher->tell(publisher->context, &trial->outcome);

    if (code < 0)
        plx_experiment_tell(trial->experiment, operation, code);
}

void
plx_publish_outcome(struct plx_trial *trial)
{
    struct plx_experiment *e = trial->experiment;

    if (e->clean && (e->publisher_count > 0 || e->after_run.tell || e->raise))
        clean(trial);
    for (unsigned i = 0; i < e->publisher_count; i++)
        tell(trial, &e->publishers[i], PLX_OPERATION_PUBLISH);
    if (e->after_run.tell)
        tell(trial, &e->after_run, PLX_OPERATION_AFTER_RUN);
}

bool
plx_mismatch_text(struct plx_trial *trial, char *text)
{
    const struct plx_experiment *e = trial->experiment;

    if (!e->raise || trial->outcome.verdict != PLX_MISMATCH)
        return false;
    text[0] = '\0';
    if (e->format)
        e->format(e->raise_context, &trial->outcome, text, PLX_MISMATCH_TEXT_MAX);
    else
        plx_outcome_text(&trial->outcome, text, PLX_MISMATCH_TEXT_MAX);
    text[PLX_MISMATCH_TEXT_MAX - 1] = '\0';
    return true;
}
