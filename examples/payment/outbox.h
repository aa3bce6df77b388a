/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages on their way to the notification microservice. A thread of its own posts one after another, in order, and
 * tries again until each is taken; whoever adds one never waits. What was sent and not confirmed in time is sent again,
 * so in a bad moment the microservice may get a message twice, but none is lost while this process lives.
 */
#ifndef OUTBOX_H
#define OUTBOX_H

#include <stdbool.h>

/* url: the microservice's. false after saying what is wrong. */
bool outbox_start(const char *url);
/* With OUTBOX_MAX of them waiting it is not taken, which is said. */
void outbox_add(const char *message);
/* Until all that was added has been taken, at most so long. */
void outbox_wait(unsigned ms);
/* Gives what is left a moment, and says what was not taken. */
void outbox_stop(void);

#endif
