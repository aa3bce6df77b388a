/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where rows come from: a query of a database, or a file. A source is read from its beginning to its end, row by row,
 * and never held in memory as a whole; a database can be asked for an order, and for marking rows as consumed.
 * The only callers are rows.c (reading), consume.c (marking) and what checks a job beforehand.
 */
#ifndef PLX_RECONCILE_SOURCE_H
#define PLX_RECONCILE_SOURCE_H

#include "base/arena.h"
#include "batch/reconcile/column.h"
#include "batch/reconcile/reconcile_error.h"
#include "batch/reconcile/reconcile_job.h"

#include <stdatomic.h>

/* Columns that a reading needs: the job's keys and compared ones, the first one, the one with the time. */
#define PLX_PICKS_MAX (PLX_RECONCILE_COLUMNS_MAX + 2u)

#define PLX_ROW_BYTES_MAX (16u << 20) /* of all columns of a row, and of a line of a file */

struct plx_source;

/* Kinds of stores; each in a file of its own. Functions that fail fill *error. */
struct plx_source_kind {
    const char *prefix; /* of a store's name: "sqlite:" */
    struct plx_typing typing;
    bool database; /* has queries, orders and consume statements */
    /* Allocates and opens; finds out the names of the columns, and whether the consume statement can be used. */
    enum plx_status (*open)(const struct plx_side *side, struct plx_source **source, struct plx_reconcile_error *error);
    /* A new reading; order is how many of the picks are to be in the order of keys, 0 for any order. */
    enum plx_status (*start)(struct plx_source *source, size_t order, struct plx_reconcile_error *error);
    /* The next row's picked cells, valid until the next call. PLX_DONE at the end. */
    enum plx_status (*next)(struct plx_source *source, struct plx_cell *cells, struct plx_reconcile_error *error);
    void (*stop)(struct plx_source *source); /* ends a reading; nothing is held of the store */
    /* Marks rows in one transaction: all or none. Doing it again does no harm. */
    enum plx_status (*consume)(struct plx_source *source, const struct plx_cell *ids, size_t count,
                               struct plx_reconcile_error *error);
    void (*close)(struct plx_source *source);
};

extern const struct plx_source_kind plx_source_sqlite, plx_source_postgresql, plx_source_jsonl, plx_source_csv;

/* What every kind begins with. */
struct plx_source {
    const struct plx_source_kind *kind;
    const struct plx_side *side;
    struct plx_arena *arena;           /* names of columns; for as long as the source is open */
    const struct plx_slice *names;     /* in the order of the store; JSON lines have none: any name may be there */
    const enum plx_column_type *types; /* of the same columns; NULL: the store says nothing of them */
    size_t name_count;
    uint32_t picks[PLX_PICKS_MAX];          /* columns by number */
    struct plx_slice wanted[PLX_PICKS_MAX]; /* the same by name */
    size_t pick_count;
    const atomic_bool *stop;   /* NULL, or becomes true where a long call is to end: PLX_E_CANCELED */
    uint64_t rows;             /* read so far */
    uint64_t line;             /* of a file: of the last row, from 1 */
    uint64_t bytes, bytes_all; /* likewise of a file; 0: not known */
};

/* NULL where the store's name begins with no prefix that is known. */
const struct plx_source_kind *plx_source_kind_of(struct plx_slice store);
/* The store's name without its prefix. */
const char *plx_source_path(const struct plx_side *side);
PLX_MUST_USE enum plx_status plx_source_open(const struct plx_side *side, struct plx_source **source,
                                             struct plx_reconcile_error *error);
void plx_source_close(struct plx_source *source); /* NULL is fine */
/* Which columns a reading gives, in this order. PLX_E_ARGUMENT: the store does not have one of them, or has it twice.
 */
PLX_MUST_USE enum plx_status plx_source_pick(struct plx_source *source, const struct plx_slice *names, size_t count,
                                             struct plx_reconcile_error *error);

/* For the kinds: allocates what begins with a struct plx_source, with its arena. NULL: no memory, which *error says. */
void *plx_source_new(size_t size, const struct plx_source_kind *kind, const struct plx_side *side,
                     struct plx_reconcile_error *error);
/* For the kinds: *error says that a row has more than PLX_ROW_BYTES_MAX, or that marking one id has changed so many
 * rows. They return what next() and consume() are to return. */
enum plx_status plx_source_refuse_row(const struct plx_source *source, struct plx_reconcile_error *error);
enum plx_status plx_source_refuse_mark(const struct plx_source *source, unsigned long rows,
                                       struct plx_reconcile_error *error);
/* Room for so many names, in the arena. */
struct plx_slice *plx_source_names(struct plx_source *source, size_t count);
/* Appends the query without what may end it, as a table to select from. */
void plx_source_add_query(struct plx_buffer *sql, const struct plx_side *side);
void plx_source_add_name(struct plx_buffer *sql, struct plx_slice name); /* quoted as SQL has it */

#endif
