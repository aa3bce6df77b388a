/* SPDX-License-Identifier: Apache-2.0 */
/* A request goes to the service that names its host and to the first route that matches; a snapshot lives as long as
 * anybody holds it. */
#include "base/assert.h"
#include "service/route.h"
#include "service/snapshot.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* ---- hosts ---- */

/* hosts: NULL-ended; none: every host. */
static void
make_service(struct plx_service *service, const char *name, const char *const *hosts)
{
    service->name = strdup(name);
    for (; hosts && hosts[service->host_count]; service->host_count++) {
        service->hosts = realloc(service->hosts, (service->host_count + 1) * sizeof(*service->hosts));
        service->hosts[service->host_count] = strdup(hosts[service->host_count]);
    }
}

static struct plx_snapshot *
three_services(void)
{
    struct plx_snapshot *snapshot = plx_snapshot_new(3);

    assert_non_null(snapshot);
    make_service(&snapshot->services[0], "any", NULL);
    make_service(&snapshot->services[1], "pay", (const char *const[]){"pay.example", "pay", "[::1]", NULL});
    make_service(&snapshot->services[2], "numbers", (const char *const[]){"127.0.0.1", "8080", NULL});
    return snapshot;
}

static void
test_a_named_host_goes_before_every_host(void **state)
{
    static const struct {
        const char *host, *service;
    } cases[] = {
        {"pay.example", "pay"},  {"PAY.Example", "pay"},   {"pay.example:80", "pay"},
        {"pay:65535", "pay"},    {"pay:", "pay"},          {"[::1]", "pay"},
        {"[::1]:8080", "pay"},   {"127.0.0.1", "numbers"}, {"127.0.0.1:1", "numbers"},
        {"8080", "numbers"},     {"8080:8080", "numbers"}, {"", "any"},
        {":80", "any"},          {"other", "any"},         {"pay.example.", "pay"},
        {"xpay.example", "any"}, {"pay.exampl", "any"},    {"[::2]", "any"},
        {"pay:80x", "any"},      {"pay:80:80", "any"},
    };
    struct plx_snapshot *snapshot = three_services();

    for (size_t i = 0; i < PLX_COUNT(cases); i++) {
        const struct plx_service *service = plx_service_for_host(snapshot, plx_slice_of(cases[i].host));
        assert_non_null(service);
        if (strcmp(service->name, cases[i].service) != 0)
            fail_msg("%s goes to %s", cases[i].host, service->name);
    }
    plx_snapshot_unref(snapshot);
}

static void
test_the_longest_star_goes_before_the_default(void **state)
{
    static const struct {
        const char *host, *service;
    } cases[] = {
        {"a.example", "short"},    {"A.Example.:80", "short"},   {"a.b.example", "long"},
        {"x.a.b.example", "long"}, {"b.example", "short"},       {"exact.b.example", "exact"},
        {"example", "default"},    {".example", "default"},      {"xample", "default"},
        {"", "default"},           {"a.example.org", "default"},
    };
    struct plx_snapshot *snapshot = plx_snapshot_new(4);

    assert_non_null(snapshot);
    make_service(&snapshot->services[0], "default", (const char *const[]){"named", "*", NULL});
    make_service(&snapshot->services[1], "short", (const char *const[]){"*.example", NULL});
    make_service(&snapshot->services[2], "long", (const char *const[]){"*.b.example", NULL});
    make_service(&snapshot->services[3], "exact", (const char *const[]){"exact.b.example", NULL});
    for (size_t i = 0; i < PLX_COUNT(cases); i++) {
        const struct plx_service *service = plx_service_for_host(snapshot, plx_slice_of(cases[i].host));
        assert_non_null(service);
        if (strcmp(service->name, cases[i].service) != 0)
            fail_msg("%s goes to %s", cases[i].host, service->name);
    }
    plx_snapshot_unref(snapshot);
}

