/* SPDX-License-Identifier: Apache-2.0 */
/* What bodies say under rules, as a number. */
#ifndef PLX_COMPARE_MEANING_H
#define PLX_COMPARE_MEANING_H

#include <parallax/compare.h>

/*
 * A hash of what a body says under the rules: bodies that plx_compare() finds to be the same in strict mode have the
 * same, others most often another one. Of a body that was cut off: its length and digest.
 * PLX_E_TOO_LARGE, PLX_E_TIMEOUT, PLX_E_CANCELED and PLX_E_MEMORY as plx_body_read().
 */
PLX_MUST_USE enum plx_status plx_rules_hash_body(const struct plx_rules *rules, const struct plx_answer *answer,
                                                 const struct plx_compare_limits *limits, struct plx_arena *arena,
                                                 uint64_t *hash);

#endif
