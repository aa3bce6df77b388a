/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Processes: forked on the caller's thread, tended by the keeper.
 *
 *   child:  own process group · signals as by default · limits · no descriptors ─> behaviour ─> one frame ─> _exit
 *   keeper: reads the frame ─> kills the group ─> waits for the child ─> what the frame says (frame.c), or a crash
 */
#include "experiment/child.h"

#include "base/ascii.h"
#include "experiment/behaviour_result.h"
#include "experiment/frame.h"
#include "experiment/trial.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define PIPE_IN_CHILD  3
#define READ_SIZE      (64u << 10)
#define CPU_SPARE_S    2u
#define STATM_LINE_MAX 64

/* ---- in the child ---- */

static void
forget_signals(void)
{
    struct sigaction by_default = {.sa_handler = SIG_DFL};
    sigset_t none;

    for (int signal = 1; signal < NSIG; signal++)
        sigaction(signal, &by_default, NULL); /* refused for some, which is as well */
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Bytes of address space that the process has now; 0: unknown. */
static uint64_t
memory_now(void)
{
    char line[STATM_LINE_MAX];
    uint64_t pages = 0;
    int file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    ssize_t got;

    if (file < 0)
        return 0;
    got = read(file, line, sizeof(line));
    close(file);
    for (ssize_t i = 0; i < got && plx_ascii_is_digit(line[i]); i++)
        pages = pages * 10 + (uint64_t)(line[i] - '0');
    return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static void
limit(int resource, uint64_t value)
{
    struct rlimit wanted = {.rlim_cur = value, .rlim_max = value}, had;

    if (getrlimit(resource, &had) == 0 && had.rlim_max != RLIM_INFINITY && had.rlim_max < value)
        wanted.rlim_cur = wanted.rlim_max = had.rlim_max;
    setrlimit(resource, &wanted);
}

static void
limit_resources(const struct plx_place_limits *limits)
{
    uint32_t seconds = limits->deadline_ms / 1000 + CPU_SPARE_S;
    uint64_t memory = memory_now();

    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_CPU, seconds);
    if (memory > 0)
        limit(RLIMIT_AS, memory + limits->memory_bytes);
    alarm(seconds); /* should the caller be gone by then, and nobody left to end this process */
}

/* What the caller has open stays the caller's: /dev/null on 0, 1 and 2, the pipe on 3, and no more. */
static int
close_descriptors(int pipe)
{
    int null;

    if (pipe != PIPE_IN_CHILD && dup2(pipe, PIPE_IN_CHILD) < 0)
        _exit(1);
#ifdef SYS_close_range
    if (syscall(SYS_close_range, PIPE_IN_CHILD + 1, ~0u, 0) != 0)
#endif
        for (long i = PIPE_IN_CHILD + 1, end = sysconf(_SC_OPEN_MAX); i < end; i++)
            close((int)i);
    null = open("/dev/null", O_RDWR);
    for (int i = 0; i < PIPE_IN_CHILD; i++)
        if (null >= 0)
            dup2(null, i);
        else
            close(i);
    if (null > PIPE_IN_CHILD)
        close(null);
    return PIPE_IN_CHILD;
}

static _Noreturn void
be_child(struct plx_trial *trial, unsigned slot, int pipe)
{
    const struct plx_experiment *e = trial->experiment;
    struct plx_result result;
    struct plx_instant from, to;

    setpgid(0, 0);
    forget_signals();
    limit_resources(&e->limits);
    if (!e->limits.keep_descriptors)
        pipe = close_descriptors(pipe);
    plx_result_init(&result, e);
    /* Another thread may have held a lock of the embedder's allocator when this process was made; malloc looks after
     * its own. */
    result.allocator = NULL;
    from = plx_instant_now(e);
    trial->behaviours[slot]->run(trial->inputs[slot], &result);
    to = plx_instant_now(e);
    _exit(plx_frame_send(pipe, &result, &from, &to, e->limits.result_bytes) ? 0 : 1);
}

/* ---- the caller ---- */

static int
open_process(pid_t pid)
{
#ifdef SYS_pidfd_open
    return (int)syscall(SYS_pidfd_open, pid, 0);
#else
    (void)pid;
    return -1;
#endif
}

enum plx_status
plx_child_start(struct plx_child *child, struct plx_trial *trial, unsigned slot)
{
    const struct plx_experiment *e = trial->experiment;
    sigset_t all, before;
    int ends[2];
    pid_t pid;

    if (pipe2(ends, O_CLOEXEC) != 0)
        return PLX_E_LIMIT;
    /* None of the caller's handlers may run in the child before it has forgotten them. */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pid = fork();
    if (pid == 0)
        be_child(trial, slot, ends[1]);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        return PLX_E_LIMIT;
    }
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    child->pid = pid;
    child->process = open_process(pid);
    child->pipe = ends[0];
    plx_buffer_init_in(&child->bytes, PLX_FRAME_HEAD_BYTES + e->limits.result_bytes, e->allocator);
    return PLX_OK;
}

/* ---- the keeper ---- */

bool
plx_child_read(struct plx_child *child, bool ended)
{
    for (;;) {
        size_t end = plx_frame_wanted(&child->bytes), room = end - child->bytes.len;
        ssize_t got;
        if (end > child->bytes.max || room == 0)
            return true;
        room = room < READ_SIZE ? room : READ_SIZE;
        if (!plx_buffer_reserve(&child->bytes, room))
            return true;
        got = read(child->pipe, child->bytes.ptr + child->bytes.len, room);
        if (got > 0)
            child->bytes.len += (size_t)got;
        else if (got == 0)
            return true;
        else if (errno != EINTR)
            return ended || (errno != EAGAIN && errno != EWOULDBLOCK);
    }
}

/* Its whole group, while its number is certain to be still its own. Returns how it has ended; -1: somebody else reaped
 * it. */
static int
end_process(struct plx_child *child)
{
    int status = -1;
    pid_t reaped;

#ifdef SYS_pidfd_send_signal
    if (child->process < 0 || syscall(SYS_pidfd_send_signal, child->process, 0, NULL, 0) == 0)
#endif
    {
        kill(-child->pid, SIGKILL);
        kill(child->pid, SIGKILL); /* should it not have come to be its group's leader */
    }
    do
        reaped = waitpid(child->pid, &status, 0);
    while (reaped < 0 && errno == EINTR);
    if (child->process >= 0)
        close(child->process);
    close(child->pipe);
    return reaped == child->pid ? status : -1;
}

static int
crash_detail(int status)
{
    if (status < 0)
        return 0;
    return WIFSIGNALED(status) ? WTERMSIG(status) : 256 + WEXITSTATUS(status);
}

void
plx_child_finish(struct plx_child *child, struct plx_trial *trial, unsigned slot, bool late)
{
    int status = end_process(child);
    enum plx_reason reason = PLX_REASON_TIMEOUT;

    if (!late)
        reason = plx_frame_take(&child->bytes, trial, slot);
    if (reason != PLX_REASON_NONE)
        plx_trial_lose(trial, slot, reason, reason == PLX_REASON_CRASH ? crash_detail(status) : 0);
    plx_buffer_fini(&child->bytes);
}