static void
test_a_host_that_nobody_takes(void **state)
{
    struct plx_snapshot *snapshot = plx_snapshot_new(1), *empty = plx_snapshot_new(0);

    make_service(&snapshot->services[0], "pay", (const char *const[]){"pay", NULL});
    assert_null(plx_service_for_host(snapshot, plx_slice_of("other")));
    assert_null(plx_service_for_host(snapshot, plx_slice_make(NULL, 0)));
    assert_null(plx_service_for_host(empty, plx_slice_of("pay")));
    assert_ptr_equal(plx_service_for_host(snapshot, plx_slice_of("pay")), &snapshot->services[0]);
    plx_snapshot_unref(snapshot);
    plx_snapshot_unref(empty);
}

static void
test_services_by_name(void **state)
{
    struct plx_snapshot *snapshot = three_services();

    assert_ptr_equal(plx_service_by_name(snapshot, plx_slice_of("numbers")), &snapshot->services[2]);
    assert_null(plx_service_by_name(snapshot, plx_slice_of("Numbers")));
    assert_null(plx_service_by_name(snapshot, plx_slice_of("")));
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(snapshot->services[i].index, i);
        assert_int_equal((uintptr_t)snapshot->services[i].copies % 64, 0);
        assert_int_equal(atomic_load(snapshot->services[i].copies), 0);
    }
    assert_true(snapshot->services[0].copies != snapshot->services[1].copies);
    plx_snapshot_unref(snapshot);
    plx_snapshot_unref(NULL);
}

static void
test_names(void **state)
{
    enum plx_stage stage = PLX_STAGE_PRIMARY;

    assert_true(plx_stage_of(plx_slice_of("shadow"), &stage) && stage == PLX_STAGE_SHADOW);
    assert_true(plx_stage_of(plx_slice_of(plx_stage_text(PLX_STAGE_PRIMARY)), &stage) && stage == PLX_STAGE_PRIMARY);
    assert_false(plx_stage_of(plx_slice_of("Shadow"), &stage));
    assert_false(plx_stage_of(plx_slice_of("canar"), &stage));
    assert_int_equal(stage, PLX_STAGE_PRIMARY);
    assert_true(plx_stage_of(plx_slice_of("canary"), &stage) && stage == PLX_STAGE_CANARY);
    assert_true(plx_stage_of(plx_slice_of("candidate"), &stage) && stage == PLX_STAGE_CANDIDATE);
    assert_string_equal(plx_fallback_text(PLX_FALLBACK_RESET), "reset");
    assert_string_equal(plx_client_by_text(PLX_CLIENT_ADDRESS), "address");
    assert_string_equal(plx_role_text(PLX_SECONDARY), "secondary");
    assert_string_equal(plx_incomparable_text(PLX_INCOMPARABLE_TRUNCATED), "truncated");
}

static void
test_shares_are_written_without_zeros_that_say_nothing(void **state)
{
    static const struct {
        uint32_t share;
        const char *text;
    } cases[] = {{0, "0"},      {1, "0.001"},      {500, "0.5"},     {1000, "1"},
                 {10000, "10"}, {12345, "12.345"}, {99990, "99.99"}, {PLX_SHARE_ALL, "100"}};
    char text[PLX_SHARE_TEXT];

    for (size_t i = 0; i < PLX_COUNT(cases); i++)
        assert_string_equal(plx_share_text(cases[i].share, text), cases[i].text);
}

/* The share that counts is that of the stage, whatever stands beside it. */
static void
test_the_share_of_a_stage(void **state)
{
    struct plx_service service = {.share = 2500};
    static const uint32_t shares[] = {0, 0, 2500, PLX_SHARE_ALL};

    for (int stage = PLX_STAGE_PRIMARY; stage <= PLX_STAGE_CANDIDATE; stage++) {
        service.stage = (enum plx_stage)stage;
        assert_int_equal(plx_service_share(&service), shares[stage]);
    }
}

/* ---- derived snapshots ---- */

