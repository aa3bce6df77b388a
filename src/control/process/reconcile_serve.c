/* SPDX-License-Identifier: Apache-2.0 */
/* The service of reconcile_serve.h: its requests and its process. */
#include "control/process/reconcile_serve.h"

#include "base/assert.h"
#include "base/clock.h"
#include "control/admin/may_ask.h"
#include "control/admin/server.h"
#include "evidence/metrics/reconciliation_metrics.h"
#include "log/log.h"
#include "traffic/net/loop.h"

#include <signal.h>
#include <stdio.h>

struct serving {
    const struct plx_reconcile_service *service;
    struct plx_loop loop;
    struct plx_admin_server server;
    uv_signal_t signals[2];
    struct plx_served_jobs jobs;
};

/* ---- requests ---- */

static const char json_type[] = "application/json";
static const char text_type[] = "text/plain; charset=utf-8";
static const char metrics_type[] = "text/plain; version=0.0.4; charset=utf-8";

static void
answer_text(struct plx_admin_answer *answer, const char *text)
{
    answer->status = 200;
    answer->content_type = text_type;
    plx_buffer_text(&answer->body, text);
}

static void
get_start(struct serving *serving, struct plx_admin_answer *answer)
{
    answer_text(answer, "Parallax " PLX_VERSION ", reconcile\n\n");
    for (size_t i = 0; i < serving->jobs.count; i++)
        plx_buffer_format(&answer->body, "%-40s runs %s, answers true or false\n",
                          serving->jobs.list[i].job->serve ? serving->jobs.list[i].job->serve : "(on schedule alone)",
                          serving->jobs.list[i].job->name);
    plx_buffer_text(&answer->body, "/reconciliations                         the last results, as JSON\n"
                                   "/metrics                                 for Prometheus\n"
                                   "/healthz                                 whether the process lives\n");
}

static void
get_healthz(struct serving *serving, struct plx_admin_answer *answer)
{
    (void)serving;
    answer_text(answer, "ok\n");
}

static void
get_metrics(struct serving *serving, struct plx_admin_answer *answer)
{
    struct plx_reconciliation_view views[PLX_RECONCILE_JOBS_MAX];
    size_t count = 0;

    for (size_t i = 0; i < serving->jobs.count; i++)
        if (serving->jobs.list[i].last)
            views[count++] =
                (struct plx_reconciliation_view){serving->jobs.list[i].last, &serving->jobs.list[i].totals};
    answer->status = 200;
    answer->content_type = metrics_type;
    plx_reconciliations_expose(views, count, &answer->body);
}

static void
get_results(struct serving *serving, struct plx_admin_answer *answer)
{
    struct plx_json_writer json;

    answer->status = 200;
    answer->content_type = json_type;
    plx_json_writer_init(&json, &answer->body);
    plx_json_begin_object(&json);
    plx_json_key(&json, "reconciliations");
    plx_json_begin_array(&json);
    for (size_t i = 0; i < serving->jobs.count; i++) {
        struct plx_served_job *served = &serving->jobs.list[i];
        plx_json_begin_object(&json);
        plx_json_key(&json, "name");
        plx_json_text_value(&json, served->job->name);
        plx_json_key(&json, "running");
        plx_json_bool(&json, served->started != served->finished);
        plx_json_key(&json, "last");
        if (served->last)
            plx_reconciliation_write(served->last, &json);
        else
            plx_json_null(&json);
        plx_json_end_object(&json);
    }
    plx_json_end_array(&json);
    plx_json_end_object(&json);
}

static const struct path {
    const char *path;
    bool open; /* without a token, under any Host */
    void (*get)(struct serving *serving, struct plx_admin_answer *answer);
} paths[] = {
    {"/", false, get_start},
    {"/healthz", true, get_healthz},
    {"/metrics", false, get_metrics},
    {"/reconciliations", false, get_results},
};

/* The run that was asked for has ended. */
static void
tell_run(const struct plx_served_job *served, const struct plx_admin_request *request, struct plx_admin_answer *answer)
{
    struct plx_json_writer json;
    const struct plx_reconciliation *last = served->last;

    if (!last) {
        plx_admin_fail(answer, 503, "no_memory", "there was no memory to keep the result; see the log");
    } else if (last->outcome == PLX_RECONCILIATION_FAILED) {
        plx_admin_fail(answer, 500, "run_failed", "%.*s", (int)last->error.len, last->error.ptr);
    } else if (request->accept.len &&
               memmem(request->accept.ptr, request->accept.len, json_type, sizeof(json_type) - 1)) {
        answer->status = 200;
        answer->content_type = json_type;
        plx_json_writer_init(&json, &answer->body);
        plx_reconciliation_write(last, &json);
    } else {
        answer_text(answer, last->outcome == PLX_RECONCILIATION_TRUE ? "true\n" : "false\n");
    }
}

static bool
may_ask(const struct serving *serving, const struct plx_admin_request *request, struct plx_admin_answer *answer)
{
    return plx_admin_may_ask("this", serving->service->token, request, answer);
}

