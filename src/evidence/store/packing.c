/* SPDX-License-Identifier: Apache-2.0 */
/* Packs histograms for the store. What is read back comes from a file and is checked like any other input. */
#include "evidence/store/packing.h"

static void
put_varint(struct plx_buffer *out, uint64_t value)
{
    while (value >= 0x80) {
        plx_buffer_byte(out, (char)(value | 0x80));
        value >>= 7;
    }
    plx_buffer_byte(out, (char)value);
}

static bool
take_varint(struct plx_slice *bytes, uint64_t *value)
{
    uint64_t result = 0;

    for (unsigned shift = 0; shift < 64 && bytes->len > 0; shift += 7) {
        unsigned char c = (unsigned char)*bytes->ptr++;

        bytes->len--;
        if (shift == 63 && c > 1)
            return false;
        result |= (uint64_t)(c & 0x7F) << shift;
        if (c < 0x80) {
            *value = result;
            return true;
        }
    }
    return false;
}

void
plx_histogram_pack(const struct plx_histogram *histogram, struct plx_buffer *out)
{
    size_t last = 0;

    put_varint(out, histogram->count);
    put_varint(out, histogram->sum_us);
    for (size_t i = 0; i < PLX_HISTOGRAM_BUCKETS; i++) {
        if (!histogram->buckets[i])
            continue;
        put_varint(out, i - last);
        put_varint(out, histogram->buckets[i]);
        last = i;
    }
}

bool
plx_histogram_unpack(struct plx_slice bytes, struct plx_histogram *histogram)
{
    struct plx_histogram read = {0};
    uint64_t at = 0, distance, count, sum = 0;

    if (!take_varint(&bytes, &read.count) || !take_varint(&bytes, &read.sum_us))
        return false;
    while (bytes.len > 0) {
        if (!take_varint(&bytes, &distance) || !take_varint(&bytes, &count) || count == 0 || count > UINT32_MAX ||
            distance >= PLX_HISTOGRAM_BUCKETS - at)
            return false;
        at += distance;
        if (read.buckets[at])
            return false;
        read.buckets[at] = (uint32_t)count;
        sum += count;
    }
    if (sum > read.count)
        return false;
    *histogram = read;
    return true;
}