/* What is derived stands when its origin has gone, whichever goes last; only what was changed differs. */
static void
test_a_derived_snapshot_shares_what_did_not_change(void **state)
{
    struct plx_snapshot *base = three_services(), *derived, *again;
    const char *name = base->services[1].name;

    derived = plx_snapshot_derive(base);
    assert_non_null(derived);
    derived->services[1].stage = PLX_STAGE_CANARY;
    assert_int_equal(base->services[1].stage, PLX_STAGE_PRIMARY);
    assert_ptr_equal(derived->services[1].copies, base->services[1].copies);
    plx_snapshot_unref(base);
    again = plx_snapshot_derive(derived);
    assert_non_null(again);
    plx_snapshot_unref(derived);
    assert_ptr_equal(again->services[1].name, name);
    assert_int_equal(again->services[1].stage, PLX_STAGE_CANARY);
    assert_ptr_equal(plx_service_for_host(again, plx_slice_of("pay")), &again->services[1]);
    plx_snapshot_unref(again);
}

/* ---- routes ---- */

static void
free_route(struct plx_route *route)
{
    struct plx_snapshot *snapshot = plx_snapshot_new(1);

    /* a snapshot frees it as it frees its own */
    snapshot->services[0].routes = malloc(sizeof(*route));
    snapshot->services[0].routes[0] = *route;
    snapshot->services[0].route_count = 1;
    plx_snapshot_unref(snapshot);
}

static struct plx_snapshot *
with_routes(const char *const *matches, size_t count)
{
    struct plx_snapshot *snapshot = plx_snapshot_new(1);
    struct plx_service *service = &snapshot->services[0];

    service->routes = calloc(count + 1, sizeof(*service->routes));
    for (; service->route_count < count; service->route_count++) {
        struct plx_route *route = &service->routes[service->route_count];
        route->match = strdup(matches[service->route_count]);
        const char *problem = plx_route_compile(route);
        if (problem)
            fail_msg("%s: %s", route->match, problem);
    }
    return snapshot;
}

static bool
matches(const char *pattern, const char *method, const char *path)
{
    struct plx_snapshot *snapshot = with_routes(&pattern, 1);
    bool found = plx_route_for(&snapshot->services[0], plx_slice_of(method), plx_slice_of(path)) != NULL;

    plx_snapshot_unref(snapshot);
    return found;
}

static void
test_patterns(void **state)
{
    static const struct {
        const char *pattern, *method, *path;
        bool takes;
    } cases[] = {
        {"GET /", "GET", "/", true},
        {"GET /", "GET", "/?q=/x", true},
        {"GET /", "GET", "/x", false},
        {"GET /", "GET", "", false},
        {"GET /", "GET", "*", false},
        {"GET /x", "GET", "/x", true},
        {"GET /x", "POST", "/x", false},
        {"GET /x", "get", "/x", false},
        {"GET /x", "GET", "/x/", false},
        {"GET /x", "GET", "/X", false},
        {"GET /x", "GET", "x", false},
        {"GET /x/", "GET", "/x/", true},
        {"GET /x/", "GET", "/x", false},
        {"* /x", "GET", "/x", true},
        {"* /x", "M-SEARCH", "/x", true},
        {"GET /{id}", "GET", "/17", true},
        {"GET /{id}", "GET", "/", false},
        {"GET /{id}", "GET", "/17/x", false},
        {"GET /*/x", "GET", "/17/x", true},
        {"GET /*/x", "GET", "//x", false},
        {"GET /a/{id}/b", "GET", "/a/1/b?c", true},
        {"GET /a/{id}/b", "GET", "/a/1/c", false},
        {"GET /a/**", "GET", "/a", true},
        {"GET /a/**", "GET", "/a/", true},
        {"GET /a/**", "GET", "/a/b/c", true},
        {"GET /a/**", "GET", "/ab", false},
        {"* /**", "PUT", "/", true},
        {"* /**", "PUT", "/a/b//c/", true},
        {"* /**", "OPTIONS", "*", false},
        {"GET /a/*/**", "GET", "/a", false},
        {"GET /a/*/**", "GET", "/a/b", true},
        {"GET /a//b", "GET", "/a//b", true},
        {"GET /a//b", "GET", "/a/b", false},
    };

    for (size_t i = 0; i < PLX_COUNT(cases); i++)
        if (matches(cases[i].pattern, cases[i].method, cases[i].path) != cases[i].takes)
            fail_msg("%s and %s %s", cases[i].pattern, cases[i].method, cases[i].path);
}

