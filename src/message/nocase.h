/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Comparing names in any case of their letters, in line, since it runs for every header: with literals of lower-case
 * text, which costs no look at the literal's own case. Elsewhere plx_slice_equal_nocase() does.
 */
#ifndef PLX_MESSAGE_NOCASE_H
#define PLX_MESSAGE_NOCASE_H

#include "base/ascii.h"

#include <parallax/base.h>

/* Like plx_slice_equal_nocase() with a literal of lower-case text. */
static inline bool
plx_http_equal_lower(struct plx_slice slice, const char *lower, size_t len)
{
    if (slice.len != len)
        return false;
    for (size_t i = 0; i < len; i++)
        if (plx_ascii_lower(slice.ptr[i]) != lower[i])
            return false;
    return true;
}

#define PLX_HTTP_EQUAL(slice, literal) plx_http_equal_lower((slice), "" literal, sizeof(literal) - 1)

/* Does the name begin with the prefix (lower case, at most the name's length)? */
static inline bool
plx_http_begins_lower(struct plx_slice name, const char *lower, size_t len)
{
    return name.len >= len && plx_http_equal_lower(plx_slice_make(name.ptr, len), lower, len);
}

#define PLX_HTTP_BEGINS(slice, literal) plx_http_begins_lower((slice), "" literal, sizeof(literal) - 1)

#endif
