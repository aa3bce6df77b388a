/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Addresses to listen on, and of implementations: read, and held against each other, so that nothing is listened on
 * twice and no request goes round.
 */
#ifndef PLX_CONFIG_ADDRESSES_H
#define PLX_CONFIG_ADDRESSES_H

#include "service/service.h"

#define PLX_SOCKET_PATH_MAX 107u  /* bytes of a unix socket's path: what Linux takes */
#define PLX_PREFIX_MAX      1024u /* bytes of the path of a role's URL */
#define PLX_ADDRESS_TEXT    300   /* "[HOST]:PORT", and its end */

struct plx_address {
    char host[256]; /* a numeric address or a name; "" is every address */
    uint16_t port;  /* 0: any free port, which the log then names */
};

/* "HOST:PORT", "[::1]:80", ":8080", "8080". */
bool plx_address_of(struct plx_slice text, struct plx_address *address);
/* "HOST" or "HOST:PORT", as a Host field has it. */
bool plx_authority_is_valid(struct plx_slice text);
bool plx_address_is_loopback(const struct plx_address *address);

/* Where an implementation listens. */
struct plx_address plx_address_of_upstream(const struct plx_upstream *upstream);
/* What people and logs see: "HOST:PORT", "[::1]:80", "0.0.0.0:80" for every address. Returns out. */
char *plx_address_write(const char *host, uint16_t port, char out[PLX_ADDRESS_TEXT]);

/* Whether a connection to the one could be one to the other; whether both can't be bound. */
bool plx_addresses_meet(const struct plx_address *a, const struct plx_address *b);
bool plx_addresses_collide(const struct plx_address *a, const struct plx_address *b);
/* Whether a connection to the one could be one to the other: the same name, localhost and its addresses, every address
 * and those of loopback. */
bool plx_hosts_meet(const char *a, const char *b);
/* Whether a client's request would come to the same implementation twice: by address, Host, prefix and changes of the
 * request. False where one is not set. */
bool plx_upstreams_meet(const struct plx_upstream *a, const struct plx_upstream *b);
/* "http://HOST[:PORT][/PREFIX]" or "unix:/PATH[:/PREFIX]" into an upstream that has no URL (its texts are the caller's
 * to free). NULL, or what is wrong with it and how to mend it. Without memory NULL, and upstream->url stays NULL. */
const char *plx_value_url(struct plx_slice text, struct plx_upstream *upstream);

#endif
