/* SPDX-License-Identifier: Apache-2.0 */
/* Bodies that are no documents: text by lines, anything else by bytes. */
#ifndef PLX_COMPARE_TEXT_LINES_H
#define PLX_COMPARE_TEXT_LINES_H

#include "compare/sink.h"

#define PLX_TEXT_LINES_MAX   (1u << 18) /* a longer text is compared by bytes */
#define PLX_TEXT_SECRETS_MAX 4096u      /* of a text that are told apart; where there are more, what follows is one */
#define PLX_TEXT_WORDS_MAX   4096u      /* of a line that are told apart; in a longer one noise excuses all of it */

/* Fields are body:LINE, of the primary's lines from 1, or the candidate's of one that only it has; folded: body. */
void plx_compare_text(const struct plx_rules *rules, struct plx_slice a, struct plx_slice b, struct plx_sink *sink);
/* One difference of the field body, from the first byte that differs. */
void plx_compare_bytes(const struct plx_rules *rules, struct plx_slice a, struct plx_slice b, struct plx_sink *sink);

#endif
