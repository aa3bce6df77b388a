/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The monolith with both ways to notify side by side: it still does so itself (a line in the log), keeps a row of it in
 * its own database, and has the notification microservice do the same. The caller waits for neither the microservice
 * nor the comparison of the two databases, which a batch makes:
 *
 *   GET /notification/compare     passed on to the batch; what is still on its way to the microservice is waited for
 */
#include "client.h"
#include "outbox.h"
#include "payment.h"
#include "store.h"

#include <microhttpd.h>
#include <string.h>

#define ON_ITS_WAY_MS 2000u

static const char *store_url = "sqlite::memory:", *microservice, *batch;
static struct store *store;

static void
notify(const char *message)
{
    payment_log(message);
    store_add(store, message);
    outbox_add(message);
}

static bool
compare(const struct request *request, struct answer *answer)
{
    struct client_answer batch_answer = {.why = "there is no --batch"};

    if (strcmp(request->path, "/notification/compare") != 0)
        return false;
    if (strcmp(request->method, "GET") != 0) {
        service_not_allowed(answer, "GET, HEAD");
        return true;
    }
    outbox_wait(ON_ITS_WAY_MS);
    if (batch)
        client_ask(batch, request->path, NULL, NULL, &batch_answer);
    answer->type = "text/plain";
    answer->status = batch_answer.status ? (int)batch_answer.status : MHD_HTTP_BAD_GATEWAY;
    if (batch_answer.status)
        fputs(batch_answer.body, answer->body);
    else
        fprintf(answer->body, "the batch does not answer: %s\n", batch_answer.why);
    return true;
}

static int
start(void)
{
    if (!microservice) {
        fprintf(stderr, "usage: --notifications URL is needed: where the notification microservice is\n");
        return 2;
    }
    store = store_open(store_url);
    return store && outbox_start(microservice) ? 0 : 1;
}

static void
stop(void)
{
    outbox_stop();
    store_close(store);
}

int
main(int argc, char **argv)
{
    static const struct service_option options[] = {
        {"store", "URL", "sqlite:FILE or postgresql://...; default: in memory", &store_url},
        {"notifications", "URL", "the notification microservice's", &microservice},
        {"batch", "URL", "the batch comparison's", &batch},
        {0},
    };
    const struct version version = {
        .name = "v2",
        .about = "The payment monolith, version 2: it notifies, and has the microservice do so as well.",
        .options = options,
        .notify = notify,
        .start = start,
        .stop = stop,
        .respond = compare,
        .write_one = payment_write_entry,
        .write_in_list = payment_write_entry,
        .unknown_id_status = MHD_HTTP_NOT_FOUND,
    };

    return payment_main(argc, argv, &version);
}
