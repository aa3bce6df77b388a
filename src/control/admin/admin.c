/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The admin API: a table of paths, each with the parameters it takes and a function that writes its answer. What a path
 * needs is checked before its function is called: the token, the Host, the method, the parameters, the service.
 */
#include "control/admin/admin.h"

#include "base/assert.h"
#include "control/admin/access.h"
#include "control/admin/ask_api.h"
#include "control/admin/backup_api.h"
#include "control/admin/counted.h"
#include "control/admin/dashboard.h"
#include "control/admin/epochs_api.h"
#include "control/admin/erase_api.h"
#include "control/admin/may_ask.h"
#include "control/admin/reconciliations_api.h"
#include "control/admin/reload_api.h"
#include "control/admin/services_api.h"
#include "control/admin/spies_api.h"
#include "evidence/ledger/ledger_save.h"

#include <stdio.h>

static const char json_type[] = "application/json";
static const char text_type[] = "text/plain; charset=utf-8";

/* ---- outside the API ---- */

/* It lives and serves, whatever has become of the store. Anybody may ask: what is wrong stands in the API and the log.
 */
static void
get_healthz(struct plx_admin_call *call)
{
    char text[PLX_STORE_TROUBLE_MAX];
    bool trouble = false;

    for (unsigned i = 0; i < PLX_STORE_PARTS; i++)
        trouble |= plx_ledger_store_trouble(call->admin->ledger, (enum plx_store_part)i, text, sizeof(text));
    plx_admin_text(call, 200, trouble ? "ok\nthe store can't be written: see `parallax status`, or the log\n" : "ok\n");
}

static void
get_readyz(struct plx_admin_call *call)
{
    plx_admin_text(call, call->admin->ready ? 200 : 503, call->admin->ready ? "ready\n" : "not ready\n");
}

static void get_start(struct plx_admin_call *call);

static void
not_yet(struct plx_admin_call *call)
{
    plx_admin_fail(call->answer, 404, "not_in_this_version", "this is not in this version of Parallax (%s)",
                   PLX_VERSION);
}

/* ---- the table ---- */

/* What may be asked of a path. */
enum method {
    READ, /* GET and HEAD */
    PUT,
    POST,
    METHODS,
};

/* What an answer needs. */
enum needs {
    TOKEN,         /* who asks may ask */
    NOTHING,       /* no token, any Host; for reading alone, and nothing of what is counted */
    COUNTS,        /* the same as TOKEN; first all that the workers hold is handed over. Else 503 */
    COUNTS_AT_HAND /* the same, but where they take too long, what is there */
};

struct path {
    const char *segments[5]; /* "{name}": of what the segment before is about, "{spy}", "{id}": an exchange, a
                                reconciliation; NULL ends */
    const char *parameters[5];
    plx_admin_handler *on[METHODS]; /* NULL: not possible there */
    enum needs needs;
    const char *help; /* NULL: not named on the start page */
};

#define API "api", "v1"

