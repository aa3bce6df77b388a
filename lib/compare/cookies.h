/* SPDX-License-Identifier: Apache-2.0 */
/* Set-Cookie, by cookie and attribute. */
#ifndef PLX_COMPARE_COOKIES_H
#define PLX_COMPARE_COOKIES_H

#include "compare/sink.h"

void plx_compare_cookies(const struct plx_rules *rules, const struct plx_answer *primary,
                         const struct plx_answer *candidate, struct plx_sink *sink);

#endif
