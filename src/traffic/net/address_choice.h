/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which of a role's addresses takes the next request, of one pool. They take turns; one that took no connection is left
 * out for a while, as nginx's fail_timeout (with max_fails=1), and tried all the same where there is no other. Of times
 * and addresses alone: no clock, no I/O.
 */
#ifndef PLX_NET_ADDRESS_CHOICE_H
#define PLX_NET_ADDRESS_CHOICE_H

#include "traffic/names/socket_address.h"

#define PLX_ADDRESS_LEFT_OUT_MS 10000u

struct plx_address_choice {
    unsigned count, turn;
    uint64_t version; /* of the addresses: rises with each change */
    struct plx_address_place {
        union plx_socket_address address;
        uint64_t left_out_until; /* 0: it takes connections, as far as is known */
    } at[PLX_NAME_ADDRESSES_MAX];
};

/* What one connect has tried so far; begins as {0}. */
struct plx_address_tries {
    uint64_t version;   /* of the addresses that tried is about */
    uint64_t tried;     /* a bit for each place */
    sa_family_t family; /* of the last one */
};

/* Others in the place of those before. What is known of those that stay is kept, and whose turn it is. */
void plx_address_choice_take(struct plx_address_choice *choice, const union plx_socket_address *list, unsigned count);
bool plx_address_choice_has(const struct plx_address_choice *choice, const union plx_socket_address *address);
/* Passes the turn on; NULL: there is none. */
const union plx_socket_address *plx_address_choice_turn(struct plx_address_choice *choice, uint64_t now_ms);
/*
 * The next one for a connect to try: the one whose turn it is, then those behind it, each time of the other family
 * where there is one (RFC 8305, 4), and those that are left out last. NULL: all have been tried.
 */
const union plx_socket_address *plx_address_choice_try(const struct plx_address_choice *choice,
                                                       struct plx_address_tries *tries, uint64_t now_ms);
bool plx_address_choice_is_left(const struct plx_address_choice *choice, const struct plx_address_tries *tries);
/* It took no connection, or was overtaken. Whether it is left out now and was not before. */
bool plx_address_choice_failed(struct plx_address_choice *choice, const union plx_socket_address *address,
                               uint64_t now_ms);

#endif
