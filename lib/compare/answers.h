/* SPDX-License-Identifier: Apache-2.0 */
/* Two answers, told into a sink. */
#ifndef PLX_COMPARE_ANSWERS_H
#define PLX_COMPARE_ANSWERS_H

#include "compare/sink.h"

/* PLX_OK or PLX_E_LIMIT or PLX_E_MEMORY, as plx_compare(). */
PLX_MUST_USE enum plx_status plx_compare_answers(const struct plx_rules *rules, const struct plx_answer *primary,
                                                 const struct plx_answer *candidate, struct plx_sink *sink);

#endif
