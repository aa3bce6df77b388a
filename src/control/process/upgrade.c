/* SPDX-License-Identifier: Apache-2.0 */
/* The new process: its arguments, its sockets, its environment, and what becomes of it. */
#include "control/process/upgrade.h"

#include "base/buffer.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define ARGUMENTS_MAX       256u
#define ARGUMENTS_BYTES_MAX (128u << 10)
#define VARIABLES_MAX       4096u
#define OWN_VARIABLES       4u

extern char **environ;

/* What the new process is started with; all of it is freed when it has been. */
struct birth {
    char arguments[ARGUMENTS_BYTES_MAX];
    char *argv[ARGUMENTS_MAX + 1];
    char own[OWN_VARIABLES][64];
    struct plx_buffer names; /* LISTEN_FDNAMES=... */
    char *environment[VARIABLES_MAX + OWN_VARIABLES + 1];
    uv_stdio_container_t stdio[PLX_INHERITED_FIRST + PLX_INHERITED_MAX + 1];
    int count; /* of stdio */
};

/* As this process was started. */
static bool
read_arguments(struct birth *birth)
{
    int fd = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
    size_t len = 0, count = 0;
    ssize_t n = 0;

    while (fd >= 0 && len < sizeof(birth->arguments) &&
           (n = read(fd, birth->arguments + len, sizeof(birth->arguments) - len)) > 0)
        len += (size_t)n;
    if (fd >= 0)
        close(fd);
    if (fd < 0 || n < 0 || len == 0 || len == sizeof(birth->arguments) || birth->arguments[len - 1])
        return false;
    for (size_t at = 0; at < len && count < ARGUMENTS_MAX; at += strlen(birth->arguments + at) + 1)
        birth->argv[count++] = birth->arguments + at;
    return count < ARGUMENTS_MAX;
}

/* Those of a socket that are its own descriptors go on, each with its name. */
static bool
add_sockets(struct birth *birth, const struct plx_sockets *sockets)
{
    plx_buffer_text(&birth->names, "LISTEN_FDNAMES=");
    for (int i = 0; i < PLX_INHERITED_FIRST; i++)
        birth->stdio[birth->count++] = (uv_stdio_container_t){.flags = UV_INHERIT_FD, .data.fd = i};
    for (size_t i = 0; i < sockets->count; i++) {
        if (sockets->list[i].twin)
            continue;
        if (birth->count == PLX_INHERITED_FIRST + (int)PLX_INHERITED_MAX)
            return false;
        plx_buffer_text(&birth->names, birth->count > PLX_INHERITED_FIRST ? ":" : "");
        plx_buffer_text(&birth->names, sockets->list[i].name);
        birth->stdio[birth->count++] =
            (uv_stdio_container_t){.flags = UV_INHERIT_FD, .data.fd = sockets->list[i].descriptor};
    }
    plx_buffer_byte(&birth->names, '\0');
    return !birth->names.failed;
}

static bool
add_environment(struct birth *birth)
{
    size_t count = 0;

    snprintf(birth->own[0], sizeof(birth->own[0]), PLX_UPGRADE_VARIABLE "=%ld", (long)getpid());
    snprintf(birth->own[1], sizeof(birth->own[1]), "LISTEN_FDS=%d", birth->count - PLX_INHERITED_FIRST);
    snprintf(birth->own[2], sizeof(birth->own[2]), PLX_READY_VARIABLE "=%d", birth->count);
    for (char **at = environ; *at; at++) {
        if (count == VARIABLES_MAX)
            return false;
        birth->environment[count++] = *at;
    }
    for (size_t i = 0; i + 1 < OWN_VARIABLES; i++)
        birth->environment[count++] = birth->own[i];
    birth->environment[count] = birth->names.ptr;
    return true;
}

/* ---- what becomes of it ---- */

static void
on_closed(uv_handle_t *handle)
{
    struct plx_upgrade *upgrade = handle->data;

    upgrade->open--;
}

static void
end(struct plx_upgrade *upgrade, bool serves)
{
    if (upgrade->state != PLX_UPGRADE_STARTING)
        return;
    upgrade->state = serves ? PLX_UPGRADE_DONE : PLX_UPGRADE_NONE;
    uv_close((uv_handle_t *)&upgrade->ready, on_closed);
    uv_close((uv_handle_t *)&upgrade->limit, on_closed);
    upgrade->ended(upgrade->owner, serves);
}

static void
on_exit_of_it(uv_process_t *process, int64_t status, int number)
{
    struct plx_upgrade *upgrade = process->data;

    uv_close((uv_handle_t *)process, on_closed);
    if (upgrade->state != PLX_UPGRADE_STARTING)
        return;
    plx_log(PLX_LOG_ERROR, "upgrade_failed", PLX_NUMBER_OF("pid", process->pid), PLX_NUMBER_OF("exit_status", status),
            PLX_NUMBER_OF("signal", number),
            PLX_TEXT("what", "the new process has ended before it served; this one goes on as it was"));
    end(upgrade, false);
}

