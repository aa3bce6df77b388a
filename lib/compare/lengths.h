/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the length of a body says: JSON, forms and text may be written in many ways, but not in any number of bytes that
 * are no white space. So of an answer that is cut off because it is long, or too long to be read, it is known that it
 * is another one than a short one.
 */
#ifndef PLX_COMPARE_LENGTHS_H
#define PLX_COMPARE_LENGTHS_H

#include "compare/sink.h"

/*
 * So many bytes that are no white space no body has that says what one of len bytes says: six times is what escapes can
 * do in JSON (\u0041), the rest is for numbers. Where both are plain (plx_length_is_plain()) and rules leave it so.
 */
static inline uint64_t
plx_length_most(uint64_t len)
{
    return 6 * len + (16u << 10);
}

/* Whether rules leave it so: not where they may excuse what one side has more, or has longer. */
bool plx_rules_bound_length(const struct plx_rules *rules, int64_t now_s);
/* Whether a body of this media type is written in a bounded way, as UTF-8: markup may have comments, parts a preamble.
 */
bool plx_length_is_plain(struct plx_slice media_type);
uint64_t plx_length_dense(struct plx_slice body); /* its bytes that are no white space */

/* Of two bodies of which at least one was not read whole: tells that one is longer than any way of writing the other
 * one. false: nobody can say. */
bool plx_compare_lengths(const struct plx_rules *rules, const struct plx_answer *primary,
                         const struct plx_answer *candidate, struct plx_sink *sink);

#endif
