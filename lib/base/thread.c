/* SPDX-License-Identifier: Apache-2.0 */
/* Starting threads. */
#include "base/thread.h"

#include "base/assert.h"

#include <signal.h>

bool
plx_thread_start(pthread_t *thread, void *(*run)(void *argument), void *argument)
{
    static const int own[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS};
    sigset_t others, before;

    sigfillset(&others);
    for (size_t i = 0; i < PLX_COUNT(own); i++)
        sigdelset(&others, own[i]);
    /* Blocked before the thread is there, since it might take one as its first deed. */
    pthread_sigmask(SIG_SETMASK, &others, &before);
    int failed = pthread_create(thread, NULL, run, argument);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return failed == 0;
}