static void
on_limit(uv_timer_t *timer)
{
    struct plx_upgrade *upgrade = timer->data;

    plx_log(PLX_LOG_ERROR, "upgrade_failed", PLX_NUMBER_OF("pid", upgrade->process.pid),
            PLX_NUMBER_OF("waited_ms", PLX_UPGRADE_MS),
            PLX_TEXT("what", "the new process did not serve in time and is ended; this one goes on as it was"));
    uv_process_kill(&upgrade->process, SIGKILL);
    end(upgrade, false);
}

static void
on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    static char byte[1];

    *buffer = uv_buf_init(byte, sizeof(byte));
}

static void
on_ready(uv_stream_t *stream, ssize_t count, const uv_buf_t *buffer)
{
    struct plx_upgrade *upgrade = stream->data;

    if (count > 0)
        end(upgrade, true);
    else if (count < 0)
        uv_read_stop(stream); /* it has ended, or will not serve in time */
}

/* ---- the beginning ---- */

static bool
init_handles(struct plx_upgrade *upgrade, uv_loop_t *loop)
{
    upgrade->loop = loop;
    memset(&upgrade->process, 0, sizeof(upgrade->process));
    upgrade->process.data = upgrade->ready.data = upgrade->limit.data = upgrade;
    if (uv_pipe_init(upgrade->loop, &upgrade->ready, 0) != 0)
        return false;
    uv_timer_init(upgrade->loop, &upgrade->limit);
    upgrade->open = 2;
    return true;
}

static int
spawn(struct plx_upgrade *upgrade, const struct plx_sockets *sockets, struct birth *birth)
{
    plx_buffer_init(&birth->names, PLX_INHERITED_MAX * (PLX_INHERITED_NAME_BYTES + 1));
    if (!read_arguments(birth) || !add_sockets(birth, sockets) || !add_environment(birth))
        return UV_E2BIG;
    birth->stdio[birth->count] =
        (uv_stdio_container_t){.flags = (uv_stdio_flags)(UV_CREATE_PIPE | UV_READABLE_PIPE | UV_WRITABLE_PIPE),
                               .data.stream = (uv_stream_t *)&upgrade->ready};
    const uv_process_options_t options = {
        .exit_cb = on_exit_of_it,
        .file = birth->argv[0],
        .args = birth->argv,
        .env = birth->environment,
        .stdio_count = birth->count + 1,
        .stdio = birth->stdio,
    };
    upgrade->open++;
    return uv_spawn(upgrade->loop, &upgrade->process, &options);
}

bool
plx_upgrade_begin(struct plx_upgrade *upgrade, uv_loop_t *loop, const struct plx_sockets *sockets)
{
    struct birth *birth = calloc(1, sizeof(*birth));

    if (!birth || upgrade->open || !init_handles(upgrade, loop)) {
        plx_log(PLX_LOG_ERROR, "upgrade_failed",
                PLX_TEXT("reason", birth ? "one is ending just now" : "out of memory"));
        free(birth);
        return false;
    }
    upgrade->state = PLX_UPGRADE_STARTING;
    int code = spawn(upgrade, sockets, birth);
    if (code == 0) {
        plx_log(PLX_LOG_INFO, "upgrading", PLX_NUMBER_OF("pid", upgrade->process.pid),
                PLX_TEXT("program", birth->argv[0]), PLX_NUMBER_OF("sockets", birth->count - PLX_INHERITED_FIRST));
        uv_timer_start(&upgrade->limit, on_limit, PLX_UPGRADE_MS, 0);
        uv_read_start((uv_stream_t *)&upgrade->ready, on_alloc, on_ready);
    } else {
        plx_log(PLX_LOG_ERROR, "upgrade_failed", PLX_TEXT("program", birth->argv[0] ? birth->argv[0] : "?"),
                PLX_TEXT("reason", uv_strerror(code)), PLX_TEXT("what", "this process goes on as it was"));
        upgrade->state = PLX_UPGRADE_NONE;
        if (upgrade->open == 3)
            uv_close((uv_handle_t *)&upgrade->process, on_closed);
        uv_close((uv_handle_t *)&upgrade->ready, on_closed);
        uv_close((uv_handle_t *)&upgrade->limit, on_closed);
    }
    plx_buffer_fini(&birth->names);
    free(birth);
    return code == 0;
}

void
plx_upgrade_cancel(struct plx_upgrade *upgrade)
{
    if (upgrade->state == PLX_UPGRADE_STARTING)
        uv_process_kill(&upgrade->process, SIGTERM);
}
