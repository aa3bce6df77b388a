/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Listening sockets that the process was started with, by sd_listen_fds(3): LISTEN_FDS of them, from descriptor 3 on,
 * named by LISTEN_FDNAMES, where LISTEN_PID is this process. A Parallax that hands its sockets to a new one can't know
 * that process's number beforehand, so it says its own: PARALLAX_UPGRADE_FROM is then the parent of this process.
 *
 * Other processes may accept from the same sockets. They are closed, never shut down, so that those go on.
 */
#ifndef PLX_NET_INHERITED_H
#define PLX_NET_INHERITED_H

#include <parallax/base.h>
#include <sys/types.h>

#define PLX_INHERITED_MAX        2048u
#define PLX_INHERITED_FIRST      3 /* descriptor (SD_LISTEN_FDS_START) */
#define PLX_INHERITED_NAME_BYTES 128u
#define PLX_UPGRADE_VARIABLE     "PARALLAX_UPGRADE_FROM"
#define PLX_READY_VARIABLE       "PARALLAX_UPGRADE_READY" /* the descriptor of plx_inherited_tell_ready() */

struct plx_inherited_socket {
    int descriptor; /* -1: taken */
    char name[PLX_INHERITED_NAME_BYTES];
};

struct plx_inherited {
    struct plx_inherited_socket *list;
    size_t count;
    pid_t from; /* the Parallax that has handed them over; 0: none */
    int ready;  /* which waits here to be told that this one serves; -1: nobody does */
};

/*
 * Takes them over and the variables out of the environment, so that no child of this process finds them. First thing in
 * a process, while it has one thread. false: no memory.
 */
bool plx_inherited_init(struct plx_inherited *inherited);
/*
 * The next one that listens where host and port say, the caller's from here on; *bound is its port. port 0 is any, of a
 * socket of that name. A socket of [::] that takes IPv4 as well does for every IPv4 address, too. -1: none.
 */
int plx_inherited_take(struct plx_inherited *inherited, const char *host, uint16_t port, const char *name,
                       uint16_t *bound);
/* What a socket is, for people: "127.0.0.1:80", or why it is none that can be used. */
void plx_inherited_describe(int descriptor, char *out, size_t size);
/* This process serves: who has handed its sockets over may finish. */
void plx_inherited_tell_ready(struct plx_inherited *inherited);
void plx_inherited_fini(struct plx_inherited *inherited); /* closes what was not taken */

#endif
