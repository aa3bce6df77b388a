/* SPDX-License-Identifier: Apache-2.0 */
/* The admin API answers what the contract has, to those who may ask, and says what is wrong to those who ask badly. */
#include "ledger_kit.h"

#include "control/admin/access.h"
#include "control/admin/admin.h"
#include "control/admin/query.h"
#include "service/snapshot.h"

static struct plx_arena *scratch;
static struct plx_service *services;
static struct plx_snapshot *snapshot; /* never freed: its services are made of what can't be */
static struct plx_admin admin;
static struct plx_rollout rollout;
static unsigned changes;
static struct plx_admin_answer answer;
static struct kit_exchange x;

static void
on_changed(void *owner)
{
    assert_ptr_equal(owner, &rollout);
    admin.snapshot = rollout.present;
    changes++;
}

static int
setup(void **state)
{
    static char *hosts[] = {(char *)(uintptr_t) "payment.service"};
    struct plx_tally *tally = plx_tally_new(NULL);

    scratch = plx_arena_new(NULL);
    snapshot = plx_snapshot_new(2);
    services = snapshot->services;
    struct plx_budget *const budgets[] = {services[0].rechecks, services[1].rechecks};
    atomic_uint *const copies[] = {services[0].copies, services[1].copies};
    struct plx_ejection *const ejections[] = {services[0].ejection, services[1].ejection};
    services[0] = kit_service("payment", false);
    services[0].rechecks = budgets[0];
    services[0].copies = copies[0];
    services[0].ejection = ejections[0];
    services[0].hosts = hosts;
    services[0].host_count = 1;
    services[1] = kit_service("old & new/1", true);
    services[1].rechecks = budgets[1];
    services[1].copies = copies[1];
    services[1].ejection = ejections[1];
    services[1].copy_share = 2500;
    services[1].index = 1;
    admin = (struct plx_admin){.ledger = kit_open(NULL),
                               .rollout = &rollout,
                               .changed = on_changed,
                               .owner = &rollout,
                               .workers = 2,
                               .confidence = 0.99};
    rollout.ledger = admin.ledger;
    assert_true(plx_rollout_configure(&rollout, snapshot));
    admin.snapshot = rollout.present;
    for (int i = 0; i < 3; i++) {
        kit_match(&x, &services[0], i ? "GET /payroll/{id}" : "GET /");
        kit_differ(&x, i ? "/total" : "", true, false);
        plx_tally_add(tally, &x.outcome, scratch);
    }
    plx_ledger_fold(admin.ledger, tally);
    plx_buffer_init(&answer.body, PLX_ADMIN_ANSWER_MAX);
    return 0;
}

static int
teardown(void **state)
{
    plx_rollout_fini(&rollout);
    plx_ledger_close(admin.ledger);
    plx_buffer_fini(&answer.body);
    plx_arena_free(scratch);
    return 0;
}

static struct plx_slice
ask(struct plx_admin_request request)
{
    plx_buffer_clear(&answer.body);
    plx_admin_handle(&admin, &request, &answer);
    assert_non_null(answer.content_type);
    if (strcmp(answer.content_type, "application/json") == 0)
        kit_expect_json(plx_buffer_slice(&answer.body));
    return plx_buffer_slice(&answer.body);
}

static struct plx_slice
get(const char *target)
{
    return ask((struct plx_admin_request){.method = S("GET"), .target = S(target), .host = S("127.0.0.1:9900")});
}

static void
expect_error(struct plx_slice body, int status, const char *code)
{
    assert_int_equal(answer.status, status);
    expect_at(body, "/error/code", code);
    assert_true(kit_json_get(body, "/error/message", (char[512]){0}, 512));
}

static void
test_services_are_listed(void **state)
{
    struct plx_slice body = get("/api/v1/services");

    assert_int_equal(answer.status, 200);
    expect_at(body, "/services/0/name", "payment");
    expect_at(body, "/services/0/hosts/0", "payment.service");
    expect_at(body, "/services/0/stage", "shadow");
    expect_at(body, "/services/0/share", "0");
    expect_at(body, "/services/0/copy", "100%");
    expect_at(body, "/services/0/roles/primary/url", "http://127.0.0.1:1");
    expect_at(body, "/services/0/roles/candidate/answered", "3");
    expect_at(body, "/services/1/hosts", "[]");
    expect_at(body, "/services/1/copy", "2.5%");
    expect_at(body, "/services/1/roles/secondary/last_failure", "null");
    expect_at(body, "/services/1/roles/secondary/last_answer", "null");
    body = get("/api/v1/services/old%20%26%20new%2F1");
    expect_at(body, "/name", "old & new/1");
}

static void
test_report_and_endpoints(void **state)
{
    struct plx_slice body = get("/api/v1/services/payment/report");

    expect_at(body, "/verdict", "regression");
    expect_at(body, "/endpoints/1/fields/0/field", "/total");
    body = get("/api/v1/services/payment/endpoints");
    expect_at(body, "/name", "payment");
    expect_at(body, "/endpoints/1/endpoint", "GET /payroll/{id}");
    expect_at(body, "/endpoints/1/verdict", "regression");
    assert_false(kit_has(body, "\"fields\""));
}

