/* SPDX-License-Identifier: Apache-2.0 */
/* An address of a family that roles may have, as small as it gets, and lists of them. */
#ifndef PLX_NAMES_SOCKET_ADDRESS_H
#define PLX_NAMES_SOCKET_ADDRESS_H

#include <parallax/base.h>

#include <netinet/in.h>
#include <string.h>
#include <sys/un.h>

#define PLX_NAME_ADDRESSES_MAX 64u /* of a name; further ones are not used */

union plx_socket_address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    struct sockaddr_un local;
};

struct plx_address_list {
    unsigned count;
    union plx_socket_address at[PLX_NAME_ADDRESSES_MAX];
};

static inline bool
plx_socket_address_equal(const union plx_socket_address *a, const union plx_socket_address *b)
{
    if (a->any.sa_family != b->any.sa_family)
        return false;
    if (a->any.sa_family == AF_INET)
        return a->v4.sin_port == b->v4.sin_port && a->v4.sin_addr.s_addr == b->v4.sin_addr.s_addr;
    if (a->any.sa_family == AF_UNIX)
        return strcmp(a->local.sun_path, b->local.sun_path) == 0;
    return a->v6.sin6_port == b->v6.sin6_port && a->v6.sin6_scope_id == b->v6.sin6_scope_id &&
           memcmp(&a->v6.sin6_addr, &b->v6.sin6_addr, sizeof(a->v6.sin6_addr)) == 0;
}

static inline bool
plx_address_list_has(const struct plx_address_list *list, const union plx_socket_address *address)
{
    for (unsigned i = 0; i < list->count; i++)
        if (plx_socket_address_equal(&list->at[i], address))
            return true;
    return false;
}

/* Adds it where it is not there yet, and there is room. */
static inline void
plx_address_list_add(struct plx_address_list *list, const union plx_socket_address *address)
{
    if (list->count < PLX_NAME_ADDRESSES_MAX && !plx_address_list_has(list, address))
        list->at[list->count++] = *address;
}

#endif
