/* SPDX-License-Identifier: Apache-2.0 */
/* Characters of any common charset as UTF-8. */
#ifndef PLX_BODY_CHARSET_H
#define PLX_BODY_CHARSET_H

#include <parallax/value.h>

/*
 * charset: the parameter of Content-Type; empty: UTF-8. A byte order mark has the last word (UTF-8, UTF-16), and is
 * left out. Known are utf-8, us-ascii, utf-16 (le, be), iso-8859-1, iso-8859-15 and windows-1252 with their usual
 * names. PLX_OK: *out is in the arena, or is bytes where they are UTF-8 already. PLX_E_ENCODING: they are not what they
 * are said to be. PLX_E_UNSUPPORTED: another charset. PLX_E_TOO_LARGE: more than max bytes. PLX_E_MEMORY. *out is
 * untouched on failure.
 */
PLX_MUST_USE enum plx_status plx_charset_decode(struct plx_slice charset, struct plx_slice bytes, size_t max,
                                                struct plx_arena *arena, struct plx_slice *out);

#endif
