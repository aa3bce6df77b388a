/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A row as it is sorted, spilled and paired: its key, when it was written, its cells.
 *
 *   packed:  lengths | time | key: by columns, compared columns | cells: by columns, compared ones, the first column
 *
 * The key goes on with the compared columns, so that of rows with the same key equal ones stand beside each other.
 */
#ifndef PLX_RECONCILE_ROW_RECORD_H
#define PLX_RECONCILE_ROW_RECORD_H

#include "batch/reconcile/cell.h"

#define PLX_TIME_NONE INT64_MIN

struct plx_record {
    struct plx_slice key; /* all of it */
    size_t by_len;        /* of it what pairs rows */
    int64_t time_ms;      /* since the epoch; PLX_TIME_NONE: not known */
    struct plx_slice cells;
};

/* Appends the packed record. */
void plx_record_pack(struct plx_buffer *out, const struct plx_record *record);
/* What is packed at bytes, whose slices point into it; its length, or 0 where there is less than one. */
size_t plx_record_unpack(struct plx_slice bytes, struct plx_record *record);

/* Cells, one behind the other. */
void plx_cells_add(struct plx_buffer *cells, struct plx_cell cell);
/* The next one; *cells moves on. It must have one. */
struct plx_cell plx_cells_take(struct plx_slice *cells);

/* The order of two keys. */
static inline int
plx_key_compare(struct plx_slice a, struct plx_slice b)
{
    size_t len = a.len < b.len ? a.len : b.len;
    int order = len ? memcmp(a.ptr, b.ptr, len) : 0;

    return order ? order : (a.len > b.len) - (a.len < b.len);
}

static inline struct plx_slice
plx_record_by(const struct plx_record *record)
{
    return plx_slice_make(record->key.ptr, record->by_len);
}

#endif
