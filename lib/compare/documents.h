/* SPDX-License-Identifier: Apache-2.0 */
/* Two documents: the walk from their roots, and their values one by one. */
#ifndef PLX_COMPARE_DOCUMENTS_H
#define PLX_COMPARE_DOCUMENTS_H

#include "compare/walk.h"

/* Compares them under the rules, told into a sink. */
void plx_compare_documents(const struct plx_rules *rules, const struct plx_document *primary,
                           const struct plx_document *candidate, struct plx_sink *sink);

/* At the roots of a and b; false: no memory. */
PLX_MUST_USE bool plx_walk_begin(struct plx_walk *w, const struct plx_rules *rules, const struct plx_document *a,
                                 const struct plx_document *b, struct plx_sink *sink);

/* Two values at the present place. */
void plx_walk_values(struct plx_walk *w, uint32_t a, uint32_t b);
/* Whether they are the same under the rules; tells nothing. */
bool plx_walk_same(struct plx_walk *w, uint32_t a, uint32_t b);

#endif
