/* SPDX-License-Identifier: Apache-2.0 */
/* Methods of requests, and what may be done with a request because of its method (RFC 9110, 9.2). */
#ifndef PLX_MESSAGE_METHOD_H
#define PLX_MESSAGE_METHOD_H

#include <parallax/base.h>

/* The methods of RFC 9110 and PATCH (RFC 5789); every other token is PLX_METHOD_OTHER. */
enum plx_http_method {
    PLX_METHOD_OTHER,
    PLX_METHOD_GET,
    PLX_METHOD_HEAD,
    PLX_METHOD_OPTIONS,
    PLX_METHOD_TRACE,
    PLX_METHOD_POST,
    PLX_METHOD_PUT,
    PLX_METHOD_DELETE,
    PLX_METHOD_PATCH,
    PLX_METHOD_CONNECT,
};

enum plx_http_method plx_http_method_of(struct plx_slice method); /* case matters; not empty */
bool plx_http_method_is_safe(enum plx_http_method method);        /* GET, HEAD, OPTIONS: what is copied unasked */
bool plx_http_method_is_idempotent(enum plx_http_method method);  /* safe ones, TRACE, PUT, DELETE */

#endif
