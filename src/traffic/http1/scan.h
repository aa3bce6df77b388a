/* SPDX-License-Identifier: Apache-2.0 */
/* The two loops that every octet of a head goes through. */
#ifndef PLX_HTTP1_SCAN_H
#define PLX_HTTP1_SCAN_H

#include <parallax/base.h>

/*
 * Looks for the empty line that ends a head, from bytes[from] on, where the first line begins; *scanned as in
 * head.h. PLX_OK: *end is behind it. PLX_AGAIN. PLX_E_SYNTAX: a CR without LF or a LF without CR comes first.
 */
PLX_MUST_USE enum plx_status plx_http_scan_head(struct plx_slice bytes, size_t from, size_t *scanned, size_t *end);

/* The first octet from ptr on, before end, that a header's value may not hold; end where there is none. */
const char *plx_http_scan_value(const char *ptr, const char *end);

#endif
