/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The external merge sort. In memory a record is an entry of its key's first bytes and its place, so that most
 * comparisons look at nothing else; on disk runs are merged with a heap of their first records.
 */
#include "batch/reconcile/sort.h"

#include <stdlib.h>

struct entry {
    uint64_t prefix; /* the key's first eight bytes, as a number */
    size_t at;       /* of the packed record */
};

struct run {
    uint64_t from, end;
    struct plx_spill_reader reader;
    struct plx_record record;
};

struct plx_sort {
    uint64_t memory_bytes;
    struct plx_buffer packed;
    struct entry *entries;
    size_t count, capacity, at;
    struct plx_spill spill;
    struct run runs[PLX_SORT_RUNS_MAX];
    size_t run_count;
    struct run *heap[PLX_SORT_RUNS_MAX]; /* the smallest record first */
    size_t heap_count;
    bool begun; /* the heap's first record has been given out */
};

struct plx_sort *
plx_sort_new(uint64_t memory_bytes)
{
    struct plx_sort *sort = calloc(1, sizeof(*sort));

    if (!sort)
        return NULL;
    sort->memory_bytes = memory_bytes;
    plx_buffer_init(&sort->packed, SIZE_MAX / 4); /* bounded by memory_bytes and one record */
    plx_spill_init(&sort->spill);
    return sort;
}

void
plx_sort_free(struct plx_sort *sort)
{
    if (!sort)
        return;
    for (size_t i = 0; i < sort->run_count; i++)
        plx_spill_reader_fini(&sort->runs[i].reader);
    plx_buffer_fini(&sort->packed);
    plx_spill_fini(&sort->spill);
    free(sort->entries);
    free(sort);
}

size_t
plx_sort_runs(const struct plx_sort *sort)
{
    return sort->run_count;
}

/* ---- in memory ---- */

static struct plx_record
record_at(const struct plx_sort *sort, size_t at)
{
    struct plx_record record = {{NULL, 0}, 0, 0, {NULL, 0}};

    plx_record_unpack(plx_slice_make(sort->packed.ptr + at, sort->packed.len - at), &record);
    return record;
}

static int
compare_entries(const void *a, const void *b, void *context)
{
    const struct entry *x = a, *y = b;

    if (x->prefix != y->prefix)
        return x->prefix < y->prefix ? -1 : 1;
    struct plx_record one = record_at(context, x->at), other = record_at(context, y->at);
    return plx_key_compare(one.key, other.key);
}

static uint64_t
prefix_of(struct plx_slice key)
{
    uint64_t prefix = 0;

    for (size_t i = 0; i < 8; i++)
        prefix = prefix << 8 | (i < key.len ? (unsigned char)key.ptr[i] : 0);
    return prefix;
}

static void
sort_memory(struct plx_sort *sort)
{
    if (sort->count > 1)
        qsort_r(sort->entries, sort->count, sizeof(*sort->entries), compare_entries, sort);
}

/* ---- runs ---- */

static bool
is_before(const struct run *a, const struct run *b)
{
    return plx_key_compare(a->record.key, b->record.key) < 0;
}

static void
sift_down(struct plx_sort *sort, size_t at)
{
    for (;;) {
        size_t least = at;
        for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < sort->heap_count; child++)
            if (is_before(sort->heap[child], sort->heap[least]))
                least = child;
        if (least == at)
            return;
        struct run *run = sort->heap[at];
        sort->heap[at] = sort->heap[least];
        sort->heap[least] = run;
        at = least;
    }
}

static enum plx_status
open_runs(struct plx_sort *sort, struct plx_reconcile_error *error)
{
    sort->heap_count = 0;
    sort->begun = false;
    for (size_t i = 0; i < sort->run_count; i++) {
        struct run *run = &sort->runs[i];
        plx_spill_reader_init(&run->reader, &sort->spill, run->from, run->end);
        enum plx_status status = plx_spill_next(&run->reader, &run->record, error);
        if (status != PLX_OK)
            return status;
        sort->heap[sort->heap_count++] = run;
    }
    for (size_t i = sort->heap_count; i-- > 0;)
        sift_down(sort, i);
    return PLX_OK;
}

