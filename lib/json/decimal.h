/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers as JSON writes them, taken apart: for those who reckon with them or look them up, exactly. */
#ifndef PLX_JSON_DECIMAL_H
#define PLX_JSON_DECIMAL_H

#include <parallax/value.h>

/* d[0].d[1]d[2]... times ten to the power of top. No digits: zero. */
struct plx_decimal {
    bool negative;
    uint8_t *digits; /* 0 to 9; neither the first nor the last one is 0 */
    size_t count;
    int64_t top; /* beyond 2^50 in either direction it stays there */
};

/* The digits lie in the arena; false: no memory. */
bool plx_decimal_read(struct plx_slice text, struct plx_arena *arena, struct plx_decimal *out);

/* The same for numbers of the same value, however they are written. */
uint64_t plx_decimal_hash(struct plx_slice text);

#endif
