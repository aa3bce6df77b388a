/* SPDX-License-Identifier: Apache-2.0 */
/* Starting and ending what the demo is about. What is wrong is told here, where it is known. */
#include "cli/demo/demo_system.h"

#include "cli/terminal/options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* 0, or the exit status; likewise below. */
static int
start_payment(struct plx_demo_system *system, int which, const char *version)
{
    static const char *const names[] = {"the old service", "the new service", "the second old service"};
    struct plx_process *process = &system->processes[which];
    char path[PATH_MAX + 64];
    const char *const arguments[] = {path, "--port", "0", NULL};

    snprintf(path, sizeof(path), "%s/payment-%s", system->paths.services, version);
    if (plx_process_start(process, names[which], arguments, NULL) &&
        plx_process_expect(process, "listening on ", system->urls[which], sizeof(system->urls[which])))
        return 0;
    return plx_process_tell_failure(process);
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
    const char *const arguments[] = {system->paths.program, "run", "-c", path, "--store", store, NULL};

    snprintf(path, sizeof(path), "%s/parallax.yaml", system->folder);
    snprintf(store, sizeof(store), "sqlite:%s/demo.db", system->folder);
    if (write_configuration(system, path) != 0)
        return 1;
    if (!plx_process_start(proxy, "parallax run", arguments, NULL) ||
        !plx_process_expect(proxy, "event=listening address=", listen, sizeof(listen)) ||
        !plx_process_expect(proxy, "event=admin address=", admin, sizeof(admin)) ||
        !plx_process_expect(proxy, "event=ready", rest, sizeof(rest)))
        return plx_process_tell_failure(proxy);
    snprintf(system->proxy_url, sizeof(system->proxy_url), "http://%s", listen);
    snprintf(system->admin_url, sizeof(system->admin_url), "http://%s", admin);
    return 0;
}

int
plx_demo_system_start(struct plx_demo_system *system)
{
    if (!plx_demo_paths_find(&system->paths) || plx_demo_folder_make(system->folder, sizeof(system->folder)) != 0 ||
        start_payment(system, PLX_DEMO_PRIMARY, "v1") != 0 || start_payment(system, PLX_DEMO_CANDIDATE, "new") != 0 ||
        start_payment(system, PLX_DEMO_SECONDARY, "v1") != 0)
        return 1;
    return start_proxy(system);
}

int
plx_demo_system_tend(struct plx_demo_system *system)
{
    for (int i = 0; i < PLX_DEMO_PROCESSES; i++)
        if (!plx_process_drain(&system->processes[i]))
            return plx_process_tell_failure(&system->processes[i]);
    return 0;
}

void
plx_demo_system_stop(struct plx_demo_system *system)
{
    /* The proxy first: it would count the others' end as failures. */
    for (int i = PLX_DEMO_PROCESSES - 1; i >= 0; i--)
        plx_process_stop(&system->processes[i]);
    plx_demo_folder_remove(system->folder);
}