static enum plx_status
next_of_runs(struct plx_sort *sort, struct plx_record *record, struct plx_reconcile_error *error)
{
    if (sort->begun && sort->heap_count > 0) {
        enum plx_status status = plx_spill_next(&sort->heap[0]->reader, &sort->heap[0]->record, error);
        if (status < 0)
            return status;
        if (status == PLX_DONE)
            sort->heap[0] = sort->heap[--sort->heap_count];
        sift_down(sort, 0);
    }
    sort->begun = true;
    if (sort->heap_count == 0)
        return PLX_DONE;
    *record = sort->heap[0]->record;
    return PLX_OK;
}

/* All runs into one, in a file of its own. */
static enum plx_status
merge_runs(struct plx_sort *sort, struct plx_reconcile_error *error)
{
    struct plx_spill merged;
    struct plx_record record;
    enum plx_status status = open_runs(sort, error);

    plx_spill_init(&merged);
    while (status == PLX_OK && (status = next_of_runs(sort, &record, error)) == PLX_OK)
        status = plx_spill_add(&merged, &record, error);
    if (status == PLX_DONE)
        status = plx_spill_flush(&merged, error);
    for (size_t i = 0; i < sort->run_count; i++)
        plx_spill_reader_fini(&sort->runs[i].reader);
    plx_spill_fini(&sort->spill);
    sort->spill = merged;
    sort->run_count = 1;
    sort->runs[0] = (struct run){.from = 0, .end = merged.size};
    return status;
}

static enum plx_status
write_run(struct plx_sort *sort, struct plx_reconcile_error *error)
{
    enum plx_status status = PLX_OK;

    if (sort->run_count == PLX_SORT_RUNS_MAX)
        status = merge_runs(sort, error);
    if (status != PLX_OK)
        return status;
    struct run *run = &sort->runs[sort->run_count];
    *run = (struct run){.from = sort->spill.size};
    sort_memory(sort);
    for (size_t i = 0; i < sort->count && status == PLX_OK; i++) {
        struct plx_record record = record_at(sort, sort->entries[i].at);
        status = plx_spill_add(&sort->spill, &record, error);
    }
    if (status == PLX_OK)
        status = plx_spill_flush(&sort->spill, error);
    run->end = sort->spill.size;
    sort->run_count++;
    sort->count = 0;
    plx_buffer_clear(&sort->packed);
    return status;
}

/* ---- adding and reading ---- */

static bool
grow(struct plx_sort *sort)
{
    size_t capacity = sort->capacity ? 2 * sort->capacity : 1024;
    struct entry *entries =
        sort->count < sort->capacity ? sort->entries : realloc(sort->entries, capacity * sizeof(*entries));

    if (!entries)
        return false;
    if (sort->count == sort->capacity)
        sort->capacity = capacity;
    sort->entries = entries;
    return true;
}

enum plx_status
plx_sort_add(struct plx_sort *sort, const struct plx_record *record, struct plx_reconcile_error *error)
{
    size_t at = sort->packed.len;

    if (!grow(sort))
        return plx_reconcile_no_memory(error);
    plx_record_pack(&sort->packed, record);
    if (sort->packed.failed)
        return plx_reconcile_no_memory(error);
    sort->entries[sort->count++] = (struct entry){prefix_of(record->key), at};
    if (sort->packed.len + sort->count * sizeof(struct entry) < sort->memory_bytes)
        return PLX_OK;
    return write_run(sort, error);
}

enum plx_status
plx_sort_finish(struct plx_sort *sort, struct plx_reconcile_error *error)
{
    sort->at = 0;
    if (sort->run_count == 0) {
        sort_memory(sort);
        return PLX_OK;
    }
    enum plx_status status = sort->count ? write_run(sort, error) : PLX_OK;
    if (status != PLX_OK)
        return status;
    plx_buffer_fini(&sort->packed);
    free(sort->entries);
    sort->entries = NULL;
    sort->capacity = 0;
    return open_runs(sort, error);
}

enum plx_status
plx_sort_next(struct plx_sort *sort, struct plx_record *record, struct plx_reconcile_error *error)
{
    if (sort->run_count > 0)
        return next_of_runs(sort, record, error);
    if (sort->at == sort->count)
        return PLX_DONE;
    *record = record_at(sort, sort->entries[sort->at++].at);
    return PLX_OK;
}
