/* SPDX-License-Identifier: Apache-2.0 */
/* `reconcile:`, a list of jobs. */
#include "control/config/reconcile_section.h"

#include "base/assert.h"
#include "base/slice.h"
#include "batch/reconcile/row_moment.h"
#include "control/config/compare_rules.h"
#include "control/config/keys.h"
#include "control/config/values.h"
#include "service/service.h"

#include <stdlib.h>

#define INTERVAL_MIN_MS 1000u
#define INTERVAL_MAX_MS (366ull * 24 * 3600 * 1000)
#define MEMORY_MAX      ((uint64_t)1 << 36)

#define TEXT_READER(function, type, field, what)                                                    \
    static void function(struct plx_config_reader *reader, const struct plx_yaml *node, void *into) \
    {                                                                                               \
        struct plx_slice text;                                                                      \
                                                                                                    \
        if (plx_read_text(reader, node, what, &text))                                               \
            plx_read_copy_of(reader, text, &((type *)into)->field);                                 \
    }

/* ---- a side ---- */

static void
read_store(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    struct plx_side *side = into;
    struct plx_slice text;
    bool database;

    if (!plx_read_text(reader, node, "a store", &text))
        return;
    if (plx_reconcile_store_known(text.ptr, &database))
        plx_read_copy_of(reader, text, &side->store);
    else
        plx_config_error(reader, node, "write sqlite:FILE, postgresql://USER@HOST/DATABASE, jsonl:FILE or csv:FILE",
                         "%s is no store", plx_yaml_name(node));
}

/* What quotes of a CSV file say. */
static void
read_quotes(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    struct plx_slice text;

    if (!plx_read_text(reader, node, "`text` or `all`", &text))
        return;
    if (!plx_reconcile_quotes_read(text, &((struct plx_side *)into)->quotes_all))
        plx_config_error(reader, node, "write `text`, or `all` where everything may stand in quotes",
                         "%s says nothing of quotes", plx_yaml_name(node));
}

TEXT_READER(read_query, struct plx_side, query, "a query")
TEXT_READER(read_consume, struct plx_side, consume, "a statement")

static void
read_side(struct plx_config_reader *reader, const struct plx_yaml *node, struct plx_side *side)
{
    static const struct plx_key keys[] = {
        {"store", read_store}, {"query", read_query}, {"consume", read_consume}, {"quotes", read_quotes}};

    plx_keys_read(reader, node, "a side", keys, PLX_COUNT(keys), side);
}

static void
read_left(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    read_side(reader, node, &((struct plx_reconcile_job *)into)->sides[PLX_LEFT]);
}

static void
read_right(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    read_side(reader, node, &((struct plx_reconcile_job *)into)->sides[PLX_RIGHT]);
}

/* ---- a job ---- */

struct columns {
    char **names;
    size_t *count;
};

static void
read_column(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    struct columns *columns = into;
    struct plx_slice text;

    if (!plx_read_text(reader, node, "a column", &text))
        return;
    if (*columns->count == PLX_RECONCILE_COLUMNS_MAX)
        plx_config_error(reader, node, "leave some out", "there are more than %u columns", PLX_RECONCILE_COLUMNS_MAX);
    else
        plx_read_copy_of(reader, text, &columns->names[(*columns->count)++]);
}

static void
read_by(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    struct plx_reconcile_job *job = into;

    plx_read_each(reader, node, read_column, &(struct columns){job->by, &job->by_count});
}

static void
read_compare(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    struct plx_reconcile_job *job = into;

    plx_read_each(reader, node, read_column, &(struct columns){job->compare, &job->compare_count});
}

static void
read_json(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    struct plx_reconcile_job *job = into;

    plx_read_each(reader, node, read_column, &(struct columns){job->json, &job->json_count});
}

static void
read_uuid(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    struct plx_reconcile_job *job = into;

    plx_read_each(reader, node, read_column, &(struct columns){job->uuid, &job->uuid_count});
}

static void
read_since(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    struct plx_reconcile_job *job = into;
    struct plx_slice text;

    if (!plx_read_text(reader, node, "a moment", &text))
        return;
    job->since = plx_moment_read(text, &job->since_ms);
    if (!job->since)
        plx_config_error(reader, node, "write it as in 2026-01-31T12:00:00Z", "%s is no moment", plx_yaml_name(node));
}

static void
read_rules(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    plx_rules_file_read(reader, node, ((struct plx_reconcile_job *)into)->rules);
}

static void
read_settle(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    plx_read_duration(reader, node, PLX_SETTLE_MAX_MS, &((struct plx_reconcile_job *)into)->settle_ms);
}

static void
read_memory(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    struct plx_reconcile_job *job = into;

    plx_read_size(reader, node, MEMORY_MAX, &job->memory_bytes);
    if (job->memory_bytes < PLX_SORT_MEMORY_MIN) {
        plx_config_error(reader, node, "give it 1MiB or more", "%s is too little to sort with", plx_yaml_name(node));
        job->memory_bytes = PLX_SORT_MEMORY_MIN;
    }
}

