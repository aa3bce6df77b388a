/* SPDX-License-Identifier: Apache-2.0 */
/* Taking ports, and finding out from /proc who was faster. */
#include "cli/demo/demo_ports.h"

#include "base/assert.h"
#include "cli/terminal/options.h"

#include <dirent.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define STATE_LISTEN 0x0A /* of /proc/net/tcp */

/* ---- who has a port ---- */

/* The inode of the socket that listens there; 0: it is not to be seen. */
static unsigned long
listener_of(uint16_t number, const char *table)
{
    FILE *file = fopen(table, "re");
    unsigned long found = 0, inode;
    unsigned port, state;
    char line[512];

    while (file && !found && fgets(line, sizeof(line), file))
        if (sscanf(line, " %*d: %*[0-9A-F]:%x %*[0-9A-F]:%*x %x %*s %*s %*s %*u %*u %lu", &port, &state, &inode) == 3 &&
            port == number && state == STATE_LISTEN)
            found = inode;
    if (file)
        fclose(file);
    return found;
}

static bool
process_has(const char *pid, unsigned long inode)
{
    char path[NAME_MAX + 32], link[NAME_MAX * 2 + 64], target[64], wanted[64];
    bool found = false;

    snprintf(path, sizeof(path), "/proc/%s/fd", pid);
    snprintf(wanted, sizeof(wanted), "socket:[%lu]", inode);
    DIR *folder = opendir(path);
    for (struct dirent *entry; folder && !found && (entry = readdir(folder));) {
        snprintf(link, sizeof(link), "%s/%s", path, entry->d_name);
        ssize_t len = readlink(link, target, sizeof(target) - 1);
        target[len > 0 ? len : 0] = '\0';
        found = strcmp(target, wanted) == 0;
    }
    if (folder)
        closedir(folder);
    return found;
}

/* "nginx (pid 123)", or "another program". */
static void
name_owner(uint16_t number, char *out, size_t size)
{
    unsigned long inode = listener_of(number, "/proc/net/tcp");
    char path[NAME_MAX + 32], name[64] = "";

    if (!inode)
        inode = listener_of(number, "/proc/net/tcp6");
    snprintf(out, size, "another program");
    DIR *folder = inode ? opendir("/proc") : NULL;
    for (struct dirent *entry; folder && (entry = readdir(folder));) {
        if (entry->d_name[0] < '0' || entry->d_name[0] > '9' || !process_has(entry->d_name, inode))
            continue;
        snprintf(path, sizeof(path), "/proc/%s/comm", entry->d_name);
        FILE *file = fopen(path, "re");
        if (file && fgets(name, sizeof(name), file))
            name[strcspn(name, "\n")] = '\0';
        if (file)
            fclose(file);
        snprintf(out, size, "%s (pid %.10s)", *name ? name : "a program", entry->d_name);
        break;
    }
    if (folder)
        closedir(folder);
}

/* ---- taking ---- */

static int
tell(const char *name, uint16_t number, int error)
{
    char owner[128];

    if (error == EADDRINUSE) {
        name_owner(number, owner, sizeof(owner));
        plx_trouble("demo", "port %u, which is for %s, is taken by %s: end that, or add --ports free%s", number, name,
                    owner, strcmp(name, "proxy") == 0 ? " or --port N" : "");
    } else if (error == EACCES) {
        plx_trouble("demo", "port %u, which is for %s, is not for every user: take one from 1024 on with --port",
                    number, name);
    } else {
        plx_trouble("demo", "port %u, which is for %s, can't be had: %s", number, name, strerror(error));
    }
    return 1;
}

int
plx_demo_ports_take(struct plx_demo_ports *ports, const char *name, uint16_t number)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(number), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof(address);
    int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return tell(name, number, errno);
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
        bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &len) != 0) {
        int error = errno;
        close(fd);
        return tell(name, number, error);
    }
    plx_demo_ports_name(ports, name, ntohs(address.sin_port));
    ports->rows[ports->count - 1].socket = fd;
    return 0;
}

void
plx_demo_ports_name(struct plx_demo_ports *ports, const char *name, uint16_t number)
{
    PLX_ASSERT(ports->count < PLX_DEMO_PORTS_MAX);
    ports->rows[ports->count].name = name;
    ports->rows[ports->count].number = number;
    ports->rows[ports->count++].socket = -1;
}

uint16_t
plx_demo_ports_find(const struct plx_demo_ports *ports, const char *name)
{
    for (unsigned i = 0; i < ports->count; i++)
        if (strcmp(ports->rows[i].name, name) == 0)
            return ports->rows[i].number;
    return 0;
}

const char *
plx_demo_ports_url(const struct plx_demo_ports *ports, const char *name, char out[PLX_DEMO_URL_SIZE])
{
    snprintf(out, PLX_DEMO_URL_SIZE, "http://127.0.0.1:%u", plx_demo_ports_find(ports, name));
    return out;
}

void
plx_demo_ports_free(struct plx_demo_ports *ports)
{
    while (ports->count)
        if (ports->rows[--ports->count].socket >= 0)
            close(ports->rows[ports->count].socket);
}
