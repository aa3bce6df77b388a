/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sockets that the process listens on: opened, or inherited from whoever started it, and handed on to a new
 * process. Whoever listens on one has its descriptor and closes it; here stands what there is.
 */
#ifndef PLX_PROCESS_SOCKETS_H
#define PLX_PROCESS_SOCKETS_H

#include "control/config/config.h"
#include "traffic/net/inherited.h"

/* What an address is for; its name goes to the new process, for addresses with port 0. */
#define PLX_SOCKET_SERVICES "listen"
#define PLX_SOCKET_ADMIN    "admin"

/* Of one owner. */
#define PLX_LISTENING_MAX (PLX_INHERITED_MAX + PLX_LISTEN_MAX)

struct plx_socket {
    char name[PLX_INHERITED_NAME_BYTES];
    struct plx_address address; /* as the configuration has it */
    uint16_t port;              /* that it really has */
    int descriptor;
    uint32_t owner; /* which worker, of those of the services */
    bool twin;      /* another descriptor of a socket that stands here already: not handed on */
    bool inherited;
};

struct plx_sockets {
    struct plx_inherited inherited;
    struct plx_socket *list;
    size_t count;
};

/*
 * One for each of the owners, at least; inherited ones first, all of them that listen there. On false error says what
 * is wrong and how to mend it, and nothing has changed but for what was inherited.
 */
bool plx_sockets_open(struct plx_sockets *sockets, const char *name, const struct plx_address *address, uint32_t owners,
                      char *error, size_t size);
/* Those of a name for an owner: writes at most max descriptors, and returns how many. */
size_t plx_sockets_of(const struct plx_sockets *sockets, const char *name, uint32_t owner, int *out, size_t max);
size_t plx_sockets_count(const struct plx_sockets *sockets, const char *name);
/* NULL: none. */
const struct plx_socket *plx_sockets_find(const struct plx_sockets *sockets, const char *name,
                                          const struct plx_address *address);
/* Those that nobody listens on yet. */
void plx_sockets_close(struct plx_sockets *sockets, const char *name, const struct plx_address *address);
/* Whoever listens on them closes them. */
void plx_sockets_forget(struct plx_sockets *sockets, const char *name, const struct plx_address *address);
/* The log names those that were inherited and that no address is for; they are closed. */
void plx_sockets_drop_unused(struct plx_sockets *sockets);
void plx_sockets_fini(struct plx_sockets *sockets);

#endif
