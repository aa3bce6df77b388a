/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A job: two stores of results, what pairs a row of the one with a row of the other, what has to agree then, and when
 * it is done. Read from a configuration or put together from flags; it does not change while it is run.
 */
#ifndef PLX_RECONCILE_RECONCILE_JOB_H
#define PLX_RECONCILE_RECONCILE_JOB_H

#include "batch/reconcile/cron.h"

#include <parallax/compare.h>

#define PLX_RECONCILE_JOBS_MAX    64u
#define PLX_RECONCILE_COLUMNS_MAX 64u /* keys and compared ones together */

#define PLX_SORT_MEMORY_DEFAULT (32u << 20) /* of each side that has to be sorted here */
#define PLX_SORT_MEMORY_MIN     (1u << 20)
#define PLX_SETTLE_MAX_MS       (24u * 3600 * 1000)

enum plx_side_name {
    PLX_LEFT,
    PLX_RIGHT,
    PLX_SIDES,
};

#define PLX_SIDE_TEXT(side) ((side) == PLX_LEFT ? "left" : "right")

struct plx_side {
    char *store;   /* "sqlite:FILE", "postgresql://...", "jsonl:FILE", "csv:FILE" */
    char *query;   /* databases alone */
    char *consume; /* $1 is the row's first column; NULL: nothing is marked */
    bool
        quotes_all; /* of CSV: everything may stand in quotes, which say nothing then; else what is in quotes is text */
};

struct plx_reconcile_job {
    char *name;
    struct plx_side sides[PLX_SIDES];
    char *by[PLX_RECONCILE_COLUMNS_MAX];
    char *compare[PLX_RECONCILE_COLUMNS_MAX];
    size_t by_count, compare_count;
    char *json[PLX_RECONCILE_COLUMNS_MAX], *uuid[PLX_RECONCILE_COLUMNS_MAX]; /* columns whose text is JSON, a UUID */
    size_t json_count, uuid_count;
    struct plx_rules *rules; /* for the compared columns: a row is an object of them */
    char *time;              /* the column that says when a row was written; NULL: none does */
    uint32_t settle_ms;      /* 0: every row counts at once */
    bool since;              /* rows written before since_ms, and those whose time is NULL, are left out */
    int64_t since_ms;        /* since the epoch */
    char *journal;           /* path; NULL: beside a store (plx_journal_path()) */
    uint64_t memory_bytes;   /* for sorting, a side */
    struct plx_schedule every;
    char *serve; /* a path such as /notification/compare; NULL: none of its own */
};

struct plx_reconcile_jobs {
    struct plx_reconcile_job *at;
    size_t count;
};

/* A job without anything but its defaults; false: no memory, and nothing to free. */
bool plx_reconcile_job_init(struct plx_reconcile_job *job);
void plx_reconcile_job_fini(struct plx_reconcile_job *job);
void plx_reconcile_jobs_fini(struct plx_reconcile_jobs *jobs);
/* NULL where the job can be run, else what is missing or does not go together and how to mend it: static text. */
const char *plx_reconcile_job_check(const struct plx_reconcile_job *job);
/* What quotes of a CSV file say: "text" or "all". false: it is neither. */
PLX_MUST_USE bool plx_reconcile_quotes_read(struct plx_slice text, bool *all);
/* Whether a store is one that is known, and whether it is a database. */
bool plx_reconcile_store_known(const char *store, bool *database);

#endif
