/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What fork() leaves in the child: memory as it was, without the threads that looked after it. A child is known by its
 * generation, which costs a load to look at; what belongs to the generation before is made anew by whoever meets it
 * first, and only that: a lock of it may be held by a thread that is not there.
 */
#ifndef PLX_EXPERIMENT_FORKED_H
#define PLX_EXPERIMENT_FORKED_H

#include <stdatomic.h>
#include <stdbool.h>

/* From here on forks are counted. Called by everything that is to know of them, before it makes its threads. */
void plx_forks_watch(void);
/* How many forks lie between this process and the one that watched first. */
unsigned plx_forks(void);

/*
 * Whether *generation is of a process before this one: true for one caller alone, who makes everything anew and then
 * says so by plx_forks_settle(); the others wait for that.
 */
bool plx_forks_claim(atomic_uint *generation);
void plx_forks_settle(atomic_uint *generation);

#endif
