/* SPDX-License-Identifier: Apache-2.0 */
/* The table of octets; see the header. */
#include "traffic/http1/octets.h"

#define IS_ALPHA(c)   (((c) >= 'a' && (c) <= 'z') || ((c) >= 'A' && (c) <= 'Z'))
#define IS_DIGIT(c)   ((c) >= '0' && (c) <= '9')
#define IS_HEX(c)     (IS_DIGIT(c) || ((c) >= 'a' && (c) <= 'f') || ((c) >= 'A' && (c) <= 'F'))
#define IS_VISIBLE(c) ((c) >= 0x21 && (c) <= 0x7e)
#define IS_TOKEN(c)                                                                                         \
    (IS_ALPHA(c) || IS_DIGIT(c) || (c) == '!' || ((c) >= '#' && (c) <= '\'') || (c) == '*' || (c) == '+' || \
     (c) == '-' || (c) == '.' || ((c) >= '^' && (c) <= '`') || (c) == '|' || (c) == '~')
#define IS_VALUE(c)  (IS_VISIBLE(c) || (c) == ' ' || (c) == '\t' || (c) >= 0x80)
#define IS_TARGET(c) (IS_VISIBLE(c) && (c) != '#')
/* unreserved, the percent of pct-encoded, sub-delims */
#define IS_NAME(c)                                                                                                     \
    (IS_ALPHA(c) || IS_DIGIT(c) || (c) == '-' || (c) == '.' || (c) == '_' || (c) == '~' || (c) == '%' || (c) == '!' || \
     (c) == '$' || ((c) >= '&' && (c) <= ',') || (c) == ';' || (c) == '=')

#define OCTET(c)                                                                   \
    ((IS_TOKEN(c) ? PLX_OCTET_TOKEN : 0u) | (IS_VALUE(c) ? PLX_OCTET_VALUE : 0u) | \
     (IS_TARGET(c) ? PLX_OCTET_TARGET : 0u) | (IS_NAME(c) ? PLX_OCTET_NAME : 0u) | \
     (IS_DIGIT(c) ? PLX_OCTET_DIGIT : 0u) | (IS_HEX(c) ? PLX_OCTET_HEX : 0u))
#define OCTETS_4(c)  OCTET(c), OCTET((c) + 1), OCTET((c) + 2), OCTET((c) + 3)
#define OCTETS_16(c) OCTETS_4(c), OCTETS_4((c) + 4), OCTETS_4((c) + 8), OCTETS_4((c) + 12)
#define OCTETS_64(c) OCTETS_16(c), OCTETS_16((c) + 16), OCTETS_16((c) + 32), OCTETS_16((c) + 48)

const uint8_t plx_http_octets[256] = {OCTETS_64(0), OCTETS_64(64), OCTETS_64(128), OCTETS_64(192)};
