/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two loops that every octet of a head goes through: looking for its end, and looking over the values. Sixteen
 * octets at a time where there is SSE2 (every x86-64), one at a time elsewhere and for what is left over.
 *
 * Looking for the end also makes sure that CR and LF only come as a pair: in a window of octets the LFs must lie
 * exactly one behind the CRs. The head ends at a LF that has another LF two before it.
 */
#include "traffic/http1/scan.h"

#include "traffic/http1/octets.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

/* What is known of the octets before the present one. */
struct scan {
    bool cr;       /* the last one was CR */
    bool lf1, lf2; /* the last one, the one before it was LF */
};

static enum plx_status
scan_octets(const char *ptr, size_t *at, size_t to, struct scan *scan)
{
    for (; *at < to; ++*at) {
        char c = ptr[*at];
        if ((c == '\n') != scan->cr)
            return PLX_E_SYNTAX;
        bool end = c == '\n' && scan->lf2;
        scan->lf2 = scan->lf1;
        scan->lf1 = c == '\n';
        scan->cr = c == '\r';
        if (end)
            return PLX_DONE;
    }
    return PLX_AGAIN;
}

#if defined(__SSE2__)
/* As scan_octets(), in whole windows; *at is at the window that has the end or the fault, or at the rest. */
static void
scan_windows(const char *ptr, size_t *at, size_t to, struct scan *scan)
{
    const __m128i cr16 = _mm_set1_epi8('\r'), lf16 = _mm_set1_epi8('\n');
    unsigned cr_before = scan->cr, lf_before = (unsigned)scan->lf1 << 1 | scan->lf2;
    for (; to - *at >= 16; *at += 16) {
        __m128i window = _mm_loadu_si128((const __m128i *)(const void *)(ptr + *at));
        unsigned cr = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(window, cr16));
        unsigned lf = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(window, lf16));
        unsigned unpaired = (lf ^ (cr << 1 | cr_before)) & 0xffff;
        unsigned ends = lf & (lf << 2 | lf_before);
        if (unpaired | ends)
            break;
        cr_before = cr >> 15;
        lf_before = lf >> 14;
    }
    scan->cr = cr_before != 0;
    scan->lf1 = (lf_before & 2) != 0;
    scan->lf2 = (lf_before & 1) != 0;
}
#endif

enum plx_status
plx_http_scan_head(struct plx_slice bytes, size_t from, size_t *scanned, size_t *end)
{
    size_t at = *scanned > from ? *scanned : from;
    struct scan scan = {
        .cr = at > from && bytes.ptr[at - 1] == '\r',
        .lf1 = at > from && bytes.ptr[at - 1] == '\n',
        .lf2 = at > from + 1 && bytes.ptr[at - 2] == '\n',
    };
#if defined(__SSE2__)
    scan_windows(bytes.ptr, &at, bytes.len, &scan);
#endif
    enum plx_status status = scan_octets(bytes.ptr, &at, bytes.len, &scan);
    if (status == PLX_DONE) {
        *end = at + 1;
        return PLX_OK;
    }
    *scanned = at;
    return status;
}

const char *
plx_http_scan_value(const char *ptr, const char *end)
{
#if defined(__SSE2__)
    const __m128i tab = _mm_set1_epi8('\t'), del = _mm_set1_epi8(0x7f), control = _mm_set1_epi8(0x1f);
    for (; end - ptr >= 16; ptr += 16) {
        __m128i window = _mm_loadu_si128((const __m128i *)(const void *)ptr);
        __m128i low = _mm_cmpeq_epi8(_mm_min_epu8(window, control), window);
        __m128i bad = _mm_or_si128(_mm_andnot_si128(_mm_cmpeq_epi8(window, tab), low), _mm_cmpeq_epi8(window, del));
        int mask = _mm_movemask_epi8(bad);
        if (mask)
            return ptr + __builtin_ctz((unsigned)mask);
    }
#endif
    while (ptr < end && plx_http_is(*ptr, PLX_OCTET_VALUE))
        ptr++;
    return ptr;
}
