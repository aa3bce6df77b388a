/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where there is no memory a run says so and nothing else, and leaves nothing behind: each allocation fails once, alone
 * and with all that follow. Files on both sides, sorted on disk; what databases allocate is theirs.
 */
#include "batch/reconcile/batch.h"
#include "failing_memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#define ROWS 40

static char folder[] = "/tmp/plx-memory-XXXXXX";

static int
make_files(void **state)
{
    if (!mkdtemp(folder) || chdir(folder) != 0)
        return -1;
    FILE *left = fopen("left", "w"), *right = fopen("right", "w");
    if (!left || !right)
        return -1;
    fputs("k,v,at\n", right);
    for (int i = 0; i < ROWS; i++) {
        fprintf(left, "{\"k\":\"key %d\",\"v\":%d.5e1,\"at\":%d}\n", i % 13, i, i);
        fprintf(right, "key %d,%d,%d\n", i % 11, 10 * i + 5, i);
    }
    return fclose(left) == 0 && fclose(right) == 0 ? 0 : -1;
}

static int
remove_files(void **state)
{
    return unlink("left") || unlink("right") || rmdir(folder) ? -1 : 0;
}

static void
make_job(struct plx_reconcile_job *job)
{
    struct plx_rule_error error;
    const struct plx_rule rule = {.kind = PLX_RULE_TOLERANCE, .field = {"/v", 2}, .value = {"0.1", 3}};

    assert_true(plx_reconcile_job_init(job));
    job->name = strdup("memory");
    job->sides[PLX_LEFT].store = strdup("jsonl:left");
    job->sides[PLX_RIGHT].store = strdup("csv:right");
    job->by[job->by_count++] = strdup("k");
    job->compare[job->compare_count++] = strdup("v");
    job->time = strdup("at");
    job->settle_ms = 1000;
    job->memory_bytes = 1000;
    assert_int_equal(plx_rules_add(job->rules, &rule, &error), PLX_OK);
    assert_null(plx_reconcile_job_check(job));
}

/* Whether an allocation has failed: there may be more to try. */
static bool
run_failing(const struct plx_reconcile_job *job, size_t at, bool stays, struct plx_reconcile_counts *counts)
{
    const struct plx_reconcile_options options = {0};
    struct plx_reconcile_result result;
    struct plx_reconcile_error error = {""};

    plx_reconcile_result_init(&result, job, 2);
    start_failing(at, stays);
    enum plx_status status = plx_reconcile_run(job, &options, &result, &error);
    bool failed = stop_failing();
    if (status == PLX_OK)
        *counts = result.counts;
    else if (status != PLX_E_MEMORY || !strstr(error.text, "out of memory"))
        fail_msg("allocation %zu: %s: %s", at, plx_status_text(status), error.text);
    assert_true(failed || status == PLX_OK);
    plx_reconcile_result_fini(&result);
    return failed;
}

static void
test_each_allocation_may_fail(void **state)
{
    struct plx_reconcile_counts want = {0}, counts;
    struct plx_reconcile_job job;

    make_job(&job);
    assert_false(run_failing(&job, SIZE_MAX, false, &want));
    assert_true(want.paired > 0 && want.differing > 0 && want.only_left > 0);
    for (int stays = 0; stays < 2; stays++)
        for (size_t at = 1;; at++) {
            counts = want;
            if (!run_failing(&job, at, stays, &counts))
                break;
            /* What can do without the memory comes to the same. */
            assert_memory_equal(&counts, &want, sizeof(counts));
        }
    plx_reconcile_job_fini(&job);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_each_allocation_may_fail)};

    return cmocka_run_group_tests(tests, make_files, remove_files);
}
