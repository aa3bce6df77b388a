/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The notification microservice, as a spy: it sends nothing, it keeps what it was asked to send, in memory.
 *
 *   POST /notification        the message as the body; answers with it
 *   GET  /notification        all of them, as JSON
 *   GET  /notification/{id}   one
 *
 * --fault lets it forget the decimals of a whole total, as a rewrite in another language may do.
 */
#include <getopt.h>
#include <jansson.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MESSAGE_MAX  4096u
#define MESSAGES_MAX 100000u

static char *messages[MESSAGES_MAX];
static size_t count;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool fault;

struct request {
    char body[MESSAGE_MAX + 1];
    size_t len;
    bool too_large;
};

/* Takes text. */
static enum MHD_Result
answer(struct MHD_Connection *connection, unsigned status, const char *type, char *text)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(text ? strlen(text) : 0, text, MHD_RESPMEM_MUST_FREE);
    if (!response) {
        free(text);
        return MHD_NO;
    }
    if (text)
        MHD_add_response_header(response, "Content-Type", type);
    enum MHD_Result result = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return result;
}

static json_t *
message_at(size_t id)
{
    return json_pack("{s:I, s:s}", "id", (json_int_t)id, "message", messages[id]);
}

static enum MHD_Result
post(struct MHD_Connection *connection, struct request *request)
{
    char *message = strndup(request->body, request->len), *end;

    if (request->too_large || !message || count == MESSAGES_MAX) {
        free(message);
        return answer(connection, MHD_HTTP_CONTENT_TOO_LARGE, NULL, NULL);
    }
    size_t len = strlen(message);
    if (fault && len > 2 && strcmp(end = message + len - 2, ".0") == 0)
        *end = '\0';
    messages[count++] = message;
    printf("kept: %s\n", message);
    fflush(stdout);
    return answer(connection, MHD_HTTP_OK, "text/plain", strdup(message));
}

static enum MHD_Result
get(struct MHD_Connection *connection, const char *rest)
{
    size_t digits = strspn(rest, "0123456789"), id = digits && digits < 10 ? strtoul(rest, NULL, 10) : MESSAGES_MAX;
    json_t *value = NULL;

    if (*rest == '\0') {
        value = json_array();
        for (size_t i = 0; i < count; i++)
            json_array_append_new(value, message_at(i));
    } else if (rest[digits] == '\0' && id < count) {
        value = message_at(id);
    }
    char *text = value ? json_dumps(value, JSON_COMPACT) : NULL;
    json_decref(value);
    return answer(connection, text ? MHD_HTTP_OK : MHD_HTTP_NOT_FOUND, "application/json", text);
}

static enum MHD_Result
respond(struct MHD_Connection *connection, const char *method, const char *path, struct request *request)
{
    static const char prefix[] = "/notification";
    const char *rest = path + sizeof(prefix) - 1;
    enum MHD_Result result;

    if (strncmp(path, prefix, sizeof(prefix) - 1) != 0 || (*rest != '\0' && *rest != '/'))
        return answer(connection, MHD_HTTP_NOT_FOUND, NULL, NULL);
    pthread_mutex_lock(&lock);
    if (strcmp(method, "POST") == 0 && *rest == '\0')
        result = post(connection, request);
    else if (strcmp(method, "GET") == 0)
        result = get(connection, *rest ? rest + 1 : rest);
    else
        result = answer(connection, MHD_HTTP_METHOD_NOT_ALLOWED, NULL, NULL);
    pthread_mutex_unlock(&lock);
    return result;
}

static enum MHD_Result
on_request(void *unused, struct MHD_Connection *connection, const char *path, const char *method,
           const char *http_version, const char *data, size_t *len, void **context)
{
    struct request *request = *context;

    (void)unused;
    (void)http_version;
    if (!request) {
        *context = calloc(1, sizeof(*request));
        return *context ? MHD_YES : MHD_NO;
    }
    if (*len == 0)
        return respond(connection, method, path, request);
    if (*len > MESSAGE_MAX - request->len) {
        request->too_large = true;
    } else {
        memcpy(request->body + request->len, data, *len);
        request->len += *len;
    }
    *len = 0;
    return MHD_YES;
}

static void
on_completed(void *unused, struct MHD_Connection *connection, void **context, enum MHD_RequestTerminationCode code)
{
    (void)unused;
    (void)connection;
    (void)code;
    free(*context);
}

static int
usage(const char *program, FILE *out, int code)
{
    fprintf(out,
            "usage: %s [--port N] [--fault]\n\n"
            "The demo's notification microservice. --port 0 takes any free port; the address is printed when it is\n"
            "ready. --fault lets it forget the decimals of whole totals.\n",
            program);
    return code;
}

int
main(int argc, char **argv)
{
    static const struct option options[] = {{"port", required_argument, NULL, 'p'},
                                            {"fault", no_argument, NULL, 'f'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    long port = 0;
    int option, number;
    sigset_t signals;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'h')
            return usage(argv[0], stdout, 0);
        fault |= option == 'f';
        if (option == 'p')
            port = strspn(optarg, "0123456789") == strlen(optarg) && *optarg ? strtol(optarg, NULL, 10) : -1;
        if (option == '?' || port < 0 || port > 65535)
            return usage(argv[0], stderr, 2);
    }
    if (optind < argc)
        return usage(argv[0], stderr, 2);
    /* Before the server's threads start, so that only this one gets them. */
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    signal(SIGPIPE, SIG_IGN);
    const struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    struct MHD_Daemon *daemon =
        MHD_start_daemon(MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD, (uint16_t)port, NULL, NULL,
                         on_request, NULL, MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL,
                         MHD_OPTION_CONNECTION_TIMEOUT, 120u, MHD_OPTION_SOCK_ADDR, &address, MHD_OPTION_END);
    const union MHD_DaemonInfo *info = daemon ? MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT) : NULL;
    if (!info) {
        fprintf(stderr, "%s: can't listen on port %ld: choose another one\n", argv[0], port);
        return 1;
    }
    printf("listening on http://127.0.0.1:%u\n", info->port);
    fflush(stdout);
    sigwait(&signals, &number);
    MHD_stop_daemon(daemon);
    for (size_t i = 0; i < count; i++)
        free(messages[i]);
    return 0;
}
