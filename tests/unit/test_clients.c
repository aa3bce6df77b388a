/* SPDX-License-Identifier: Apache-2.0 */
/* A share of requests is exact over all workers; a client keeps its side, and only those of an added share move. */
#include "base/assert.h"
#include "service/clients.h"
#include "traffic/http1/head.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#define S(text) plx_slice_of(text)

static char service_name[] = "payment", trait_name[] = "session", trait_value[] = "1";

static struct plx_http1_head head;

/* A head with these header lines. */
static const struct plx_http_head *
with(const char *lines)
{
    static char text[2048];
    struct plx_http_error error;
    size_t scanned = 0;

    snprintf(text, sizeof(text), "GET / HTTP/1.1\r\nHost: a\r\n%s\r\n", lines);
    assert_int_equal(plx_http_read_request(S(text), &scanned, &head, &error), PLX_OK);
    return &head.message;
}

static struct plx_service
canary(uint32_t share, enum plx_client_by by)
{
    return (struct plx_service){
        .name = service_name, .stage = PLX_STAGE_CANARY, .share = share, .by = {.by = by, .name = trait_name}};
}

static enum plx_role
role(const struct plx_service *service, const char *lines, const char *address)
{
    uint32_t turn = 0;

    return plx_clients_draw(service, with(lines), S(address), &turn).role;
}

/* ---- by request ---- */

/* After any number of requests the count of the candidate's is the nearest whole number to their share. */
static void
test_one_worker_is_exact_to_half_a_request(void **state)
{
    static const uint32_t shares[] = {0, 1, 333, 10000, 33333, 50000, 66667, 90000, 99999, PLX_SHARE_ALL};

    for (size_t i = 0; i < PLX_COUNT(shares); i++) {
        uint32_t turn = plx_share_begin(0, 1);
        uint64_t taken = 0;
        for (uint64_t n = 1; n <= 2 * PLX_SHARE_ALL; n++) {
            taken += plx_share_take(&turn, shares[i]);
            uint64_t twice = 2 * taken * PLX_SHARE_ALL, want = 2 * n * shares[i];
            assert_true(twice <= want + PLX_SHARE_ALL && want <= twice + PLX_SHARE_ALL);
            assert_true(turn < PLX_SHARE_ALL);
        }
        assert_int_equal(taken, 2 * shares[i]);
    }
}

/* Smooth: at 10 % each ten requests in a row have just one. */
static void
test_a_share_is_spread_evenly(void **state)
{
    uint32_t turn = plx_share_begin(0, 1);
    int last = -1;

    for (int n = 0; n < 1000; n++)
        if (plx_share_take(&turn, 10000)) {
            assert_true(last < 0 ? n == 4 : n - last == 10);
            last = n;
        }
}

/* However the kernel deals requests to workers, all together are off by half a request a worker at most. */
static void
test_workers_together_are_exact(void **state)
{
    unsigned seed = 20261125;

    for (uint32_t workers = 1; workers <= 64; workers += workers < 4 ? 1 : 15) {
        for (uint32_t share = 1; share < PLX_SHARE_ALL; share += 7919) {
            uint32_t turns[64];
            uint64_t taken = 0;
            for (uint32_t w = 0; w < workers; w++)
                turns[w] = plx_share_begin(w, workers);
            for (uint64_t n = 1; n <= 2000; n++) {
                taken += plx_share_take(&turns[(uint32_t)rand_r(&seed) % workers], share);
                double off = (double)taken - (double)n * share / PLX_SHARE_ALL;
                assert_true(off >= -(double)workers / 2 - 0.001 && off <= (double)workers / 2 + 0.001);
            }
        }
    }
}

/* One request a worker: what all of them take is the share already, where each one alone would take nothing. */
static void
test_few_requests_over_many_workers_have_their_share(void **state)
{
    for (uint32_t share = 0; share <= PLX_SHARE_ALL; share += 500) {
        uint64_t taken = 0;
        for (uint32_t w = 0; w < 40; w++) {
            uint32_t turn = plx_share_begin(w, 40);
            taken += plx_share_take(&turn, share);
        }
        double off = (double)taken - 40.0 * share / PLX_SHARE_ALL;
        assert_true(off >= -0.51 && off <= 0.51);
    }
}

/* ---- by client ---- */

