/* SPDX-License-Identifier: Apache-2.0 */
/* Jobs: their memory, and what has to hold before one is run. */
#include "batch/reconcile/reconcile_job.h"

#include "base/slice.h"

#include <stdlib.h>

bool
plx_reconcile_job_init(struct plx_reconcile_job *job)
{
    *job = (struct plx_reconcile_job){.memory_bytes = PLX_SORT_MEMORY_DEFAULT, .rules = plx_rules_new(NULL)};
    return job->rules != NULL;
}

void
plx_reconcile_job_fini(struct plx_reconcile_job *job)
{
    for (int i = 0; i < PLX_SIDES; i++) {
        free(job->sides[i].store);
        free(job->sides[i].query);
        free(job->sides[i].consume);
    }
    for (size_t i = 0; i < PLX_RECONCILE_COLUMNS_MAX; i++) {
        free(job->by[i]);
        free(job->compare[i]);
        free(job->json[i]);
        free(job->uuid[i]);
    }
    free(job->name);
    free(job->time);
    free(job->journal);
    free(job->serve);
    plx_rules_free(job->rules);
    memset(job, 0, sizeof(*job));
}

void
plx_reconcile_jobs_fini(struct plx_reconcile_jobs *jobs)
{
    for (size_t i = 0; i < jobs->count; i++)
        plx_reconcile_job_fini(&jobs->at[i]);
    free(jobs->at);
    memset(jobs, 0, sizeof(*jobs));
}

bool
plx_reconcile_store_known(const char *store, bool *database)
{
    static const struct {
        const char *prefix;
        bool database;
    } kinds[] = {{"sqlite:", true}, {"postgresql://", true}, {"postgres://", true}, {"jsonl:", false}, {"csv:", false}};

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        size_t len = strlen(kinds[i].prefix);
        if (strncmp(store, kinds[i].prefix, len) == 0 && store[len] != '\0') {
            *database = kinds[i].database;
            return true;
        }
    }
    return false;
}

bool
plx_reconcile_quotes_read(struct plx_slice text, bool *all)
{
    *all = plx_slice_equal(text, plx_slice_of("all"));
    return *all || plx_slice_equal(text, plx_slice_of("text"));
}

static const char *
check_side(const struct plx_side *side)
{
    bool database = false;

    if (!side->store)
        return "both sides need a store: left and right";
    if (!plx_reconcile_store_known(side->store, &database))
        return "a store is sqlite:FILE, postgresql://USER@HOST/DATABASE, jsonl:FILE or csv:FILE";
    if (database && !side->query)
        return "a database needs a query: SELECT the columns that pair and compare";
    if (!database && (side->query || side->consume))
        return "a file has neither query nor consume: leave them out";
    return NULL;
}

static bool
has_twice(const struct plx_reconcile_job *job)
{
    for (size_t i = 0; i < job->by_count; i++) {
        for (size_t k = 0; k < i; k++)
            if (strcmp(job->by[i], job->by[k]) == 0)
                return true;
        for (size_t k = 0; k < job->compare_count; k++)
            if (strcmp(job->by[i], job->compare[k]) == 0)
                return true;
    }
    for (size_t i = 0; i < job->compare_count; i++)
        for (size_t k = 0; k < i; k++)
            if (strcmp(job->compare[i], job->compare[k]) == 0)
                return true;
    return false;
}

static bool
is_among(const char *name, char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

const char *
plx_reconcile_job_check(const struct plx_reconcile_job *job)
{
    const char *wrong = check_side(&job->sides[PLX_LEFT]);

    if (!wrong)
        wrong = check_side(&job->sides[PLX_RIGHT]);
    if (wrong)
        return wrong;
    if (job->by_count == 0)
        return "nothing says what pairs rows: name the columns with `by`";
    if (job->by_count + job->compare_count > PLX_RECONCILE_COLUMNS_MAX)
        return "there are more than 64 columns in `by` and `compare`";
    if (has_twice(job))
        return "a column stands twice in `by` and `compare`: leave one out";
    if (!job->sides[PLX_LEFT].consume != !job->sides[PLX_RIGHT].consume)
        return "pairs are marked on both sides or not at all: give `consume` on the other side too, or on neither";
    if (job->time && !job->settle_ms && !job->since)
        return "`time` says how old a row is, and nothing asks for it: give `settle` or `since` too";
    if (job->since && !job->time)
        return "`since` leaves out rows by their time: name the column with `time`";
    for (size_t i = 0; i < job->json_count; i++)
        if (!is_among(job->json[i], job->compare, job->compare_count))
            return "`json` names a column that is not compared: put it under `compare` too";
    for (size_t i = 0; i < job->uuid_count; i++)
        if (!is_among(job->uuid[i], job->compare, job->compare_count) &&
            !is_among(job->uuid[i], job->by, job->by_count))
            return "`uuid` names a column that neither pairs rows nor is compared: put it under `by` or `compare` too";
    return NULL;
}
