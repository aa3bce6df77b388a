/* SPDX-License-Identifier: Apache-2.0 */
/* Text in XML and HTML: names and values come from peers, and none of them may ever be markup. */
#ifndef PLX_REPORT_MARKUP_H
#define PLX_REPORT_MARKUP_H

#include "base/buffer.h"

/* Appends text as the content of an XML or HTML element or attribute: markup escaped, what XML 1.0 can't hold made
 * visible. */
void plx_markup_add(struct plx_buffer *out, struct plx_slice text);

#endif
