/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Processes: forked on the caller's thread, tended by the keeper.
 *
 *   child:  own process group · signals as by default · limits · no descriptors ─> behaviour ─> one frame ─> _exit
 *   keeper: reads the frame ─> kills the group ─> waits for the child ─> what the frame says, or a crash
 *
 * The frame is read as a stranger's: the candidate may have written over the memory that it was made from. A frame that
 * is not whole is a crash.
 */
#include "experiment/child.h"

#include "base/alloc.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define FRAME_MAGIC    0x504c5846u
#define PIPE_IN_CHILD  3
#define READ_SIZE      (64u << 10)
#define CPU_SPARE_S    2u
#define STATM_LINE_MAX 64

enum frame_flag {
    FRAME_VALUE,
    FRAME_TOO_LARGE,
    FRAME_UNSUPPORTED,
    FRAME_MEMORY,
    FRAME_FLAGS,
};

struct frame {
    uint32_t magic, flag;
    uint32_t kind;
    int32_t error;
    uint64_t wall_ns, cpu_ns;
    uint64_t length; /* of the bytes that follow: text, bytes, JSON, a packed object */
    int64_t integer; /* booleans too */
    double number;
    char error_text[PLX_ERROR_TEXT_MAX];
};

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
    for (ssize_t i = 0; i < got && line[i] >= '0' && line[i] <= '9'; i++)
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

static void
send_bytes(int pipe, const void *bytes, size_t len)
{
    const char *at = bytes;

    while (len > 0) {
        ssize_t sent = write(pipe, at, len);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0)
            _exit(1);
        at += sent;
        len -= (size_t)sent;
    }
}

/* The bytes of a packed object, or the flag that says why there are none. */
static void *
pack(const struct plx_result *result, uint32_t bytes_max, struct frame *frame)
{
    const struct plx_object_type *type = result->type;
    size_t len = type && type->pack ? type->pack(result->object, NULL, 0) : 0;
    void *bytes;

    frame->flag = len == 0 || !type->unpack ? FRAME_UNSUPPORTED : len > bytes_max ? FRAME_TOO_LARGE : FRAME_VALUE;
    if (frame->flag != FRAME_VALUE)
        return NULL;
    bytes = plx_alloc(result->allocator, len);
    if (!bytes || type->pack(result->object, bytes, len) != len) {
        frame->flag = FRAME_MEMORY;
        return NULL;
    }
    frame->length = len;
    return bytes;
}

static void
send_result(int pipe, const struct plx_result *result, uint32_t bytes_max, struct frame *frame)
{
    const void *bytes = NULL;

    frame->kind = result->kind;
    frame->error = result->error;
    memcpy(frame->error_text, result->error_text, strlen(result->error_text) + 1);
    if (plx_result_has_bytes(result)) {
        bytes = result->bytes.ptr;
        frame->length = result->bytes.len;
        if (result->bytes.len > bytes_max)
            frame->flag = FRAME_TOO_LARGE;
    } else if (result->kind == PLX_RESULT_OBJECT) {
        bytes = pack(result, bytes_max, frame);
    } else if (result->kind == PLX_RESULT_BOOL) {
        frame->integer = result->boolean;
    } else if (result->kind == PLX_RESULT_DOUBLE) {
        frame->number = result->number;
    } else if (result->kind == PLX_RESULT_INT) {
        frame->integer = result->integer;
    }
    if (frame->flag != FRAME_VALUE)
        frame->length = 0;
    send_bytes(pipe, frame, sizeof(*frame));
    send_bytes(pipe, bytes, (size_t)frame->length);
}

static _Noreturn void
be_child(struct plx_trial *trial, unsigned slot, int pipe)
{
    const struct plx_experiment *e = trial->experiment;
    struct frame frame;
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
    memset(&frame, 0, sizeof(frame));
    frame.magic = FRAME_MAGIC;
    frame.wall_ns = to.wall_ns - from.wall_ns;
    frame.cpu_ns = to.cpu_ns - from.cpu_ns;
    send_result(pipe, &result, e->limits.result_bytes, &frame);
    _exit(0);
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
    plx_buffer_init_in(&child->bytes, sizeof(struct frame) + e->limits.result_bytes, e->allocator);
    return PLX_OK;
}

