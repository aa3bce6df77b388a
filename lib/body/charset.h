/* SPDX-License-Identifier: Apache-2.0 */
/* Texts of other charsets as UTF-8: those that HTTP's bodies still come in, and no guessing. */
#ifndef PLX_BODY_CHARSET_H
#define PLX_BODY_CHARSET_H

#include <parallax/value.h>

/*
 * The bytes as UTF-8. charset is the parameter of Content-Type without its quotes; an empty one means UTF-8. A byte
 * order mark says more than any name, and is dropped.
 *
 *   utf-8, us-ascii                   checked
 *   utf-16, utf-16le, utf-16be        utf-16 without a mark is big-endian (RFC 2781 4.3)
 *   iso-8859-1, iso-8859-15           with their C1 controls
 *   windows-1252                      its five unused bytes are the C1 controls, as HTML has them
 *   other names of the web            iso-8859-2 to -16, windows-1250 to -1258, koi8-r, shift_jis, euc-jp, gb18030,
 * big5, euc-kr and the like, by iconv, as far as the system has them
 *
 * PLX_OK: *out lies in the arena, or in bytes where these are UTF-8 as they stand.
 * PLX_E_ENCODING: not valid in its charset (a lone surrogate, half a unit).
 * PLX_E_UNSUPPORTED: another charset; UTF-32 by its mark.
 * PLX_E_TOO_LARGE: more than max bytes as UTF-8.
 * PLX_E_MEMORY. On failure *out is untouched.
 */
PLX_MUST_USE enum plx_status plx_charset_decode(struct plx_slice charset, struct plx_slice bytes, size_t max,
                                                struct plx_arena *arena, struct plx_slice *out);

/*
 * What a document says of its own charset, for those whose media type says nothing: XML by its declaration, or by how
 * that begins in UTF-16 (RFC 7303, 3.2; XML 1.0, F.1); HTML by a <meta> in its first 1024 bytes (WHATWG HTML,
 * 13.2.3.2). Empty: it says nothing.
 */
struct plx_slice plx_charset_of_xml(struct plx_slice bytes);
struct plx_slice plx_charset_of_html(struct plx_slice bytes);

#endif
