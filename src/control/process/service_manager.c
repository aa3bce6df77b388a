/* SPDX-License-Identifier: Apache-2.0 */
/* One datagram a piece of news, over a socket of its own. */
#include "control/process/service_manager.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/* A path, or a name of Linux' abstract space, which is written with @. 0: it is neither. */
static socklen_t
address_of(const char *name, struct sockaddr_un *address)
{
    size_t len = strlen(name);

    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (len < 2 || len >= sizeof(address->sun_path) || (name[0] != '/' && name[0] != '@'))
        return 0;
    memcpy(address->sun_path, name, len);
    if (name[0] == '@')
        address->sun_path[0] = 0;
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
}

static void
send_text(const char *text)
{
    const char *name = getenv("NOTIFY_SOCKET");
    struct sockaddr_un address;
    socklen_t len = name ? address_of(name, &address) : 0;
    int fd = len ? socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0) : -1;

    if (fd < 0)
        return;
    (void)sendto(fd, text, strlen(text), MSG_NOSIGNAL, (struct sockaddr *)&address, len);
    close(fd);
}

void
plx_manager_tell(enum plx_manager_news news, const char *status)
{
    struct timespec now;
    char text[256];

    switch (news) {
    case PLX_MANAGER_READY:
        snprintf(text, sizeof(text), "READY=1\nSTATUS=%s\n", status);
        break;
    case PLX_MANAGER_RELOADING: /* with the time, for Type=notify-reload */
        clock_gettime(CLOCK_MONOTONIC, &now);
        snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%" PRIu64 "\nSTATUS=%s\n",
                 (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000, status);
        break;
    case PLX_MANAGER_STOPPING:
        snprintf(text, sizeof(text), "STOPPING=1\nSTATUS=%s\n", status);
        break;
    }
    send_text(text);
}

void
plx_manager_tell_successor(long pid)
{
    char text[128];

    snprintf(text, sizeof(text), "MAINPID=%ld\nREADY=1\nSTATUS=serving, after an upgrade\n", pid);
    send_text(text);
}
