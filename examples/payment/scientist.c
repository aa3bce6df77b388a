/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The payment monolith with an experiment in it: the notification that was just made is read back from the monolith
 * (the control) and from the notification microservice (the candidate), and what the two say is compared. The caller
 * gets the monolith's answer, whatever the microservice does.
 *
 *   --notifications URL   where the microservice is
 *   --asynchronous        the candidate runs on a thread of its own, and nobody waits for it
 */
#include "payment.h"

#include <curl/curl.h>
#include <microhttpd.h>
#include <parallax/experiment.h>
#include <stdlib.h>
#include <string.h>

#define NOTIFICATIONS_MAX 100000u
#define BODY_MAX          65536u
#define CANDIDATE_MS      2000

static const char *microservice;
static char *notifications[NOTIFICATIONS_MAX]; /* JSON, by id */
static size_t notification_count;
static struct plx_experiment *notify;

/* ---- the microservice, over HTTP ---- */

struct body {
    char text[BODY_MAX + 1];
    size_t len;
};

static size_t
take_body(char *data, size_t size, size_t count, void *context)
{
    struct body *body = context;
    size_t len = size * count;

    if (len > BODY_MAX - body->len)
        return 0;
    memcpy(body->text + body->len, data, len);
    body->len += len;
    body->text[body->len] = '\0';
    return len;
}

/* message NULL: GET. 0, or why there is no answer. */
static int
ask(const char *path, const char *message, struct body *body, long *status)
{
    char url[512];
    CURL *curl = curl_easy_init();
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: text/plain");

    body->len = 0;
    snprintf(url, sizeof(url), "%s%s", microservice, path);
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)CANDIDATE_MS);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, body);
    if (message)
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, message);
    CURLcode code = curl_easy_perform(curl);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, status);
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
    return code;
}

/* ---- the experiment ---- */

/* Both read the notification whose id is their input. */
static void
from_monolith(void *input, struct plx_result *result)
{
    const size_t *id = input;

    plx_result_json(result, notifications[*id], PLX_BORROW);
}

static void
from_microservice(void *input, struct plx_result *result)
{
    const size_t *id = input;
    char path[64];
    struct body body;
    long status = 0;

    snprintf(path, sizeof(path), "/notification/%zu", *id);
    int code = ask(path, NULL, &body, &status);
    if (code != CURLE_OK || status != MHD_HTTP_OK)
        plx_result_error(result, code ? code : (int)status, "%s",
                         code ? curl_easy_strerror((CURLcode)code) : "an answer of another status");
    else
        plx_result_json(result, body.text, PLX_COPY);
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
    fflush(stdout);
    return 0;
}

static bool
set_up(bool asynchronous)
{
    const struct plx_place_limits limits = {.deadline_ms = CANDIDATE_MS, .threads = 1};

    notify = plx_experiment_new("notify", NULL);
    plx_experiment_use(notify, from_monolith);
    plx_experiment_try(notify, "microservice", from_microservice);
    plx_experiment_input(notify, sizeof(size_t), NULL, NULL);
    plx_experiment_publish(notify, tell, NULL);
    if (asynchronous)
        plx_experiment_run_on(notify, PLX_ON_THREAD, &limits);
    return notify && plx_experiment_status(notify) == PLX_OK;
}

/* ---- the monolith's part ---- */

/* Keeps its own record, asks the microservice to keep one, and reads it back. */
static void
on_notified(const char *message)
{
    size_t id = notification_count, len = 0;
    char *record = NULL;
    struct body body;
    long status;
    FILE *out = id < NOTIFICATIONS_MAX ? open_memstream(&record, &len) : NULL;

    if (!out)
        return;
    fprintf(out, "{\"id\":%zu,\"message\":", id);
    payment_write_string(out, message);
    fputs("}", out);
    if (fclose(out) != 0)
        return;
    notifications[notification_count++] = record;
    if (ask("/notification", message, &body, &status) != CURLE_OK)
        printf("the microservice has not taken notification %zu\n", id);
    struct plx_result read = plx_experiment_run(notify, &id);
    plx_result_free(&read);
}

int
main(int argc, char **argv)
{
    struct version version = {
        .name = "v2",
        .write_one = payment_write_entry,
        .write_in_list = payment_write_entry,
        .unknown_id_status = MHD_HTTP_NOT_FOUND,
        .notified = on_notified,
    };
    bool asynchronous = false;
    int kept = 1;

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--asynchronous") == 0)
            asynchronous = true;
        else if (strcmp(argv[i], "--notifications") == 0 && i + 1 < argc)
            microservice = argv[++i];
        else
            argv[kept++] = argv[i];
    }
    argv[kept] = NULL;
    if (!microservice) {
        fprintf(stderr, "usage: %s --notifications URL [--asynchronous] [--port N] [--latency MS]\n", argv[0]);
        return 2;
    }
    curl_global_init(CURL_GLOBAL_DEFAULT);
    if (!set_up(asynchronous)) {
        fprintf(stderr, "%s: the experiment can't be set up: %s\n", argv[0],
                plx_status_text(notify ? plx_experiment_status(notify) : PLX_E_MEMORY));
        return 1;
    }
    int status = payment_main(kept, argv, &version);
    plx_experiment_free(notify);
    for (size_t i = 0; i < notification_count; i++)
        free(notifications[i]);
    curl_global_cleanup();
    return status;
}