static void
test_the_first_route_that_matches_is_taken(void **state)
{
    static const char *const list[] = {"POST /pay", "* /pay", "GET /pay/now", "GET /pay/{id}", "GET /**"};
    struct plx_snapshot *snapshot = with_routes(list, PLX_COUNT(list));
    const struct plx_service *service = &snapshot->services[0];
    static const struct {
        const char *method, *path;
        size_t route;
    } cases[] = {
        {"POST", "/pay", 0}, {"GET", "/pay", 1}, {"GET", "/pay/now", 2}, {"GET", "/pay/then", 3}, {"GET", "/", 4}};

    for (size_t i = 0; i < PLX_COUNT(cases); i++)
        assert_ptr_equal(plx_route_for(service, plx_slice_of(cases[i].method), plx_slice_of(cases[i].path)),
                         &service->routes[cases[i].route]);
    assert_null(plx_route_for(service, plx_slice_of("POST"), plx_slice_of("/pay/now")));
    assert_null(plx_route_for(service, plx_slice_of("GET"), plx_slice_make(NULL, 0)));
    plx_snapshot_unref(snapshot);
}

static void
test_wrong_patterns_say_how_to_mend_them(void **state)
{
    static const struct {
        const char *pattern, *mend;
    } cases[] = {
        {"/x", "a method and a path"},
        {"", "a method and a path"},
        {"GET", "a method and a path"},
        {"get /x", "capitals"},
        {" /x", "capitals"},
        {"** /x", "capitals"},
        {"GET ", "begins with a /"},
        {"GET x", "begins with a /"},
        {"GET /x y", "no spaces"},
        {"GET  /x", "begins with a /"},
        {"GET /x?q", "leave the query out"},
        {"GET /x#f", "leave the query out"},
        {"GET /**/x", "last segment"},
        {"GET /a*", "as a whole"},
        {"GET /{a", "as a whole"},
        {"GET /{}", "as a whole"},
        {"GET /a}", "as a whole"},
        {"GET /***", "as a whole"},
        {"GET /{a}-{b}", "as a whole"},
        {"GET /{{a}}", "as a whole"},
    };

    for (size_t i = 0; i < PLX_COUNT(cases); i++) {
        struct plx_route route = {.match = strdup(cases[i].pattern)};
        const char *problem = plx_route_compile(&route);
        if (!problem || !strstr(problem, cases[i].mend))
            fail_msg("'%s': %s", cases[i].pattern, problem ? problem : "is taken");
        assert_null(route.pattern); /* nothing half made is left to be matched with */
        free_route(&route);
    }
}

static bool
covers(const char *earlier, const char *later)
{
    struct plx_snapshot *snapshot = with_routes((const char *const[]){earlier, later}, 2);
    bool result = plx_route_covers(&snapshot->services[0].routes[0], &snapshot->services[0].routes[1]);

    plx_snapshot_unref(snapshot);
    return result;
}

