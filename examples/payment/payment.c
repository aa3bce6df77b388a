/* SPDX-License-Identifier: Apache-2.0 */
/* Payrolls and invoicings: the store, the requests on it, the server around them. */
#include "payment.h"

#include <getopt.h>
#include <math.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#define BODY_MAX    (64u * 1024)
#define ENTRIES_MAX 10000u

struct table {
    struct entry entries[ENTRIES_MAX];
    size_t count;
    long next_id;
};

static struct table tables[2];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards the tables */
static struct version *version;
static unsigned latency_ms;

/* ---- writing ---- */

const char *
payment_to_key(enum kind kind)
{
    return kind == PAYROLL ? "shipTo" : "billTo";
}

void
payment_write_string(FILE *out, const char *text)
{
    json_t *string = text ? json_string(text) : json_null();
    char *dump = json_dumps(string, JSON_ENCODE_ANY);

    fputs(dump ? dump : "null", out);
    free(dump);
    json_decref(string);
}

/*
 * As Java's Double.toString: the fewest digits that read back the same, but no fewer than two (4.9E-324), plain from
 * 0.001 to 10^7 and with an exponent outside.
 */
void
payment_write_double(FILE *out, double number)
{
    char text[40];
    int digits = 2;

    if (number == 0) {
        fputs(signbit(number) ? "-0.0" : "0.0", out);
        return;
    }
    do
        snprintf(text, sizeof(text), "%.*e", digits - 1, number);
    while (strtod(text, NULL) != number && ++digits <= 17);
    char *mark = strchr(text, 'e');
    int exponent = atoi(mark + 1);
    if (digits == 2 && mark[-1] == '0')
        digits = 1;
    double size = fabs(number);
    if (size >= 1e-3 && size < 1e7) {
        int decimals = digits - 1 - exponent;
        fprintf(out, "%.*f", decimals > 0 ? decimals : 1, number);
        return;
    }
    *mark = '\0';
    fprintf(out, "%sE%d", text, exponent);
}

void
payment_write_entry(const struct version *unused, FILE *out, enum kind kind, const struct entry *entry)
{
    (void)unused;
    fprintf(out, "{\"id\":%ld,\"%s\":", entry->id, payment_to_key(kind));
    payment_write_string(out, entry->to);
    fputs(",\"total\":", out);
    payment_write_double(out, entry->total);
    fputs("}", out);
}

/* ---- the tables ---- */

static void
notify(enum kind kind, const struct entry *entry)
{
    char *message = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&message, &len);

    if (!out)
        return;
    fprintf(out, "Payroll %ld %s to %s of ", entry->id, kind == PAYROLL ? "shipped" : "billed",
            entry->to ? entry->to : "null");
    payment_write_double(out, entry->total);
    if (fclose(out) == 0) {
        puts(message);
        fflush(stdout);
        if (version->notified)
            version->notified(message);
    }
    free(message);
}

static struct entry *
find(enum kind kind, long id)
{
    for (size_t i = 0; i < tables[kind].count; i++)
        if (tables[kind].entries[i].id == id)
            return &tables[kind].entries[i];
    return NULL;
}

/* Takes `to`. NULL: the table is full. */
static struct entry *
add(enum kind kind, char *to, double total)
{
    struct table *table = &tables[kind];

    if (table->count == ENTRIES_MAX)
        return NULL;
    struct entry *entry = &table->entries[table->count++];
    *entry = (struct entry){.id = table->next_id++, .to = to, .total = total};
    notify(kind, entry);
    return entry;
}

static void
seed(void)
{
    static const double totals[2][3] = {{10549.95, 6549.95, 1449.95}, {4549.95, 549.95, 1049.95}};
    char name[16];

    for (int kind = PAYROLL; kind <= INVOICING; kind++)
        for (int i = 0; i < 3; i++) {
            snprintf(name, sizeof(name), "user %d", i + 1);
            add((enum kind)kind, strdup(name), totals[kind][i]);
        }
}

/* ---- requests ---- */

/* The body's fields; false: it is no object, or they are of other types. */
static bool
read_body(enum kind kind, const char *body, size_t len, char **to, double *total)
{
    json_t *root = json_loadb(body, len, JSON_DECODE_INT_AS_REAL, NULL);
    json_t *name = json_object_get(root, payment_to_key(kind)), *number = json_object_get(root, "total");
    bool ok = json_is_object(root) && (!name || json_is_null(name) || json_is_string(name)) &&
              (!number || json_is_number(number));

    *to = ok && json_is_string(name) ? strdup(json_string_value(name)) : NULL;
    *total = ok && number ? json_number_value(number) : 0;
    json_decref(root);
    return ok;
}

static void
not_allowed(struct answer *answer, const char *allow)
{
    answer->status = MHD_HTTP_METHOD_NOT_ALLOWED;
    answer->allow = allow;
}

