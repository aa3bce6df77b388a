/* SPDX-License-Identifier: Apache-2.0 */
/* Content codings taken off a body (RFC 9110 8.4): gzip, deflate, br, zstd, in any order and one over the other. */
#ifndef PLX_BODY_CODING_H
#define PLX_BODY_CODING_H

#include <parallax/value.h>

#define PLX_CODINGS_MAX 4

/*
 * The body without its codings. codings is the value of Content-Encoding: names joined with commas, in the order in
 * which they were applied; "identity" and empty ones count for nothing. An empty body has nothing to be removed.
 *
 * PLX_OK: *out lies in the arena, or is body where nothing was coded.
 * PLX_E_TOO_LARGE: more than max bytes, or decoding it takes much more memory than that.
 * PLX_E_SYNTAX: corrupt, cut off, or something follows its end (zeros behind gzip are padding).
 * PLX_E_UNSUPPORTED: an unknown coding, or more than PLX_CODINGS_MAX.
 * PLX_E_MEMORY. On failure *out is untouched.
 *
 * The result takes at most 2 * max of the arena, however many codings there are; the decoders a few hundred KiB
 * as a rule, and at most 4 MiB and 4 * max (of which 32 MiB at most count) whatever the body claims. Zstandard alone
 * takes its window, at least 8 MiB and at most 128 MiB or twice max, from malloc for as long as it works; it is charged
 * to the arena.
 */
PLX_MUST_USE enum plx_status plx_coding_remove(struct plx_slice codings, struct plx_slice body, size_t max,
                                               struct plx_arena *arena, struct plx_slice *out);
#define PLX_CODING_LOOK_MAX ((size_t)16 << 20)

/* How long a body is without its codings. */
struct plx_coding_size {
    uint64_t bytes, dense; /* dense: those that are no white space */
    bool whole;            /* it was decoded to its end */
};

/*
 * Measures a body, or what was kept of its beginning, and keeps nothing of it. Ends where more than dense_max bytes are
 * no white space, where there are more than PLX_CODING_LOOK_MAX of any, and where it can't be decoded further.
 */
void plx_coding_measure(struct plx_slice codings, struct plx_slice body, uint64_t dense_max, struct plx_arena *arena,
                        struct plx_coding_size *out);

/* Whether any coding but identity is named. */
bool plx_codings_any(struct plx_slice codings);

#endif
