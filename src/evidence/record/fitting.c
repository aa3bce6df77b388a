/* SPDX-License-Identifier: Apache-2.0 */
/* Counts bytes of JSON without writing them; the same as json/writer.h makes of each character. */
#include "evidence/record/fitting.h"

#include "base/utf8.h"

/* What the writer makes of the character at `at`: its bytes in JSON. *step: its bytes in text, 0 where it is none. */
static size_t
cost_at(struct plx_slice text, size_t at, size_t *step)
{
    unsigned char c = (unsigned char)text.ptr[at];

    *step = plx_utf8_length(text.ptr + at, text.len - at);
    if (*step == 0)
        return 3; /* U+FFFD */
    return c < 0x20 ? PLX_FITTING_WORST : c == '"' || c == '\\' ? 2 : *step;
}

size_t
plx_fitting(struct plx_slice text, size_t budget)
{
    size_t at = 0, cost = 0, step;

    while (at < text.len) {
        cost += cost_at(text, at, &step);
        if (step == 0 || cost > budget)
            break;
        at += step;
    }
    return at;
}

bool
plx_fits(struct plx_slice text, size_t *budget)
{
    size_t cost = 0, step;

    for (size_t at = 0; at < text.len; at += step ? step : 1) {
        cost += cost_at(text, at, &step);
        if (cost > *budget)
            return false;
    }
    *budget -= cost;
    return true;
}

struct plx_slice
plx_fitting_cut(struct plx_slice text, size_t budget)
{
    return plx_slice_make(text.ptr, text.len < budget + PLX_FITTING_SLACK ? text.len : budget + PLX_FITTING_SLACK);
}
