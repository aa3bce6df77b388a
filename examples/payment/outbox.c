/* SPDX-License-Identifier: Apache-2.0 */
/* A ring of messages under a lock, and the thread that empties it. */
#include "outbox.h"

#include "client.h"
#include "service.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define OUTBOX_MAX   10000u
#define PAUSE_MS     50u /* before the second attempt, and twice as long before each further one */
#define PAUSE_MS_MAX 1000u
#define LAST_MS      2000u

static const char *microservice;
/* What is to be posted, and for which request. */
struct message {
    char *text, *exchange; /* exchange NULL: for none that Parallax knows */
};

static struct message
    messages[OUTBOX_MAX]; /* from `first` on, `count` of them; a message stays in until it was taken */
static size_t first, count;
static bool stopping;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static pthread_t thread;

static void
forget(struct message *message)
{
    free(message->text);
    free(message->exchange);
    *message = (struct message){NULL, NULL};
}

static struct timespec
in_ms(unsigned ms)
{
    struct timespec until;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += ms / 1000;
    until.tv_nsec += (long)(ms % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    return until;
}

/* Whether the microservice has had it: taken, or refused for good, which is said. */
static bool
post(const struct message *message, unsigned *pause_ms)
{
    static struct client_answer answer; /* this thread's alone */

    client_ask(microservice, "/notification", message->text, message->exchange, &answer);
    if (answer.status == 0 || answer.status >= 500) {
        if (*pause_ms == 0)
            printf("the microservice takes no notifications (%s): they wait, and are sent again\n", answer.why);
        return false;
    }
    if (*pause_ms)
        printf("the microservice takes notifications again\n");
    if (answer.status >= 300)
        printf("the microservice has refused a notification with %ld: %s\n", answer.status, message->text);
    return true;
}

static void *
work(void *unused)
{
    unsigned pause_ms = 0;

    pthread_mutex_lock(&lock);
    while (count || !stopping) {
        if (count == 0) {
            pthread_cond_wait(&changed, &lock);
            continue;
        }
        struct message message = messages[first];
        pthread_mutex_unlock(&lock);
        bool had = post(&message, &pause_ms);
        pthread_mutex_lock(&lock);
        if (had) {
            forget(&messages[first]);
            first = (first + 1) % OUTBOX_MAX;
            count--;
            pause_ms = 0;
            pthread_cond_broadcast(&changed);
        } else if (stopping) {
            break;
        } else {
            pause_ms = pause_ms == 0 ? PAUSE_MS : pause_ms * 2 < PAUSE_MS_MAX ? pause_ms * 2 : PAUSE_MS_MAX;
            struct timespec until = in_ms(pause_ms);
            while (!stopping && pthread_cond_timedwait(&changed, &lock, &until) == 0)
                ; /* woken by a message that was added: it has to wait as well */
        }
    }
    pthread_mutex_unlock(&lock);
    return unused;
}

bool
outbox_start(const char *url)
{
    microservice = url;
    curl_global_init(CURL_GLOBAL_DEFAULT);
    if (pthread_create(&thread, NULL, work, NULL) == 0)
        return true;
    fprintf(stderr, "there is no thread for the notifications; end other programs first\n");
    return false;
}

void
outbox_add(const char *message)
{
    const char *exchange = service_exchange();
    struct message copy = {strdup(message), exchange ? strdup(exchange) : NULL};

    pthread_mutex_lock(&lock);
    if (copy.text && count < OUTBOX_MAX) {
        messages[(first + count++) % OUTBOX_MAX] = copy;
        copy = (struct message){NULL, NULL};
        pthread_cond_broadcast(&changed);
    } else {
        printf("%u notifications wait for the microservice already; this one is not sent: %s\n", OUTBOX_MAX, message);
    }
    pthread_mutex_unlock(&lock);
    forget(&copy);
}

void
outbox_wait(unsigned ms)
{
    struct timespec until = in_ms(ms);

    pthread_mutex_lock(&lock);
    while (count && pthread_cond_timedwait(&changed, &lock, &until) == 0)
        ;
    pthread_mutex_unlock(&lock);
}

void
outbox_stop(void)
{
    outbox_wait(LAST_MS);
    pthread_mutex_lock(&lock);
    stopping = true;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
    pthread_join(thread, NULL);
    if (count)
        printf("%zu notifications were not taken by the microservice\n", count);
    for (; count; count--, first = (first + 1) % OUTBOX_MAX)
        forget(&messages[first]);
    curl_global_cleanup();
}
