/* SPDX-License-Identifier: Apache-2.0 */
/* The service of reconcile_serve.h. */
#include "control/process/reconcile_serve.h"

#include "base/assert.h"
#include "base/clock.h"
#include "cli/client/reconcile_post.h"
#include "cli/command/command.h"
#include "control/admin/may_ask.h"
#include "control/admin/server.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#define NAME       "reconcile"
#define LOOK_MS    60000u /* how often a schedule is held against the clock, which may be set meanwhile */
#define ERROR_SIZE 800u

struct serving;

/* A job, as the loop's thread sees it; of a run under way, what the pool's thread fills in. */
struct served_job {
    struct serving *serving;
    const struct plx_reconcile_job *job;
    uv_timer_t timer;
    uv_work_t work;
    uint64_t due_ms;                    /* UINT64_MAX: there is no schedule */
    uint64_t started, finished;         /* runs, from 1 on; under way where they differ */
    bool wanted;                        /* another one, behind it */
    struct plx_reconcile_result result; /* of the run under way */
    struct plx_arena *arena;            /* of what is said of it */
    struct plx_reconciliation said;
    char post_error[ERROR_SIZE];
    struct plx_reconciliation *last; /* NULL: there was none yet */
    struct plx_reconciliation_totals totals;
};

struct serving {
    const struct plx_reconcile_command *command;
    struct plx_loop loop;
    struct plx_admin_server server;
    uv_signal_t signals[2];
    atomic_bool stop;
    const char *token;
    struct served_job jobs[PLX_RECONCILE_JOBS_MAX];
    size_t count;
};

/* ---- runs ---- */

/* On a thread of the pool. */
static void
work(uv_work_t *request)
{
    struct served_job *served = PLX_CONTAINER(request, struct served_job, work);
    const struct serving *serving = served->serving;
    const struct plx_reconcile_options options = {.dry_run = serving->command->dry_run, .stop = &serving->stop};
    struct plx_reconcile_error error;

    plx_reconcile_result_init(&served->result, served->job, PLX_RECONCILIATION_EXAMPLES_MAX);
    if (plx_reconcile_run(served->job, &options, &served->result, &error) == PLX_E_CANCELED)
        return;
    plx_reconcile_result_for_ledger(&served->result, served->arena, &served->said);
    if (serving->command->admin &&
        !plx_reconcile_post(serving->command->options.admin, &served->said, served->post_error, ERROR_SIZE))
        return;
    served->post_error[0] = '\0';
}

static void
log_run(const struct served_job *served)
{
    const struct plx_reconciliation *said = &served->said;

    if (said->outcome == PLX_RECONCILIATION_FAILED)
        plx_log(PLX_LOG_ERROR, "run_failed", PLX_TEXT("job", served->job->name), PLX_SLICE("error", said->error));
    else
        plx_log(said->outcome == PLX_RECONCILIATION_TRUE ? PLX_LOG_INFO : PLX_LOG_WARN, "run_ended",
                PLX_TEXT("job", served->job->name), PLX_TEXT("result", plx_reconciliation_outcome_text(said->outcome)),
                PLX_NUMBER_OF("left", said->left.rows), PLX_NUMBER_OF("right", said->right.rows),
                PLX_NUMBER_OF("paired", said->counts[PLX_ROWS_PAIRED]),
                PLX_NUMBER_OF("only_left", said->counts[PLX_ROWS_ONLY_LEFT]),
                PLX_NUMBER_OF("only_right", said->counts[PLX_ROWS_ONLY_RIGHT]),
                PLX_NUMBER_OF("differing", said->counts[PLX_ROWS_DIFFERING]),
                PLX_NUMBER_OF("waiting", said->counts[PLX_ROWS_WAITING]), PLX_NUMBER_OF("ms", said->seconds * 1000));
    if (served->post_error[0])
        plx_log(PLX_LOG_ERROR, "post_failed", PLX_TEXT("job", served->job->name),
                PLX_TEXT("error", served->post_error));
}

/* Without memory for it the one before stays. */
static void
keep_last(struct served_job *served)
{
    struct plx_reconciliation *last = plx_reconciliation_copy(&served->said, true);

    plx_reconciliation_add_up(&served->totals, &served->said);
    if (!last)
        return;
    free(served->last);
    served->last = last;
}

static void begin_run(struct served_job *served);

static void
after_work(uv_work_t *request, int status)
{
    struct served_job *served = PLX_CONTAINER(request, struct served_job, work);
    bool stopped = atomic_load(&served->serving->stop);

    (void)status;
    if (!stopped) {
        keep_last(served);
        log_run(served);
    }
    plx_reconcile_result_fini(&served->result);
    plx_arena_reset(served->arena);
    served->finished = served->started;
    if (served->wanted && !stopped)
        begin_run(served);
    if (!stopped)
        plx_admin_server_retry(&served->serving->server);
}

static void
begin_run(struct served_job *served)
{
    served->wanted = false;
    served->started++;
    served->post_error[0] = '\0';
    PLX_ASSERT(uv_queue_work(&served->serving->loop.uv, &served->work, work, after_work) == 0);
}

/* The number of the run that begins from now on. */
static uint64_t
want_run(struct served_job *served)
{
    if (served->started == served->finished) {
        begin_run(served);
        return served->started;
    }
    served->wanted = true;
    return served->started + 1;
}

/* ---- schedules ---- */

static void on_timer(uv_timer_t *timer);

static void
set_timer(struct served_job *served)
{
    uint64_t now = plx_wall_ms(), in = served->due_ms > now ? served->due_ms - now : 0;

    if (served->due_ms != UINT64_MAX)
        uv_timer_start(&served->timer, on_timer, in < LOOK_MS ? in : LOOK_MS, 0);
}

