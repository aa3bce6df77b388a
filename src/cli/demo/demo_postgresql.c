/* SPDX-License-Identifier: Apache-2.0 */
/*
 * initdb, postgres, createdb. PostgreSQL refuses to run as root, so root runs it as the user that Debian's package
 * makes. Nothing in it outlives the demo: it need not be safe against a power cut.
 */
#include "cli/demo/demo_postgresql.h"

#include "base/assert.h"
#include "cli/terminal/options.h"

#include <errno.h>
#include <glob.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define USER      "payment"
#define SUPERUSER "postgres"
#define SOCKET    "/.s.PGSQL.5432"

struct server {
    char programs[PATH_MAX]; /* the folder of initdb and postgres */
    char data[PATH_MAX + 16];
    struct plx_process_place place;
};

/* Debian has a folder for each version; the newest is the last. */
static int
find_programs(struct server *server)
{
    glob_t found;
    int status = glob("/usr/lib/postgresql/*/bin/postgres", 0, NULL, &found);

    if (status == 0)
        snprintf(server->programs, sizeof(server->programs), "%.*s",
                 (int)(strrchr(found.gl_pathv[found.gl_pathc - 1], '/') - found.gl_pathv[found.gl_pathc - 1]),
                 found.gl_pathv[found.gl_pathc - 1]);
    globfree(&found);
    if (status == 0)
        return 0;
    plx_trouble("demo", "PostgreSQL's server is not in /usr/lib/postgresql: install the package postgresql, or leave "
                        "--store out for SQLite");
    return 1;
}

/* Where this is root: another user, to whom the data folder belongs. */
static int
choose_user(struct server *server, const char *folder)
{
    struct passwd *user = getuid() == 0 ? getpwnam(SUPERUSER) : NULL;

    server->place.folder = server->data;
    if (mkdir(server->data, 0700) != 0) {
        plx_trouble("demo", "%s can't be made: %s", server->data, strerror(errno));
        return 1;
    }
    if (getuid() != 0)
        return 0;
    if (!user) {
        plx_trouble("demo",
                    "PostgreSQL does not run as root, and there is no user %s: install the package postgresql, "
                    "or run this as another user",
                    SUPERUSER);
        return 1;
    }
    server->place.uid = user->pw_uid;
    server->place.gid = user->pw_gid;
    if (chown(server->data, user->pw_uid, user->pw_gid) == 0 && chmod(folder, 0711) == 0)
        return 0;
    plx_trouble("demo", "%s can't be given to %s: %s", server->data, SUPERUSER, strerror(errno));
    return 1;
}

/* One of its programs, to its end. arguments[0] becomes the program. */
static int
run(const struct server *server, const char *program, const char **arguments)
{
    struct plx_process process;
    char path[PATH_MAX + 16], unused[1];

    snprintf(path, sizeof(path), "%s/%s", server->programs, program);
    arguments[0] = path;
    if (plx_process_start(&process, program, arguments, &server->place))
        plx_process_expect(&process, "\n", unused, sizeof(unused)); /* no line has that: until it ends */
    if (plx_process_wait(&process) == 0)
        return 0;
    plx_process_tell_failure(&process);
    if (server->place.uid)
        plx_trouble("demo", "it runs as the user %s: can that one enter TMPDIR?", SUPERUSER);
    return 1;
}

static int
start_server(const struct server *server, struct plx_process *process)
{
    char path[PATH_MAX + 16], unused[64];
    const char *const arguments[] = {path,         "-D", server->data,          "-k",
                                     server->data, "-c", "listen_addresses=",   "-c",
                                     "fsync=off",  "-c", "log_checkpoints=off", NULL};

    snprintf(path, sizeof(path), "%s/postgres", server->programs);
    if (plx_process_start(process, "postgresql", arguments, &server->place) &&
        plx_process_expect(process, "is ready to accept", unused, sizeof(unused)))
        return 0;
    return plx_process_tell_failure(process);
}

int
plx_demo_postgresql_start(struct plx_process *process, const char *folder)
{
    struct server server = {0};
    const char *init[] = {NULL,    "-D", server.data, "-U",         USER,        "-A",
                          "trust", "-E", "UTF8",      "--locale=C", "--no-sync", NULL};
    static const char *const databases[] = {"monolith", "microservice"};

    snprintf(server.data, sizeof(server.data), "%s/postgresql", folder);
    if (strlen(server.data) + sizeof(SOCKET) > sizeof(((struct sockaddr_un *)0)->sun_path)) {
        plx_trouble("demo", "%s is too long a name for a Unix socket's folder: set TMPDIR to a shorter one",
                    server.data);
        return 1;
    }
    int status = find_programs(&server);
    if (status == 0)
        status = choose_user(&server, folder);
    if (status == 0)
        status = run(&server, "initdb", init);
    if (status == 0)
        status = start_server(&server, process);
    setenv("PGHOST", server.data, 1);
    setenv("PGUSER", USER, 1);
    for (size_t i = 0; i < PLX_COUNT(databases) && status == 0; i++) {
        const char *create[] = {NULL, databases[i], NULL};
        status = run(&server, "createdb", create);
    }
    return status;
}
