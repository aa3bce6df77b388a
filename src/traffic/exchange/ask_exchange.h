/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A request that somebody asks of all roles at once, to be told what they answer: `parallax ask`. No client waits for
 * it, nothing of it is counted, and what it came to goes back to who asked.
 */
#ifndef PLX_EXCHANGE_ASK_EXCHANGE_H
#define PLX_EXCHANGE_ASK_EXCHANGE_H

#include "evidence/record/record.h"
#include "traffic/exchange/exchange_context.h"

#define PLX_ASK_MS           4000u                /* an answer's time, where `timeout.copy` is not shorter */
#define PLX_ASK_ANSWER_BYTES ((uint64_t)64 << 20) /* more of one answer is not read */

/* Made by who asks, who may free it once it is done; meanwhile it is the worker's. */
struct plx_ask {
    struct plx_ask *next; /* of those on their way to the worker */
    char service[PLX_SERVICE_NAME_MAX + 1];
    struct plx_slice head; /* as HTTP/1.1 has it; a body has a Content-Length in it */
    struct plx_slice body;

    struct plx_timeouts timeouts; /* the worker's */
    /* what it came to, when it is done */
    const char *refused;       /* it was not asked, and why: static text; else NULL, and: */
    struct plx_record *record; /* owned; NULL: there was no memory for it */
    enum plx_verdict verdict;
    unsigned incomparable; /* PLX_INCOMPARABLE: an enum plx_incomparable */
    atomic_bool done;
    void (*told)(void *owner); /* called when it is done, on the worker's thread */
    void *owner;
};

/* Asks, now; done comes later or within this. */
void plx_ask_begin(struct plx_context *context, struct plx_ask *ask);

#endif
