/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What must not be kept: credentials, in headers and in what is written like a URL or a form. Names tell them, since
 * nothing else does. Bodies are redacted elsewhere, by the rules (compare/redact.h).
 */
#ifndef PLX_RECORD_CREDENTIALS_H
#define PLX_RECORD_CREDENTIALS_H

#include "base/buffer.h"
#include "compare/redact.h"

/* Whether a header carries credentials, going by its name. */
bool plx_header_is_credential(struct plx_slice name);
/* Whether a header's value is a URI, whose query may carry credentials. */
bool plx_header_is_uri(struct plx_slice name);
/* "header:Set-Cookie" and the like: a field whose values are credentials. */
bool plx_field_is_credential(struct plx_slice field);
/* Appends a target or URI with user information and the values of what looks like credentials in its query redacted. */
void plx_target_redact(struct plx_slice target, struct plx_buffer *out);
/*
 * Appends text in which connection strings may stand: URLs without the password of their user information, and no
 * values of what looks like credentials, in their queries and anywhere else (password=...).
 */
void plx_connections_redact(struct plx_slice text, struct plx_buffer *out);
/* Appends a form body (application/x-www-form-urlencoded), the values of what looks like credentials redacted. */
void plx_form_redact(struct plx_slice form, struct plx_buffer *out);

#endif
