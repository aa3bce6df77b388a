/* SPDX-License-Identifier: Apache-2.0 */
/* Two answers, told into a sink. */
#ifndef PLX_COMPARE_ANSWERS_H
#define PLX_COMPARE_ANSWERS_H

#include "compare/sink.h"

/* What is returned is of the bodies alone, as plx_compare() has it, or PLX_E_MEMORY. */
PLX_MUST_USE enum plx_status plx_compare_answers(const struct plx_rules *rules, const struct plx_answer *primary,
                                                 const struct plx_answer *candidate, struct plx_sink *sink);
/* The field "status": nothing where one side has none. */
void plx_compare_status(const struct plx_rules *rules, const struct plx_answer *primary,
                        const struct plx_answer *candidate, struct plx_sink *sink);

#endif