static void
test_routes_that_others_cover(void **state)
{
    assert_true(covers("GET /x", "GET /x"));
    assert_true(covers("* /x", "GET /x"));
    assert_true(covers("* /x", "* /x"));
    assert_true(covers("GET /{a}", "GET /x"));
    assert_true(covers("GET /{a}", "GET /*"));
    assert_true(covers("GET /**", "GET /x/y"));
    assert_true(covers("GET /**", "GET /"));
    assert_true(covers("GET /x/**", "GET /x/{a}/**"));
    assert_true(covers("GET /x/**", "GET /x"));
    assert_false(covers("GET /x", "* /x"));
    assert_false(covers("GET /x", "POST /x"));
    assert_false(covers("GET /x", "GET /{a}"));
    assert_false(covers("GET /x", "GET /x/y"));
    assert_false(covers("GET /x/y", "GET /x"));
    assert_false(covers("GET /{a}", "GET /**"));
    assert_false(covers("GET /x/*/**", "GET /x/**"));
    /* a wildcard takes no empty segment */
    assert_false(covers("GET /{a}", "GET /"));
    assert_false(covers("GET /x/{a}", "GET /x/"));
    assert_false(covers("GET /*/**", "GET /"));
}

/* What covers says must hold for every request, tried over all short ones; both ways, so that it is neither too strict
 * nor too lax. */
static void
test_covering_is_what_matching_does(void **state)
{
    static const char *const parts[] = {"", "a", "b", "*"};
    static const char *const tries[] = {"", "a", "b", "zz"};
    const char *patterns[64];
    char texts[64][32], path[32];
    size_t count = 0;

    for (size_t i = 0; i < 4; i++) {
        snprintf(texts[count++], sizeof(texts[0]), "GET /%s", parts[i]);
        snprintf(texts[count++], sizeof(texts[0]), "GET /%s/**", parts[i]);
        for (size_t k = 0; k < 4; k++)
            snprintf(texts[count++], sizeof(texts[0]), "GET /%s/%s", parts[i], parts[k]);
    }
    snprintf(texts[count++], sizeof(texts[0]), "GET /**");
    for (size_t i = 0; i < count; i++)
        patterns[i] = texts[i];
    struct plx_snapshot *snapshot = with_routes(patterns, count);
    struct plx_service one = {.route_count = 1};
    for (size_t a = 0; a < count; a++)
        for (size_t b = 0; b < count; b++) {
            bool all = true;
            for (size_t p = 0; p < 4 + 16 + 64 && all; p++) {
                if (p < 4)
                    snprintf(path, sizeof(path), "/%s", tries[p]);
                else if (p < 20)
                    snprintf(path, sizeof(path), "/%s/%s", tries[(p - 4) / 4], tries[p % 4]);
                else
                    snprintf(path, sizeof(path), "/%s/%s/%s", tries[(p - 20) / 16], tries[(p - 20) / 4 % 4],
                             tries[p % 4]);
                one.routes = &snapshot->services[0].routes[b];
                bool later = plx_route_for(&one, plx_slice_of("GET"), plx_slice_of(path)) != NULL;
                one.routes = &snapshot->services[0].routes[a];
                bool earlier = plx_route_for(&one, plx_slice_of("GET"), plx_slice_of(path)) != NULL;
                all = !later || earlier;
            }
            if (all != plx_route_covers(&snapshot->services[0].routes[a], &snapshot->services[0].routes[b]))
                fail_msg("'%s' before '%s'", patterns[a], patterns[b]);
        }
    plx_snapshot_unref(snapshot);
}

/* ---- budgets ---- */

static uint64_t
next_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

/* Whatever comes when, no second has more than it may; and who asks all the time gets about as many. */
static void
test_a_budget_holds_in_every_second(void **state)
{
    uint64_t seed = (uint64_t)getpid() * 0x9E3779B97F4A7C15u + 1, taken[4000];

    print_message("seed %llu\n", (unsigned long long)seed);
    for (int round = 0; round < 50; round++) {
        uint32_t per_second = (uint32_t)(1 + next_random(&seed) % 20);
        uint64_t now = next_random(&seed) % 5000, end = now + 20000, count = 0, gap = 2 + next_random(&seed) % 300;
        struct plx_budget *budget = plx_budget_new();

        assert_non_null(budget);
        for (; now < end; now += next_random(&seed) % gap) {
            if (!plx_budget_take(budget, now, per_second))
                continue;
            taken[count++] = now;
            if (count > per_second)
                assert_true(now - taken[count - 1 - per_second] >= 1000);
        }
        if (gap < 10)
            assert_true(count >= 15 * per_second);
        plx_budget_unref(budget);
    }
}