/* Growing and shrinking: who is on the candidate's side with a share is so with each larger one, so nobody drifts. */
static void
test_only_clients_of_the_added_share_move(void **state)
{
    for (int client = 0; client < 20000; client++) {
        char lines[64];
        bool before = false;
        snprintf(lines, sizeof(lines), "Cookie: session=c%d\r\n", client);
        for (uint32_t share = 0; share <= PLX_SHARE_ALL; share += 10000) {
            struct plx_service service = canary(share, PLX_CLIENT_COOKIE);
            bool now = role(&service, lines, "127.0.0.1") == PLX_CANDIDATE;
            assert_true(now || !before);
            assert_true(share > 0 || !now);
            before = now;
        }
        assert_true(before); /* at 100 % everybody */
    }
}

/* A side is a function of the client's key, the service and the share: these points may never change. */
static void
test_points_stay_what_they_are(void **state)
{
    struct plx_service service = canary(0, PLX_CLIENT_COOKIE), other = service;
    static char other_name[] = "invoicing";

    other.name = other_name;
    assert_int_equal(plx_clients_point(&service, S("alice")), 61832);
    assert_int_equal(plx_clients_point(&service, S("bob")), 77166);
    assert_int_not_equal(plx_clients_point(&other, S("alice")), 61832);
}

/* Three sigma around the share, for 100 000 clients. */
static void
test_points_are_spread_evenly(void **state)
{
    static const uint32_t shares[] = {100, 1000, 10000, 50000, 90000};
    uint32_t counts[PLX_COUNT(shares)] = {0};
    struct plx_service service = canary(0, PLX_CLIENT_ADDRESS);
    const double n = 100000;

    for (int client = 0; client < (int)n; client++) {
        char key[32];
        snprintf(key, sizeof(key), "10.%d.%d.%d", client >> 16, (client >> 8) & 255, client & 255);
        uint32_t point = plx_clients_point(&service, S(key));
        assert_true(point < PLX_SHARE_ALL);
        for (size_t i = 0; i < PLX_COUNT(shares); i++)
            counts[i] += point < shares[i];
    }
    for (size_t i = 0; i < PLX_COUNT(shares); i++) {
        double p = (double)shares[i] / PLX_SHARE_ALL, off = counts[i] - n * p;
        assert_true(off * off <= 9 * n * p * (1 - p));
    }
}

/* Who says nothing of itself gets what it always got, until everybody gets the candidate. */
static void
test_clients_without_a_key_are_the_primary_s(void **state)
{
    static const enum plx_client_by ways[] = {PLX_CLIENT_COOKIE, PLX_CLIENT_HEADER};

    for (size_t i = 0; i < PLX_COUNT(ways); i++) {
        struct plx_service service = canary(PLX_SHARE_ALL - 1, ways[i]);
        assert_int_equal(role(&service, "", "127.0.0.1"), PLX_PRIMARY);
        assert_int_equal(role(&service, "Cookie: session=\r\nSession:\r\n", "127.0.0.1"), PLX_PRIMARY);
        service.share = PLX_SHARE_ALL;
        assert_int_equal(role(&service, "", "127.0.0.1"), PLX_CANDIDATE);
    }
}

static void
test_the_candidate_serves_where_the_stage_says_so(void **state)
{
    struct plx_service service = canary(PLX_SHARE_ALL, PLX_CLIENT_REQUEST);

    assert_int_equal(role(&service, "", "127.0.0.1"), PLX_CANDIDATE);
    service.stage = PLX_STAGE_SHADOW;
    assert_int_equal(role(&service, "", "127.0.0.1"), PLX_PRIMARY);
    service.stage = PLX_STAGE_PRIMARY;
    assert_int_equal(role(&service, "", "127.0.0.1"), PLX_PRIMARY);
    service.stage = PLX_STAGE_CANDIDATE;
    service.share = 0;
    assert_int_equal(role(&service, "", "127.0.0.1"), PLX_CANDIDATE);
}

