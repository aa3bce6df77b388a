/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The classes of octets in HTTP's grammar. The table is computed by the preprocessor from the grammar's own words, so
 * that it can be proof-read against the RFCs.
 */
#ifndef PLX_HTTP1_OCTETS_H
#define PLX_HTTP1_OCTETS_H

#include <parallax/base.h>

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

#endif
