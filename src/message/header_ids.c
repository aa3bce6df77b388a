/* SPDX-License-Identifier: Apache-2.0 */
/* Header names to their numbers: at most one name is compared. */
#include "message/header_ids.h"

#include "base/ascii.h"
#include "message/nocase.h"

/* Length and first letter are enough to tell the names apart; a name that is added and clashes is an error of the
 * compiler. */
static enum plx_http_header_id
header_candidate(struct plx_slice name)
{
#define KEY(len, first) ((unsigned)(len) << 8 | (unsigned char)(first))
    switch (KEY(name.len, plx_ascii_lower(name.ptr[0]))) {
    case KEY(2, 't'):
        return PLX_HEADER_TE;
    case KEY(4, 'd'):
        return PLX_HEADER_DATE;
    case KEY(4, 'h'):
        return PLX_HEADER_HOST;
    case KEY(6, 'c'):
        return PLX_HEADER_COOKIE;
    case KEY(6, 'e'):
        return PLX_HEADER_EXPECT;
    case KEY(6, 'o'):
        return PLX_HEADER_ORIGIN;
    case KEY(7, 't'):
        return PLX_HEADER_TRAILER;
    case KEY(7, 'u'):
        return PLX_HEADER_UPGRADE;
    case KEY(10, 'c'):
        return PLX_HEADER_CONNECTION;
    case KEY(10, 'k'):
        return PLX_HEADER_KEEP_ALIVE;
    case KEY(10, 's'):
        return PLX_HEADER_SET_COOKIE;
    case KEY(12, 'c'):
        return PLX_HEADER_CONTENT_TYPE;
    case KEY(13, 'a'):
        return PLX_HEADER_AUTHORIZATION;
    case KEY(13, 'p'):
        return PLX_HEADER_PARALLAX_ROLE;
    case KEY(14, 'c'):
        return PLX_HEADER_CONTENT_LENGTH;
    case KEY(14, 'h'):
        return PLX_HEADER_HTTP2_SETTINGS;
    case KEY(14, 's'):
        return PLX_HEADER_SEC_FETCH_SITE;
    case KEY(15, 'x'):
        return PLX_HEADER_X_FORWARDED_FOR;
    case KEY(16, 'c'):
        return PLX_HEADER_CONTENT_ENCODING;
    case KEY(16, 'p'):
        return PLX_HEADER_PROXY_CONNECTION;
    case KEY(16, 'x'):
        return PLX_HEADER_X_FORWARDED_HOST;
    case KEY(17, 'p'):
        return PLX_HEADER_PARALLAX_EXCHANGE;
    case KEY(17, 't'):
        return PLX_HEADER_TRANSFER_ENCODING;
    case KEY(17, 'x'):
        return PLX_HEADER_X_FORWARDED_PROTO;
    case KEY(18, 'p'):
        return PLX_HEADER_PROXY_AUTHENTICATE;
    case KEY(19, 'p'):
        return PLX_HEADER_PROXY_AUTHORIZATION;
    default:
        return PLX_HEADER_OTHER;
    }
#undef KEY
}

enum plx_http_header_id
plx_http_header_id_of(struct plx_slice name)
{
    static const char *const names[] = {"",
#define PLX_HTTP_HEADER_NAME(id, text, hop) text,
                                        PLX_HTTP_HEADER_MAP(PLX_HTTP_HEADER_NAME)
#undef PLX_HTTP_HEADER_NAME
    };
    if (name.len < 2 || name.len > 19)
        return PLX_HEADER_OTHER;
    enum plx_http_header_id id = header_candidate(name);
    if (id == PLX_HEADER_OTHER)
        return id;
    const char *known = names[id]; /* as long as name, which the candidate's key has made sure of */
    for (size_t i = 0; i < name.len; i++)
        if (plx_ascii_lower(name.ptr[i]) != plx_ascii_lower(known[i]))
            return PLX_HEADER_OTHER;
    return id;
}
