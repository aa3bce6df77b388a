/* SPDX-License-Identifier: Apache-2.0 */
/* Slices: what is too long to stand in the header. ASCII only and blind to the locale. */
#include <parallax/base.h>

static unsigned char
lower(char c)
{
    return (unsigned char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

bool
plx_slice_equal_nocase(struct plx_slice a, struct plx_slice b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++)
        if (lower(a.ptr[i]) != lower(b.ptr[i]))
            return false;
    return true;
}
