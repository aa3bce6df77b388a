/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the look-ups of both families come to. They are asked for apart, since many a server answers one and drops the
 * other: what the first one brings is used when the second has not come PLX_NAME_FAMILY_MS later (RFC 8305, 3), and a
 * family that could not be asked for keeps the addresses that it had.
 */
#ifndef PLX_NAMES_NAME_ANSWER_H
#define PLX_NAMES_NAME_ANSWER_H

#include "traffic/names/socket_address.h"

#define PLX_NAME_FAMILY_MS 50u
#define PLX_NAME_FAMILIES  2u

enum plx_family_state {
    PLX_FAMILY_LOOKING, /* not answered yet */
    PLX_FAMILY_FOUND,
    PLX_FAMILY_NONE,   /* the name has no such addresses: that is an answer, too */
    PLX_FAMILY_FAILED, /* nobody could say */
};

struct plx_family_answer {
    enum plx_family_state state;
    uint64_t ttl_ms; /* FOUND: the least of all its records */
    struct plx_address_list list;
};

/* PLX_OK: *merged and *ttl_ms are filled. PLX_AGAIN: nothing yet. PLX_E_CONNECT: there is no address; what was known
 * before is to be used on. */
PLX_MUST_USE enum plx_status plx_name_merge(const struct plx_family_answer answers[PLX_NAME_FAMILIES],
                                            const struct plx_address_list *before, struct plx_address_list *merged,
                                            uint64_t *ttl_ms);
/* The same addresses, in whatever order. */
bool plx_address_lists_same(const struct plx_address_list *a, const struct plx_address_list *b);

#endif