static const struct path paths[] = {
    {{NULL}, {NULL}, {get_start}, NOTHING, NULL},
    {{"dashboard.css"}, {NULL}, {plx_admin_get_dashboard_css}, NOTHING, NULL},
    {{"dashboard.js"}, {NULL}, {plx_admin_get_dashboard_js}, NOTHING, NULL},
    {{"facts.js"}, {NULL}, {plx_admin_get_facts_js}, NOTHING, NULL},
    {{API, "services"},
     {NULL},
     {plx_admin_get_services},
     COUNTS_AT_HAND,
     "services, stages and the health of each role"},
    {{API, "services", "{name}"}, {NULL}, {plx_admin_get_service}, COUNTS_AT_HAND, "one of them"},
    {{API, "services", "{name}", "report"},
     {"epoch"},
     {plx_admin_get_service_report},
     COUNTS,
     "the verdict so far, per endpoint and field; ?epoch= of an earlier candidate"},
    {{API, "services", "{name}", "epochs"}, {NULL}, {plx_admin_get_epochs}, COUNTS, "its epochs, newest first"},
    {{API, "services", "{name}", "marks"},
     {NULL},
     {[POST] = plx_admin_post_mark},
     TOKEN,
     "POST {\"name\":..,\"reason\":..}: a new epoch"},
    {{API, "services", "{name}", "reset"},
     {NULL},
     {[POST] = plx_admin_post_reset},
     TOKEN,
     "POST {\"endpoint\":..}: what was counted is forgotten"},
    {{API, "services", "{name}", "endpoints"},
     {NULL},
     {plx_admin_get_endpoints},
     COUNTS,
     "the same without the fields"},
    {{API, "services", "{name}", "differences"},
     {"endpoint", "field", "cause", "limit", "after"},
     {plx_admin_get_differences},
     COUNTS,
     "recorded mismatches, newest first"},
    {{API, "experiments"},
     {NULL},
     {plx_admin_get_experiments, [POST] = plx_admin_post_experiments},
     TOKEN,
     "experiments in process: what each came to; POST takes their runs as JSON lines"},
    {{API, "experiments", "{name}"}, {NULL}, {plx_admin_get_experiment}, TOKEN, "one of them"},
    {{API, "experiments", "{name}", "report"},
     {NULL},
     {plx_admin_get_report},
     TOKEN,
     "the verdict so far, per candidate and field"},
    {{API, "experiments", "{name}", "endpoints"},
     {NULL},
     {plx_admin_get_endpoints},
     TOKEN,
     "the same without the fields"},
    {{API, "experiments", "{name}", "differences"},
     {"endpoint", "field", "cause", "limit", "after"},
     {plx_admin_get_differences},
     TOKEN,
     "recorded mismatches, newest first"},
    {{API, "services", "{name}", "stage"},
     {NULL},
     {[PUT] = plx_admin_put_stage},
     TOKEN,
     "PUT {\"stage\":..,\"share\":..,\"reason\":..}"},
    {{API, "services", "{name}", "rollback"},
     {NULL},
     {[POST] = plx_admin_post_rollback},
     TOKEN,
     "POST: all clients back to the primary, until `resume`"},
    {{API, "services", "{name}", "ask"},
     {NULL},
     {[POST] = plx_admin_post_ask},
     TOKEN,
     "POST {\"target\":..,\"method\":..}: all roles are asked once; 200 the same, 412 different"},
    {{API, "services", "{name}", "pause"},
     {NULL},
     {[POST] = plx_admin_post_pause},
     TOKEN,
     "POST: nothing is sent to the candidate, until `resume`"},
    {{API, "services", "{name}", "resume"},
     {NULL},
     {[POST] = plx_admin_post_resume},
     TOKEN,
     "POST: the pause ends, or the hold of a rollback"},
    {{API, "spies"}, {NULL}, {plx_admin_get_spies}, COUNTS_AT_HAND, "spies: whether the calls of both sides are equal"},
    {{API, "spies", "{spy}"}, {NULL}, {plx_admin_get_spy}, COUNTS_AT_HAND, "one of them"},
    {{API, "spies", "{spy}", "compare"},
     {"json", "wait"},
     {plx_admin_get_spy_compare},
     TOKEN,
     "true, false or pending; with ?json=1 why, ?wait=10s waits for calls that are pending"},
    {{API, "spies", "{spy}", "report"},
     {NULL},
     {plx_admin_get_report},
     COUNTS,
     "the verdict so far, per endpoint and field"},
    {{API, "spies", "{spy}", "endpoints"}, {NULL}, {plx_admin_get_endpoints}, COUNTS, "the same without the fields"},
    {{API, "spies", "{spy}", "differences"},
     {"endpoint", "field", "cause", "limit", "after"},
     {plx_admin_get_differences},
     COUNTS,
     "recorded mismatches, newest first"},
    {{API, "events"}, {NULL}, {not_yet}, TOKEN, NULL},
    {{API, "exchanges", "{id}"}, {NULL}, {plx_admin_get_exchange}, COUNTS, "one recorded exchange"},
    {{"compare"}, {"json", "wait"}, {plx_admin_get_compare}, TOKEN, "the same of all spies together"},
    {{API, "reconciliations"},
     {NULL},
     {plx_admin_get_reconciliations, [POST] = plx_admin_post_reconciliation},
     TOKEN,
     "what `parallax reconcile` found; POST takes a result"},
    {{API, "reconciliations", "{id}"},
     {NULL},
     {plx_admin_get_reconciliation},
     TOKEN,
     "one of them, with its last runs"},
    {{API, "reconciliations", "{id}", "forget"},
     {NULL},
     {[POST] = plx_admin_post_forget},
     TOKEN,
     "POST: it is no longer run"},
    {{API, "backup"}, {NULL}, {[POST] = plx_admin_post_backup}, COUNTS, "POST: a copy of the store is begun"},
    {{API, "backup", "{id}"}, {"offset"}, {plx_admin_get_backup}, TOKEN, "202 until it is whole, then its bytes"},
    {{API, "backup", "{id}", "stages"},
     {NULL},
     {plx_admin_get_backup_stages},
     TOKEN,
     "the file that belongs beside it"},
    {{API, "erase"},
     {NULL},
     {[POST] = plx_admin_post_erase},
     COUNTS,
     "POST {\"value\":..,\"dry_run\":..}: a value is taken out of all that is kept"},
    {{API, "reload"},
     {NULL},
     {[POST] = plx_admin_post_reload},
     TOKEN,
     "POST: the configuration is read again; its errors, or the generation in force"},
    {{"metrics"}, {NULL}, {plx_admin_get_metrics}, COUNTS_AT_HAND, "for Prometheus"},
    {{"healthz"}, {NULL}, {get_healthz}, NOTHING, "whether the process lives"},
    {{"readyz"}, {NULL}, {get_readyz}, NOTHING, "whether it takes traffic"},
};

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

