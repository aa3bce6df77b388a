/* SPDX-License-Identifier: Apache-2.0 */
/* Sorting loses nothing, in memory and on disk; and pairs are those that a multiset says, held against a model. */
#include "batch/reconcile/batch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static struct plx_reconcile_error error;

/* ---- sorting ---- */

static void
sort_random(unsigned count, uint64_t memory, size_t runs_min)
{
    struct plx_sort *sort = plx_sort_new(memory);
    char key[40], before[40] = "", cells[400];
    struct plx_record record = {.by_len = 1};
    unsigned found = 0;
    uint64_t sum = 0;

    assert_non_null(sort);
    for (unsigned i = 0; i < count; i++) {
        snprintf(key, sizeof(key), "key %08d", rand() % 100000);
        record.key = plx_slice_of(key);
        memset(cells, (int)(i & 0x7F), sizeof(cells));
        record.cells = plx_slice_make(cells, i % sizeof(cells));
        record.time_ms = i;
        sum += i;
        assert_int_equal(plx_sort_add(sort, &record, &error), PLX_OK);
    }
    assert_int_equal(plx_sort_finish(sort, &error), PLX_OK);
    assert_true(plx_sort_runs(sort) >= runs_min);
    enum plx_status status;
    while ((status = plx_sort_next(sort, &record, &error)) == PLX_OK) {
        unsigned i = (unsigned)record.time_ms;
        snprintf(key, sizeof(key), "%.*s", (int)record.key.len, record.key.ptr);
        assert_true(strcmp(before, key) <= 0);
        memcpy(before, key, sizeof(before));
        assert_int_equal(record.cells.len, i % sizeof(cells));
        assert_true(record.cells.len == 0 || record.cells.ptr[record.cells.len - 1] == (char)(i & 0x7F));
        sum -= i;
        found++;
    }
    assert_int_equal(status, PLX_DONE);
    assert_int_equal(found, count);
    assert_int_equal(sum, 0);
    plx_sort_free(sort);
}

static void
test_sorting_in_memory_and_on_disk(void **state)
{
    sort_random(0, 1u << 20, 0);
    sort_random(1, 1u << 20, 0);
    sort_random(2000, 64u << 20, 0);
    sort_random(5000, 100000, 10);
    sort_random(20000, 5000, 2); /* more runs than are merged at a time: they became few again */
}

static void
test_a_record_larger_than_the_memory_is_a_run(void **state)
{
    struct plx_sort *sort = plx_sort_new(1000);
    static char large[300000];
    struct plx_record record = {.key = {"b", 1}, .by_len = 1, .cells = {large, sizeof(large)}};

    assert_int_equal(plx_sort_add(sort, &record, &error), PLX_OK);
    record.key = plx_slice_of("a");
    assert_int_equal(plx_sort_add(sort, &record, &error), PLX_OK);
    assert_int_equal(plx_sort_finish(sort, &error), PLX_OK);
    assert_int_equal(plx_sort_next(sort, &record, &error), PLX_OK);
    assert_true(plx_slice_equal(record.key, plx_slice_of("a")) && record.cells.len == sizeof(large));
    assert_int_equal(plx_sort_next(sort, &record, &error), PLX_OK);
    assert_int_equal(plx_sort_next(sort, &record, &error), PLX_DONE);
    plx_sort_free(sort);
}

static void
test_a_folder_without_room_is_said(void **state)
{
    struct plx_sort *sort = plx_sort_new(10);
    struct plx_record record = {.key = {"b", 1}, .by_len = 1, .cells = {"", 0}};

    setenv("TMPDIR", "/proc/none", 1);
    assert_int_equal(plx_sort_add(sort, &record, &error), PLX_E_IO);
    assert_non_null(strstr(error.text, "TMPDIR"));
    unsetenv("TMPDIR");
    plx_sort_free(sort);
}

/* ---- pairing ---- */

#define KEYS   7
#define VALUES 5

struct files {
    char folder[64], left[96], right[96];
};

static void
make_files(struct files *files)
{
    snprintf(files->folder, sizeof(files->folder), "/tmp/plx-pairs-XXXXXX");
    assert_non_null(mkdtemp(files->folder));
    snprintf(files->left, sizeof(files->left), "%s/left", files->folder);
    snprintf(files->right, sizeof(files->right), "%s/right", files->folder);
}

static void
remove_files(const struct files *files)
{
    unlink(files->left);
    unlink(files->right);
    rmdir(files->folder);
}

/* Numbers are spelled as chance has it. */
static void
write_rows(const char *path, unsigned count, unsigned rows[KEYS][VALUES])
{
    static const char *const behind[] = {"", ".0", "00e-2"};
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    for (unsigned i = 0; i < count; i++) {
        unsigned key = (unsigned)rand() % KEYS, value = (unsigned)rand() % VALUES;
        rows[key][value]++;
        if (rand() % 2)
            fprintf(file, "{\"k\":\"key %u\",\"v\":%u%s}\n", key, value, behind[value ? rand() % 3 : 0]);
        else
            fprintf(file, "{\"v\" : %u, \"x\":0, \"k\":\"key %u\"}\r\n", value, key);
    }
    fclose(file);
}