/* Also where a regression is known: its fields still say so. */
static void
test_what_has_nothing_to_be_compared_with_is_said_so(void **state)
{
    services[1].stage = PLX_STAGE_PRIMARY;
    assert_true(plx_rollout_configure(&rollout, snapshot));
    admin.snapshot = rollout.present;
    struct plx_slice body = get("/api/v1/services/old%20%26%20new%2F1/report");
    expect_at(body, "/verdict", "not_compared");
    expect_at(body, "/why", "the service is at the stage primary: nothing is compared");
    services[0].stage = PLX_STAGE_PRIMARY;
    assert_true(plx_rollout_configure(&rollout, snapshot));
    admin.snapshot = rollout.present;
    expect_at(get("/api/v1/services/payment/report"), "/verdict", "not_compared");
    services[1].stage = services[0].stage = PLX_STAGE_SHADOW;
    assert_true(plx_rollout_configure(&rollout, snapshot));
    admin.snapshot = rollout.present;
}

static uint64_t
on_hand_over(void *owner)
{
    return ++*(uint64_t *)owner;
}

static void
test_what_tells_of_counts_waits_for_the_workers(void **state)
{
    uint64_t given = 0;
    struct plx_admin_request request = {
        .method = S("GET"), .target = S("/api/v1/services/payment/report"), .host = S("127.0.0.1:9900")};

    admin.hand_over = on_hand_over;
    admin.owner = &given;
    ask(request);
    assert_int_equal(answer.ticket, 1);
    request.ticket = 1;
    ask(request);
    assert_int_equal(answer.ticket, 1);
    assert_int_equal(given, 1); /* not one more each time that it is asked again */
    admin.handed_over = 1;
    expect_at(ask(request), "/verdict", "regression");
    assert_int_equal(answer.ticket, 0);
    request.ticket = 0;
    ask(request);
    assert_int_equal(answer.ticket, 2); /* what was handed over before says nothing of now */
    request.ticket = 2;
    request.late = true;
    expect_error(ask(request), 503, "workers_late");
    request.target = S("/metrics");
    assert_true(kit_has(ask(request), "parallax_exchanges_total"));
    assert_int_equal(answer.status, 200);
    request = (struct plx_admin_request){
        .method = S("GET"), .target = S("/api/v1/services/none/report"), .host = S("127.0.0.1:9900")};
    expect_error(ask(request), 404, "no_such_service");
    get("/healthz");
    assert_int_equal(given, 2);
    admin.hand_over = NULL;
    admin.owner = &rollout;
    admin.handed_over = 0;
}

static void
test_differences_take_their_parameters(void **state)
{
    struct plx_slice body = get("/api/v1/services/payment/differences?limit=1");
    char cause[32], target[128];

    expect_at(body, "/differences/0/sequence", "3");
    assert_false(kit_json_get(body, "/differences/1", (char[8]){0}, 8));
    body = get("/api/v1/services/payment/differences?endpoint=GET+/payroll/%7Bid%7D&field=/total&after=0");
    expect_at(body, "/differences/0/sequence", "2");
    expect_at(body, "/differences/1/sequence", "3");
    assert_false(kit_json_get(body, "/differences/2", (char[8]){0}, 8));
    body = get("/api/v1/services/payment/differences?field=");
    expect_at(body, "/differences/0/sequence", "1");
    body = get("/api/v1/services/payment/differences?after=1");
    expect_at(body, "/differences/0/sequence", "2");
    assert_true(kit_json_get(get("/api/v1/services/payment/report"), "/causes/0/id", cause, sizeof(cause)));
    snprintf(target, sizeof(target), "/api/v1/services/payment/differences?cause=%s&limit=1", cause);
    expect_at(get(target), "/differences/0/cause", cause);
    body = get("/api/v1/services/payment/differences?cause=00000000000000ff");
    assert_false(kit_json_get(body, "/differences/0", (char[8]){0}, 8));
    expect_error(get("/api/v1/services/payment/differences?cause="), 400, "bad_parameter");
    expect_error(get("/api/v1/services/payment/differences?cause=12"), 400, "bad_parameter");
    expect_error(get("/api/v1/services/payment/differences?cause=0000000000000000"), 400, "bad_parameter");
    expect_error(get("/api/v1/services/payment/differences?limit=0"), 400, "bad_parameter");
    expect_error(get("/api/v1/services/payment/differences?limit=1001"), 400, "bad_parameter");
    expect_error(get("/api/v1/services/payment/differences?limit="), 400, "bad_parameter");
    expect_error(get("/api/v1/services/payment/differences?after=-1"), 400, "bad_parameter");
    expect_error(get("/api/v1/services/payment/differences?after=99999999999999999999"), 400, "bad_parameter");
    body = get("/api/v1/services/payment/differences?endpont=x");
    expect_error(body, 400, "unknown_parameter");
    assert_true(kit_has(body, "endpont"));
}

static void
test_exchange_by_id(void **state)
{
    char target[128];
    struct plx_slice body;

    snprintf(target, sizeof(target), "/api/v1/exchanges/%s", x.outcome.id);
    body = get(target);
    assert_int_equal(answer.status, 200);
    expect_at(body, "/id", x.outcome.id);
    expect_error(get("/api/v1/exchanges/none"), 404, "no_such_exchange");
}

