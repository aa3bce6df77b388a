/* SPDX-License-Identifier: Apache-2.0 */
/* A histogram as a few bytes: varints (LEB128) of count, sum, then of each bucket in use its distance from the one
 * before and its count. */
#ifndef PLX_STORE_PACKING_H
#define PLX_STORE_PACKING_H

#include "base/buffer.h"
#include "base/histogram.h"

#define PLX_PACKED_HISTOGRAM_MAX (20 + PLX_HISTOGRAM_BUCKETS * 7)

void plx_histogram_pack(const struct plx_histogram *histogram, struct plx_buffer *out);
/* False where the bytes are none of ours; *histogram is then untouched. */
bool plx_histogram_unpack(struct plx_slice bytes, struct plx_histogram *histogram);

#endif
