/* SPDX-License-Identifier: Apache-2.0 */
/* Child processes of the demo. */
#include "cli/demo/demo_process.h"

#include "base/clock.h"
#include "cli/terminal/options.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

volatile sig_atomic_t plx_demo_interrupted;

static void
on_signal(int number)
{
    plx_demo_interrupted = number;
}

void
plx_demo_catch_signals(void)
{
    const struct sigaction action = {.sa_handler = on_signal};

    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
    signal(SIGPIPE, SIG_IGN); /* a reader that goes away must not keep the demo from cleaning up */
}

static bool
go_to(const struct plx_process_place *place)
{
    if (place->folder && chdir(place->folder) != 0)
        return false;
    return place->uid == 0 || (setgroups(0, NULL) == 0 && setgid(place->gid) == 0 && setuid(place->uid) == 0);
}

static void
run_child(int output, pid_t parent, const char *const *arguments, const struct plx_process_place *place)
{
    bool there = !place || go_to(place);

    /* Behind setuid(), which takes it back. */
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent)
        _exit(1); /* it died before that was set */
    setpgid(0, 0);
    signal(SIGPIPE, SIG_DFL); /* what is ignored would stay so */
    dup2(output, STDOUT_FILENO);
    dup2(output, STDERR_FILENO);
    if (there)
        execv(arguments[0], (char *const *)arguments);
    dprintf(STDERR_FILENO, "%s can't be run: %s\n", arguments[0], strerror(errno));
    _exit(127);
}

bool
plx_process_start(struct plx_process *process, const char *name, const char *const *arguments,
                  const struct plx_process_place *place)
{
    int pipes[2];
    pid_t parent = getpid();

    *process = (struct plx_process){.name = name, .output = -1};
    if (pipe2(pipes, O_CLOEXEC) != 0)
        return false;
    process->pid = fork();
    if (process->pid == 0)
        run_child(pipes[1], parent, arguments, place);
    close(pipes[1]);
    if (process->pid < 0) {
        process->pid = 0;
        close(pipes[0]);
        return false;
    }
    process->output = pipes[0];
    fcntl(process->output, F_SETFL, O_NONBLOCK);
    return true;
}

/* More of its output behind the tail, of which the older half goes when it is full. */
static ssize_t
take_output(struct plx_process *process)
{
    if (process->tail_len == PLX_PROCESS_TAIL_BYTES) {
        size_t half = PLX_PROCESS_TAIL_BYTES / 2;
        memmove(process->tail, process->tail + half, half);
        process->tail_len -= half;
        process->seen = process->seen > half ? process->seen - half : 0;
    }
    ssize_t count =
        read(process->output, process->tail + process->tail_len, PLX_PROCESS_TAIL_BYTES - process->tail_len);
    if (count > 0)
        process->tail_len += (size_t)count;
    process->tail[process->tail_len] = '\0';
    return count;
}

static bool
find_line(struct plx_process *process, const char *text, char *out, size_t size)
{
    char *line = process->tail + process->seen, *end;

    while ((end = strchr(line, '\n'))) {
        process->seen = (size_t)(end + 1 - process->tail);
        *end = '\0';
        const char *found = strstr(line, text);
        *end = '\n';
        if (found) {
            found += strlen(text);
            size_t len = strcspn(found, " \n");
            if (len >= size)
                return false;
            memcpy(out, found, len);
            out[len] = '\0';
            return true;
        }
        line = end + 1;
    }
    return false;
}

bool
plx_process_expect(struct plx_process *process, const char *text, char *out, size_t size)
{
    uint64_t until = plx_monotonic_ms() + PLX_PROCESS_READY_MS;
    int64_t left;

    while (!find_line(process, text, out, size)) {
        struct pollfd wait = {process->output, POLLIN, 0};
        left = (int64_t)(until - plx_monotonic_ms());
        if (left <= 0 || (poll(&wait, 1, (int)left) < 0 && errno != EINTR))
            return false;
        if (wait.revents && take_output(process) == 0)
            return false;
    }
    return true;
}

bool
plx_process_drain(struct plx_process *process)
{
    ssize_t count;

    do
        count = take_output(process);
    while (count > 0);
    return count < 0 && (errno == EAGAIN || errno == EINTR);
}

bool
plx_process_line(struct plx_process *process, char *out, size_t size)
{
    const char *line = process->tail + process->seen, *end = strchr(line, '\n');

    if (!end)
        return false;
    size_t len = (size_t)(end - line);
    process->seen += len + 1;
    len = len < size ? len : size - 1;
    memcpy(out, line, len);
    out[len] = '\0';
    return true;
}

void
plx_process_stop(struct plx_process *process)
{
    const struct timespec pause = {0, 5000000};
    uint64_t until = plx_monotonic_ms() + PLX_PROCESS_STOP_MS;

    if (process->pid > 0) {
        kill(process->pid, SIGTERM);
        while (waitpid(process->pid, NULL, WNOHANG) == 0) {
            plx_process_drain(process);
            if (plx_monotonic_ms() > until)
                kill(process->pid, SIGKILL);
            nanosleep(&pause, NULL);
        }
    }
    process->pid = 0;
    if (process->name && process->output >= 0)
        close(process->output);
    process->output = -1;
}

int
plx_process_wait(struct plx_process *process)
{
    int status = 0;

    while (process->pid > 0 && waitpid(process->pid, &status, 0) < 0 && errno == EINTR)
        ;
    process->pid = 0;
    plx_process_stop(process);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

int
plx_process_tell_failure(const struct plx_process *process)
{
    plx_trouble("demo", "%s did not start or has ended; this is the last that it said:", process->name);
    fwrite(process->tail, 1, process->tail_len, stderr);
    return 1;
}
