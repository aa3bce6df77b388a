/* SPDX-License-Identifier: Apache-2.0 */
/* `spies:`: what is left out has its default, what is wrong is told where it stands and how to mend it. */
#include "config_kit.h"

#include "traffic/spy/spy_set.h"

#define SPY  ONE "spies:\n- name: s\n  primary: :1001\n  candidate: :1002\n" /* five lines */
#define REAL SPY "  real: http://r:1\n"                                      /* six */

static void
test_defaults(void **state)
{
    struct plx_config config = good(REAL);
    const struct plx_spy *spy = &config.spies->list[0];

    assert_int_equal(config.spies->count, 1);
    assert_string_equal(spy->service->name, "s");
    assert_string_equal(spy->service->roles[PLX_PRIMARY].url, "http://r:1");
    assert_int_equal(config.spy_listen[0][PLX_PRIMARY].port, 1001);
    assert_int_equal(config.spy_listen[0][PLX_CANDIDATE].port, 1002);
    assert_int_equal(spy->modes[PLX_PRIMARY], PLX_SPY_OBSERVE);
    assert_int_equal(spy->modes[PLX_CANDIDATE], PLX_SPY_STUB);
    assert_true(spy->answer->from_primary && spy->answer->status == 503 && spy->compare_target);
    assert_int_equal(spy->window_ms, 10000);
    assert_int_equal(spy->late_ms, 10000);
    assert_int_equal(spy->settle_ms, 500);
    assert_int_equal(spy->wait_ms, 5000);
    assert_int_equal(spy->calls_max, 100000);
    assert_int_equal(spy->bytes_max, 64u << 20);
    assert_int_equal(spy->service->limits.body_bytes, 1u << 20);
    plx_config_fini(&config);
}

static void
test_all_keys(void **state)
{
    struct plx_config config = good(
        ONE
        "spies:\n- name: s\n  primary: {listen: 127.0.0.1:0, mode: stub}\n"
        "  candidate: {listen: '[::1]:7', mode: observe}\n  real: http://r:1\n"
        "  answer: {status: 201, headers: {X: '{{id}}'}, body: '{{body}}'}\n"
        "  window: 1s\n  settle: 1ms\n  late: 10ms\n  target: no\n  timeout: {connect: 2s, answer: 3s}\n"
        "  limits: {body: 1KiB, capture: 2KiB, bytes: 3KiB, calls: 4}\n"
        "  compare: {headers: yes, ignore: [/a]}\n  redact: [/b]\n"
        "  routes: [{match: GET /x, endpoint: X, answer: {status: 202}, compare: {ignore: [/c]}}, {match: GET /y}]\n");
    const struct plx_spy *spy = &config.spies->list[0];

    assert_int_equal(spy->modes[PLX_PRIMARY], PLX_SPY_STUB);
    assert_int_equal(spy->modes[PLX_CANDIDATE], PLX_SPY_OBSERVE);
    assert_string_equal(config.spy_listen[0][PLX_CANDIDATE].host, "::1");
    assert_int_equal(spy->answer->status, 201);
    assert_int_equal(spy->answer->header_count, 1);
    assert_false(spy->compare_target);
    assert_int_equal(spy->window_ms, 1000);
    assert_int_equal(spy->settle_ms, 1);
    assert_int_equal(spy->late_ms, 10);
    assert_int_equal(spy->service->timeouts.connect, 2000);
    assert_int_equal(spy->service->limits.capture_bytes, 2048);
    assert_int_equal(spy->calls_max, 4);
    assert_int_equal(plx_rules_count(spy->service->routes[0].rules), 3);
    assert_int_equal(plx_spy_answer_for(spy, &spy->service->routes[0])->status, 202);
    assert_ptr_equal(plx_spy_answer_for(spy, &spy->service->routes[1]), spy->answer);
    assert_ptr_equal(plx_spy_answer_for(spy, NULL), spy->answer);
    plx_config_fini(&config);
}

/* Short windows shorten what was left out. */
static void
test_times_that_were_left_out_fit_the_window(void **state)
{
    struct plx_config config = good(REAL "  window: 100ms\n");

    assert_int_equal(config.spies->list[0].settle_ms, 100);
    assert_int_equal(config.spies->list[0].late_ms, 100);
    plx_config_fini(&config);
}

static void
test_what_is_wrong_is_told_at_its_place(void **state)
{
    wrong(ONE "spies: x\n", 2, 8, "`spies` is a list");
    wrong(ONE "spies: []\n", 2, 8, "an empty one");
    wrong(SPY, 4, 12, "add `real:");
    wrong(ONE "spies:\n- primary: :1\n  candidate: :2\n  real: http://r:1\n", 3, 3, "a spy without `name`");
    wrong(ONE "spies:\n- name: s\n  primary: :1\n  real: http://r:1\n", 3, 3, "without `candidate`");
    wrong(ONE "spies:\n- name: s\n  primary: {mode: stub}\n  candidate: :2\n  answer: {status: 200}\n", 4, 12,
          "listens nowhere");
    wrong(REAL "  real2: x\n", 7, 3, "did you mean `real`?");
    wrong(REAL "  answer: secondary\n", 7, 11, "says not what is answered");
    wrong(REAL "  answer: {status: 100}\n", 7, 20, "no status");
    wrong(REAL "  answer: {status: 304}\n", 7, 20, "no status");
    wrong(REAL "  answer: {from: candidate}\n", 7, 18, "no answer comes from");
    wrong(REAL "  answer: {body: '{{nothing}}'}\n", 7, 18, "between {{ and }}");
    wrong(REAL "  answer: {headers: {Content-Length: 1}}\n", 7, 22, "can't answer the header");
    wrong(REAL "  answer: {headers: {'a b': 1}}\n", 7, 22, "can't answer the header");
    wrong(REAL "  answer: {headers: [a]}\n", 7, 21, "are names and values");
    wrong(REAL "  window: 0s\n", 7, 11, "no duration");
    wrong(REAL "  window: 1s\n  settle: 2s\n", 8, 11, "make `settle` shorter");
    wrong(REAL "  window: 1s\n  late: 2s\n", 8, 9, "make `late` shorter");
    wrong(REAL "  limits: {calls: 0}\n", 7, 19, "no number of calls");
    wrong(REAL "  routes: [{match: GET /x, copy: always}]\n", 7, 28, "a route has no key `copy`");
    wrong(REAL "  routes: [{match: GET /x, answer: {wait: 1s}}]\n", 7, 37, "the same on all routes");
    wrong(REAL "- name: s\n  primary: :3\n  candidate: :4\n  real: http://r:1\n", 7, 9, "there is a spy `s` already");
    wrong(ONE "spies:\n- name: s\n  primary: {listen: ':1', mode: stub}\n  candidate: :2\n", 4, 12,
          "can't answer what the primary got");
}

static void
test_addresses_must_not_meet(void **state)
{
    wrong(ONE "listen: :1002\nspies:\n- name: s\n  primary: :1001\n  candidate: :1002\n  real: http://r:1\n", 6, 14,
          "listened on already");
    wrong(REAL "- name: t\n  primary: :1001\n  candidate: :1003\n  real: http://r:1\n", 8, 12, "listened on already");
    wrong(SPY "  real: http://127.0.0.1:1002\n", 6, 9, "go round for ever");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_all_keys),
        cmocka_unit_test(test_times_that_were_left_out_fit_the_window),
        cmocka_unit_test(test_what_is_wrong_is_told_at_its_place),
        cmocka_unit_test(test_addresses_must_not_meet),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
