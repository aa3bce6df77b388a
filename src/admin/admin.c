/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The admin API: a table of paths, each with the parameters it takes and a function that writes its answer. What a path
 * needs is checked before its function is called: the token, the Host, the method, the parameters, the service.
 */
#include "admin/admin.h"

#include "admin/access.h"
#include "admin/query.h"
#include "admin/spies.h"
#include "base/assert.h"
#include "experiment/publisher.h"
#include "ledger/causes.h"
#include "ledger/experiments.h"
#include "ledger/reconciliations.h"

#include <stdio.h>
#include <time.h>

_Static_assert(PLX_ADMIN_BODY_MAX >= PLX_POST_BYTES_MAX, "what a publisher posts fits into a request");

_Static_assert(PLX_ADMIN_BODY_MAX >= PLX_RECONCILIATION_POST_MAX, "a result fits into a request");

static const char json_type[] = "application/json";
static const char text_type[] = "text/plain; charset=utf-8";
static const char metrics_type[] = "text/plain; version=0.0.4; charset=utf-8";

struct call {
    struct plx_admin *admin;
    struct plx_admin_answer *answer;
    const struct plx_admin_request *request;
    struct plx_admin_target target;
    struct plx_subject subject; /* paths below /services/{name}, /experiments/{name} */
    const struct plx_spy *spy;  /* paths below /spies/{spy} */
    bool json;                  /* asked for where text is usual */
    struct plx_slice id;        /* /exchanges/{id}, /reconciliations/{id} */
};

/* ---- errors ---- */

