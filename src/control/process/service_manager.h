/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What systemd, or whoever else has set NOTIFY_SOCKET, is told of this process: ready, reloading, stopping;
 * sd_notify(3) is the protocol, a datagram of lines. Without that variable nothing is sent. Nothing here can fail: who
 * does not listen is none the wiser.
 */
#ifndef PLX_PROCESS_SERVICE_MANAGER_H
#define PLX_PROCESS_SERVICE_MANAGER_H

enum plx_manager_news {
    PLX_MANAGER_READY,     /* serves; also after a reload, whatever came of it */
    PLX_MANAGER_RELOADING, /* a SIGHUP has come */
    PLX_MANAGER_STOPPING,  /* drains, and nobody goes on */
};

/* status: a line for people, as in `systemctl status`. */
void plx_manager_tell(enum plx_manager_news news, const char *status);
/* That process is the service from here on, and serves. */
void plx_manager_tell_successor(long pid);

#endif