static void
list(enum kind kind, struct answer *answer)
{
    fputs("[", answer->body);
    for (size_t i = 0; i < tables[kind].count; i++) {
        if (i)
            fputs(",", answer->body);
        version->write_in_list(version, answer->body, kind, &tables[kind].entries[i]);
    }
    fputs("]", answer->body);
}

static void
create(enum kind kind, const char *body, size_t len, const char *host, struct answer *answer, char *location,
       size_t size)
{
    char *to;
    double total;

    if (!read_body(kind, body, len, &to, &total)) {
        answer->status = MHD_HTTP_BAD_REQUEST;
        return;
    }
    struct entry *entry = add(kind, to, total);
    if (!entry) {
        free(to);
        answer->status = MHD_HTTP_INSUFFICIENT_STORAGE;
        return;
    }
    answer->status = MHD_HTTP_CREATED;
    snprintf(location, size, "http://%s/%s/%ld", host, kind == PAYROLL ? "payroll" : "invoicing", entry->id);
    payment_write_entry(version, answer->body, kind, entry);
}

static void
replace(enum kind kind, struct entry *entry, const char *body, size_t len, struct answer *answer)
{
    char *to;
    double total;

    if (!read_body(kind, body, len, &to, &total)) {
        answer->status = MHD_HTTP_BAD_REQUEST;
        return;
    }
    free(entry->to);
    entry->to = to;
    entry->total = total;
    payment_write_entry(version, answer->body, kind, entry);
}

static void delete (enum kind kind, struct entry *entry, struct answer *answer)
{
    struct table *table = &tables[kind];
    size_t at = (size_t)(entry - table->entries);

    payment_write_entry(version, answer->body, kind, entry);
    free(entry->to);
    memmove(entry, entry + 1, (table->count - at - 1) * sizeof(*entry));
    table->count--;
}

/* Honest noise: what no two answers have in common. The demo's own, the seed has no such request. */
static void
status(const char *request_id, struct answer *answer)
{
    struct timespec now;
    struct tm tm;
    char text[32];

    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &tm);
    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
    fprintf(answer->body, "{\"service\":\"payment\",\"payrolls\":%zu,\"time\":\"%s.%09ldZ\",\"requestId\":\"%s\"}",
            tables[PAYROLL].count, text, now.tv_nsec, request_id);
}

static void
one(enum kind kind, const char *method, const char *id_text, const char *body, size_t len, struct answer *answer)
{
    size_t digits = strspn(id_text, "0123456789");
    bool is_id = digits > 0 && digits <= 18 && !id_text[digits]; /* so many fit */
    struct entry *entry = is_id ? find(kind, strtol(id_text, NULL, 10)) : NULL;

    if (!entry)
        answer->status = strcmp(method, "GET") == 0 ? version->unknown_id_status : MHD_HTTP_NOT_FOUND;
    else if (strcmp(method, "GET") == 0)
        version->write_one(version, answer->body, kind, entry);
    else if (strcmp(method, "PUT") == 0)
        replace(kind, entry, body, len, answer);
    else if (strcmp(method, "DELETE") == 0)
        delete (kind, entry, answer);
    else
        not_allowed(answer, "GET, HEAD, PUT, DELETE");
}

/* "/payroll", "/payroll/3": which table, and what follows it. */
static bool
is_under(const char *path, const char *name, const char **rest)
{
    size_t len = strlen(name);

    if (strncmp(path, name, len) != 0 || (path[len] != '\0' && path[len] != '/'))
        return false;
    *rest = path + len;
    return true;
}

struct request {
    char body[BODY_MAX];
    size_t len;
    bool too_large;
};

static void
answer_request(struct MHD_Connection *connection, const char *method, const char *path, const struct request *request,
               const char *request_id, struct answer *answer, char *location, size_t size)
{
    const char *host = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Host"), *rest;
    enum kind kind = is_under(path, "/payroll", &rest) ? PAYROLL : INVOICING;

    if (kind == PAYROLL || is_under(path, "/invoicing", &rest)) {
        if (*rest == '/')
            one(kind, method, rest + 1, request->body, request->len, answer);
        else if (strcmp(method, "GET") == 0)
            list(kind, answer);
        else if (strcmp(method, "POST") == 0)
            create(kind, request->body, request->len, host ? host : "localhost", answer, location, size);
        else
            not_allowed(answer, "GET, HEAD, POST");
    } else if (strcmp(path, "/inventory") == 0 || strcmp(path, "/status") == 0) {
        if (strcmp(method, "GET") != 0)
            not_allowed(answer, "GET, HEAD");
        else if (strcmp(path, "/status") == 0)
            status(request_id, answer);
        else
            fprintf(answer->body, "{\"version\":\"%s\"}", version->name);
    } else {
        answer->status = MHD_HTTP_NOT_FOUND;
    }
}

