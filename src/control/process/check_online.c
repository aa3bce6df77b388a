/* SPDX-License-Identifier: Apache-2.0 */
/* One thing after the other; all that is wrong is told. */
#include "control/process/check_online.h"

#include "batch/reconcile/rows.h"
#include "control/process/role_names.h"
#include "traffic/names/names.h"
#include "traffic/names/socket_address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

struct online {
    struct plx_names *names;
    unsigned roles, sides, files, troubles;
};

static void tell(struct online *online, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void
tell(struct online *online, const char *format, ...)
{
    va_list arguments;

    online->troubles++;
    fputs("parallax check: ", stderr);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
}

/* ---- roles ---- */

struct wanted {
    const char *host;
    struct plx_address_list list;
};

static void
take_addresses(const struct plx_name_facts *facts, void *to)
{
    struct wanted *wanted = to;

    if (strcmp(facts->host, wanted->host) == 0)
        wanted->list = *facts->list;
}

static void
find_addresses(const struct online *online, struct wanted *wanted)
{
    union plx_socket_address address = {.local = {.sun_family = AF_UNIX}};

    if (wanted->host[0] == '/') {
        snprintf(address.local.sun_path, sizeof(address.local.sun_path), "%s", wanted->host);
        plx_address_list_add(&wanted->list, &address);
        return;
    }
    address = (union plx_socket_address){.v6 = {.sin6_family = AF_INET6}};
    if (inet_pton(AF_INET6, wanted->host, &address.v6.sin6_addr) == 1) {
        plx_address_list_add(&wanted->list, &address);
        return;
    }
    address = (union plx_socket_address){.v4 = {.sin_family = AF_INET}};
    if (inet_pton(AF_INET, wanted->host, &address.v4.sin_addr) == 1)
        plx_address_list_add(&wanted->list, &address);
    else
        plx_names_each(online->names, take_addresses, wanted);
}

/* 0, or the error of errno. */
static int
try_address(union plx_socket_address address, uint16_t port)
{
    const sa_family_t family = address.any.sa_family;
    const socklen_t size = family == AF_INET    ? sizeof(address.v4)
                           : family == AF_INET6 ? sizeof(address.v6)
                                                : sizeof(address.local);
    int code = 0, fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    socklen_t len = sizeof(code);

    if (fd < 0)
        return errno;
    if (family == AF_INET)
        address.v4.sin_port = htons(port);
    else if (family == AF_INET6)
        address.v6.sin6_port = htons(port);
    if (connect(fd, &address.any, size) != 0)
        code = errno;
    if (code == EINPROGRESS) {
        struct pollfd waiting = {.fd = fd, .events = POLLOUT};
        if (poll(&waiting, 1, PLX_ONLINE_CONNECT_MS) != 1)
            code = ETIMEDOUT;
        else if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &len) != 0)
            code = errno;
    }
    close(fd);
    return code;
}

static void
check_role(struct online *online, const struct plx_upstream *role, const char *what, const char *service)
{
    struct wanted wanted = {.host = role->host};
    int code = 0;

    find_addresses(online, &wanted);
    if (wanted.list.count == 0) {
        tell(online, "the %s of %s: the name %s is not known; look at its spelling, /etc/hosts and `resolver`", what,
             service, role->host);
        return;
    }
    for (unsigned i = 0; i < wanted.list.count; i++) {
        code = try_address(wanted.list.at[i], role->port);
        if (code == 0) {
            online->roles++;
            return;
        }
    }
    if (plx_upstream_is_local(role))
        tell(online, "the %s of %s: %s takes no connection: %s", what, service, role->host, strerror(code));
    else
        tell(online, "the %s of %s: %s:%u takes no connection: %s", what, service, role->host, role->port,
             strerror(code));
}

static void
check_roles(struct online *online, const struct plx_snapshot *snapshot, bool spies)
{
    for (size_t i = 0; snapshot && i < snapshot->service_count; i++)
        for (int role = 0; role < PLX_ROLES; role++) {
            const struct plx_service *service = &snapshot->services[i];
            if (service->roles[role].url)
                check_role(online, &service->roles[role],
                           spies ? "real dependency" : plx_role_text((enum plx_role)role), service->name);
        }
}

/* ---- jobs ---- */

static void
check_side(struct online *online, const struct plx_reconcile_job *job, enum plx_side_name side)
{
    struct plx_reconcile_error error = {""};
    struct plx_source *source = NULL;
    struct plx_columns columns = {.common = {false}}; /* nothing is read of it */
    struct plx_rows rows = {.job = NULL};
    enum plx_status status = plx_source_open(&job->sides[side], &source, &error);

    if (status == PLX_OK) {
        status = plx_rows_init(&rows, job, source, &columns, &error);
        plx_rows_fini(&rows);
    }
    plx_source_close(source);
    if (status == PLX_OK)
        online->sides++;
    else
        tell(online, "the %s side of %s: %s", PLX_SIDE_TEXT(side), job->name, error.text);
}

/* ---- files ---- */

static void
check_file(struct online *online, const char *key, const char *path)
{
    const char *slash = strrchr(path, '/');
    char *folder = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
    bool there = access(path, F_OK) == 0;

    if (folder && access(there ? path : folder, there ? W_OK : W_OK | X_OK) == 0)
        online->files++;
    else
        tell(online, "`%s`: this user can't write %s: %s", key, path, folder ? strerror(errno) : "out of memory");
    free(folder);
}

bool
plx_process_check_online(const struct plx_config *config)
{
    struct online online = {.names = plx_names_new(NULL, NULL)};

    plx_log_set_level(PLX_LOG_ERROR); /* what is wrong with names is told here */
    if (!online.names || plx_role_names_want(online.names, config, config->spies) != PLX_OK) {
        fputs("parallax check: can't look names up: out of memory or threads\n", stderr);
        plx_names_free(online.names);
        return false;
    }
    plx_names_wait(online.names, PLX_ONLINE_NAMES_MS);
    check_roles(&online, config->snapshot, false);
    check_roles(&online, config->spies ? config->spies->snapshot : NULL, true);
    plx_names_free(online.names);
    for (size_t i = 0; i < config->reconcile.count; i++)
        for (int side = 0; side < PLX_SIDES; side++)
            check_side(&online, &config->reconcile.at[i], (enum plx_side_name)side);
    if (config->access_log && strcmp(config->access_log, "-") != 0)
        check_file(&online, "access_log", config->access_log);
    if (config->log_file && strcmp(config->log_file, "-") != 0)
        check_file(&online, "log.file", config->log_file);
    fprintf(stderr, "parallax check: online: fine: %u role%s, %u side%s of jobs, %u log%s; in trouble: %u\n",
            online.roles, online.roles == 1 ? "" : "s", online.sides, online.sides == 1 ? "" : "s", online.files,
            online.files == 1 ? "" : "s", online.troubles);
    return online.troubles == 0;
}