static void
test_what_is_not_there_is_404(void **state)
{
    static const char *const targets[] = {"/api",
                                          "/api/v1",
                                          "/api/v2/services",
                                          "/metrics/x",
                                          "/api/v1/services/payment/",
                                          "/index.html",
                                          "/api/v1/exchanges",
                                          "//",
                                          "/api/v1/services/payment/x"};

    for (size_t i = 0; i < PLX_COUNT(targets); i++) {
        struct plx_slice body = get(targets[i]);

        if (strcmp(targets[i], "/api/v1/services/payment/") == 0)
            assert_int_equal(answer.status, 200);
        else
            expect_error(body, 404, "no_such_path");
    }
    expect_error(get("/api/v1/services/nobody"), 404, "no_such_service");
    expect_error(get("/api/v1/services/nobody/report"), 404, "no_such_service");
    expect_error(get("/api/v1/events"), 404, "not_in_this_version");
    expect_error(ask((struct plx_admin_request){.method = S("PUT"), .target = S("/api/v1/services/nobody/stage")}), 404,
                 "no_such_service");
    expect_error(ask((struct plx_admin_request){.method = S("POST"), .target = S("/api/v1/services/nobody/rollback")}),
                 404, "no_such_service");
}

static void
test_other_methods_are_405(void **state)
{
    expect_error(ask((struct plx_admin_request){.method = S("DELETE"), .target = S("/api/v1/services")}), 405,
                 "method_not_allowed");
    assert_string_equal(answer.allow, "GET, HEAD");
    ask((struct plx_admin_request){.method = S("HEAD"), .target = S("/api/v1/services")});
    assert_int_equal(answer.status, 200);
    assert_null(answer.allow);
}

/* Each path says what it takes. */
static void
test_methods_are_of_their_paths(void **state)
{
    expect_error(get("/api/v1/services/payment/stage"), 405, "method_not_allowed");
    assert_string_equal(answer.allow, "PUT");
    expect_error(get("/api/v1/services/payment/rollback"), 405, "method_not_allowed");
    assert_string_equal(answer.allow, "POST");
    expect_error(ask((struct plx_admin_request){.method = S("POST"), .target = S("/api/v1/services")}), 405,
                 "method_not_allowed");
    assert_string_equal(answer.allow, "GET, HEAD");
}

/* A browser that shows a foreign page must not change anything here for it; this page's own requests may. */
static void
test_foreign_pages_change_nothing(void **state)
{
    static const char *const foreign[] = {"http://evil.example", "null", "", "http://127.0.0.1:9901",
                                          "http://127.0.0.1"};
    struct plx_admin_request request = {
        .method = S("POST"), .target = S("/api/v1/services/payment/rollback"), .host = S("127.0.0.1:9900")};

    for (size_t i = 0; i < PLX_COUNT(foreign); i++) {
        request.origin = S(foreign[i]);
        expect_error(ask(request), 403, "foreign_origin");
    }
    request.origin = S("http://127.0.0.1:9900");
    ask(request);
    assert_int_not_equal(answer.status, 403);
    request.origin = (struct plx_slice){NULL, 0};
    for (size_t i = 0; i < 2; i++) {
        request.fetch_site = i ? S("same-site") : S("cross-site");
        expect_error(ask(request), 403, "foreign_origin");
    }
    request.fetch_site = S("same-origin");
    request.origin = (struct plx_slice){NULL, 0};
    ask(request);
    assert_int_not_equal(answer.status, 403);
    request.fetch_site = (struct plx_slice){NULL, 0};
    request.method = S("GET");
    request.target = S("/api/v1/services");
    request.origin = S("http://evil.example"); /* it may send it, but can't read the answer */
    ask(request);
    assert_int_equal(answer.status, 200);
}

/* ---- changes ---- */

static struct plx_slice
put(const char *body)
{
    return ask((struct plx_admin_request){
        .method = S("PUT"), .target = S("/api/v1/services/payment/stage"), .body = S(body), .client = S("127.0.0.1")});
}

static struct plx_slice
post_to(const char *path, const char *body)
{
    static char target[100];

    snprintf(target, sizeof(target), "/api/v1/services/payment/%s", path);
    return ask((struct plx_admin_request){
        .method = S("POST"), .target = S(target), .body = S(body), .client = S("127.0.0.1")});
}

static struct plx_slice
roll_back(const char *body)
{
    return post_to("rollback", body);
}

/* Reads the configuration again, as a reload does. */
static void
reload(void)
{
    assert_true(plx_rollout_configure(&rollout, snapshot));
    admin.snapshot = rollout.present;
}

/* Nothing holds, at the stage of the file. */
static void
begin_anew(void)
{
    post_to("resume", "");
    post_to("resume", "");
    put("{\"stage\":\"shadow\"}");
    assert_int_equal(answer.status, 200);
}

