/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text on its way into the ledger: UTF-8 cut without breaking a character, times, and what must not be kept:
 * credentials in headers and in queries. Bodies are redacted elsewhere, by the rules (compare/redact.h).
 */
#ifndef PLX_RECORD_REDACTED_H
#define PLX_RECORD_REDACTED_H

#include "base/buffer.h"
#include "compare/redact.h"

#define PLX_TIME_TEXT 32

/* Bytes at the beginning that are well-formed. */
size_t plx_utf8_prefix(struct plx_slice text);
/* At most max bytes of it, no character broken. */
struct plx_slice plx_text_cut(struct plx_slice text, size_t max);
/* An exchange's id, a ULID; id has room for PLX_EXCHANGE_ID_BYTES and a NUL. */
void plx_exchange_id_text(uint64_t time_ms, const uint64_t random[2], char *id);
/* RFC 3339 with milliseconds, in UTC. */
void plx_time_text(uint64_t time_ms, char out[PLX_TIME_TEXT]);
/* Reads what that wrote; the milliseconds may be left out. false: it is no such moment from 1970 on. */
bool plx_time_read(struct plx_slice text, uint64_t *time_ms);

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