const char *
plx_value_schedule(struct plx_slice text, struct plx_schedule *schedule)
{
    uint64_t ms;

    if (!plx_value_duration(text, &ms))
        return plx_schedule_read(text, schedule);
    if (ms < INTERVAL_MIN_MS || ms > INTERVAL_MAX_MS)
        return "an interval is from 1s to 8784h";
    *schedule = (struct plx_schedule){.interval_ms = ms};
    return NULL;
}

static void
read_every(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    struct plx_slice text;

    if (!plx_read_text(reader, node, "a schedule", &text))
        return;
    const char *wrong = plx_value_schedule(text, &((struct plx_reconcile_job *)into)->every);
    if (wrong)
        plx_config_error(reader, node, wrong, "%s is no schedule", plx_yaml_name(node));
}

/* "GET /path": the method may be left out. */
static void
read_serve(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    struct plx_slice text;

    if (!plx_read_text(reader, node, "a path", &text))
        return;
    if (text.len > 4 && memcmp(text.ptr, "GET ", 4) == 0)
        text = plx_slice_make(text.ptr + 4, text.len - 4);
    bool plain = text.len > 1 && text.ptr[0] == '/' && text.len < 200;
    for (size_t i = 0; i < text.len; i++)
        plain &= text.ptr[i] > ' ' && text.ptr[i] < 127 && !strchr("?#%\"<>\\", text.ptr[i]);
    if (plain)
        plx_read_copy_of(reader, text, &((struct plx_reconcile_job *)into)->serve);
    else
        plx_config_error(reader, node, "write GET and a path, as in GET /notification/compare",
                         "%s is no path to serve", plx_yaml_name(node));
}

TEXT_READER(read_time, struct plx_reconcile_job, time, "a column")
TEXT_READER(read_journal, struct plx_reconcile_job, journal, "a path")

static void
read_name(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    struct plx_slice text;

    if (!plx_read_text(reader, node, "a name", &text))
        return;
    if (text.len > PLX_SERVICE_NAME_MAX || (text.len > 0 && !plx_slice_is_name(text)))
        plx_config_error(reader, node, "use letters, digits, . _ -, at most 64 of them", "%s is no name of a job",
                         plx_yaml_name(node));
    else
        plx_read_copy_of(reader, text, &((struct plx_reconcile_job *)into)->name);
}

/* What has to be there and go together; the path that is served has to be the job's own. */
static void
check_job(struct plx_config_reader *reader, const struct plx_yaml *node, const struct plx_reconcile_jobs *jobs)
{
    const struct plx_reconcile_job *job = &jobs->at[jobs->count - 1];
    const char *wrong = plx_reconcile_job_check(job);

    if (!job->name)
        plx_config_error(reader, node, "add `name: notifications`", "a job under `reconcile` has no name");
    if (wrong)
        plx_config_error(reader, node, wrong, "this job can't be run");
    for (size_t i = 0; i + 1 < jobs->count; i++) {
        const struct plx_reconcile_job *other = &jobs->at[i];
        if (job->name && other->name && strcmp(job->name, other->name) == 0)
            plx_config_error(reader, node, "give each job a name of its own", "there are two jobs `%s`", job->name);
        if (job->serve && other->serve && strcmp(job->serve, other->serve) == 0)
            plx_config_error(reader, node, "give each job a path of its own", "two jobs are served at %s", job->serve);
    }
}

static void
read_job(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    static const struct plx_key keys[] = {
        {"name", read_name},       {"left", read_left},     {"right", read_right}, {"by", read_by},
        {"compare", read_compare}, {"rules", read_rules},   {"time", read_time},   {"settle", read_settle},
        {"journal", read_journal}, {"memory", read_memory}, {"every", read_every}, {"serve", read_serve},
        {"json", read_json},       {"uuid", read_uuid},     {"since", read_since},
    };
    struct plx_reconcile_jobs *jobs = into;
    size_t errors = reader->errors->count;

    if (jobs->count == PLX_RECONCILE_JOBS_MAX) {
        plx_config_error(reader, node, "leave some out", "there are more than %u jobs", PLX_RECONCILE_JOBS_MAX);
        return;
    }
    if (!plx_reconcile_job_init(&jobs->at[jobs->count])) {
        reader->no_memory = true;
        return;
    }
    plx_keys_read(reader, node, "a job", keys, PLX_COUNT(keys), &jobs->at[jobs->count++]);
    if (!reader->no_memory && reader->errors->count == errors)
        check_job(reader, node, jobs);
}

void
plx_reconcile_read(struct plx_config_reader *reader, const struct plx_yaml *list, struct plx_reconcile_jobs *jobs)
{
    if (list->type != PLX_YAML_LIST || !list->first) {
        plx_config_error(reader, list, "write a list of jobs, each as in `- name: notifications`",
                         "`reconcile` is a list, not %s", plx_yaml_name(list));
        return;
    }
    jobs->at = calloc(PLX_RECONCILE_JOBS_MAX, sizeof(*jobs->at));
    if (!jobs->at) {
        reader->no_memory = true;
        return;
    }
    plx_read_each(reader, list, read_job, jobs);
}
