/* SPDX-License-Identifier: Apache-2.0 */
/* What is asked of rules besides the public interface. */
#ifndef PLX_COMPARE_RULES_H
#define PLX_COMPARE_RULES_H

#include <parallax/compare.h>

/* Whether a comparison under them may take tens of milliseconds, however short the bodies are: on a thread of its own.
 */
bool plx_rules_are_costly(const struct plx_rules *rules);

#endif
