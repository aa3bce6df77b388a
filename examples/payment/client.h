/* SPDX-License-Identifier: Apache-2.0 */
/* Questions to another service (libcurl). */
#ifndef CLIENT_H
#define CLIENT_H

#include <stddef.h>

#define CLIENT_BODY_MAX 65536u
#define CLIENT_MS       2000 /* for all of a question */

struct client_answer {
    long status; /* 0: none came */
    int error;   /* libcurl's, then */
    const char *why;
    char body[CLIENT_BODY_MAX + 1]; /* ends with a NUL */
    size_t len;
};

/* POST with the message as the body, or GET where it is NULL, of base ("http://HOST:PORT") and path. exchange: the
 * Parallax-Exchange of the request that it is asked for; NULL: none. */
void client_ask(const char *base, const char *path, const char *message, const char *exchange,
                struct client_answer *answer);

#endif
