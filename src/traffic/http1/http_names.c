/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tables of HTTP: classes of octets, methods, header names, reasons. Nothing here reads a message. The table of
 * octets is computed by the preprocessor from the grammar's own words, so that it can be proof-read against the RFCs.
 */
#include "traffic/http1/grammar.h"

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

/* ---- methods ---- */

#define METHOD(literal, id) (memcmp(method.ptr, literal, sizeof(literal) - 1) == 0 ? (id) : PLX_METHOD_OTHER)

enum plx_http_method
plx_http_method_of(struct plx_slice method)
{
    switch (method.len) {
    case 3:
        return method.ptr[0] == 'G' ? METHOD("GET", PLX_METHOD_GET) : METHOD("PUT", PLX_METHOD_PUT);
    case 4:
        return method.ptr[0] == 'H' ? METHOD("HEAD", PLX_METHOD_HEAD) : METHOD("POST", PLX_METHOD_POST);
    case 5:
        return method.ptr[0] == 'P' ? METHOD("PATCH", PLX_METHOD_PATCH) : METHOD("TRACE", PLX_METHOD_TRACE);
    case 6:
        return METHOD("DELETE", PLX_METHOD_DELETE);
    case 7:
        return method.ptr[0] == 'O' ? METHOD("OPTIONS", PLX_METHOD_OPTIONS) : METHOD("CONNECT", PLX_METHOD_CONNECT);
    default:
        return PLX_METHOD_OTHER;
    }
}

bool
plx_http_method_is_safe(enum plx_http_method method)
{
    return method == PLX_METHOD_GET || method == PLX_METHOD_HEAD || method == PLX_METHOD_OPTIONS;
}

bool
plx_http_method_is_idempotent(enum plx_http_method method)
{
    return plx_http_method_is_safe(method) || method == PLX_METHOD_TRACE || method == PLX_METHOD_PUT ||
           method == PLX_METHOD_DELETE;
}

/* ---- header names ---- */

/* Length and first letter are enough to tell the names apart; a name that is added and clashes is an error of the
 * compiler. */
static enum plx_http_header_id
header_candidate(struct plx_slice name)
{
#define KEY(len, first) ((unsigned)(len) << 8 | (unsigned char)(first))
    switch (KEY(name.len, plx_http_lower(name.ptr[0]))) {
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
        if (plx_http_lower(name.ptr[i]) != plx_http_lower(known[i]))
            return PLX_HEADER_OTHER;
    return id;
}

/* ---- reasons ---- */

const char *
plx_http_reason(int status)
{
    static const struct {
        int status;
        const char *text;
    } reasons[] = {
        {100, "Continue"},
        {101, "Switching Protocols"},
        {102, "Processing"},
        {103, "Early Hints"},
        {200, "OK"},
        {201, "Created"},
        {202, "Accepted"},
        {203, "Non-Authoritative Information"},
        {204, "No Content"},
        {205, "Reset Content"},
        {206, "Partial Content"},
        {207, "Multi-Status"},
        {208, "Already Reported"},
        {226, "IM Used"},
        {300, "Multiple Choices"},
        {301, "Moved Permanently"},
        {302, "Found"},
        {303, "See Other"},
        {304, "Not Modified"},
        {305, "Use Proxy"},
        {307, "Temporary Redirect"},
        {308, "Permanent Redirect"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {402, "Payment Required"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {406, "Not Acceptable"},
        {407, "Proxy Authentication Required"},
        {408, "Request Timeout"},
        {409, "Conflict"},
        {410, "Gone"},
        {411, "Length Required"},
        {412, "Precondition Failed"},
        {413, "Content Too Large"},
        {414, "URI Too Long"},
        {415, "Unsupported Media Type"},
        {416, "Range Not Satisfiable"},
        {417, "Expectation Failed"},
        {421, "Misdirected Request"},
        {422, "Unprocessable Content"},
        {423, "Locked"},
        {424, "Failed Dependency"},
        {425, "Too Early"},
        {426, "Upgrade Required"},
        {428, "Precondition Required"},
        {429, "Too Many Requests"},
        {431, "Request Header Fields Too Large"},
        {451, "Unavailable For Legal Reasons"},
        {500, "Internal Server Error"},
        {501, "Not Implemented"},
        {502, "Bad Gateway"},
        {503, "Service Unavailable"},
        {504, "Gateway Timeout"},
        {505, "HTTP Version Not Supported"},
        {506, "Variant Also Negotiates"},
        {507, "Insufficient Storage"},
        {508, "Loop Detected"},
        {511, "Network Authentication Required"},
    };
    for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
        if (reasons[i].status == status)
            return reasons[i].text;
    return "";
}
