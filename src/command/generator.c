/* SPDX-License-Identifier: Apache-2.0 */
/* The demo's traffic. Each thread keeps its own time, so that a slow answer is not made up for by a burst. */
#include "command/generator.h"

#include "base/assert.h"

#include <time.h>

#define TIMEOUT_MS       5000u
#define ANSWER_BYTES_MAX (1u << 20)
#define PAUSE_MS         200 /* after a failure */

static void
sleep_ns(uint64_t ns)
{
    struct timespec pause = {(time_t)(ns / 1000000000), (long)(ns % 1000000000)};

    nanosleep(&pause, NULL);
}

static bool
ask(struct plx_generator *generator, struct plx_client *client, const struct plx_generator_request *request)
{
    struct plx_slice headers = {"", 0}, body = {"", 0};
    struct plx_client_answer answer;

    if (request->body) {
        headers = plx_slice_of("Content-Type: application/json\r\n");
        body = plx_slice_of(request->body);
    }
    return plx_client_request(client, request->method, request->target, headers, body, ANSWER_BYTES_MAX, &answer) ==
               PLX_OK &&
           answer.status < 500;
}

static void *
work(void *argument)
{
    struct plx_generator *generator = argument;
    struct plx_client *client = plx_client_new(generator->url, TIMEOUT_MS, NULL, 0);
    uint64_t pause_ns = 1000000000ull * generator->threads / generator->per_second;

    for (size_t i = 0; client && !atomic_load(&generator->stop); i++) {
        bool ok = ask(generator, client, &generator->requests[i % generator->request_count]);
        atomic_fetch_add(ok ? &generator->answered : &generator->failed, 1);
        sleep_ns(ok ? pause_ns : PAUSE_MS * 1000000ull);
    }
    plx_client_free(client);
    return NULL;
}

bool
plx_generator_start(struct plx_generator *generator)
{
    PLX_ASSERT(generator->threads > 0 && generator->threads <= PLX_GENERATOR_THREADS_MAX && generator->request_count > 0);
    atomic_init(&generator->answered, 0);
    atomic_init(&generator->failed, 0);
    atomic_init(&generator->stop, false);
    for (generator->started = 0; generator->started < generator->threads; generator->started++)
        if (pthread_create(&generator->ids[generator->started], NULL, work, generator) != 0) {
            plx_generator_stop(generator);
            return false;
        }
    return true;
}

void
plx_generator_stop(struct plx_generator *generator)
{
    atomic_store(&generator->stop, true);
    while (generator->started > 0)
        pthread_join(generator->ids[--generator->started], NULL);
}