/* A change answers the service as it then is, and waits for the workers; another service keeps its stage. */
static void
test_a_stage_and_a_share_are_set(void **state)
{
    struct plx_slice body;

    begin_anew();
    unsigned before = changes;
    body = put("{\"stage\":\"canary\",\"share\":2.5}");

    assert_int_equal(answer.status, 200);
    assert_int_equal(changes, before + 1);
    assert_int_equal(answer.generation, admin.snapshot->generation);
    expect_at(body, "/name", "payment");
    expect_at(body, "/stage", "canary");
    expect_at(body, "/share", "2.5");
    expect_at(body, "/configured/stage", "shadow");
    expect_at(body, "/configured/share", "0");
    expect_at(body, "/changed/stored", "false");
    expect_at(body, "/before/stage", "shadow");
    expect_at(body, "/before/share", "0");
    expect_at(body, "/before/holds", "[]");
    body = put("{\"share\":100}");
    expect_at(body, "/share", "100");
    body = put("{\"stage\":\"canary\"}"); /* it is: nothing is swapped */
    assert_int_equal(answer.status, 200);
    assert_int_equal(changes, before + 2);
    body = get("/api/v1/services");
    assert_int_equal(answer.generation, 0);
    expect_at(body, "/services/0/stage", "canary");
    expect_at(body, "/services/1/stage", "shadow");
    expect_at(body, "/services/1/changed", "null");
    body = put("{\"stage\":\"candidate\"}");
    expect_at(body, "/share", "100");
    body = roll_back("");
    assert_int_equal(answer.status, 200);
    expect_at(body, "/stage", "shadow"); /* where it is compared further */
    expect_at(body, "/share", "0");
    post_to("resume", "");
    body = put("{ \"stage\" : \"can\\u0061ry\" }");
    expect_at(body, "/stage", "canary");
    expect_at(body, "/share", "0"); /* the old share is not remembered */
    roll_back("{}");
    post_to("resume", "{}");
    assert_int_equal(changes, before + 8);
}

/* ---- holds ---- */

/* A pause leaves stage and share as they are, which may change meanwhile, and ends once. */
static void
test_a_pause_leaves_stage_and_share(void **state)
{
    struct plx_slice body;
    unsigned before;

    begin_anew();
    put("{\"stage\":\"canary\",\"share\":5}");
    before = changes;
    body = post_to("pause", "{\"reason\":\"redeploying \\u00e9\"}");
    assert_int_equal(answer.status, 200);
    assert_int_equal(answer.generation, admin.snapshot->generation);
    assert_int_equal(changes, before + 1);
    assert_true(admin.snapshot->services[0].paused);
    expect_at(body, "/stage", "canary");
    expect_at(body, "/share", "5");
    expect_at(body, "/holds/0/hold", "paused");
    expect_at(body, "/holds/0/client", "127.0.0.1");
    expect_at(body, "/holds/0/reason", "redeploying \xC3\xA9");
    expect_at(body, "/holds/0/from/stage", "canary");
    expect_at(body, "/holds/0/from/share", "5");
    expect_at(body, "/holds/0/stored", "false");
    expect_at(body, "/changes/0/change", "pause");
    expect_at(body, "/changes/0/reason", "redeploying \xC3\xA9");
    expect_at(body, "/changes/1/change", "stage");
    expect_at(body, "/changes/1/reason", "null");
    body = post_to("pause", "{\"reason\":\"again\"}"); /* it is: the first one stands */
    expect_at(body, "/holds/0/reason", "redeploying \xC3\xA9");
    assert_int_equal(changes, before + 1);
    body = put("{\"share\":20,\"reason\":\"a wider one\"}");
    expect_at(body, "/share", "20");
    expect_at(body, "/changed/reason", "a wider one");
    expect_at(body, "/holds/0/hold", "paused");
    assert_true(admin.snapshot->services[0].paused);
    reload();
    assert_true(admin.snapshot->services[0].paused);
    assert_false(admin.snapshot->services[1].paused);
    body = post_to("resume", "");
    expect_at(body, "/stage", "canary");
    expect_at(body, "/share", "20");
    expect_at(body, "/holds", "[]");
    expect_at(body, "/changes/0/change", "resume");
    assert_false(admin.snapshot->services[0].paused);
    before = changes;
    post_to("resume", "");
    assert_int_equal(answer.status, 200);
    assert_int_equal(changes, before);
}

/* A rollback leads to where the candidate is compared, and nothing moves the service from there before it is resumed.
 */
static void
test_a_rollback_holds_until_it_is_resumed(void **state)
{
    static const char *const stages[][2] = {
        {"primary", "primary"}, {"shadow", "shadow"}, {"canary", "shadow"}, {"candidate", "shadow"}};
    char text[64];

    for (size_t i = 0; i < PLX_COUNT(stages); i++) {
        struct plx_slice body;

        begin_anew();
        snprintf(text, sizeof(text), "{\"stage\":\"%s\"}", stages[i][0]);
        put(text);
        body = roll_back("{\"reason\":\"500s\"}");
        expect_at(body, "/stage", stages[i][1]);
        expect_at(body, "/share", "0");
        expect_at(body, "/holds/0/hold", "rolled_back");
        expect_at(body, "/holds/0/from/stage", stages[i][0]);
        expect_at(body, "/changed/reason", "500s");
        expect_at(body, "/changes/0/change", "rollback");
        expect_at(body, "/changes/0/from/stage", stages[i][0]);
        expect_at(body, "/changes/0/to/stage", stages[i][1]);
        expect_error(put("{\"stage\":\"canary\",\"share\":5}"), 409, "rolled_back");
        expect_error(put("{\"share\":5}"), 409, "rolled_back");
        services[0].stage = PLX_STAGE_CANARY; /* of the file */
        services[0].share = 50000;
        reload();
        expect_at(get("/api/v1/services/payment"), "/stage", stages[i][1]);
        body = post_to("resume", "{\"reason\":\"mended\"}");
        expect_at(body, "/before/holds/0/hold", "rolled_back");
        expect_at(body, "/stage", stages[i][1]);
        expect_at(body, "/holds", "[]");
        reload();
        expect_at(get("/api/v1/services/payment"), "/stage", stages[i][1]); /* no client moves by itself */
        services[0].stage = PLX_STAGE_SHADOW;
        services[0].share = 0;
        reload();
        body = get("/api/v1/services/payment");
        expect_at(body, "/stage", "shadow"); /* the file has changed since */
        expect_at(body, "/changed", "null");
    }
}

