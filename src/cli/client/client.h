/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small blocking HTTP/1.1 client with deadlines, for the commands that talk to a running `parallax run` and for the
 * demo's generator of traffic. One connection each, kept alive and opened again when the server has closed it.
 */
#ifndef PLX_CLIENT_CLIENT_H
#define PLX_CLIENT_CLIENT_H

#include "base/buffer.h"

struct plx_client;

/* url: "http://HOST:PORT[/PREFIX]". NULL with error filled (size bytes) where it is none, or without memory. Connects
 * at the first request. */
struct plx_client *plx_client_new(const char *url, uint32_t timeout_ms, char *error, size_t size);
void plx_client_free(struct plx_client *client);
void plx_client_set_token(struct plx_client *client, const char *token); /* Authorization: Bearer; NULL: none */
bool plx_client_set_host(struct plx_client *client,
                         const char *host); /* Host, in place of the URL's; false: no memory */

struct plx_client_answer {
    int status;
    struct plx_slice body; /* the client's, until its next call */
};

/*
 * One request and its whole answer (body up to body_max bytes). PLX_E_CONNECT, PLX_E_TIMEOUT, PLX_E_RESET,
 * PLX_E_PROTOCOL, PLX_E_LIMIT, PLX_E_MEMORY; PLX_E_ARGUMENT where method, target or token can't stand in a request. The
 * time-out is for all of it but looking up the name. target begins with a slash, query included. headers: further
 * header lines, each with CR LF, or empty. A kept connection that the server has closed meanwhile is opened again
 * unseen, unless that could do a POST twice.
 */
PLX_MUST_USE enum plx_status plx_client_request(struct plx_client *client, const char *method, const char *target,
                                                struct plx_slice headers, struct plx_slice body, size_t body_max,
                                                struct plx_client_answer *answer);

#endif
