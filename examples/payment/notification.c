/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The notification microservice. At first it is a spy: it sends nothing, and keeps what it was asked to send in its own
 * database. With --final it is the real one, which notifies (a line in the log).
 *
 *   POST /notification        the message as the body; answers with it
 *   GET  /notification        what is kept and not consumed yet, as JSON
 *   GET  /notification/{id}   one of what is kept
 *
 * --fault lets it forget the decimals of a whole total, as a rewrite in another language may do.
 */
#include "service.h"
#include "store.h"

#include <jansson.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>

#define MESSAGE_MAX 4096u

static const char *store_url = "sqlite::memory:", *final, *fault;
static struct store *store;

static void
write_json(struct answer *answer, json_t *value)
{
    char *text = json_dumps(value, JSON_COMPACT);

    fputs(text ? text : "null", answer->body);
    free(text);
    json_decref(value);
}

static json_t *
row(long long id, const char *message)
{
    return json_pack("{s:I, s:s}", "id", (json_int_t)id, "message", message);
}

static void
add_row(void *list, long long id, const char *message)
{
    json_array_append_new(list, row(id, message));
}

static void
post(const struct request *request, struct answer *answer)
{
    char message[MESSAGE_MAX + 1];
    size_t len = strlen(request->body);

    if (request->len > MESSAGE_MAX || request->len != len) {
        answer->status = request->len == len ? MHD_HTTP_CONTENT_TOO_LARGE : MHD_HTTP_BAD_REQUEST;
        return;
    }
    memcpy(message, request->body, len + 1);
    if (fault && len > 2 && strcmp(message + len - 2, ".0") == 0)
        message[len - 2] = '\0';
    if (final)
        puts(message);
    else if (store_add(store, message))
        printf("kept: %s\n", message);
    else
        answer->status = MHD_HTTP_INTERNAL_SERVER_ERROR;
    if (answer->status == MHD_HTTP_OK)
        fputs(message, answer->body);
    answer->type = "text/plain";
}

static void
get(const char *rest, struct answer *answer)
{
    long id = *rest ? service_number(rest + 1, 999999999) : 0;
    char *message = id > 0 ? store_get(store, id) : NULL;
    json_t *all = *rest ? NULL : json_array();

    if (message)
        write_json(answer, row(id, message));
    else if (*rest)
        answer->status = MHD_HTTP_NOT_FOUND;
    else if (store_each(store, add_row, all))
        write_json(answer, json_incref(all));
    else
        answer->status = MHD_HTTP_INTERNAL_SERVER_ERROR;
    json_decref(all);
    free(message);
}

static void
respond(const struct request *request, struct answer *answer)
{
    const char *rest;

    if (!service_is_under(request->path, "/notification", &rest))
        answer->status = MHD_HTTP_NOT_FOUND;
    else if (strcmp(request->method, "GET") == 0)
        get(rest, answer);
    else if (*rest == '\0' && strcmp(request->method, "POST") == 0)
        post(request, answer);
    else
        service_not_allowed(answer, *rest ? "GET, HEAD" : "GET, HEAD, POST");
}

static int
start(void)
{
    store = store_open(store_url);
    return store ? 0 : 1;
}

static void
stop(void)
{
    store_close(store);
}

int
main(int argc, char **argv)
{
    static const struct service_option options[] = {
        {"store", "URL", "sqlite:FILE or postgresql://...; default: in memory", &store_url},
        {"final", NULL, "notifies, and keeps nothing", &final},
        {"fault", NULL, "forgets the decimals of whole totals", &fault},
        {0},
    };
    const struct service service = {
        .about = "The notification microservice: a spy that keeps what it was asked to send.",
        .options = options,
        .start = start,
        .respond = respond,
        .stop = stop,
    };

    return service_main(argc, argv, &service);
}
