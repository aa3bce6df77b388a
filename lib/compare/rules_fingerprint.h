/* SPDX-License-Identifier: Apache-2.0 */
/* Whether two sets of rules lead to the same verdicts, as a number. */
#ifndef PLX_COMPARE_RULES_FINGERPRINT_H
#define PLX_COMPARE_RULES_FINGERPRINT_H

#include <parallax/compare.h>

/* Over the mode, the compared headers and what each rule excuses, in any order; not over why, whose and how long, nor
 * over what is redacted. */
uint64_t plx_rules_fingerprint(const struct plx_rules *rules);

#endif
