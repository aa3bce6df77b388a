/* SPDX-License-Identifier: Apache-2.0 */
/* Header lines, and the small grammar in their values; for the readers and the writer of this folder. */
#ifndef PLX_HTTP1_HEADER_LINES_H
#define PLX_HTTP1_HEADER_LINES_H

#include "traffic/http1/wire.h"

/*
 * Reads "name: value" from ptr up to its CR, which comes before end. NULL: fine, with name and value (without the white
 * space around it) set, and *cr; else why it is refused, and *cr is at the octet that can't stand there, or at end.
 */
const char *plx_http_read_field(const char *ptr, const char *end, struct plx_header *header, const char **cr);

/*
 * Reads the header lines from ptr up to the empty line that ends the head at end, and what they mean for framing and
 * connection. The head's minor and (for requests) method_id, (for answers) status are set already. PLX_E_PROTOCOL,
 * PLX_E_LIMIT with *error.
 */
PLX_MUST_USE enum plx_status plx_http_read_fields(const char *ptr, const char *end, struct plx_http1_head *head,
                                                  struct plx_http_error *error);

/* host [":" port] without user information, as Host and an absolute target have it; host may be empty where so asked.
 */
bool plx_http_is_authority(struct plx_slice authority, bool may_be_empty);

/* "h2c" and "h2" are no protocols to upgrade to (RFC 9113, 3.1). */
bool plx_http_upgrade_is_http2(struct plx_slice protocol);

/* What an error is about: the field whose line begins at line, and the octet at `at` unless that is end. */
void plx_http_error_about(struct plx_http_error *error, const char *line, const char *at, const char *end);

#endif
