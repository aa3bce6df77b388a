/* SPDX-License-Identifier: Apache-2.0 */
/* Header names to their numbers: at most one name is compared, and the beginnings of families. */
#include "message/header_ids.h"

#include "base/ascii.h"
#include "message/nocase.h"

/* Length and first letter are enough to tell the names apart; a name that is added and clashes is an error of the
 * compiler. */
static inline enum plx_http_header_id
header_candidate(struct plx_slice name, char first)
{
#define KEY(len, letter) ((unsigned)(len) << 8 | (unsigned char)(letter))
    switch (KEY(name.len, first)) {
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
    case KEY(12, 'm'):
        return PLX_HEADER_MAX_FORWARDS;
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

/* ---- names that read as others ---- */

enum reading {
    NOT_IT,
    READS_AS,
    IS_IT, /* but for the case of its letters */
};

/* Of a character of a token and one of a known name, which are letters, digits and `-`: the case is one bit. */
static inline bool
is_same(char c, char known)
{
    return ((c ^ known) & 0xDF) == 0;
}

/* How a name begins that is at least as long as the known one. */
static enum reading
read_as(struct plx_slice name, const char *known)
{
    enum reading reading = IS_IT;

    for (size_t i = 0; known[i]; i++) {
        if (is_same(name.ptr[i], known[i]))
            continue;
        if (known[i] != '-' || plx_ascii_is_alphanumeric(name.ptr[i]))
            return NOT_IT;
        reading = READS_AS;
    }
    return reading;
}

static bool
is_of_family(struct plx_slice name, const char *prefix, size_t len, bool itself)
{
    enum reading reading = name.len >= len ? read_as(name, prefix) : NOT_IT;

    return reading == READS_AS || (reading == IS_IT && itself);
}

/* The first letter, in lower case, is looked at before anything is called: most names are of none. */
static inline enum plx_http_header_id
family_of(struct plx_slice name, char first)
{
#define PLX_HTTP_HEADER_FAMILY(prefix, itself)                                              \
    if (first == (prefix)[0] && is_of_family(name, (prefix), sizeof(prefix) - 1, (itself))) \
        return PLX_HEADER_POSER;
    PLX_HTTP_HEADER_FAMILY_MAP(PLX_HTTP_HEADER_FAMILY)
#undef PLX_HTTP_HEADER_FAMILY
    return PLX_HEADER_OTHER;
}

/* ---- all names ---- */

static const char *const names[] = {"", "",
#define PLX_HTTP_HEADER_NAME(id, text, hop, guarded) text,
                                    PLX_HTTP_HEADER_MAP(PLX_HTTP_HEADER_NAME)
#undef PLX_HTTP_HEADER_NAME
};

static const bool is_guarded[] = {false, false,
#define PLX_HTTP_HEADER_GUARDED(id, text, hop, guarded) guarded,
                                  PLX_HTTP_HEADER_MAP(PLX_HTTP_HEADER_GUARDED)
#undef PLX_HTTP_HEADER_GUARDED
};

enum plx_http_header_id
plx_http_header_id_of(struct plx_slice name)
{
    if (name.len < 2)
        return PLX_HEADER_OTHER;
    char first = plx_ascii_lower(name.ptr[0]);
    enum plx_http_header_id id = header_candidate(name, first);
    if (id == PLX_HEADER_OTHER)
        return family_of(name, first);
    const char *known = names[id]; /* as long as name, which the candidate's key has made sure of */
    size_t i = 0;
    while (i < name.len && is_same(name.ptr[i], known[i]))
        i++;
    if (i == name.len)
        return id;
    return is_guarded[id] && read_as(name, known) != NOT_IT ? PLX_HEADER_POSER : family_of(name, first);
}
