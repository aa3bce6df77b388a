/* SPDX-License-Identifier: Apache-2.0 */
/* Starting and ending what the demo is about. What is wrong is told here, where it is known. */
#include "command/demo_system.h"

#include "base/assert.h"
#include "command/options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool
plx_demo_find_services(char *program, size_t program_size, char *services, size_t services_size)
{
    static const char *const places[] = {"examples/payment", "../libexec/parallax"};
    char path[PATH_MAX + 64];
    ssize_t len = readlink("/proc/self/exe", program, program_size - 1);

    program[len > 0 ? len : 0] = '\0';
    const char *end = strrchr(program, '/');
    for (size_t i = 0; end && i < PLX_COUNT(places); i++) {
        snprintf(services, services_size, "%.*s/%s", (int)(end - program), program, places[i]);
        snprintf(path, sizeof(path), "%s/payment-v1", services);
        if (access(path, X_OK) == 0)
            return true;
    }
    plx_trouble("demo", "the payment services are not beside this program; `./dev build` makes them, `./dev install` "
                        "installs them");
    return false;
}

static int
tell_failure(const struct plx_process *process)
{
    plx_trouble("demo", "%s did not start or has ended; this is the last that it said:", process->name);
    fwrite(process->tail, 1, process->tail_len, stderr);
    return 1;
}

/* 0, or the exit status; likewise below. */
static int
start_payment(struct plx_demo_system *system, int which, const char *version)
{
    static const char *const names[] = {"the old service", "the new service", "the second old service"};
    struct plx_process *process = &system->processes[which];
    char path[PATH_MAX + 64];
    const char *const arguments[] = {path, "--port", "0", NULL};

    snprintf(path, sizeof(path), "%s/payment-%s", system->payment, version);
    if (plx_process_start(process, names[which], arguments) &&
        plx_process_expect(process, "listening on ", system->urls[which], sizeof(system->urls[which])))
        return 0;
    return tell_failure(process);
}

static int
make_folder(struct plx_demo_system *system)
{
    const char *parent = getenv("TMPDIR");

    if (!parent || !*parent)
        parent = "/tmp";
    int len = snprintf(system->folder, sizeof(system->folder), "%s/parallax-demo-XXXXXX", parent);
    if (len < (int)sizeof(system->folder) && mkdtemp(system->folder))
        return 0;
    system->folder[0] = '\0';
    plx_trouble("demo", "no temporary folder can be made in %s: %s; set TMPDIR to one where it can", parent,
                len < (int)sizeof(system->folder) ? strerror(errno) : "its name is too long");
    return 1;
}

/* Without the store: where that is, is said by a flag, which needs no quoting. */
static int
write_configuration(const struct plx_demo_system *system, const char *path)
{
    FILE *file = fopen(path, "we");
    bool ok = file != NULL;

    if (ok) {
        ok = fprintf(file,
                     "listen: 127.0.0.1:0\n"
                     "admin: 127.0.0.1:0\n"
                     "services:\n"
                     "  - name: payment\n"
                     "    primary: %s\n"
                     "    candidate: %s\n"
                     "    secondary: %s\n"
                     "    routes:\n"
                     "      - match: PUT /invoicing/{id}   # an unsafe method is copied only where a route says so\n"
                     "        copy: always\n"
                     "      - match: GET /inventory        # the version is meant to differ\n"
                     "        compare: {ignore: [/version]}\n"
                     "      - match: GET /status           # a header may be compared too\n"
                     "        compare: {headers: [X-Request-Id]}\n",
                     system->urls[PLX_DEMO_PRIMARY], system->urls[PLX_DEMO_CANDIDATE],
                     system->urls[PLX_DEMO_SECONDARY]) > 0;
        ok = fclose(file) == 0 && ok;
    }
    if (ok)
        return 0;
    plx_trouble("demo", "%s can't be written: %s; make room, or set TMPDIR to another folder", path, strerror(errno));
    return 1;
}

static int
start_proxy(struct plx_demo_system *system)
{
    struct plx_process *proxy = &system->processes[PLX_DEMO_PROXY];
    char path[PATH_MAX + 32], store[PATH_MAX + 32], listen[96], admin[96], rest[96];
    const char *const arguments[] = {system->program, "run", "-c", path, "--store", store, NULL};

    snprintf(path, sizeof(path), "%s/parallax.yaml", system->folder);
    snprintf(store, sizeof(store), "sqlite:%s/demo.db", system->folder);
    if (write_configuration(system, path) != 0)
        return 1;
    if (!plx_process_start(proxy, "parallax run", arguments) ||
        !plx_process_expect(proxy, "event=admin address=", admin, sizeof(admin)) ||
        !plx_process_expect(proxy, "event=listening address=", listen, sizeof(listen)) ||
        !plx_process_expect(proxy, "event=ready", rest, sizeof(rest)))
        return tell_failure(proxy);
    snprintf(system->proxy_url, sizeof(system->proxy_url), "http://%s", listen);
    snprintf(system->admin_url, sizeof(system->admin_url), "http://%s", admin);
    return 0;
}

int
plx_demo_system_start(struct plx_demo_system *system)
{
    if (!plx_demo_find_services(system->program, sizeof(system->program), system->payment, sizeof(system->payment)))
        return 1;
    if (make_folder(system) != 0 || start_payment(system, PLX_DEMO_PRIMARY, "v1") != 0 ||
        start_payment(system, PLX_DEMO_CANDIDATE, "new") != 0 || start_payment(system, PLX_DEMO_SECONDARY, "v1") != 0)
        return 1;
    return start_proxy(system);
}

int
plx_demo_system_tend(struct plx_demo_system *system)
{
    for (int i = 0; i < PLX_DEMO_PROCESSES; i++)
        if (!plx_process_drain(&system->processes[i]))
            return tell_failure(&system->processes[i]);
    return 0;
}

static void
remove_folder(const struct plx_demo_system *system)
{
    static const char *const files[] = {"parallax.yaml", "demo.db", "demo.db-wal", "demo.db-shm", "demo.db-journal"};
    char path[PATH_MAX + 32];

    if (!*system->folder)
        return;
    for (size_t i = 0; i < PLX_COUNT(files); i++) {
        snprintf(path, sizeof(path), "%s/%s", system->folder, files[i]);
        unlink(path);
    }
    if (rmdir(system->folder) != 0)
        plx_trouble("demo", "%s can't be removed: %s; remove it by hand", system->folder, strerror(errno));
}

void
plx_demo_system_stop(struct plx_demo_system *system)
{
    /* The proxy first: it would count the others' end as failures. */
    for (int i = PLX_DEMO_PROCESSES - 1; i >= 0; i--)
        plx_process_stop(&system->processes[i]);
    remove_folder(system);
}