/* A pause leaves everybody with the primary, and changes nobody's side: neither keys' nor turns'. */
static void
test_while_paused_the_primary_serves_and_sides_stay(void **state)
{
    struct plx_service by_key = canary(PLX_SHARE_ALL / 2, PLX_CLIENT_COOKIE);
    struct plx_service by_turn = canary(PLX_SHARE_ALL / 4, PLX_CLIENT_REQUEST);
    enum plx_role before[40];
    uint32_t turn = 0;
    char cookie[40];

    for (int i = 0; i < 40; i++) {
        snprintf(cookie, sizeof(cookie), "Cookie: session=%d\r\n", i);
        before[i] = role(&by_key, cookie, "127.0.0.1");
        by_key.paused = true;
        assert_int_equal(role(&by_key, cookie, "127.0.0.1"), PLX_PRIMARY);
        by_key.paused = false;
        assert_int_equal(role(&by_key, cookie, "127.0.0.1"), before[i]);
    }
    by_key.stage = PLX_STAGE_CANDIDATE;
    by_key.paused = by_turn.paused = true;
    assert_int_equal(role(&by_key, "", "127.0.0.1"), PLX_PRIMARY);
    for (int i = 0; i < 10; i++)
        assert_int_equal(plx_clients_draw(&by_turn, with(""), S("127.0.0.1"), &turn).role, PLX_PRIMARY);
    assert_int_equal(turn, 0);
}

/* ---- only ---- */

static void
test_only_those_clients_are_the_canary_s(void **state)
{
    static const struct {
        enum plx_client_by by;
        bool any;
        const char *lines;
        bool meant;
    } cases[] = {
        {PLX_CLIENT_HEADER, false, "Session: 1\r\n", true},
        {PLX_CLIENT_HEADER, false, "SESSION:   1  \r\n", true},
        {PLX_CLIENT_HEADER, false, "Session: 11\r\n", false},
        {PLX_CLIENT_HEADER, false, "", false},
        {PLX_CLIENT_HEADER, true, "Session:\r\n", true},
        {PLX_CLIENT_HEADER, true, "", false},
        {PLX_CLIENT_COOKIE, false, "Cookie: a=2; session=1\r\n", true},
        {PLX_CLIENT_COOKIE, false, "Cookie: Session=1\r\n", false},
        {PLX_CLIENT_COOKIE, true, "Cookie: session=0\r\n", true},
        {PLX_CLIENT_COOKIE, true, "Cookie: session\r\n", false},
    };

    for (size_t i = 0; i < PLX_COUNT(cases); i++) {
        struct plx_service service = canary(PLX_SHARE_ALL, PLX_CLIENT_REQUEST);
        service.only = (struct plx_client_trait){cases[i].by, trait_name, cases[i].any ? NULL : trait_value};
        if ((role(&service, cases[i].lines, "127.0.0.1") == PLX_CANDIDATE) != cases[i].meant)
            fail_msg("case %zu", i);
    }
}

/* ---- cookies ---- */

static void
test_cookies_are_read_as_clients_send_them(void **state)
{
    static const struct {
        const char *lines, *value;
    } cases[] = {
        {"Cookie: session=a\r\n", "a"},
        {"Cookie: x=1; session=a; session=b\r\n", "a"},
        {"Cookie: x=1;session=a\r\n", "a"},
        {"Cookie:  session = a ;\r\n", "a"},
        {"Cookie: session=\"a\"\r\n", "\"a\""},
        {"Cookie: session=a=b\r\n", "a=b"},
        {"Cookie: x=1\r\nCookie: session=a\r\n", "a"},
        {"Cookie: xsession=a\r\n", NULL},
        {"Cookie: x=session=a\r\n", NULL},
        {"Cookie: ;;=;\r\n", NULL},
        {"Cookie:\r\n", NULL},
        {"X-Cookie: session=a\r\n", NULL},
        {"", NULL},
    };

    for (size_t i = 0; i < PLX_COUNT(cases); i++) {
        struct plx_slice value = plx_clients_cookie(with(cases[i].lines), S("session"));
        if (cases[i].value ? !plx_slice_equal(value, S(cases[i].value)) : value.ptr != NULL)
            fail_msg("%s", cases[i].lines);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_worker_is_exact_to_half_a_request),
        cmocka_unit_test(test_a_share_is_spread_evenly),
        cmocka_unit_test(test_workers_together_are_exact),
        cmocka_unit_test(test_few_requests_over_many_workers_have_their_share),
        cmocka_unit_test(test_only_clients_of_the_added_share_move),
        cmocka_unit_test(test_points_stay_what_they_are),
        cmocka_unit_test(test_points_are_spread_evenly),
        cmocka_unit_test(test_clients_without_a_key_are_the_primary_s),
        cmocka_unit_test(test_the_candidate_serves_where_the_stage_says_so),
        cmocka_unit_test(test_while_paused_the_primary_serves_and_sides_stay),
        cmocka_unit_test(test_only_those_clients_are_the_canary_s),
        cmocka_unit_test(test_cookies_are_read_as_clients_send_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