static void
on_timer(uv_timer_t *timer)
{
    struct served_job *served = PLX_CONTAINER(timer, struct served_job, timer);
    uint64_t now = plx_wall_ms();

    uv_update_time(&served->serving->loop.uv);
    if (now >= served->due_ms) {
        served->due_ms = plx_schedule_next(&served->job->every, now);
        if (served->started == served->finished)
            begin_run(served);
        else
            plx_log(PLX_LOG_WARN, "run_left_out", PLX_TEXT("job", served->job->name),
                    PLX_TEXT("why", "the one before has not ended"));
    }
    set_timer(served);
}

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
    for (size_t i = 0; i < serving->count; i++)
        plx_buffer_format(&answer->body, "%-40s runs %s, answers true or false\n",
                          serving->jobs[i].job->serve ? serving->jobs[i].job->serve : "(on schedule alone)",
                          serving->jobs[i].job->name);
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

    for (size_t i = 0; i < serving->count; i++)
        if (serving->jobs[i].last)
            views[count++] = (struct plx_reconciliation_view){serving->jobs[i].last, &serving->jobs[i].totals};
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
    for (size_t i = 0; i < serving->count; i++) {
        struct served_job *served = &serving->jobs[i];
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
tell_run(const struct served_job *served, const struct plx_admin_request *request, struct plx_admin_answer *answer)
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
    return plx_admin_may_ask("this", serving->token, request, answer);
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

static struct served_job *
find_job(struct serving *serving, struct plx_slice path)
{
    for (size_t i = 0; i < serving->count; i++)
        if (serving->jobs[i].job->serve && plx_slice_equal(path, plx_slice_of(serving->jobs[i].job->serve)))
            return &serving->jobs[i];
    return NULL;
}

static void
handle_job(struct serving *serving, struct served_job *served, const struct plx_admin_request *request,
           struct plx_admin_answer *answer)
{
    if (!may_ask(serving, request, answer) || !method_fits(request, true, answer) || !site_fits(request, answer))
        return;
    uint64_t ticket = request->ticket ? request->ticket : want_run(served);
    if (ticket <= served->finished)
        tell_run(served, request, answer);
    else
        answer->generation = ticket;
}

static void
handle(void *context, const struct plx_admin_request *request, struct plx_admin_answer *answer)
{
    struct serving *serving = context;
    struct plx_slice path = request->target;
    const char *query = path.len ? memchr(path.ptr, '?', path.len) : NULL;

    if (query)
        path.len = (size_t)(query - path.ptr);
    struct served_job *served = find_job(serving, path);
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
    atomic_store(&serving->stop, true);
    plx_admin_server_stop(&serving->server);
    for (size_t i = 0; i < PLX_COUNT(serving->signals); i++)
        uv_close((uv_handle_t *)&serving->signals[i], NULL);
    for (size_t i = 0; i < serving->count; i++)
        uv_close((uv_handle_t *)&serving->jobs[i].timer, NULL);
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

static bool
open_jobs(struct serving *serving)
{
    serving->count = serving->command->job_count;
    for (size_t i = 0; i < serving->count; i++) {
        struct served_job *served = &serving->jobs[i];
        served->serving = serving;
        served->job = serving->command->jobs[i];
        served->due_ms = plx_schedule_is_set(&served->job->every)
                             ? plx_schedule_next(&served->job->every, plx_wall_ms())
                             : UINT64_MAX;
        served->arena = plx_arena_new(NULL);
        if (!served->arena)
            return false;
        uv_timer_init(&serving->loop.uv, &served->timer);
        set_timer(served);
    }
    return true;
}

static int
listen_at(struct serving *serving)
{
    const struct plx_address *address = &serving->command->serve_address;
    char error[512], text[300];
    uint16_t port = 0;
    int fd = plx_listen_socket(address->host, address->port, false, &port, error, sizeof(error));

    if (fd < 0)
        return plx_trouble(NAME, "%s", error);
    if (plx_admin_server_open(&serving->server, handle, serving, PLX_RECONCILE_WAIT_MS, &serving->loop, fd) != PLX_OK)
        return plx_trouble(NAME, "out of memory");
    snprintf(text, sizeof(text), strchr(address->host, ':') ? "[%s]:%u" : "%s:%u",
             *address->host ? address->host : "0.0.0.0", port);
    plx_log(PLX_LOG_INFO, "listening", PLX_TEXT("address", text));
    printf("listening on %s\n", text);
    fflush(stdout);
    return 0;
}

int
plx_reconcile_serve(const struct plx_reconcile_command *command)
{
    static struct serving serving;
    const char *token = getenv("PARALLAX_TOKEN");

    serving = (struct serving){.command = command, .token = token && *token ? token : NULL};
    if (!serving.token)
        serving.token = command->config.admin_token;
    if (plx_loop_init(&serving.loop) != PLX_OK)
        return plx_trouble(NAME, "out of memory");
    int status = listen_at(&serving);
    if (status == 0 && !open_jobs(&serving))
        status = plx_trouble(NAME, "out of memory");
    if (status == 0) {
        catch_signals(&serving);
        plx_log(PLX_LOG_INFO, "ready", PLX_NUMBER_OF("jobs", serving.count));
        uv_run(&serving.loop.uv, UV_RUN_DEFAULT);
        plx_log(PLX_LOG_INFO, "ended");
    }
    plx_loop_fini(&serving.loop);
    for (size_t i = 0; i < serving.count; i++) {
        plx_arena_free(serving.jobs[i].arena);
        free(serving.jobs[i].last);
    }
    return status;
}