/* Both may hold; a pause ends first, so that who pauses around a deployment ends nobody's rollback. */
static void
test_a_pause_ends_before_a_rollback(void **state)
{
    struct plx_slice body;

    begin_anew();
    put("{\"stage\":\"canary\",\"share\":5}");
    post_to("pause", "");
    body = roll_back("");
    expect_at(body, "/stage", "shadow");
    expect_at(body, "/holds/0/hold", "paused");
    expect_at(body, "/holds/1/hold", "rolled_back");
    assert_true(admin.snapshot->services[0].paused);
    body = post_to("resume", "");
    expect_at(body, "/holds/0/hold", "rolled_back");
    assert_false(admin.snapshot->services[0].paused);
    expect_error(put("{\"share\":5}"), 409, "rolled_back");
    expect_at(post_to("resume", ""), "/holds", "[]");
    put("{\"stage\":\"canary\",\"share\":5}");
    assert_int_equal(answer.status, 200);
}

/* What was rolled back and lost its candidate asks the primary alone, until there is one again. */
static void
test_a_rollback_without_a_candidate(void **state)
{
    char *candidate = services[0].roles[PLX_CANDIDATE].url;

    begin_anew();
    put("{\"stage\":\"canary\",\"share\":5}");
    roll_back("");
    services[0].roles[PLX_CANDIDATE].url = NULL;
    reload();
    expect_at(get("/api/v1/services/payment"), "/stage", "primary");
    expect_at(get("/api/v1/services/payment"), "/holds/0/hold", "rolled_back");
    expect_error(post_to("pause", ""), 409, "no_candidate");
    services[0].roles[PLX_CANDIDATE].url = candidate;
    reload();
    expect_at(get("/api/v1/services/payment"), "/stage", "shadow");
}

/* A reason is plain text of a bounded length, wherever it may be given. */
static void
test_reasons_that_cannot_be_kept_are_refused(void **state)
{
    static const char *const paths[] = {"rollback", "pause", "resume", "marks"};
    char longest[PLX_CHANGE_REASON_MAX + 1], text[PLX_CHANGE_REASON_MAX + 60];
    const char *const bodies[] = {"{\"reason\":5}",
                                  "{\"reason\":null}",
                                  "{\"reason\":\"a\\nb\"}",
                                  "{\"reason\":\"\\u0000\"}",
                                  "{\"reason\":\"\\ud800\"}",
                                  "{\"reason\"",
                                  "{\"why\":\"x\"}",
                                  "[\"reason\"]",
                                  "{\"reason\":\"a\",\"reason\":\"b\"}"};
    unsigned before;

    begin_anew();
    before = changes;
    for (size_t i = 0; i < PLX_COUNT(paths); i++)
        for (size_t j = 0; j < PLX_COUNT(bodies); j++)
            expect_error(post_to(paths[i], bodies[j]), 400, "bad_change");
    memset(longest, 'x', sizeof(longest) - 1);
    longest[sizeof(longest) - 1] = '\0';
    snprintf(text, sizeof(text), "{\"stage\":\"canary\",\"reason\":\"%sx\"}", longest);
    expect_error(put(text), 400, "bad_change");
    assert_int_equal(changes, before);
    snprintf(text, sizeof(text), "{\"stage\":\"canary\",\"reason\":\"%s\"}", longest);
    expect_at(put(text), "/changes/0/reason", longest);
}

/* A mark keeps its reason, with the epoch and among the changes. */
static void
test_a_mark_keeps_its_reason(void **state)
{
    struct plx_slice body = post_to("marks", "{\"reason\":\"the mend of 123\",\"name\":\"build 7\"}");

    assert_int_equal(answer.status, 201);
    expect_at(body, "/name", "build 7");
    expect_at(body, "/reason", "the mend of 123");
    body = get("/api/v1/services/payment/report");
    expect_at(body, "/epoch_reason", "the mend of 123");
    expect_at(body, "/epochs/0/reason", "null");
    body = get("/api/v1/services/payment");
    expect_at(body, "/changes/0/change", "mark");
    expect_at(body, "/changes/0/client", "127.0.0.1");
    expect_at(body, "/changes/0/reason", "the mend of 123");
}

/* What a reload changed is told among the changes, by nobody. */
static void
test_a_changed_file_is_among_the_changes(void **state)
{
    struct plx_slice body;

    services[1].stage = PLX_STAGE_PRIMARY;
    reload();
    body = get("/api/v1/services");
    expect_at(body, "/services/1/changes/0/change", "configuration");
    expect_at(body, "/services/1/changes/0/client", "null");
    expect_at(body, "/services/1/changes/0/from/stage", "shadow");
    expect_at(body, "/services/1/changes/0/to/stage", "primary");
    services[1].stage = PLX_STAGE_SHADOW;
    reload();
}

