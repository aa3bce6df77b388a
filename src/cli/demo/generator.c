/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The demo's traffic. Each thread has its own timetable, so that the rate does not sink with each answer's time; one
 * that is more than a second late begins a new one, so that a slow answer is not made up for by a burst.
 */
#include "cli/demo/generator.h"

#include "base/assert.h"
#include "base/clock.h"

#include <time.h>

#define TIMEOUT_MS       5000u
#define ANSWER_BYTES_MAX (1u << 20)
#define PAUSE_NS         200000000ull /* after a failure */
#define LATE_NS_MAX      1000000000ull

static void
sleep_until(uint64_t ns)
{
    const struct timespec until = {(time_t)(ns / 1000000000), (long)(ns % 1000000000)};

    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
}

/* The class of the answer's status; 0: there was none. */
static unsigned
ask(struct plx_client *client, const struct plx_generator_request *request)
{
    struct plx_slice headers = {"", 0}, body = {"", 0};
    struct plx_client_answer answer;

    if (request->body) {
        headers = plx_slice_of("Content-Type: application/json\r\n");
        body = plx_slice_of(request->body);
    }
    if (plx_client_request(client, request->method, request->target, headers, body, ANSWER_BYTES_MAX, &answer) !=
        PLX_OK)
        return 0;
    return answer.status >= 100 && answer.status < 600 ? (unsigned)answer.status / 100 : 0;
}

static void
count(struct plx_generator *generator, unsigned class, uint64_t duration_ns)
{
    pthread_mutex_lock(&generator->lock);
    generator->counts.asked++;
    generator->counts.classes[class]++;
    if (class)
        plx_histogram_add(&generator->counts.latency, duration_ns);
    pthread_mutex_unlock(&generator->lock);
}

static void *
work(void *argument)
{
    struct plx_generator *generator = argument;
    struct plx_client *client = plx_client_new(generator->url, TIMEOUT_MS, NULL, 0);
    uint64_t interval_ns = 1000000000ull * generator->threads / generator->per_second, due = plx_monotonic_ns();

    while (client && !atomic_load(&generator->stop)) {
        size_t turn = atomic_fetch_add(&generator->turn, 1) % generator->request_count;
        uint64_t began = plx_monotonic_ns();
        unsigned class = ask(client, &generator->requests[turn]);
        uint64_t ended = plx_monotonic_ns();

        count(generator, class, ended - began);
        due += interval_ns;
        if (class == 0)
            due = ended + PAUSE_NS;
        else if (due + LATE_NS_MAX < ended)
            due = ended;
        sleep_until(due);
    }
    plx_client_free(client);
    return NULL;
}

bool
plx_generator_start(struct plx_generator *generator)
{
    PLX_ASSERT(generator->threads > 0 && generator->threads <= PLX_GENERATOR_THREADS_MAX);
    PLX_ASSERT(generator->request_count > 0 && generator->per_second > 0);
    atomic_init(&generator->turn, 0);
    atomic_init(&generator->stop, false);
    pthread_mutex_init(&generator->lock, NULL);
    generator->counts = (struct plx_generator_counts){0};
    for (generator->started = 0; generator->started < generator->threads; generator->started++)
        if (pthread_create(&generator->ids[generator->started], NULL, work, generator) != 0) {
            plx_generator_stop(generator);
            return false;
        }
    return true;
}

void
plx_generator_read(struct plx_generator *generator, struct plx_generator_counts *counts)
{
    pthread_mutex_lock(&generator->lock);
    *counts = generator->counts;
    pthread_mutex_unlock(&generator->lock);
}

void
plx_generator_stop(struct plx_generator *generator)
{
    atomic_store(&generator->stop, true);
    while (generator->started > 0)
        pthread_join(generator->ids[--generator->started], NULL);
}
