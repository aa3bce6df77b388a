/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pairing: both sides' rows, in the order of keys, are walked at once. Rows of the same key pair one to one, as a
 * multiset: first those whose compared columns are equal, then those that the rules let pass for equal, and the rest,
 * in order, as differing. What is left on one side has no partner.
 *
 *   left   a1 a1 b2 b3 c4          a1=a1, b2=b2, b3~b5 differs, a1 and d6 have no partner
 *   right  a1 b2 b5    c4 d6       (letter: key, digit: compared column)
 *
 * Memory does not depend on the number of rows, nor on how many have the same key: unequal rows of one key are kept up
 * to PLX_GROUP_ROWS_MAX a side, and beyond it the first of them count as without a partner, unexamined.
 */
#ifndef PLX_RECONCILE_ROW_PAIR_H
#define PLX_RECONCILE_ROW_PAIR_H

#include "batch/reconcile/rows.h"

#define PLX_GROUP_ROWS_MAX  256u
#define PLX_GROUP_BYTES_MAX (16u << 20)

/* What is told of each row, once; records are valid during the call alone. Anything but PLX_OK ends the walk. */
struct plx_pair_events {
    enum plx_status (*paired)(void *context, const struct plx_record *left, const struct plx_record *right);
    enum plx_status (*only)(void *context, enum plx_side_name side, const struct plx_record *record);
    enum plx_status (*differing)(void *context, const struct plx_record *left, const struct plx_record *right,
                                 const struct plx_comparison *comparison);
    void (*progress)(void *context); /* now and then */
};

struct plx_pair_walk {
    const struct plx_reconcile_job *job;
    struct plx_rows *rows; /* both sides', started */
    const struct plx_pair_events *events;
    void *context;
    int64_t now_s;       /* rules whose end has come no longer apply */
    uint64_t unexamined; /* out: rows beyond PLX_GROUP_ROWS_MAX */
};

PLX_MUST_USE enum plx_status plx_pair(struct plx_pair_walk *walk, struct plx_reconcile_error *error);

/* Appends all columns of the record; first is the name of the store's first column where that is to go before them,
 * else empty. Values are cut to shown_max bytes. */
void plx_pair_write_shown(struct plx_buffer *out, const struct plx_reconcile_job *job, const struct plx_record *record,
                          struct plx_slice first, size_t shown_max);

#endif
