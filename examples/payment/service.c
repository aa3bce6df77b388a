/* SPDX-License-Identifier: Apache-2.0 */
/* The server around a service: a thread for each connection, the request whole before it is answered. */
#include "service.h"

#include <arpa/inet.h>
#include <getopt.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#define CONNECTIONS_MAX 512u
#define IDLE_S          120u
#define OPTIONS_MAX     16

static const struct service *service;
static const char *host = "127.0.0.1", *port = "0", *wants_help;

static const struct service_option common[] = {
    {"port", "N", "where it listens; 0, the default, takes a free port", &port},
    {"host", "ADDRESS", "of its own, IPv4; default 127.0.0.1", &host},
    {"help", NULL, "this text", &wants_help},
    {0},
};

/* ---- requests ---- */

bool
service_is_under(const char *path, const char *name, const char **rest)
{
    size_t len = strlen(name);

    if (strncmp(path, name, len) != 0 || (path[len] != '\0' && path[len] != '/'))
        return false;
    *rest = path + len;
    return true;
}

void
service_not_allowed(struct answer *answer, const char *allow)
{
    answer->status = MHD_HTTP_METHOD_NOT_ALLOWED;
    answer->allow = allow;
}

/* Takes body. */
static enum MHD_Result
send_answer(struct MHD_Connection *connection, const struct answer *answer, char *body, size_t len)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(len, body, MHD_RESPMEM_MUST_FREE);
    if (!response) {
        free(body);
        return MHD_NO;
    }
    if (len)
        MHD_add_response_header(response, "Content-Type", answer->type);
    if (*answer->location)
        MHD_add_response_header(response, "Location", answer->location);
    if (answer->allow)
        MHD_add_response_header(response, "Allow", answer->allow);
    MHD_add_response_header(response, "X-Request-Id", answer->request_id);
    enum MHD_Result result = MHD_queue_response(connection, (unsigned)answer->status, response);
    MHD_destroy_response(response);
    return result;
}

static _Thread_local const char *answered_exchange;

const char *
service_exchange(void)
{
    return answered_exchange;
}

static enum MHD_Result
respond(struct MHD_Connection *connection, const struct request *request)
{
    struct answer answer = {.status = MHD_HTTP_OK, .type = "application/json"};
    unsigned long long random = 0;
    char *body = NULL;
    size_t len = 0;

    if (getrandom(&random, sizeof(random), 0) != sizeof(random))
        random = (unsigned long long)time(NULL);
    snprintf(answer.request_id, sizeof(answer.request_id), "%016llx", random);
    answer.body = open_memstream(&body, &len);
    if (!answer.body)
        return MHD_NO;
    answered_exchange = request->exchange;
    if (request->too_large)
        answer.status = MHD_HTTP_CONTENT_TOO_LARGE;
    else
        service->respond(request, &answer);
    answered_exchange = NULL;
    if (fclose(answer.body) != 0) {
        free(body);
        return MHD_NO;
    }
    return send_answer(connection, &answer, body, len);
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
    if (*len == 0) {
        request->method = strcmp(method, "HEAD") == 0 ? "GET" : method; /* libmicrohttpd leaves the body out */
        request->path = path;
        request->host = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Host");
        request->exchange = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Parallax-Exchange");
        return respond(connection, request);
    }
    if (*len > SERVICE_BODY_MAX - request->len) {
        request->too_large = true;
    } else if (!request->too_large) {
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

/* ---- options ---- */

long
service_number(const char *text, long max)
{
    size_t digits = strspn(text, "0123456789");

    if (digits == 0 || digits > 9 || text[digits] || strtol(text, NULL, 10) > max)
        return -1;
    return strtol(text, NULL, 10);
}

static int
usage(const char *program, const struct service_option *const *options, size_t count, FILE *out, int code)
{
    char name[40];

    fprintf(out, "usage: %s [OPTION...]\n\n%s\nIts address is printed when it is ready.\n\n", program, service->about);
    for (size_t i = 0; i < count; i++) {
        snprintf(name, sizeof(name), "%s %s", options[i]->name, options[i]->argument ? options[i]->argument : "");
        fprintf(out, "  --%-21s %s\n", name, options[i]->help);
    }
    return code;
}

/* -1 to go on, else the exit status. */
static int
read_options(int argc, char **argv)
{
    const struct service_option *options[OPTIONS_MAX], *tables[] = {common, service->options, service->more};
    struct option longs[OPTIONS_MAX + 1] = {0};
    size_t count = 0;
    int option;

    for (size_t i = 0; i < 3; i++)
        for (const struct service_option *row = tables[i]; row && row->name && count < OPTIONS_MAX; row++) {
            longs[count] =
                (struct option){row->name, row->argument ? required_argument : no_argument, NULL, 256 + (int)count};
            options[count++] = row;
        }
    while ((option = getopt_long(argc, argv, "", longs, NULL)) != -1) {
        if (option == '?')
            return usage(argv[0], options, count, stderr, 2);
        *options[option - 256]->value = optarg ? optarg : options[option - 256]->name;
    }
    if (wants_help)
        return usage(argv[0], options, count, stdout, 0);
    return optind < argc ? usage(argv[0], options, count, stderr, 2) : -1;
}

static int
read_address(const char *program, struct sockaddr_in *address)
{
    long number = service_number(port, 65535);

    *address = (struct sockaddr_in){.sin_family = AF_INET};
    if (number < 0 || inet_pton(AF_INET, host, &address->sin_addr) != 1) {
        fprintf(stderr, "usage: %s: --port is a number up to 65535, --host an IPv4 address\n", program);
        return 2;
    }
    address->sin_port = htons((uint16_t)number);
    return 0;
}

/* ---- the program ---- */

static int
serve(const char *program, const struct sockaddr_in *address, const sigset_t *signals)
{
    struct MHD_Daemon *daemon =
        MHD_start_daemon(MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD, 0, NULL, NULL, on_request,
                         NULL, MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL, MHD_OPTION_CONNECTION_TIMEOUT, IDLE_S,
                         MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS_MAX, MHD_OPTION_SOCK_ADDR, address, MHD_OPTION_END);
    const union MHD_DaemonInfo *info = daemon ? MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT) : NULL;
    int number;

    if (!info) {
        fprintf(stderr, "%s: can't listen on %s:%s: choose another port\n", program, host, port);
        return 1;
    }
    printf("listening on http://%s:%u\n", host, info->port);
    sigwait(signals, &number);
    MHD_stop_daemon(daemon);
    return 0;
}

int
service_main(int argc, char **argv, const struct service *the_service)
{
    struct sockaddr_in address;
    sigset_t signals;

    service = the_service;
    int status = read_options(argc, argv);
    if (status < 0)
        status = read_address(argv[0], &address);
    else
        return status;
    if (status)
        return status;
    /* Before any other thread starts, so that only this one gets them. */
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    signal(SIGPIPE, SIG_IGN); /* whoever reads the log may go before the clients do */
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
    status = service->start();
    if (status)
        return status;
    status = serve(argv[0], &address, &signals);
    service->stop();
    return status;
}
