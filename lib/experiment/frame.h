/* SPDX-License-Identifier: Apache-2.0 */
/* What a candidate in a process sends to its caller: one frame, a head of fixed length and the bytes of its result. */
#ifndef PLX_EXPERIMENT_FRAME_H
#define PLX_EXPERIMENT_FRAME_H

#include "experiment/experiment_state.h"
#include "experiment/instant.h"

#define PLX_FRAME_HEAD_BYTES 176u

/* Writes the frame of a result to the pipe; one that takes more than bytes_max only says so. False: nobody reads it. */
bool plx_frame_send(int pipe, const struct plx_result *result, const struct plx_instant *from,
                    const struct plx_instant *to, uint32_t bytes_max);
/* How many bytes there will be, once enough is there to tell; more than the buffer takes where it lies. */
size_t plx_frame_wanted(const struct plx_buffer *bytes);
/* What came, whole or not, into the trial's slot. PLX_REASON_NONE: it has its result. */
enum plx_reason plx_frame_take(const struct plx_buffer *bytes, struct plx_trial *trial, unsigned slot);

#endif