static enum MHD_Result
send_answer(struct MHD_Connection *connection, const struct answer *answer, char *body, size_t len,
            const char *request_id, const char *location)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(len, body, MHD_RESPMEM_MUST_FREE);
    if (!response) {
        free(body);
        return MHD_NO;
    }
    if (len)
        MHD_add_response_header(response, "Content-Type", "application/json");
    if (*location)
        MHD_add_response_header(response, "Location", location);
    if (answer->allow)
        MHD_add_response_header(response, "Allow", answer->allow);
    MHD_add_response_header(response, "X-Request-Id", request_id);
    enum MHD_Result result = MHD_queue_response(connection, (unsigned)answer->status, response);
    MHD_destroy_response(response);
    return result;
}

static void
wait_a_little(void)
{
    struct timespec pause = {latency_ms / 1000, (long)(latency_ms % 1000) * 1000000};

    if (latency_ms)
        nanosleep(&pause, NULL);
}

static enum MHD_Result
respond(struct MHD_Connection *connection, const char *method, const char *path, const struct request *request)
{
    struct answer answer = {.status = request->too_large ? MHD_HTTP_CONTENT_TOO_LARGE : MHD_HTTP_OK};
    char *body = NULL, location[256] = "", request_id[17] = "";
    unsigned long long random = 0;
    size_t len = 0;

    if (getrandom(&random, sizeof(random), 0) != sizeof(random))
        random = (unsigned long long)time(NULL);
    snprintf(request_id, sizeof(request_id), "%016llx", random);
    answer.body = open_memstream(&body, &len);
    if (!answer.body)
        return MHD_NO;
    wait_a_little();
    pthread_mutex_lock(&lock);
    if (!request->too_large)
        answer_request(connection, method, path, request, request_id, &answer, location, sizeof(location));
    pthread_mutex_unlock(&lock);
    if (fclose(answer.body) != 0) {
        free(body);
        return MHD_NO;
    }
    return send_answer(connection, &answer, body, len, request_id, location);
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
    if (*len == 0) /* HEAD is GET; libmicrohttpd leaves the body out */
        return respond(connection, strcmp(method, "HEAD") == 0 ? "GET" : method, path, request);
    if (*len > BODY_MAX - request->len) {
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

/* ---- the program ---- */

static int
usage(const char *program, FILE *out, int code)
{
    fprintf(out,
            "usage: %s [--port N] [--latency MS] [--faithful]\n\n"
            "The demo's payment service. --port 0 takes any free port; the address is printed when it is ready.\n"
            "--latency adds to each answer; --faithful leaves the new version's faults out.\n",
            program);
    return code;
}

/* A whole number up to max, else -1. */
static long
number_of(const char *text, long max)
{
    size_t digits = strspn(text, "0123456789");

    if (digits == 0 || digits > 9 || text[digits] || strtol(text, NULL, 10) > max)
        return -1;
    return strtol(text, NULL, 10);
}

/* -1 to go on, else the exit status. */
static int
read_options(int argc, char **argv, long *port)
{
    static const struct option options[] = {{"port", required_argument, NULL, 'p'},
                                            {"latency", required_argument, NULL, 'l'},
                                            {"faithful", no_argument, NULL, 'f'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    long latency = 0;
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'h')
            return usage(argv[0], stdout, 0);
        if (option == 'p')
            *port = number_of(optarg, 65535);
        else if (option == 'l')
            latency = number_of(optarg, 60000);
        if (option == '?' || *port < 0 || latency < 0)
            return usage(argv[0], stderr, 2);
    }
    latency_ms = (unsigned)latency;
    return optind < argc ? usage(argv[0], stderr, 2) : -1;
}

static void
wait_for_signal(const sigset_t *signals)
{
    int number;

    sigwait(signals, &number);
}

int
payment_main(int argc, char **argv, struct version *the_version)
{
    long port = 0;
    sigset_t signals;
    int status = read_options(argc, argv, &port);

    if (status >= 0)
        return status;
    version = the_version;
    /* Before the server's threads start, so that only this one gets them. */
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    signal(SIGPIPE, SIG_IGN); /* whoever reads the notifications may go before the clients do */
    seed();
    const struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    struct MHD_Daemon *daemon = MHD_start_daemon(
        MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD, (uint16_t)port, NULL, NULL, on_request, NULL,
        MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL, MHD_OPTION_CONNECTION_TIMEOUT, 120u,
        MHD_OPTION_CONNECTION_LIMIT, 512u, MHD_OPTION_SOCK_ADDR, &address, MHD_OPTION_END);
    const union MHD_DaemonInfo *info = daemon ? MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT) : NULL;
    if (!info) {
        fprintf(stderr, "%s: can't listen on port %ld: choose another one\n", argv[0], port);
        return 1;
    }
    printf("listening on http://127.0.0.1:%u\n", info->port);
    fflush(stdout);
    wait_for_signal(&signals);
    MHD_stop_daemon(daemon);
    for (int kind = PAYROLL; kind <= INVOICING; kind++)
        for (size_t i = 0; i < tables[kind].count; i++)
            free(tables[kind].entries[i].to);
    return 0;
}