/* Reports and metrics say what holds. */
static void
test_what_holds_is_told(void **state)
{
    struct plx_slice body;

    begin_anew();
    post_to("pause", "{\"reason\":\"redeploying\"}");
    body = get("/api/v1/services/payment/report");
    expect_at(body, "/holds/0/hold", "paused");
    assert_true(kit_has(body, "by 127.0.0.1 (redeploying): nothing is sent to the candidate"));
    assert_true(kit_has(body, "until `parallax resume payment`."));
    body = get("/metrics");
    assert_true(kit_has(body, "parallax_held{service=\"payment\",hold=\"paused\"} 1"));
    assert_true(kit_has(body, "parallax_held{service=\"payment\",hold=\"rolled_back\"} 0"));
    roll_back("");
    body = get("/metrics");
    assert_true(kit_has(body, "parallax_held{service=\"payment\",hold=\"rolled_back\"} 1"));
    assert_true(kit_has(get("/api/v1/services/payment/report"), "Rolled back since"));
    post_to("resume", "");
    post_to("resume", "");
    expect_at(get("/api/v1/services/payment/report"), "/holds", "[]");
}

static void
test_changes_that_make_no_sense_are_refused(void **state)
{
    static const char *const bodies[] = {
        "",
        "{}",
        "[]",
        "null",
        "\"canary\"",
        "{\"stage\":\"canary\"",
        "{\"stage\":\"canary\"}x",
        "{\"stage\":\"Canary\"}",
        "{\"stage\":2}",
        "{\"stage\":null}",
        "{\"stage\":[\"canary\"]}",
        "{\"stage\":\"canary\",\"stage\":\"primary\"}",
        "{\"stage\":\"canary\",\"share\":10,\"share\":20}",
        "{\"stage\":\"canary\",\"share\":\"10\"}",
        "{\"stage\":\"canary\",\"share\":-1}",
        "{\"stage\":\"canary\",\"share\":100.001}",
        "{\"stage\":\"canary\",\"share\":0.0001}",
        "{\"stage\":\"canary\",\"share\":1e1}",
        "{\"stage\":\"canary\",\"share\":1000000000000000000000000000000000000000}",
        "{\"stage\":\"canary\",\"share\":{}}",
        "{\"stage\":\"shadow\",\"share\":10}",
        "{\"stage\":\"canary\",\"why\":\"x\"}",
        "{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":1}}}}}",
        "\xff",
    };
    unsigned before;

    begin_anew();
    before = changes;
    for (size_t i = 0; i < PLX_COUNT(bodies); i++)
        expect_error(put(bodies[i]), 400, "bad_change");
    expect_error(put("{\"share\":10}"), 409, "no_canary");
    expect_error(roll_back("{\"stage\":\"canary\"}"), 400, "bad_change");
    services[0].roles[PLX_CANDIDATE].url = NULL;
    assert_true(plx_rollout_configure(&rollout, snapshot));
    admin.snapshot = rollout.present;
    expect_error(put("{\"stage\":\"canary\",\"share\":10}"), 409, "no_candidate");
    services[0].roles[PLX_CANDIDATE].url = services[1].roles[PLX_CANDIDATE].url;
    assert_true(plx_rollout_configure(&rollout, snapshot));
    admin.snapshot = rollout.present;
    assert_int_equal(changes, before);
}

static void
test_targets_that_cannot_be_read_are_400(void **state)
{
    static const char *const targets[] = {"",
                                          "*",
                                          "api",
                                          "http://h/",
                                          "/%",
                                          "/%4",
                                          "/%zz",
                                          "/a%00b",
                                          "/?a=%",
                                          "/?a=1&a=2",
                                          "/1/2/3/4/5/6/7/8/9",
                                          "/?a&b&c&d&e&f&g&h&i&j&k&l&m&n&o&p&q"};
    static char longest[PLX_ADMIN_TARGET_MAX + 2];

    for (size_t i = 0; i < PLX_COUNT(targets); i++)
        expect_error(get(targets[i]), 400, "bad_target");
    memset(longest, '/', sizeof(longest) - 1);
    expect_error(get(longest), 400, "bad_target");
    expect_error(get("/metrics?x=1"), 400, "unknown_parameter");
}

static void
test_outside_the_api(void **state)
{
    struct plx_slice body = get("/metrics");

    assert_int_equal(answer.status, 200);
    assert_string_equal(answer.content_type, "text/plain; version=0.0.4; charset=utf-8");
    assert_true(kit_has(body, "parallax_exchanges_total{service=\"payment\""));
    body = ask((struct plx_admin_request){.method = S("GET"), .target = S("/"), .accept = S("a/b,Text/HTML;q=0.9")});
    assert_int_equal(answer.status, 200);
    assert_string_equal(answer.content_type, "text/html; charset=utf-8");
    assert_true(kit_has(body, "dashboard.js"));
    body = get("/");
    assert_int_equal(answer.status, 200);
    assert_string_equal(answer.content_type, "text/plain; charset=utf-8");
    assert_true(kit_has(body, "/api/v1/services/{name}/report"));
    assert_true(kit_has(body, "/metrics"));
    assert_true(kit_has(body, "rollback"));
    get("/healthz");
    assert_int_equal(answer.status, 200);
    get("/readyz");
    assert_int_equal(answer.status, 503);
    admin.ready = true;
    get("/readyz");
    assert_int_equal(answer.status, 200);
}

