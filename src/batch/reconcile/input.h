/* SPDX-License-Identifier: Apache-2.0 */
/* A regular file read from its beginning in pieces, with what is not used yet kept together. */
#ifndef PLX_RECONCILE_INPUT_H
#define PLX_RECONCILE_INPUT_H

#include "base/buffer.h"
#include "batch/reconcile/reconcile_error.h"

#define PLX_INPUT_BYTES 65536u /* read at a time */

struct plx_input {
    const char *path;
    int fd;                /* -1: closed */
    struct plx_buffer buf; /* read and not dropped; bytes before at are used */
    size_t at;
    bool ended;           /* there is nothing beyond the buffer */
    uint64_t bytes, size; /* read; of the file when it was opened */
};

void plx_input_init(struct plx_input *input, const char *path, size_t bytes_max);
void plx_input_fini(struct plx_input *input);
/* From the beginning, whatever was read before. */
PLX_MUST_USE enum plx_status plx_input_start(struct plx_input *input, struct plx_reconcile_error *error);
/* Reads more behind what is there; `ended` says when there is no more. PLX_E_LIMIT: bytes_max are there, unused. */
PLX_MUST_USE enum plx_status plx_input_fill(struct plx_input *input, struct plx_reconcile_error *error);

#endif