static bool
method_fits(const struct plx_admin_request *request, bool runs, struct plx_admin_answer *answer)
{
    if (plx_slice_equal(request->method, plx_slice_of("GET")) ||
        (!runs && plx_slice_equal(request->method, plx_slice_of("HEAD"))))
        return true;
    plx_admin_fail(answer, 405, "method_not_allowed", "only %s possible here", runs ? "GET is" : "GET and HEAD are");
    answer->allow = runs ? "GET" : "GET, HEAD";
    return false;
}

/* A run marks rows: what asks for it must not be a page of another site, as a picture in it would (W3C Fetch Metadata).
 */
static bool
site_fits(const struct plx_admin_request *request, struct plx_admin_answer *answer)
{
    if (!plx_slice_equal(request->fetch_site, plx_slice_of("cross-site")))
        return true;
    plx_admin_fail(answer, 403, "foreign_site", "a page of another site may not run jobs; open this address by itself");
    return false;
}

static struct plx_served_job *
find_job(struct serving *serving, struct plx_slice path)
{
    for (size_t i = 0; i < serving->jobs.count; i++)
        if (serving->jobs.list[i].job->serve && plx_slice_equal(path, plx_slice_of(serving->jobs.list[i].job->serve)))
            return &serving->jobs.list[i];
    return NULL;
}

static void
handle_job(struct serving *serving, struct plx_served_job *served, const struct plx_admin_request *request,
           struct plx_admin_answer *answer)
{
    if (!may_ask(serving, request, answer) || !method_fits(request, true, answer) || !site_fits(request, answer))
        return;
    uint64_t ticket = request->ticket ? request->ticket : plx_served_job_want(served);
    if (ticket <= served->finished)
        tell_run(served, request, answer);
    else
        answer->ticket = ticket;
}

static void
handle(void *context, const struct plx_admin_request *request, struct plx_admin_answer *answer)
{
    struct serving *serving = context;
    struct plx_slice path = request->target;
    const char *query = path.len ? memchr(path.ptr, '?', path.len) : NULL;

    if (query)
        path.len = (size_t)(query - path.ptr);
    struct plx_served_job *served = find_job(serving, path);
    if (served) {
        handle_job(serving, served, request, answer);
        return;
    }
    for (size_t i = 0; i < PLX_COUNT(paths); i++)
        if (plx_slice_equal(path, plx_slice_of(paths[i].path))) {
            if ((paths[i].open || may_ask(serving, request, answer)) && method_fits(request, false, answer))
                paths[i].get(serving, answer);
            return;
        }
    if (may_ask(serving, request, answer))
        plx_admin_fail(answer, 404, "no_such_path", "there is nothing here; GET / lists what there is");
}

/* ---- the process ---- */

static void
on_signal(uv_signal_t *handle, int number)
{
    struct serving *serving = handle->data;

    (void)number;
    plx_log(PLX_LOG_INFO, "ending");
    plx_admin_server_stop(&serving->server);
    for (size_t i = 0; i < PLX_COUNT(serving->signals); i++)
        uv_close((uv_handle_t *)&serving->signals[i], NULL);
    plx_served_jobs_stop(&serving->jobs);
}

static void
catch_signals(struct serving *serving)
{
    static const int numbers[] = {SIGTERM, SIGINT};

    for (size_t i = 0; i < PLX_COUNT(numbers); i++) {
        uv_signal_init(&serving->loop.uv, &serving->signals[i]);
        serving->signals[i].data = serving;
        uv_signal_start(&serving->signals[i], on_signal, numbers[i]);
    }
}

static void
on_run_ended(void *owner)
{
    plx_admin_server_retry(&((struct serving *)owner)->server);
}

static bool
listen_at(struct serving *serving, char *error, size_t size)
{
    const struct plx_reconcile_service *service = serving->service;
    char text[PLX_ADDRESS_TEXT];
    uint16_t port = 0;
    int fd = plx_listen_socket(service->address.host, service->address.port, false, &port, error, size);

    if (fd < 0)
        return false;
    if (plx_admin_server_open(&serving->server, handle, serving, PLX_RECONCILE_WAIT_MS, &serving->loop, fd) != PLX_OK) {
        snprintf(error, size, "out of memory");
        return false;
    }
    plx_address_write(service->address.host, port, text);
    plx_log(PLX_LOG_INFO, "listening", PLX_TEXT("address", text));
    printf("listening on %s\n", text);
    fflush(stdout);
    return true;
}

static bool
serve(struct serving *serving, char *error, size_t size)
{
    if (!listen_at(serving, error, size))
        return false;
    if (!plx_served_jobs_init(&serving->jobs, serving->service, &serving->loop.uv, on_run_ended, serving)) {
        snprintf(error, size, "out of memory");
        return false;
    }
    catch_signals(serving);
    plx_log(PLX_LOG_INFO, "ready", PLX_NUMBER_OF("jobs", serving->jobs.count));
    uv_run(&serving->loop.uv, UV_RUN_DEFAULT);
    plx_log(PLX_LOG_INFO, "ended");
    return true;
}

bool
plx_reconcile_serve(const struct plx_reconcile_service *service, char *error, size_t size)
{
    static struct serving serving;

    serving = (struct serving){.service = service};
    if (plx_loop_init(&serving.loop) != PLX_OK) {
        snprintf(error, size, "out of memory");
        return false;
    }
    bool served = serve(&serving, error, size);
    plx_loop_fini(&serving.loop);
    plx_served_jobs_fini(&serving.jobs);
    return served;
}
