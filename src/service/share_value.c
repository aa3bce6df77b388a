/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a share. A percent is a thousand parts, so three decimals say all there is; what follows them must be zeros.
 */
#include "service/share_value.h"

#include "base/ascii.h"
#include "service/service_names.h"

#define DIGITS_MAX 18u   /* far more than a share has; they fit into 64 bits with the parts of a percent, too */
#define PERCENT    1000u /* parts */

_Static_assert(PLX_SHARE_ALL == 100 * PERCENT, "a share is counted in thousandths of a percent");

static bool
is_digit_at(struct plx_slice text, size_t at)
{
    return at < text.len && plx_ascii_is_digit(text.ptr[at]);
}

bool
plx_share_of(struct plx_slice text, uint32_t *share)
{
    uint64_t parts = 0, unit = PERCENT;
    size_t at = 0, digits = 0;

    for (; is_digit_at(text, at) && digits <= DIGITS_MAX; at++, digits++)
        if (parts <= PLX_SHARE_ALL)
            parts = parts * 10 + (uint64_t)(text.ptr[at] - '0') * PERCENT;
    if (digits && at < text.len && text.ptr[at] == '.' && is_digit_at(text, at + 1))
        for (at++; is_digit_at(text, at) && digits <= DIGITS_MAX; at++, digits++) {
            unit /= 10;
            if (unit == 0 && text.ptr[at] != '0')
                return false;
            parts += (uint64_t)(text.ptr[at] - '0') * unit;
        }
    if (digits == 0 || digits > DIGITS_MAX || parts > PLX_SHARE_ALL || at + 1 != text.len || text.ptr[at] != '%')
        return false;
    *share = (uint32_t)parts;
    return true;
}
