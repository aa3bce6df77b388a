/* SPDX-License-Identifier: Apache-2.0 */
/* The demo's child processes: started with their output on a pipe, waited for until they say that they are ready, ended
 * in every case. */
#ifndef PLX_DEMO_DEMO_PROCESS_H
#define PLX_DEMO_DEMO_PROCESS_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define PLX_PROCESS_TAIL_BYTES 4096u /* of its last output, to show when it fails */
#define PLX_PROCESS_READY_MS   10000
#define PLX_PROCESS_STOP_MS    5000 /* between SIGTERM and SIGKILL */

struct plx_process {
    const char *name;
    pid_t pid;  /* 0: not started, or ended */
    int output; /* of standard output and error; -1 */
    char tail[PLX_PROCESS_TAIL_BYTES + 1];
    size_t tail_len, seen; /* seen: where plx_process_expect() goes on */
};

/* How a child differs from this process. */
struct plx_process_place {
    const char *folder; /* NULL: this process's */
    uid_t uid;          /* 0: as this process */
    gid_t gid;
};

/* Ctrl-C and its like only set this: the demo ends in its own time, and cleans up. */
extern volatile sig_atomic_t plx_demo_interrupted;
void plx_demo_catch_signals(void);
void plx_demo_pause(unsigned ms); /* a signal ends it early */

/* arguments as for execv(); place NULL: as this process. The child dies with this thread and is not reached by its
 * terminal's Ctrl-C. */
bool plx_process_start(struct plx_process *process, const char *name, const char *const *arguments,
                       const struct plx_process_place *place);
/*
 * Waits for a line with the text in it; what follows the text up to white space goes into out. false: it ended, or said
 * nothing in time.
 */
bool plx_process_expect(struct plx_process *process, const char *text, char *out, size_t size);
/* Takes what it has written, so that it never waits for a reader. false: it has ended. */
bool plx_process_drain(struct plx_process *process);
/* The next whole line that it has written, without its end, cut to fit; false: none yet. Behind plx_process_drain(). */
bool plx_process_line(struct plx_process *process, char *out, size_t size);
void plx_process_stop(struct plx_process *process); /* idempotent */
/* Of one that ends by itself: its exit status, 1 where a signal ended it. */
int plx_process_wait(struct plx_process *process);
/* Says that it has not started, or has ended, and the last that it said. 1. */
int plx_process_tell_failure(const struct plx_process *process);

#endif