static void
test_a_budget_begins_with_all_of_it(void **state)
{
    struct plx_budget *budget = plx_budget_new();

    assert_non_null(budget);
    for (int i = 0; i < 3; i++)
        assert_true(plx_budget_take(budget, 7, 3));
    assert_false(plx_budget_take(budget, 7, 3));
    assert_false(plx_budget_take(budget, 3, 3)); /* another thread's clock */
    assert_false(plx_budget_take(budget, 1006, 3));
    assert_true(plx_budget_take(budget, 1007, 3));
    plx_budget_unref(budget);
}

/* A reload must not be a way to have twice as many. */
static void
test_what_is_spent_stays_spent_over_a_reload(void **state)
{
    struct plx_snapshot *before = three_services(), *after = three_services();
    struct plx_snapshot *derived;

    plx_snapshot_go_on(after, before);
    plx_snapshot_go_on(after, before); /* once more changes nothing */
    derived = plx_snapshot_derive(after);
    assert_non_null(derived);
    assert_true(plx_budget_take(before->services[1].rechecks, 5000, 1)); /* by a worker that has not read the new one */
    assert_false(plx_budget_take(after->services[1].rechecks, 5500, 1));
    assert_true(plx_budget_take(after->services[2].rechecks, 5500, 1));
    assert_ptr_equal(derived->services[1].rechecks, after->services[1].rechecks);
    atomic_fetch_add(before->services[1].copies, 3); /* under way still */
    assert_int_equal(atomic_load(derived->services[1].copies), 3);
    assert_int_equal(atomic_load(after->services[2].copies), 0);
    plx_snapshot_unref(before);
    atomic_fetch_sub(after->services[1].copies, 3);
    plx_snapshot_unref(after);
    plx_snapshot_unref(derived);
}

/* ---- counting, by several threads ---- */

#define THREADS 4
#define ROUNDS  20000

static void *
hold_and_let_go(void *given)
{
    struct plx_snapshot *snapshot = given;

    for (int i = 0; i < ROUNDS; i++) {
        struct plx_snapshot *mine = plx_snapshot_ref(snapshot);
        const struct plx_service *service = plx_service_for_host(mine, plx_slice_of("pay"));
        atomic_fetch_add(service->copies, 1);
        atomic_fetch_sub(service->copies, 1);
        plx_snapshot_unref(mine);
    }
    plx_snapshot_unref(snapshot);
    return NULL;
}

static void
test_the_last_thread_frees(void **state)
{
    struct plx_snapshot *snapshot = three_services();
    pthread_t threads[THREADS];

    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, hold_and_let_go, plx_snapshot_ref(snapshot)), 0);
    plx_snapshot_unref(snapshot); /* the threads hold it now */
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_named_host_goes_before_every_host),
        cmocka_unit_test(test_the_longest_star_goes_before_the_default),
        cmocka_unit_test(test_a_host_that_nobody_takes),
        cmocka_unit_test(test_services_by_name),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_shares_are_written_without_zeros_that_say_nothing),
        cmocka_unit_test(test_the_share_of_a_stage),
        cmocka_unit_test(test_a_derived_snapshot_shares_what_did_not_change),
        cmocka_unit_test(test_patterns),
        cmocka_unit_test(test_the_first_route_that_matches_is_taken),
        cmocka_unit_test(test_wrong_patterns_say_how_to_mend_them),
        cmocka_unit_test(test_routes_that_others_cover),
        cmocka_unit_test(test_covering_is_what_matching_does),
        cmocka_unit_test(test_a_budget_holds_in_every_second),
        cmocka_unit_test(test_a_budget_begins_with_all_of_it),
        cmocka_unit_test(test_what_is_spent_stays_spent_over_a_reload),
        cmocka_unit_test(test_the_last_thread_frees),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
