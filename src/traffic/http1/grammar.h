/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of this folder share: the classes of octets, and reading one header line. Not for callers outside.
 */
#ifndef PLX_HTTP1_GRAMMAR_H
#define PLX_HTTP1_GRAMMAR_H

#include "traffic/http1/message.h"

/* Classes of octets, as bits of plx_http_octets[]. */
#define PLX_OCTET_TOKEN 1u /* tchar (RFC 9110, 5.6.2) */
#define PLX_OCTET_VALUE 2u /* of a header's value: HTAB, SP, VCHAR, obs-text (RFC 9110, 5.5) */
#define PLX_OCTET_TARGET \
    4u /* of a request target: VCHAR but '#', which starts a fragment and is never sent (RFC 9112, 3.2) */
#define PLX_OCTET_NAME  8u /* of a reg-name, without the colon (RFC 3986, 3.2.2) */
#define PLX_OCTET_DIGIT 16u
#define PLX_OCTET_HEX   32u

extern const uint8_t plx_http_octets[256];

static inline bool
plx_http_is(char c, unsigned class)
{
    return (plx_http_octets[(unsigned char)c] & class) != 0;
}

static inline char
plx_http_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

static inline bool
plx_http_is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Like plx_slice_equal_nocase() with a literal of lower-case text, in line since it runs for every header. */
static inline bool
plx_http_equal_lower(struct plx_slice slice, const char *lower, size_t len)
{
    if (slice.len != len)
        return false;
    for (size_t i = 0; i < len; i++)
        if (plx_http_lower(slice.ptr[i]) != lower[i])
            return false;
    return true;
}

#define PLX_HTTP_EQUAL(slice, literal) plx_http_equal_lower((slice), "" literal, sizeof(literal) - 1)

/* Does the name begin with the prefix (lower case, at most the name's length)? */
static inline bool
plx_http_begins_lower(struct plx_slice name, const char *lower, size_t len)
{
    return name.len >= len && plx_http_equal_lower(plx_slice_make(name.ptr, len), lower, len);
}

#define PLX_HTTP_BEGINS(slice, literal) plx_http_begins_lower((slice), "" literal, sizeof(literal) - 1)

enum plx_http_method plx_http_method_of(struct plx_slice method);

/*
 * Looks for the empty line that ends a head, from bytes[from] on, where the first line begins; *scanned as in
 * message.h. PLX_OK: *end is behind it. PLX_AGAIN. PLX_E_SYNTAX: a CR without LF or a LF without CR comes first.
 */
PLX_MUST_USE enum plx_status plx_http_scan_head(struct plx_slice bytes, size_t from, size_t *scanned, size_t *end);

/* The first octet from ptr on, before end, that a header's value may not hold; end where there is none. */
const char *plx_http_scan_value(const char *ptr, const char *end);

/*
 * Reads "name: value" from ptr up to its CR, which comes before end. NULL: fine, with name and value (without the white
 * space around it) set, and *cr; else why it is refused.
 */
const char *plx_http_read_field(const char *ptr, const char *end, struct plx_header *header, const char **cr);

/*
 * Reads the header lines from ptr up to the empty line that ends the head at end, and what they mean for framing and
 * connection. The head's minor and (for requests) method_id, (for answers) status are set already. PLX_E_PROTOCOL,
 * PLX_E_LIMIT with *error.
 */
PLX_MUST_USE enum plx_status plx_http_read_fields(const char *ptr, const char *end, struct plx_http_head *head,
                                                  struct plx_http_error *error);

/* Walks the elements of a comma-separated list: the next one that is not empty, without white space around it; false at
 * the end. */
bool plx_http_list_next(struct plx_slice *list, struct plx_slice *element);

/* host [":" port] without user information, as Host and an absolute target have it; host may be empty where so asked.
 */
bool plx_http_is_authority(struct plx_slice authority, bool may_be_empty);

/* "h2c" and "h2" are no protocols to upgrade to (RFC 9113, 3.1). */
bool plx_http_upgrade_is_http2(struct plx_slice protocol);

static inline enum plx_status
plx_http_refuse(struct plx_http_error *error, enum plx_status status, int answer, const char *text)
{
    error->status = answer;
    error->text = text;
    return status;
}

#endif
