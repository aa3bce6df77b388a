/* SPDX-License-Identifier: Apache-2.0 */
/* Methods, told apart by their length and first letter. */
#include "message/method.h"

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