/* ---- the keeper ---- */

/* How many bytes there will be, once enough is there to tell; more than the buffer takes where it lies. */
static size_t
wanted(const struct plx_child *child)
{
    struct frame frame;

    if (child->bytes.len < sizeof(frame))
        return sizeof(frame);
    memcpy(&frame, child->bytes.ptr, sizeof(frame));
    if (frame.length > child->bytes.max - sizeof(frame))
        return child->bytes.max + 1;
    return sizeof(frame) + (size_t)frame.length;
}

bool
plx_child_read(struct plx_child *child, bool ended)
{
    for (;;) {
        size_t end = wanted(child), room = end - child->bytes.len;
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

static bool
is_whole(const struct plx_child *child, struct frame *frame)
{
    if (child->bytes.len < sizeof(*frame) || child->bytes.len != wanted(child))
        return false;
    memcpy(frame, child->bytes.ptr, sizeof(*frame));
    frame->error_text[PLX_ERROR_TEXT_MAX - 1] = '\0';
    return frame->magic == FRAME_MAGIC && frame->flag < FRAME_FLAGS && frame->kind <= PLX_RESULT_OBJECT &&
           (!frame->error || frame->kind == PLX_RESULT_NONE);
}

/* PLX_REASON_NONE: the slot has its result. */
static enum plx_reason
take_result(const struct plx_child *child, const struct frame *frame, struct plx_result *result)
{
    static const enum plx_reason reasons[FRAME_FLAGS] = {
        [FRAME_TOO_LARGE] = PLX_REASON_TOO_LARGE,
        [FRAME_UNSUPPORTED] = PLX_REASON_UNSUPPORTED,
        [FRAME_MEMORY] = PLX_REASON_MEMORY,
    };
    const char *bytes = child->bytes.ptr + sizeof(*frame);
    size_t len = (size_t)frame->length;

    if (frame->flag != FRAME_VALUE)
        return reasons[frame->flag];
    switch ((enum plx_result_kind)frame->kind) {
    case PLX_RESULT_NONE:
        if (frame->error)
            plx_result_error(result, frame->error, "%s", frame->error_text);
        break;
    case PLX_RESULT_BOOL:
        plx_result_bool(result, frame->integer != 0);
        break;
    case PLX_RESULT_INT:
        plx_result_int(result, frame->integer);
        break;
    case PLX_RESULT_DOUBLE:
        plx_result_double(result, frame->number);
        break;
    case PLX_RESULT_TEXT:
    case PLX_RESULT_BYTES:
    case PLX_RESULT_JSON:
        plx_result_bytes(result, bytes, len, PLX_COPY);
        if (result->error)
            return PLX_REASON_MEMORY;
        result->kind = (enum plx_result_kind)frame->kind;
        break;
    case PLX_RESULT_OBJECT:
        if (!result->type || !result->type->unpack)
            return PLX_REASON_CRASH; /* not what a candidate can have sent */
        plx_result_object(result, result->type->unpack(bytes, len));
        return result->object ? PLX_REASON_NONE : PLX_REASON_MEMORY;
    }
    return PLX_REASON_NONE;
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
    struct frame frame;

    if (!late && is_whole(child, &frame)) {
        plx_trial_note(trial, slot, &(struct plx_instant){0, 0}, &(struct plx_instant){frame.wall_ns, frame.cpu_ns});
        reason = take_result(child, &frame, &trial->results[slot]);
    } else if (!late) {
        reason = child->bytes.failed ? PLX_REASON_MEMORY : PLX_REASON_CRASH;
    }
    if (reason != PLX_REASON_NONE)
        plx_trial_lose(trial, slot, reason, reason == PLX_REASON_CRASH ? crash_detail(status) : 0);
    plx_buffer_fini(&child->bytes);
}
