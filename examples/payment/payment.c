/* SPDX-License-Identifier: Apache-2.0 */
/* Payrolls and invoicings, in memory, and the requests on them. */
#include "payment.h"

#include <jansson.h>
#include <math.h>
#include <microhttpd.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ENTRIES_MAX    10000u
#define LATENCY_MS_MAX 60000

struct table {
    struct entry entries[ENTRIES_MAX];
    size_t count;
    long next_id;
};

static struct table tables[2];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards the tables */
static const struct version *version;
static const char *latency = "0";

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

void
payment_log(const char *message)
{
    puts(message);
}

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
    if (fclose(out) == 0)
        version->notify(message);
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
read_body(enum kind kind, const struct request *request, char **to, double *total)
{
    json_t *root = json_loadb(request->body, request->len, JSON_DECODE_INT_AS_REAL, NULL);
    json_t *name = json_object_get(root, payment_to_key(kind)), *number = json_object_get(root, "total");
    bool ok = json_is_object(root) && (!name || json_is_null(name) || json_is_string(name)) &&
              (!number || json_is_number(number));

    *to = ok && json_is_string(name) ? strdup(json_string_value(name)) : NULL;
    *total = ok && number ? json_number_value(number) : 0;
    json_decref(root);
    return ok;
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
create(enum kind kind, const struct request *request, struct answer *answer)
{
    char *to;
    double total;

    if (!read_body(kind, request, &to, &total)) {
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
    snprintf(answer->location, sizeof(answer->location), "http://%s/%s/%ld",
             request->host ? request->host : "localhost", kind == PAYROLL ? "payroll" : "invoicing", entry->id);
    payment_write_entry(version, answer->body, kind, entry);
}

static void
replace(enum kind kind, struct entry *entry, const struct request *request, struct answer *answer)
{
    char *to;
    double total;

    if (!read_body(kind, request, &to, &total)) {
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
status(struct answer *answer)
{
    struct timespec now;
    struct tm tm;
    char text[32];

    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &tm);
    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
    fprintf(answer->body, "{\"service\":\"payment\",\"payrolls\":%zu,\"time\":\"%s.%09ldZ\",\"requestId\":\"%s\"}",
            tables[PAYROLL].count, text, now.tv_nsec, answer->request_id);
}

static void
one(enum kind kind, const char *id_text, const struct request *request, struct answer *answer)
{
    size_t digits = strspn(id_text, "0123456789");
    bool is_id = digits > 0 && digits <= 18 && !id_text[digits]; /* so many fit */
    struct entry *entry = is_id ? find(kind, strtol(id_text, NULL, 10)) : NULL;
    bool get = strcmp(request->method, "GET") == 0;

    if (!entry)
        answer->status = get ? version->unknown_id_status : MHD_HTTP_NOT_FOUND;
    else if (get)
        version->write_one(version, answer->body, kind, entry);
    else if (strcmp(request->method, "PUT") == 0)
        replace(kind, entry, request, answer);
    else if (strcmp(request->method, "DELETE") == 0)
        delete (kind, entry, answer);
    else
        service_not_allowed(answer, "GET, HEAD, PUT, DELETE");
}

static void
answer_request(const struct request *request, struct answer *answer)
{
    const char *path = request->path, *rest;
    enum kind kind = service_is_under(path, "/payroll", &rest) ? PAYROLL : INVOICING;
    bool get = strcmp(request->method, "GET") == 0;

    if (kind == PAYROLL || service_is_under(path, "/invoicing", &rest)) {
        if (*rest == '/')
            one(kind, rest + 1, request, answer);
        else if (get)
            list(kind, answer);
        else if (strcmp(request->method, "POST") == 0)
            create(kind, request, answer);
        else
            service_not_allowed(answer, "GET, HEAD, POST");
    } else if (strcmp(path, "/inventory") != 0 && strcmp(path, "/status") != 0) {
        answer->status = MHD_HTTP_NOT_FOUND;
    } else if (!get) {
        service_not_allowed(answer, "GET, HEAD");
    } else if (strcmp(path, "/status") == 0) {
        status(answer);
    } else {
        fprintf(answer->body, "{\"version\":\"%s\"}", version->name);
    }
}

/* ---- the service ---- */

static void
wait_a_little(void)
{
    long ms = service_number(latency, LATENCY_MS_MAX);
    struct timespec pause = {ms / 1000, (ms % 1000) * 1000000};

    if (ms)
        nanosleep(&pause, NULL);
}

static void
respond(const struct request *request, struct answer *answer)
{
    wait_a_little();
    if (version->respond && version->respond(request, answer))
        return;
    pthread_mutex_lock(&lock);
    answer_request(request, answer);
    pthread_mutex_unlock(&lock);
}

static int
start(void)
{
    if (service_number(latency, LATENCY_MS_MAX) < 0) {
        fprintf(stderr, "usage: --latency is a number of milliseconds up to %d\n", LATENCY_MS_MAX);
        return 2;
    }
    int status = version->start ? version->start() : 0;
    if (status == 0)
        seed();
    return status;
}

static void
stop(void)
{
    if (version->stop)
        version->stop();
    for (int kind = PAYROLL; kind <= INVOICING; kind++)
        for (size_t i = 0; i < tables[kind].count; i++)
            free(tables[kind].entries[i].to);
}

int
payment_main(int argc, char **argv, const struct version *the_version)
{
    static const struct service_option options[] = {
        {"latency", "MS", "added to each answer", &latency},
        {0},
    };
    const struct service service = {.about = the_version->about,
                                    .options = options,
                                    .more = the_version->options,
                                    .start = start,
                                    .respond = respond,
                                    .stop = stop};

    version = the_version;
    return service_main(argc, argv, &service);
}