static enum method method_of(struct plx_slice method);

static bool
may_ask(const struct plx_admin *admin, const struct plx_admin_request *request, struct plx_admin_answer *answer)
{
    if (admin->token && admin->read_token && plx_access_token_fits(request->authorization, admin->read_token)) {
        if (method_of(request->method) == READ)
            return true;
        plx_admin_fail(answer, 403, "read_only", "this token is for reading: a change needs the other one (`token`)");
        return false;
    }
    return plx_admin_may_ask("the admin API", admin->token, request, answer);
}

static void
list_paths(struct plx_admin_call *call)
{
    struct plx_buffer *out = &call->answer->body;

    plx_admin_text(call, 200, "Parallax " PLX_VERSION "\n\n");
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

/* To a browser the dashboard, which asks for the token itself; to others what there is, if they may ask. */
static void
get_start(struct plx_admin_call *call)
{
    if (plx_dashboard_wanted(call->request->accept))
        plx_admin_get_dashboard(call);
    else if (may_ask(call->admin, call->request, call->answer))
        list_paths(call);
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
    plx_admin_fail(answer, 405, "method_not_allowed", "%.*s is not possible here, only %s",
                   PLX_ADMIN_SHOWN(request->method), allow[possible]);
    answer->allow = allow[possible];
    return false;
}

/* A page from elsewhere may have its reader's browser send a request here; the browser then says where it is from. */
static bool
origin_fits(const struct plx_admin_request *request, struct plx_admin_answer *answer)
{
    if (!plx_access_site_is_own(request->fetch_site)) {
        plx_admin_fail(answer, 403, "foreign_origin", "a page of another site may change nothing here (%.*s)",
                       PLX_ADMIN_SHOWN(request->fetch_site));
        return false;
    }
    if (!request->origin.ptr || plx_access_origin_is_host(request->origin, request->host))
        return true;
    plx_admin_fail(answer, 403, "foreign_origin", "a page of '%.*s' may change nothing here",
                   PLX_ADMIN_SHOWN(request->origin));
    return false;
}

static bool
parameters_fit(const struct path *path, struct plx_admin_call *call)
{
    for (size_t i = 0; i < call->target.parameter_count; i++) {
        struct plx_slice name = call->target.parameters[i].name;
        bool known = false;

        for (size_t j = 0; j < PLX_COUNT(path->parameters) && path->parameters[j]; j++)
            known |= plx_slice_equal(name, plx_slice_of(path->parameters[j]));
        if (!known) {
            plx_admin_fail(call->answer, 400, "unknown_parameter", "there is no parameter '%.*s' here",
                           PLX_ADMIN_SHOWN(name));
            return false;
        }
    }
    return true;
}

/* "payment, orders": as many as find room. */
static void
list_services(const struct plx_snapshot *snapshot, char *out, size_t size)
{
    size_t len = 0;

    *out = '\0';
    for (size_t i = 0; i < snapshot->service_count && len < size; i++)
        len += (size_t)snprintf(out + len, size - len, "%s%s", i ? ", " : "", snapshot->services[i].name);
}

static bool
find_service(struct plx_admin_call *call, struct plx_slice name)
{
    char names[200];

    const struct plx_service *service = plx_service_by_name(call->admin->snapshot, name);

    if (service) {
        call->subject = plx_subject_service(service);
        return true;
    }
    list_services(call->admin->snapshot, names, sizeof(names));
    plx_admin_fail(call->answer, 404, "no_such_service", "there is no service '%.*s', but %s", PLX_ADMIN_SHOWN(name),
                   *names ? names : "none at all");
    return false;
}

/* Of a kind that no configuration knows: what was counted is there. */
static bool
find_subject(struct plx_admin_call *call, enum plx_subject_kind kind, struct plx_slice name)
{
    char code[64];

    call->subject = plx_subject_named(kind, name);
    if (plx_ledger_knows(call->admin->ledger, &call->subject))
        return true;
    snprintf(code, sizeof(code), "no_such_%s", plx_subject_text(kind));
    plx_admin_fail(call->answer, 404, code, "nothing was counted of the %s '%.*s'; GET /api/v1/%s lists them",
                   plx_subject_text(kind), PLX_ADMIN_SHOWN(name), plx_subject_plural(kind));
    return false;
}

static bool
find_spy(struct plx_admin_call *call, struct plx_slice name)
{
    call->spy = plx_spy_by_name(call->admin->spies, name);
    if (call->spy)
        call->subject = plx_spy_subject(call->spy);
    else
        plx_admin_fail(call->answer, 404, "no_such_spy", "there is no spy '%.*s'; GET /api/v1/spies lists them",
                       PLX_ADMIN_SHOWN(name));
    return call->spy != NULL;
}

static bool
names_fit(const struct path *path, struct plx_admin_call *call)
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

/* Whether all that workers hold has been handed over; else the request is asked again. */
static bool
is_handed_over(struct plx_admin_call *call)
{
    struct plx_admin *admin = call->admin;
    uint64_t ticket = call->request->ticket;

    if (!admin->hand_over)
        return true;
    call->answer->ticket = ticket ? ticket : admin->hand_over(admin->owner);
    if (call->answer->ticket > admin->handed_over)
        return false;
    call->answer->ticket = 0;
    return true;
}

bool
plx_admin_counts_are_whole(struct plx_admin_call *call)
{
    if (!call->request->late)
        return is_handed_over(call);
    plx_admin_fail(
        call->answer, 503, "workers_late",
        "a worker does not hand over what it has counted, and without it this could say too much; ask again, "
        "and see the log");
    return false;
}

static bool
has_what_it_needs(const struct path *path, struct plx_admin_call *call)
{
    if (path->needs == COUNTS_AT_HAND)
        return call->request->late || is_handed_over(call);
    return path->needs != COUNTS || plx_admin_counts_are_whole(call);
}

/* What is changed while a new process starts would be known to this one alone. */
static bool
nothing_is_lost(struct plx_admin_call *call, enum method method)
{
    if (method == READ || !call->admin->upgrading)
        return true;
    plx_admin_fail(call->answer, 503, "upgrade_under_way",
                   "a new process is starting, which would not know of this: ask again in a few seconds");
    return false;
}

static void
handle(struct plx_admin_call *call, const struct plx_admin_request *request)
{
    struct plx_admin_answer *answer = call->answer;
    const char *wrong = plx_admin_target_read(request->target, &call->target);
    const struct path *path = wrong ? NULL : find_path(&call->target);
    enum method method = method_of(request->method);

    if ((!path || path->needs != NOTHING) && !may_ask(call->admin, request, answer))
        return;
    if (wrong) {
        plx_admin_fail(answer, 400, "bad_target", "%s", wrong);
        return;
    }
    if (!path) {
        plx_admin_fail(answer, 404, "no_such_path", "there is nothing here; GET / names what there is");
        return;
    }
    if (method_fits(path, method, request, answer) && (method == READ || origin_fits(request, answer)) &&
        nothing_is_lost(call, method) && parameters_fit(path, call) && names_fit(path, call) &&
        has_what_it_needs(path, call))
        path->on[method](call);
}

void
plx_admin_handle(struct plx_admin *admin, const struct plx_admin_request *request, struct plx_admin_answer *answer)
{
    struct plx_admin_call call = {.admin = admin,
                                  .answer = answer,
                                  .request = request,
                                  .json = plx_slice_equal_nocase(request->accept, plx_slice_of(json_type))};

    answer->status = 500;
    answer->content_type = text_type;
    answer->allow = NULL;
    answer->generation = answer->ticket = 0;
    answer->again_ms = 0;
    handle(&call, request);
    if (answer->body.failed)
        plx_admin_fail(answer, 503, "no_memory",
                       "there is no memory for this answer, or it is larger than %u bytes; ask for less of it",
                       PLX_ADMIN_ANSWER_MAX);
}
