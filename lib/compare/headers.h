/* SPDX-License-Identifier: Apache-2.0 */
/* The headers of two answers, told into a sink. */
#ifndef PLX_COMPARE_HEADERS_H
#define PLX_COMPARE_HEADERS_H

#include "compare/sink.h"

/* Headers, then trailers. */
void plx_compare_headers(const struct plx_rules *rules, const struct plx_answer *primary,
                         const struct plx_answer *candidate, struct plx_sink *sink);

#endif
