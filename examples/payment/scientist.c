/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The monolith's second version with an experiment in it: the notification that was just made is read back from the
 * monolith's own database (the control) and from the notification microservice (the candidate), and what the two say is
 * compared. The caller gets the monolith's answer, whatever the microservice does.
 */
#include "client.h"
#include "payment.h"
#include "store.h"

#include <curl/curl.h>
#include <microhttpd.h>
#include <parallax/experiment.h>
#include <stdlib.h>

static const char *store_url = "sqlite::memory:", *microservice, *asynchronous, *report;
static struct store *store;
static struct plx_experiment *experiment;
static struct plx_publisher *publisher; /* NULL: nobody wants a report */

/* ---- the experiment ---- */

/* Both read the notification whose id is their input. */
static void
from_monolith(void *input, struct plx_result *result)
{
    const long long *id = input;
    char *message = store_get(store, *id), *record = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&record, &len);

    if (out) {
        fprintf(out, "{\"id\":%lld,\"message\":", *id);
        payment_write_string(out, message);
        fputs("}", out);
        fclose(out);
    }
    if (message && record)
        plx_result_json(result, record, PLX_COPY);
    else
        plx_result_error(result, 1, "there is no notification %lld", *id);
    free(record);
    free(message);
}

static void
from_microservice(void *input, struct plx_result *result)
{
    const long long *id = input;
    struct client_answer answer;
    char path[64];

    snprintf(path, sizeof(path), "/notification/%lld", *id);
    client_ask(microservice, path, NULL, NULL, &answer);
    if (answer.status == MHD_HTTP_OK)
        plx_result_json(result, answer.body, PLX_COPY);
    else
        plx_result_error(result, answer.status ? (int)answer.status : answer.error, "%s", answer.why);
}

static int
tell(void *context, const struct plx_outcome *outcome)
{
    static unsigned long counts[4]; /* published by one thread at a time */
    char text[2048];

    (void)context;
    counts[outcome->verdict]++;
    if (outcome->verdict != PLX_MATCH && plx_outcome_text(outcome, text, sizeof(text)) > 0)
        printf("%s\n", text);
    printf(
        "scientist.notify: %s; control %.1f us, candidate %.1f us; so far %lu match, %lu mismatch, %lu incomparable\n",
        plx_verdict_text(outcome->verdict), (double)outcome->control->wall_ns / 1e3,
        (double)outcome->candidates[0].wall_ns / 1e3, counts[PLX_MATCH], counts[PLX_MISMATCH],
        counts[PLX_INCOMPARABLE]);
    return publisher ? plx_publish(publisher, outcome) : 0;
}

static bool
set_up(void)
{
    const struct plx_place_limits limits = {.deadline_ms = CLIENT_MS, .threads = 1};

    experiment = plx_experiment_new("notify", NULL);
    plx_experiment_use(experiment, from_monolith);
    plx_experiment_try(experiment, "microservice", from_microservice);
    plx_experiment_input(experiment, sizeof(long long), NULL, NULL);
    plx_experiment_publish(experiment, tell, NULL);
    if (asynchronous)
        plx_experiment_run_on(experiment, PLX_ON_THREAD, &limits);
    return experiment && plx_experiment_status(experiment) == PLX_OK;
}

/* ---- the monolith's part ---- */

/* Keeps its own record, asks the microservice to keep one, and reads it back. */
static void
notify(const char *message)
{
    static struct client_answer answer; /* one at a time */

    payment_log(message);
    long long id = store_add(store, message);
    if (id == 0)
        return;
    client_ask(microservice, "/notification", message, service_exchange(), &answer);
    if (answer.status != MHD_HTTP_OK)
        printf("the microservice has not taken notification %lld: %s\n", id, answer.why);
    struct plx_result read = plx_experiment_run(experiment, &id);
    plx_result_free(&read);
}

static int
start(void)
{
    if (!microservice) {
        fprintf(stderr, "usage: --notifications URL is needed: where the notification microservice is\n");
        return 2;
    }
    curl_global_init(CURL_GLOBAL_DEFAULT);
    store = store_open(store_url);
    if (!store)
        return 1;
    if (report && !(publisher = plx_publisher_http(report, getenv("PARALLAX_TOKEN"), NULL, NULL))) {
        fprintf(stderr, "usage: --report: %s is no URL like http://127.0.0.1:9900\n", report);
        return 2;
    }
    if (set_up())
        return 0;
    fprintf(stderr, "the experiment can't be set up: %s\n",
            plx_status_text(experiment ? plx_experiment_status(experiment) : PLX_E_MEMORY));
    return 1;
}

static void
stop(void)
{
    plx_experiment_free(experiment);
    plx_publisher_free(publisher);
    store_close(store);
    curl_global_cleanup();
}

int
main(int argc, char **argv)
{
    static const struct service_option options[] = {
        {"store", "URL", "sqlite:FILE or postgresql://...; default: in memory", &store_url},
        {"notifications", "URL", "the notification microservice's", &microservice},
        {"asynchronous", NULL, "the candidate runs on a thread of its own, and nobody waits for it", &asynchronous},
        {"report", "URL", "the admin side of a `parallax run`, in whose report the experiment is to stand", &report},
        {0},
    };
    const struct version version = {
        .name = "v2",
        .about = "The payment monolith, version 2, with an experiment: is the microservice's notification the same?",
        .options = options,
        .notify = notify,
        .start = start,
        .stop = stop,
        .write_one = payment_write_entry,
        .write_in_list = payment_write_entry,
        .unknown_id_status = MHD_HTTP_NOT_FOUND,
    };

    return payment_main(argc, argv, &version);
}
