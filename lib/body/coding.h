/* SPDX-License-Identifier: Apache-2.0 */
/* Content codings (RFC 9110, 8.4): gzip, deflate, br, zstd, removed within a bound. */
#ifndef PLX_BODY_CODING_H
#define PLX_BODY_CODING_H

#include <parallax/value.h>

#define PLX_CODINGS_MAX 4u /* one upon the other */

/*
 * codings: the value of Content-Encoding, in the order in which they were applied. PLX_OK: *out lies in the arena, or
 * is body where nothing was coded. PLX_E_TOO_LARGE: it would be more than max bytes, after any of the codings.
 * PLX_E_SYNTAX: corrupt, cut off, or with something behind its end. PLX_E_UNSUPPORTED: an unknown coding, or too many.
 * PLX_E_MEMORY. *out is untouched on failure. An empty body is empty under any coding.
 */
PLX_MUST_USE enum plx_status plx_coding_remove(struct plx_slice codings, struct plx_slice body, size_t max,
                                               struct plx_arena *arena, struct plx_slice *out);
/* Whether any coding but identity is named. */
bool plx_codings_any(struct plx_slice codings);

#endif