static void fail(struct plx_admin_answer *answer, int status, const char *code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static void
fail(struct plx_admin_answer *answer, int status, const char *code, const char *format, ...)
{
    struct plx_json_writer w;
    char message[512];
    va_list args;

    va_start(args, format);
    vsnprintf(message, sizeof(message), format, args);
    va_end(args);
    answer->status = status;
    answer->content_type = json_type;
    plx_buffer_clear(&answer->body);
    plx_json_writer_init(&w, &answer->body);
    plx_json_begin_object(&w);
    plx_json_key(&w, "error");
    plx_json_begin_object(&w);
    plx_json_key(&w, "code");
    plx_json_text_value(&w, code);
    plx_json_key(&w, "message");
    plx_json_text_value(&w, message);
    plx_json_end_object(&w);
    plx_json_end_object(&w);
}

/* For a message: at most 80 bytes of what was asked for. */
#define SHOWN(slice) (int)((slice).len < 80 ? (slice).len : 80), ((slice).len ? (slice).ptr : "")

static void
text_answer(struct call *call, int status, const char *text)
{
    call->answer->status = status;
    call->answer->content_type = text_type;
    plx_buffer_text(&call->answer->body, text);
}

/* ---- services ---- */

/* "2.5%" */
static void
write_percent(struct plx_json_writer *w, uint32_t share)
{
    char number[PLX_SHARE_TEXT], text[PLX_SHARE_TEXT + 1];

    snprintf(text, sizeof(text), "%s%%", plx_share_text(share, number));
    plx_json_text_value(w, text);
}

static void
write_service(struct plx_admin *admin, const struct plx_service *service, struct plx_json_writer *w)
{
    char share[PLX_SHARE_TEXT];

    plx_json_begin_object(w);
    plx_json_key(w, "name");
    plx_json_text_value(w, service->name);
    plx_json_key(w, "hosts");
    plx_json_begin_array(w);
    for (size_t i = 0; i < service->host_count; i++)
        plx_json_text_value(w, service->hosts[i]);
    plx_json_end_array(w);
    plx_json_key(w, "stage");
    plx_json_text_value(w, plx_stage_text(service->stage));
    plx_json_key(w, "share");
    plx_json_raw(w, plx_slice_of(plx_share_text(plx_service_share(service), share)));
    plx_rollout_write(admin->rollout, service->index, w);
    plx_json_key(w, "copy");
    write_percent(w, service->copy_share);
    plx_json_key(w, "roles");
    plx_ledger_write_health(admin->ledger, service, w);
    plx_json_end_object(w);
}

static struct plx_json_writer
begin_json(struct call *call)
{
    struct plx_json_writer w;

    call->answer->status = 200;
    call->answer->content_type = json_type;
    plx_json_writer_init(&w, &call->answer->body);
    return w;
}

static void
get_services(struct call *call)
{
    struct plx_json_writer w = begin_json(call);
    const struct plx_snapshot *snapshot = call->admin->snapshot;

    plx_json_begin_object(&w);
    plx_json_key(&w, "services");
    plx_json_begin_array(&w);
    for (size_t i = 0; i < snapshot->service_count; i++)
        write_service(call->admin, &snapshot->services[i], &w);
    plx_json_end_array(&w);
    plx_json_end_object(&w);
}

static void
get_service(struct call *call)
{
    struct plx_json_writer w = begin_json(call);

    write_service(call->admin, call->subject.service, &w);
}

/* ---- changes ---- */

/* Answers the service as it then is, once that is so for every client. */
static void
change(struct call *call, const struct plx_rollout_wish *wish)
{
    struct plx_admin *admin = call->admin;
    const struct plx_snapshot *before = admin->rollout->present;
    size_t index = call->subject.service->index;
    struct plx_rollout_error error;

    if (!plx_rollout_change(admin->rollout, index, wish, call->request->client, &error)) {
        fail(call->answer, error.status, error.code, "%s", error.message);
        return;
    }
    if (admin->rollout->present != before)
        admin->changed(admin->owner);
    struct plx_json_writer w = begin_json(call);
    write_service(admin, &admin->rollout->present->services[index], &w);
    call->answer->generation = admin->rollout->present->generation;
}

static void
put_stage(struct call *call)
{
    struct plx_rollout_wish wish;
    struct plx_rollout_error error;

    if (plx_rollout_read(call->request->body, &wish, &error))
        change(call, &wish);
    else
        fail(call->answer, error.status, error.code, "%s", error.message);
}

static void
post_rollback(struct call *call)
{
    const struct plx_rollout_wish back = plx_rollout_back();

    if (call->request->body.len && !plx_slice_equal(call->request->body, plx_slice_of("{}")))
        fail(call->answer, 400, "bad_change", "a rollback has no body: it always leads to the primary");
    else
        change(call, &back);
}

/* ---- what was counted ---- */

static void
get_report(struct call *call)
{
    struct plx_json_writer w = begin_json(call);

    plx_ledger_write_report(call->admin->ledger, &call->subject, &w);
}

static void
get_endpoints(struct call *call)
{
    struct plx_json_writer w = begin_json(call);

    plx_ledger_write_endpoints(call->admin->ledger, &call->subject, &w);
}

static void
get_differences(struct call *call)
{
    struct plx_differences_query query = {.endpoint = plx_admin_parameter(&call->target, "endpoint"),
                                          .field = plx_admin_parameter(&call->target, "field")};
    struct plx_slice limit = plx_admin_parameter(&call->target, "limit");
    struct plx_slice after = plx_admin_parameter(&call->target, "after");
    struct plx_slice cause = plx_admin_parameter(&call->target, "cause");
    uint64_t number = 0;
    struct plx_json_writer w;

    if (limit.ptr && (!plx_admin_number(limit, 1000, &number) || number == 0)) {
        fail(call->answer, 400, "bad_parameter", "limit is a number from 1 to 1000, not '%.*s'", SHOWN(limit));
        return;
    }
    query.limit = (uint32_t)number;
    if (after.ptr && !plx_admin_number(after, INT64_MAX, &query.after)) {
        fail(call->answer, 400, "bad_parameter", "after is the sequence number of a difference, not '%.*s'",
             SHOWN(after));
        return;
    }
    if (cause.ptr && (!plx_cause_id_read(cause, &query.cause) || query.cause == 0)) {
        fail(call->answer, 400, "bad_parameter", "cause is the id of a cause in the report, 16 hex digits, not '%.*s'",
             SHOWN(cause));
        return;
    }
    query.oldest_first = after.ptr != NULL;
    w = begin_json(call);
    plx_ledger_write_differences(call->admin->ledger, &call->subject, &query, &w);
}

static void
get_exchange(struct call *call)
{
    struct plx_json_writer w = begin_json(call);

    if (!plx_ledger_write_exchange(call->admin->ledger, call->id, &w))
        fail(call->answer, 404, "no_such_exchange",
             "no exchange '%.*s' is recorded; only the last mismatches are kept whole", SHOWN(call->id));
}

/* ---- experiments ---- */

static void
get_experiments(struct call *call)
{
    struct plx_json_writer w = begin_json(call);

    plx_json_begin_object(&w);
    plx_json_key(&w, plx_subject_plural(PLX_SUBJECT_EXPERIMENT));
    plx_ledger_write_summaries(call->admin->ledger, PLX_SUBJECT_EXPERIMENT, &w);
    plx_json_end_object(&w);
}

static void
get_experiment(struct call *call)
{
    struct plx_json_writer w = begin_json(call);

    plx_ledger_write_summary(call->admin->ledger, &call->subject, &w);
}

/* 400 only where nothing was taken: who gets an error sends nothing of it again. */
static void
post_experiments(struct call *call)
{
    struct plx_runs_taken taken;
    struct plx_json_writer w;
    struct timespec now = {0};

    clock_gettime(CLOCK_REALTIME, &now);
    if (plx_experiments_take(call->admin->ledger, call->request->body,
                             (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000, &taken) != PLX_OK) {
        fail(call->answer, 503, "no_memory",
             "there is no memory to count these runs; none of them was, send them again");
        return;
    }
    w = begin_json(call);
    if (taken.taken == 0 && taken.refused > 0)
        call->answer->status = 400;
    plx_runs_taken_write(&taken, &w);
}

/* ---- spies ---- */

static void
get_spies(struct call *call)
{
    struct plx_json_writer w = begin_json(call);
    const struct plx_spies *spies = call->admin->spies;

    plx_json_begin_object(&w);
    plx_json_key(&w, "spies");
    plx_json_begin_array(&w);
    for (size_t i = 0; spies && i < spies->count; i++)
        plx_spy_write(call->admin->ledger, &spies->list[i], &w);
    plx_json_end_array(&w);
    plx_json_end_object(&w);
}

static void
get_spy(struct call *call)
{
    struct plx_json_writer w = begin_json(call);

    plx_spy_write(call->admin->ledger, call->spy, &w);
}

static bool
wants_json(const struct call *call)
{
    struct plx_slice json = plx_admin_parameter(&call->target, "json");

    return call->json || (json.ptr && !plx_slice_equal(json, plx_slice_of("0")));
}

static void
get_spy_compare(struct call *call)
{
    if (wants_json(call))
        get_spy(call);
    else
        text_answer(call, 200, plx_spy_is_equal(call->admin->ledger, call->spy) ? "true\n" : "false\n");
}

/* Of all spies together. */
static void
get_compare(struct call *call)
{
    const struct plx_spies *spies = call->admin->spies;
    bool equal = true;

    if (!spies) {
        fail(call->answer, 404, "no_spies", "there are no spies here whose calls could be compared");
        return;
    }
    for (size_t i = 0; i < spies->count; i++)
        equal &= plx_spy_is_equal(call->admin->ledger, &spies->list[i]);
    if (!wants_json(call)) {
        text_answer(call, 200, equal ? "true\n" : "false\n");
        return;
    }
    struct plx_json_writer w = begin_json(call);
    plx_json_begin_object(&w);
    plx_json_key(&w, "equal");
    plx_json_bool(&w, equal);
    plx_json_key(&w, "spies");
    plx_json_begin_array(&w);
    for (size_t i = 0; i < spies->count; i++)
        plx_spy_write(call->admin->ledger, &spies->list[i], &w);
    plx_json_end_array(&w);
    plx_json_end_object(&w);
}

/* ---- reconciliations ---- */

static void
get_reconciliations(struct call *call)
{
    struct plx_json_writer w = begin_json(call);

    plx_ledger_write_reconciliations(call->admin->ledger, &w);
}

static void
write_reconciliation(struct call *call, struct plx_slice name)
{
    struct plx_json_writer w = begin_json(call);

    if (!plx_ledger_write_reconciliation(call->admin->ledger, name, &w))
        fail(call->answer, 404, "no_such_reconciliation",
             "no result of a reconciliation '%.*s' has come; GET /api/v1/reconciliations lists them", SHOWN(name));
}

static void
get_reconciliation(struct call *call)
{
    write_reconciliation(call, call->id);
}

/* Answers what is known of it then. */
static void
post_reconciliation(struct call *call)
{
    struct plx_arena *arena = plx_arena_new(NULL);
    struct plx_reconciliation result;
    const char *wrong = "";
    enum plx_status status = PLX_E_MEMORY;

    if (arena)
        status = plx_reconciliation_read(call->request->body, arena, &result, &wrong);
    if (status == PLX_OK)
        status = plx_ledger_reconciled(call->admin->ledger, &result);
    if (status == PLX_OK)
        write_reconciliation(call, result.name);
    else if (status == PLX_E_SYNTAX)
        fail(call->answer, 400, "bad_reconciliation", "%s", wrong);
    else if (status == PLX_E_LIMIT)
        fail(call->answer, 409, "too_many_reconciliations",
             "results of %u reconciliations are kept, which is all there can be; forget one that is no longer run: "
             "POST /api/v1/reconciliations/NAME/forget",
             PLX_RECONCILIATIONS_MAX);
    else
        fail(call->answer, 503, "no_memory",
             "there is no memory to keep this result; it was not counted, send it again");
    plx_arena_free(arena);
}

static void
post_forget(struct call *call)
{
    struct plx_json_writer w = begin_json(call);

    if (call->request->body.len && !plx_slice_equal(call->request->body, plx_slice_of("{}")))
        fail(call->answer, 400, "bad_change", "forgetting has no body: it is about the whole reconciliation");
    else if (plx_ledger_forget_reconciliation(call->admin->ledger, call->id))
        plx_ledger_write_reconciliations(call->admin->ledger, &w);
    else
        write_reconciliation(call, call->id);
}

/* ---- outside the API ---- */

static void
get_metrics(struct call *call)
{
    call->answer->status = 200;
    call->answer->content_type = metrics_type;
    plx_ledger_write_metrics(call->admin->ledger, call->admin->snapshot, &call->answer->body);
    plx_spies_write_metrics(call->admin->spies, &call->answer->body);
}

static void
get_healthz(struct call *call)
{
    text_answer(call, 200, "ok\n");
}

static void
get_readyz(struct call *call)
{
    text_answer(call, call->admin->ready ? 200 : 503, call->admin->ready ? "ready\n" : "not ready\n");
}

static void get_start(struct call *call);

static void
not_yet(struct call *call)
{
    fail(call->answer, 404, "not_in_this_version", "this is not in this version of Parallax (%s)", PLX_VERSION);
}

/* ---- the table ---- */

/* What may be asked of a path. */
enum method {
    READ, /* GET and HEAD */
    PUT,
    POST,
    METHODS,
};

struct path {
    const char *segments[5]; /* "{name}": of what the segment before is about, "{spy}", "{id}": an exchange, a
                                reconciliation; NULL ends */
    const char *parameters[5];
    void (*on[METHODS])(struct call *call); /* NULL: not possible there */
    bool open;                              /* without a token, under any Host; for reading alone */
    const char *help;                       /* NULL: not named on the start page */
};

#define API "api", "v1"

static const struct path paths[] = {
    {{NULL}, {NULL}, {get_start}, false, NULL},
    {{API, "services"}, {NULL}, {get_services}, false, "services, stages and the health of each role"},
    {{API, "services", "{name}"}, {NULL}, {get_service}, false, "one of them"},
    {{API, "services", "{name}", "report"}, {NULL}, {get_report}, false, "the verdict so far, per endpoint and field"},
    {{API, "services", "{name}", "endpoints"}, {NULL}, {get_endpoints}, false, "the same without the fields"},
    {{API, "services", "{name}", "differences"},
     {"endpoint", "field", "cause", "limit", "after"},
     {get_differences},
     false,
     "recorded mismatches, newest first"},
    {{API, "experiments"},
     {NULL},
     {get_experiments, [POST] = post_experiments},
     false,
     "experiments in process: what each came to; POST takes their runs as JSON lines"},
    {{API, "experiments", "{name}"}, {NULL}, {get_experiment}, false, "one of them"},
    {{API, "experiments", "{name}", "report"},
     {NULL},
     {get_report},
     false,
     "the verdict so far, per candidate and field"},
    {{API, "experiments", "{name}", "endpoints"}, {NULL}, {get_endpoints}, false, "the same without the fields"},
    {{API, "experiments", "{name}", "differences"},
     {"endpoint", "field", "cause", "limit", "after"},
     {get_differences},
     false,
     "recorded mismatches, newest first"},
    {{API, "services", "{name}", "stage"}, {NULL}, {[PUT] = put_stage}, false, "PUT {\"stage\":..,\"share\":..}"},
    {{API, "services", "{name}", "rollback"}, {NULL}, {[POST] = post_rollback}, false, "POST: back to the primary"},
    {{API, "spies"}, {NULL}, {get_spies}, false, "spies: whether the calls of both sides are equal"},
    {{API, "spies", "{spy}"}, {NULL}, {get_spy}, false, "one of them"},
    {{API, "spies", "{spy}", "compare"}, {"json"}, {get_spy_compare}, false, "true or false; with ?json=1 why"},
    {{API, "spies", "{spy}", "report"}, {NULL}, {get_report}, false, "the verdict so far, per endpoint and field"},
    {{API, "spies", "{spy}", "endpoints"}, {NULL}, {get_endpoints}, false, "the same without the fields"},
    {{API, "spies", "{spy}", "differences"},
     {"endpoint", "field", "cause", "limit", "after"},
     {get_differences},
     false,
     "recorded mismatches, newest first"},
    {{API, "events"}, {NULL}, {not_yet}, false, NULL},
    {{API, "exchanges", "{id}"}, {NULL}, {get_exchange}, false, "one recorded exchange"},
    {{"compare"}, {"json"}, {get_compare}, false, "true where the calls of all spies are equal, else false"},
    {{API, "reconciliations"},
     {NULL},
     {get_reconciliations, [POST] = post_reconciliation},
     false,
     "what `parallax reconcile` found; POST takes a result"},
    {{API, "reconciliations", "{id}"}, {NULL}, {get_reconciliation}, false, "one of them, with its last runs"},
    {{API, "reconciliations", "{id}", "forget"}, {NULL}, {[POST] = post_forget}, false, "POST: it is no longer run"},
    {{"metrics"}, {NULL}, {get_metrics}, false, "for Prometheus"},
    {{"healthz"}, {NULL}, {get_healthz}, true, "whether the process lives"},
    {{"readyz"}, {NULL}, {get_readyz}, true, "whether it takes traffic"},
};

static void
get_start(struct call *call)
{
    struct plx_buffer *out = &call->answer->body;

    text_answer(call, 200, "Parallax " PLX_VERSION "\n\n");
    plx_buffer_format(out, "services: %zu   workers: %u   confidence: %g\n\n", call->admin->snapshot->service_count,
                      call->admin->workers, call->admin->confidence);
    for (size_t i = 0; i < PLX_COUNT(paths); i++) {
        size_t start = out->len;

        if (!paths[i].help)
            continue;
        for (size_t j = 0; j < PLX_COUNT(paths[i].segments) && paths[i].segments[j]; j++) {
            plx_buffer_byte(out, '/');
            plx_buffer_text(out, paths[i].segments[j]);
        }
        while (!out->failed && out->len - start < 40)
            plx_buffer_byte(out, ' ');
        plx_buffer_format(out, " %s\n", paths[i].help);
    }
}

static bool
segments_fit(const struct path *path, const struct plx_admin_target *target)
{
    for (size_t i = 0; i < PLX_COUNT(path->segments); i++) {
        const char *want = path->segments[i];

        if (!want || i == target->segment_count)
            return !want && i == target->segment_count;
        if (want[0] != '{' && !plx_slice_equal(target->segments[i], plx_slice_of(want)))
            return false;
    }
    return target->segment_count == PLX_COUNT(path->segments);
}

static const struct path *
find_path(const struct plx_admin_target *target)
{
    for (size_t i = 0; i < PLX_COUNT(paths); i++)
        if (segments_fit(&paths[i], target))
            return &paths[i];
    return NULL;
}

/* ---- what is checked before ---- */

static bool
may_ask(const struct plx_admin *admin, const struct plx_admin_request *request, struct plx_admin_answer *answer)
{
    if (admin->token) {
        if (plx_access_token_fits(request->authorization, admin->token))
            return true;
        fail(answer, 401, "unauthorized", "the admin API asks for its token: Authorization: Bearer TOKEN");
        return false;
    }
    if (plx_access_host_is_local(request->host))
        return true;
    fail(answer, 403, "foreign_host",
         "without a token the admin API answers only to addresses, localhost and names without dots, not to '%.*s'",
         SHOWN(request->host));
    return false;
}

static enum method
method_of(struct plx_slice method)
{
    if (plx_slice_equal(method, plx_slice_of("GET")) || plx_slice_equal(method, plx_slice_of("HEAD")))
        return READ;
    if (plx_slice_equal(method, plx_slice_of("PUT")))
        return PUT;
    return plx_slice_equal(method, plx_slice_of("POST")) ? POST : METHODS;
}

static bool
method_fits(const struct path *path, enum method method, const struct plx_admin_request *request,
            struct plx_admin_answer *answer)
{
    static const char *const allow[] = {NULL,   "GET, HEAD",       "PUT",       "GET, HEAD, PUT",
                                        "POST", "GET, HEAD, POST", "PUT, POST", "GET, HEAD, PUT, POST"};

    if (method < METHODS && path->on[method])
        return true;
    unsigned possible = 0;
    for (int i = 0; i < METHODS; i++)
        possible |= path->on[i] ? 1u << i : 0;
    fail(answer, 405, "method_not_allowed", "%.*s is not possible here, only %s", SHOWN(request->method),
         allow[possible]);
    answer->allow = allow[possible];
    return false;
}

/* A page from elsewhere may have its reader's browser send a request here; the browser then says where it is from. */
static bool
origin_fits(const struct plx_admin_request *request, struct plx_admin_answer *answer)
{
    if (!request->origin.ptr || plx_access_origin_is_host(request->origin, request->host))
        return true;
    fail(answer, 403, "foreign_origin", "a page of '%.*s' may change nothing here", SHOWN(request->origin));
    return false;
}

static bool
parameters_fit(const struct path *path, struct call *call)
{
    for (size_t i = 0; i < call->target.parameter_count; i++) {
        struct plx_slice name = call->target.parameters[i].name;
        bool known = false;

        for (size_t j = 0; j < PLX_COUNT(path->parameters) && path->parameters[j]; j++)
            known |= plx_slice_equal(name, plx_slice_of(path->parameters[j]));
        if (!known) {
            fail(call->answer, 400, "unknown_parameter", "there is no parameter '%.*s' here", SHOWN(name));
            return false;
        }
    }
    return true;
}

static bool
find_service(struct call *call, struct plx_slice name)
{
    const struct plx_service *service = plx_service_by_name(call->admin->snapshot, name);

    if (service)
        call->subject = plx_subject_service(service);
    else
        fail(call->answer, 404, "no_such_service", "there is no service '%.*s'; GET /api/v1/services lists them",
             SHOWN(name));
    return service != NULL;
}

/* Of a kind that no configuration knows: what was counted is there. */
static bool
find_subject(struct call *call, enum plx_subject_kind kind, struct plx_slice name)
{
    char code[64];

    call->subject = plx_subject_named(kind, name);
    if (plx_ledger_knows(call->admin->ledger, &call->subject))
        return true;
    snprintf(code, sizeof(code), "no_such_%s", plx_subject_text(kind));
    fail(call->answer, 404, code, "nothing was counted of the %s '%.*s'; GET /api/v1/%s lists them",
         plx_subject_text(kind), SHOWN(name), plx_subject_plural(kind));
    return false;
}

static bool
find_spy(struct call *call, struct plx_slice name)
{
    call->spy = plx_spy_by_name(call->admin->spies, name);
    if (call->spy)
        call->subject = plx_spy_subject(call->spy);
    else
        fail(call->answer, 404, "no_such_spy", "there is no spy '%.*s'; GET /api/v1/spies lists them", SHOWN(name));
    return call->spy != NULL;
}

static bool
names_fit(const struct path *path, struct call *call)
{
    for (size_t i = 0; i < call->target.segment_count; i++) {
        struct plx_slice given = call->target.segments[i];
        enum plx_subject_kind kind;

        if (strcmp(path->segments[i], "{id}") == 0)
            call->id = given;
        if (strcmp(path->segments[i], "{spy}") == 0 && !find_spy(call, given))
            return false;
        if (strcmp(path->segments[i], "{name}") != 0 || !plx_subject_of_plural(call->target.segments[i - 1], &kind))
            continue;
        if (!(kind == PLX_SUBJECT_SERVICE ? find_service(call, given) : find_subject(call, kind, given)))
            return false;
    }
    return true;
}

static void
handle(struct call *call, const struct plx_admin_request *request)
{
    struct plx_admin_answer *answer = call->answer;
    const char *wrong = plx_admin_target_read(request->target, &call->target);
    const struct path *path = wrong ? NULL : find_path(&call->target);
    enum method method = method_of(request->method);

    if ((!path || !path->open) && !may_ask(call->admin, request, answer))
        return;
    if (wrong) {
        fail(answer, 400, "bad_target", "%s", wrong);
        return;
    }
    if (!path) {
        fail(answer, 404, "no_such_path", "there is nothing here; GET / names what there is");
        return;
    }
    if (method_fits(path, method, request, answer) && (method == READ || origin_fits(request, answer)) &&
        parameters_fit(path, call) && names_fit(path, call))
        path->on[method](call);
}

void
plx_admin_handle(struct plx_admin *admin, const struct plx_admin_request *request, struct plx_admin_answer *answer)
{
    struct call call = {.admin = admin,
                        .answer = answer,
                        .request = request,
                        .json = plx_slice_equal_nocase(request->accept, plx_slice_of(json_type))};

    answer->status = 500;
    answer->content_type = text_type;
    answer->allow = NULL;
    answer->generation = 0;
    handle(&call, request);
    if (answer->body.failed)
        fail(answer, 503, "no_memory",
             "there is no memory for this answer, or it is larger than %u bytes; ask for less of it",
             PLX_ADMIN_ANSWER_MAX);
}
