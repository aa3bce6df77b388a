/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a column of the one store and the same column of the other have to do with one another: each says what it knows
 * of its values - that they are JSON, UUIDs, doubles, padded - and both sides' values are brought to the one form that
 * this has. What no column says, two values settle between themselves when they are compared.
 */
#ifndef PLX_RECONCILE_COLUMN_H
#define PLX_RECONCILE_COLUMN_H

#include "batch/reconcile/cell.h"
#include "batch/reconcile/reconcile_job.h"

enum plx_column_type {
    PLX_COLUMN_UNKNOWN, /* a value is what it is: JSON lines, CSV, expressions of SQLite */
    PLX_COLUMN_TEXT,    /* and what reads as text: moments, enums */
    PLX_COLUMN_PADDED,  /* char(n): blanks at the end mean nothing */
    PLX_COLUMN_NUMBER,  /* decimal */
    PLX_COLUMN_DOUBLE,
    PLX_COLUMN_FLOAT, /* of 32 bits */
    PLX_COLUMN_BOOLEAN,
    PLX_COLUMN_BYTES,
    PLX_COLUMN_UUID,
    PLX_COLUMN_JSON,
};

struct plx_column_side {
    struct plx_typing typing;
    enum plx_column_type type;
    bool csv, quotes_all; /* plx_side has them */
    bool json;            /* its values are JSON's own: text is no document */
};

struct plx_column {
    bool json[PLX_SIDES]; /* text of this side is read as JSON */
    bool any_json;
    bool uuid, padded;
    bool real, single; /* numbers are doubles; of 32 bits */
    bool as_text;      /* a number of CSV is text */
    bool untyped;      /* text that is written as a number is one */
    bool bare_text;    /* a number of CSV is text beside text */
};

struct plx_columns {
    struct plx_typing common;
    struct plx_column at[PLX_RECONCILE_COLUMNS_MAX]; /* those that pair, then those that are compared */
};

/* common must be there. */
void plx_columns_agree(struct plx_columns *columns, const struct plx_reconcile_job *job, size_t at,
                       struct plx_column_side left, struct plx_column_side right);
/* The cell as both sides' columns have it; texts lie in the arena. false: no memory. */
PLX_MUST_USE bool plx_column_bring(const struct plx_columns *columns, size_t at, enum plx_side_name side,
                                   struct plx_arena *arena, struct plx_cell *cell);
/* Two values of a column that are to be compared: what the one is beside the other, as bytes are never text, and a
 * double's neighbour is a double. true: at least one has changed. */
bool plx_column_settle(const struct plx_column *column, struct plx_arena *arena, struct plx_cell *left,
                       struct plx_cell *right);
/* SQL's NULL where values are documents: there is none, while JSON's null is one. */
bool plx_column_is_absent(const struct plx_columns *columns, size_t at, const struct plx_cell *cell);

#endif
