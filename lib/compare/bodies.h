/* SPDX-License-Identifier: Apache-2.0 */
/* What the program's recording needs of the rules besides the public interface. */
#ifndef PLX_COMPARE_BODIES_H
#define PLX_COMPARE_BODIES_H

#include "base/buffer.h"
#include <parallax/compare.h>

/*
 * Appends a JSON body to out with the values that redact patterns name written as "[redacted]"; everything else stays
 * byte for byte as it was. Without redact patterns the body is appended as it is. PLX_E_SYNTAX and the like where there
 * are redact patterns and the body can't be read: then nothing is appended.
 */
PLX_MUST_USE enum plx_status plx_rules_write_redacted(const struct plx_rules *rules, struct plx_slice body,
                                                      struct plx_arena *arena, struct plx_buffer *out);

/*
 * A hash of what a body says under the rules: bodies that plx_compare() finds to be the same in strict mode have the
 * same, others most often another one. Of a body that was cut off: its length and digest.
 * PLX_E_TOO_LARGE and PLX_E_MEMORY as plx_body_read().
 */
PLX_MUST_USE enum plx_status plx_rules_hash_body(const struct plx_rules *rules, const struct plx_answer *answer,
                                                 const struct plx_compare_limits *limits, struct plx_arena *arena,
                                                 uint64_t *hash);

/* Whether a comparison under them may take tens of milliseconds, however short the bodies are: on a thread of its own.
 */
bool plx_rules_are_costly(const struct plx_rules *rules);

#endif
