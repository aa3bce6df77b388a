/* SPDX-License-Identifier: Apache-2.0 */
/* Threads of our own, and the signals that they leave to the host. */
#ifndef PLX_BASE_THREAD_H
#define PLX_BASE_THREAD_H

#include <pthread.h>
#include <stdbool.h>

/*
 * Starts a thread that takes no signal but those that a thread causes itself (SIGSEGV, SIGABRT and the like): were
 * these blocked, the system would end the process without a word to its crash handler. false: there is none to be had.
 */
bool plx_thread_start(pthread_t *thread, void *(*run)(void *argument), void *argument);

#endif
