/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A temporary file without a name: written at its end, read from any place, gone when it is closed or the process ends,
 * however it ends. It lies in TMPDIR, else in /tmp.
 */
#ifndef PLX_RECONCILE_SPILL_H
#define PLX_RECONCILE_SPILL_H

#include "batch/reconcile/reconcile_error.h"
#include "batch/reconcile/row_record.h"

#define PLX_SPILL_BYTES 65536u /* written and read at a time */

struct plx_spill {
    int fd;                /* -1: not there yet */
    uint64_t size;         /* on disk */
    struct plx_buffer out; /* not on disk yet */
};

void plx_spill_init(struct plx_spill *spill);
void plx_spill_fini(struct plx_spill *spill);
PLX_MUST_USE enum plx_status plx_spill_add(struct plx_spill *spill, const struct plx_record *record,
                                           struct plx_reconcile_error *error);
/* All of it on disk: what is read from now on. */
PLX_MUST_USE enum plx_status plx_spill_flush(struct plx_spill *spill, struct plx_reconcile_error *error);

/* Records of a part of the file, one after the other. */
struct plx_spill_reader {
    const struct plx_spill *spill;
    uint64_t at, end; /* of the file */
    struct plx_buffer in;
    size_t used;
};

void plx_spill_reader_init(struct plx_spill_reader *reader, const struct plx_spill *spill, uint64_t from, uint64_t end);
void plx_spill_reader_fini(struct plx_spill_reader *reader);
/* The next one, valid until the next call. PLX_DONE at the end. */
PLX_MUST_USE enum plx_status plx_spill_next(struct plx_spill_reader *reader, struct plx_record *record,
                                            struct plx_reconcile_error *error);

#endif