/* With a token everything but the health asks for it, whatever the Host. */
static void
test_token_is_asked_for(void **state)
{
    static const char *const wrong[] = {
        "", "Bearer", "Bearer ", "Bearer secre", "Bearer secretx", "Basic secret", "secret", "Bearer SECRET"};

    admin.token = "secret";
    for (size_t i = 0; i < PLX_COUNT(wrong); i++) {
        struct plx_admin_request request = {
            .method = S("GET"), .target = S("/api/v1/services"), .authorization = S(wrong[i])};

        expect_error(ask(request), 401, "unauthorized");
        request.target = S("/nothing/here");
        expect_error(ask(request), 401, "unauthorized");
    }
    ask((struct plx_admin_request){.method = S("GET"),
                                   .target = S("/api/v1/services"),
                                   .authorization = S("bearer secret"),
                                   .host = S("parallax.example.com")});
    assert_int_equal(answer.status, 200);
    get("/healthz");
    assert_int_equal(answer.status, 200);
    get("/readyz");
    assert_true(answer.status == 200 || answer.status == 503);
    admin.token = NULL;
}

/* The one for reading changes nothing. */
static void
test_a_token_for_reading_changes_nothing(void **state)
{
    struct plx_admin_request request = {
        .method = S("GET"), .target = S("/api/v1/services"), .authorization = S("Bearer reading")};

    begin_anew();
    admin.token = "secret";
    expect_error(ask(request), 401, "unauthorized");
    admin.read_token = "reading";
    ask(request);
    assert_int_equal(answer.status, 200);
    request.method = S("HEAD");
    ask(request);
    assert_int_equal(answer.status, 200);
    unsigned before = changes;
    for (int i = 0; i < 3; i++) {
        request.method = i == 0 ? S("POST") : i == 1 ? S("PUT") : S("DELETE");
        request.target = i == 1 ? S("/api/v1/services/payment/stage") : S("/api/v1/services/payment/pause");
        expect_error(ask(request), 403, "read_only");
    }
    assert_int_equal(changes, before);
    request.authorization = S("Bearer secret");
    request.method = S("POST");
    request.target = S("/api/v1/services/payment/pause");
    ask(request);
    assert_int_equal(answer.status, 200);
    admin.token = admin.read_token = NULL;
}

/* Without a token a Host under which a foreign page can be loaded is refused. */
static void
test_foreign_hosts_are_refused(void **state)
{
    static const char *const foreign[] = {"example.com",
                                          "example.com:9900",
                                          "127.0.0.1.nip.io",
                                          "localhost.example.com",
                                          "a.b",
                                          "localhost.",
                                          "[::1",
                                          "[::1]x",
                                          "[evil]",
                                          "1.2.3",
                                          "127.0.0.1:x",
                                          "a b",
                                          "xlocalhost.com",
                                          "127.0.0.1:9900:1"};
    static const char *const local[] = {"",      "127.0.0.1",  "127.0.0.1:9900", "localhost", "LOCALHOST:9900",
                                        "[::1]", "[::1]:9900", "demo.localhost", "my-box",    "10.0.0.7:80"};

    for (size_t i = 0; i < PLX_COUNT(foreign); i++) {
        struct plx_admin_request request = {.method = S("GET"), .target = S("/api/v1/services"), .host = S(foreign[i])};

        expect_error(ask(request), 403, "foreign_host");
        request.target = S("/healthz");
        ask(request);
        assert_int_equal(answer.status, 200);
    }
    for (size_t i = 0; i < PLX_COUNT(local); i++)
        assert_true(plx_access_host_is_local(S(local[i])));
}

static struct plx_slice
post_runs(const char *body)
{
    return ask((struct plx_admin_request){
        .method = S("POST"), .target = S("/api/v1/experiments"), .host = S("127.0.0.1:9900"), .body = S(body)});
}

#define RUN                                                                                                  \
    "{\"experiment\":\"a b\",\"at\":1767323045.678,\"control\":{\"name\":\"c\",\"value\":1,\"wall\":0.001}," \
    "\"candidates\":[{\"name\":\"x\",\"verdict\":\"mismatch\",\"value\":2,\"wall\":0.001}]}\n"