/* What a multiset says. */
static struct plx_reconcile_counts
count_model(unsigned left[KEYS][VALUES], unsigned right[KEYS][VALUES], bool compares)
{
    struct plx_reconcile_counts counts = {0};

    for (unsigned key = 0; key < KEYS; key++) {
        unsigned rest_left = 0, rest_right = 0, all_left = 0, all_right = 0;
        for (unsigned value = 0; value < VALUES; value++) {
            unsigned l = left[key][value], r = right[key][value], pairs = l < r ? l : r;
            counts.paired += compares ? pairs : 0;
            rest_left += l - pairs;
            rest_right += r - pairs;
            all_left += l;
            all_right += r;
        }
        unsigned differing = compares ? (rest_left < rest_right ? rest_left : rest_right) : 0;
        unsigned paired = all_left < all_right ? all_left : all_right;
        counts.differing += differing;
        counts.paired += compares ? 0 : paired;
        counts.only_left += compares ? rest_left - differing : all_left - paired;
        counts.only_right += compares ? rest_right - differing : all_right - paired;
    }
    return counts;
}

static void
run_files(const struct files *files, bool compares, uint64_t memory, struct plx_reconcile_result *result)
{
    const struct plx_reconcile_options options = {0};
    struct plx_reconcile_job job;
    char store[160];

    assert_true(plx_reconcile_job_init(&job));
    job.name = strdup("model");
    snprintf(store, sizeof(store), "jsonl:%s", files->left);
    job.sides[PLX_LEFT].store = strdup(store);
    snprintf(store, sizeof(store), "jsonl:%s", files->right);
    job.sides[PLX_RIGHT].store = strdup(store);
    job.by[job.by_count++] = strdup("k");
    if (compares)
        job.compare[job.compare_count++] = strdup("v");
    job.memory_bytes = memory;
    assert_null(plx_reconcile_job_check(&job));
    plx_reconcile_result_init(result, &job, 3);
    if (plx_reconcile_run(&job, &options, result, &error) != PLX_OK)
        print_error("%s\n", error.text);
    result->name = "model";
    plx_reconcile_job_fini(&job);
}

static void
check_random(const struct files *files, unsigned rows_max, bool compares)
{
    unsigned left[KEYS][VALUES] = {{0}}, right[KEYS][VALUES] = {{0}};
    unsigned rows_left = (unsigned)rand() % rows_max, rows_right = (unsigned)rand() % rows_max;
    struct plx_reconcile_result result;

    write_rows(files->left, rows_left, left);
    write_rows(files->right, rows_right, right);
    struct plx_reconcile_counts want = count_model(left, right, compares);
    run_files(files, compares, rand() % 2 ? 2000 : PLX_SORT_MEMORY_DEFAULT, &result);
    assert_int_equal(result.counts.rows[PLX_LEFT], rows_left);
    assert_int_equal(result.counts.rows[PLX_RIGHT], rows_right);
    assert_int_equal(result.counts.paired, want.paired);
    assert_int_equal(result.counts.only_left, want.only_left);
    assert_int_equal(result.counts.only_right, want.only_right);
    assert_int_equal(result.counts.differing, want.differing);
    assert_int_equal(result.counts.unexamined, 0);
    assert_true(result.shown_count[PLX_ROW_DIFFERING] == (want.differing < 3 ? want.differing : 3));
    plx_reconcile_result_fini(&result);
}

static void
test_pairs_are_those_of_a_multiset(void **state)
{
    unsigned seed = (unsigned)time(NULL);
    struct files files;

    print_message("seed %u\n", seed);
    srand(seed);
    make_files(&files);
    for (int i = 0; i < 150; i++)
        check_random(&files, i % 10 == 0 ? 400 : 40, i % 3 != 0);
    remove_files(&files);
}

/* More unequal rows of one key than are kept: all are counted, and that they were not all examined is said. */
static void
test_a_key_with_too_many_unequal_rows(void **state)
{
    const unsigned count = 3 * PLX_GROUP_ROWS_MAX;
    struct plx_reconcile_result result;
    struct files files;

    make_files(&files);
    for (int side = 0; side < 2; side++) {
        FILE *file = fopen(side ? files.right : files.left, "w");
        assert_non_null(file);
        for (unsigned i = 0; i < count; i++)
            fprintf(file, "{\"k\":1,\"v\":%u}\n", 2 * i + (unsigned)side);
        fclose(file);
    }
    run_files(&files, true, PLX_SORT_MEMORY_DEFAULT, &result);
    assert_int_equal(result.counts.paired, 0);
    assert_int_equal(result.counts.only_left + result.counts.differing, count);
    assert_int_equal(result.counts.only_right + result.counts.differing, count);
    assert_int_equal(result.counts.differing, PLX_GROUP_ROWS_MAX);
    assert_int_equal(result.counts.unexamined, 2 * (count - PLX_GROUP_ROWS_MAX));
    plx_reconcile_result_fini(&result);
    remove_files(&files);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sorting_in_memory_and_on_disk),
        cmocka_unit_test(test_a_record_larger_than_the_memory_is_a_run),
        cmocka_unit_test(test_a_folder_without_room_is_said),
        cmocka_unit_test(test_pairs_are_those_of_a_multiset),
        cmocka_unit_test(test_a_key_with_too_many_unequal_rows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
