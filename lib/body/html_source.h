/* SPDX-License-Identifier: Apache-2.0 */
/* The source of HTML and XML, before a parser has it. */
#ifndef PLX_BODY_HTML_SOURCE_H
#define PLX_BODY_HTML_SOURCE_H

#include "base/buffer.h"

/*
 * Whether a tag has more than max attributes, by its names and quotes: libxml2 compares them pairwise before it tells
 * of them. What looks like a tag in comments, scripts and styles (html) is none. One pass over the text.
 */
bool plx_source_has_many_attributes(struct plx_slice text, bool html, size_t max);
/*
 * The text with the named character references that HTML 5 has and libxml2 has not (`&check;`) as their characters, in
 * out; or the text itself where there are none of them. Not in scripts and styles.
 */
struct plx_slice plx_html_expand_references(struct plx_slice text, struct plx_buffer *out);

#endif
