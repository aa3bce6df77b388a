/* SPDX-License-Identifier: Apache-2.0 */
/* Writing base64. */
#include "base/base64.h"

void
plx_base64_write(struct plx_buffer *out, struct plx_slice bytes)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    if (!plx_buffer_reserve(out, (bytes.len + 2) / 3 * 4))
        return;
    for (size_t i = 0; i < bytes.len; i += 3) {
        const unsigned char *p = (const unsigned char *)bytes.ptr + i;
        size_t left = bytes.len - i;
        uint32_t bits = (uint32_t)p[0] << 16 | (left > 1 ? (uint32_t)p[1] << 8 : 0) | (left > 2 ? p[2] : 0);

        out->ptr[out->len++] = digits[bits >> 18];
        out->ptr[out->len++] = digits[bits >> 12 & 63];
        out->ptr[out->len++] = left > 1 ? digits[bits >> 6 & 63] : '=';
        out->ptr[out->len++] = left > 2 ? digits[bits & 63] : '=';
    }
}