/* What can be counted is; who sends nothing that can be is told so by the status. */
static void
test_experiments_are_taken_and_shown(void **state)
{
    struct plx_slice body;

    expect_at(get("/api/v1/experiments"), "/experiments", "[]");
    expect_error(get("/api/v1/experiments/a%20b"), 404, "no_such_experiment");
    body = post_runs(RUN "x\n" RUN);
    assert_int_equal(answer.status, 200);
    expect_at(body, "/taken", "2");
    expect_at(body, "/refused", "1");
    expect_at(body, "/error/code", "bad_outcome");
    expect_at(body, "/error/message", "line 2: it is no JSON");
    body = post_runs("x\ny");
    assert_int_equal(answer.status, 400);
    expect_at(body, "/refused", "2");
    post_runs("");
    assert_int_equal(answer.status, 200);
    body = get("/api/v1/experiments");
    expect_at(body, "/experiments/0/name", "a b");
    expect_at(body, "/experiments/0/runs", "2");
    expect_at(body, "/experiments/0/verdict", "regression");
    expect_at(body, "/experiments/0/endpoints/0", "x");
    expect_at(body, "/experiments/0/last", "2026-01-02T03:04:05.678Z");
    assert_false(kit_json_get(body, "/experiments/1", (char[8]){0}, 8));
    expect_at(get("/api/v1/experiments/a%20b"), "/exchanges/mismatch", "2");
    expect_at(get("/api/v1/experiments/a%20b/report"), "/endpoints/0/fields/0/field", "value");
    expect_at(get("/api/v1/experiments/a%20b/endpoints"), "/endpoints/0/endpoint", "x");
    expect_at(get("/api/v1/experiments/a%20b/differences?endpoint=x&limit=1"), "/differences/0/experiment", "a b");
    expect_error(get("/api/v1/services/a%20b"), 404, "no_such_service");
    expect_error(get("/api/v1/experiments/payment/report"), 404, "no_such_experiment");
}

/* ---- reconciliations ---- */

static struct plx_slice
post(const char *target, const char *body)
{
    return ask((struct plx_admin_request){
        .method = S("POST"), .target = S(target), .host = S("127.0.0.1:9900"), .body = S(body)});
}

/* A result is taken, told, and forgotten on demand; what is wrong with one is said. */
static void
test_results_of_reconciliations_are_taken(void **state)
{
    static const char all[] = "/api/v1/reconciliations", mail[] = "/api/v1/reconciliations/mail";
    static const char result[] = "{\"name\":\"mail\",\"result\":false,\"started\":\"2026-11-25T12:00:00.000Z\","
                                 "\"seconds\":1,\"paired\":2,\"only_left\":1,\"only_right\":0,\"differing\":0}";

    expect_at(get(all), "/reconciliations", "[]");
    expect_error(get(mail), 404, "no_such_reconciliation");
    expect_error(post("/api/v1/reconciliations/mail/forget", ""), 404, "no_such_reconciliation");
    expect_error(post(all, "{\"name\":\"mail\"}"), 400, "bad_reconciliation");
    expect_at(post(all, result), "/runs/false", "1");
    assert_int_equal(answer.status, 200);
    expect_at(get(all), "/reconciliations/0/last/only_left", "1");
    expect_at(get(mail), "/history/0/paired", "2");
    assert_true(kit_has(get("/metrics"), "parallax_reconcile_result{reconciliation=\"mail\"} 0\n"));
    expect_error(post("/api/v1/reconciliations/mail/forget", "[]"), 400, "bad_change");
    expect_at(post("/api/v1/reconciliations/mail/forget", "{}"), "/reconciliations", "[]");
    assert_int_equal(answer.status, 200);
    expect_error(get(mail), 404, "no_such_reconciliation");
}

/* An answer that does not fit is an error, not half an answer. */
static void
test_answer_that_does_not_fit_is_503(void **state)
{
    struct plx_buffer whole = answer.body;

    plx_buffer_init(&answer.body, 600);
    expect_error(get("/api/v1/services/payment/report"), 503, "no_memory");
    plx_buffer_fini(&answer.body);
    answer.body = whole;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_services_are_listed),
        cmocka_unit_test(test_report_and_endpoints),
        cmocka_unit_test(test_what_has_nothing_to_be_compared_with_is_said_so),
        cmocka_unit_test(test_what_tells_of_counts_waits_for_the_workers),
        cmocka_unit_test(test_differences_take_their_parameters),
        cmocka_unit_test(test_exchange_by_id),
        cmocka_unit_test(test_what_is_not_there_is_404),
        cmocka_unit_test(test_other_methods_are_405),
        cmocka_unit_test(test_methods_are_of_their_paths),
        cmocka_unit_test(test_foreign_pages_change_nothing),
        cmocka_unit_test(test_a_stage_and_a_share_are_set),
        cmocka_unit_test(test_a_pause_leaves_stage_and_share),
        cmocka_unit_test(test_a_rollback_holds_until_it_is_resumed),
        cmocka_unit_test(test_a_pause_ends_before_a_rollback),
        cmocka_unit_test(test_a_rollback_without_a_candidate),
        cmocka_unit_test(test_reasons_that_cannot_be_kept_are_refused),
        cmocka_unit_test(test_a_changed_file_is_among_the_changes),
        cmocka_unit_test(test_what_holds_is_told),
        cmocka_unit_test(test_changes_that_make_no_sense_are_refused),
        cmocka_unit_test(test_targets_that_cannot_be_read_are_400),
        cmocka_unit_test(test_outside_the_api),
        cmocka_unit_test(test_token_is_asked_for),
        cmocka_unit_test(test_a_token_for_reading_changes_nothing),
        cmocka_unit_test(test_foreign_hosts_are_refused),
        cmocka_unit_test(test_results_of_reconciliations_are_taken),
        cmocka_unit_test(test_answer_that_does_not_fit_is_503),
        cmocka_unit_test(test_experiments_are_taken_and_shown),
        cmocka_unit_test(test_a_mark_keeps_its_reason), /* last: what was counted is of the epoch before then */
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
