/* SPDX-License-Identifier: Apache-2.0 */
/* Where a loop hears of the names that its pools use; the picture is in names.h. */
#ifndef PLX_NAMES_NAMES_PORT_H
#define PLX_NAMES_NAMES_PORT_H

#include "base/list.h"
#include "traffic/names/socket_address.h"

#include <uv.h>

struct plx_name;
struct plx_names;

/* Where one loop hears of its names; embedded, and but for what is said for that loop's thread alone. */
struct plx_names_port {
    struct plx_names *names; /* NULL: it has none, and no name is known */
    uv_async_t wake;
    struct plx_list link;  /* among all ports; guarded by the names' lock */
    struct plx_list users; /* plx_name_user */
};

/* A pool's interest in a name, in its memory. */
struct plx_name_user {
    struct plx_list link;
    struct plx_names_port *port;
    struct plx_name *name; /* NULL: none */
    uint64_t seen;         /* version of what it was told last */
    /* From the loop, never inside a call: found is another list than before, and valid during the call; NULL: a look-up
     * has failed, and nothing is known. May leave, and free its own memory. */
    void (*told)(struct plx_name_user *user, const struct plx_address_list *found);
};

/* false: the loop takes no handle. The handle is closed with the loop, after plx_names_port_close(). */
PLX_MUST_USE bool plx_names_port_init(struct plx_names_port *port, struct plx_names *names, uv_loop_t *loop);
void plx_names_port_close(struct plx_names_port *port); /* nothing comes any more; users may still leave */
/* PLX_OK: told fires, now known or at the end of a look-up, and whenever there is something new, until it leaves. */
PLX_MUST_USE enum plx_status plx_names_join(struct plx_names_port *port, struct plx_name_user *user, const char *host);
void plx_names_leave(struct plx_name_user *user); /* fine for one that has not joined */
/* An address of a name takes no connections, and is left out for so long: for what is told of names. */
void plx_names_note_left_out(struct plx_name_user *user, const union plx_socket_address *address, uint32_t for_ms);

/* For the resolver, with the names' lock: every loop looks what is new. */
void plx_names_ports_wake(struct plx_names *names);

#endif
