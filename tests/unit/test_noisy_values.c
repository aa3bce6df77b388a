/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Noisy fields of a candidate that is right, from the documents to the report: all roles draw their values in the same
 * way, so that no field may be called a regression, however many different values there are and however much slower
 * the candidate is. The seed is fixed and printed.
 */
#include "compare_kit.h"
#include "ledger_kit.h"

#include "base/arena.h"

#include <math.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define SEED       UINT64_C(20261126)
#define FIELDS_MAX 600
#define SERVICES   6 /* at 99 % a twentieth of one is found wrong, at most */
#define FOLDS      4
#define FOLD       150 /* exchanges between two hand-overs */

static struct plx_arena *scratch;
static struct plx_buffer text;
static uint64_t seed;

static int
setup(void **state)
{
    scratch = plx_arena_new(NULL);
    plx_buffer_init(&text, 64u << 20);
    seed = SEED;
    print_message("seed %llu\n", (unsigned long long)seed);
    return scratch == NULL;
}

static int
teardown(void **state)
{
    plx_arena_free(scratch);
    plx_buffer_fini(&text);
    return 0;
}

/* From 0 to 1. */
static double
chance(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (double)(seed >> 11) * 0x1p-53;
}

/* ---- what a role writes ---- */

typedef void draw_value(char out[64], double now_ms, double took_ms);

static void
any_number(char out[64], double now_ms, double took_ms)
{
    snprintf(out, 64, "%.0f", 1e9 * chance());
}

static void
any_fraction(char out[64], double now_ms, double took_ms)
{
    snprintf(out, 64, "%.3f", exp(20 * chance() - 10) * (chance() < 0.5 ? -1 : 1));
}

static void
any_word(char out[64], double now_ms, double took_ms)
{
    snprintf(out, 64, "\"%c%c\"", 'a' + (int)(chance() * 12), 'a' + (int)(chance() * 12));
}

static void
any_text(char out[64], double now_ms, double took_ms)
{
    static const char letters[] = "abcxyz 0123.,ABC";
    int len = 1 + (int)(chance() * 60);

    for (int i = 0; i < len; i++)
        out[i] = letters[(int)(chance() * (1 + chance() * 15))];
    out[0] = out[len] = '"';
    out[len + 1] = 0;
}

static void
often_null(char out[64], double now_ms, double took_ms)
{
    if (chance() < 0.5)
        snprintf(out, 64, "null");
    else
        any_number(out, now_ms, took_ms);
}

/* Some of an array's numbers are one more than they should be: which role has it where is chance. */
static void
any_place(char out[64], double now_ms, double took_ms)
{
    static const double numbers[] = {3, 90000, 70, 2000000, 500};

    for (int i = 0; i < 5; i++)
        out += sprintf(out, "%c%.0f", i ? ',' : '[', numbers[i] + (chance() < 0.3));
    sprintf(out, "]");
}

/* A map in which any member may differ, and more of them do than are told apart. */
static void
seldom_another(char out[64], double now_ms, double took_ms)
{
    snprintf(out, 64, "%d", chance() < 0.5 ? 1 : 2);
}

/* Of the last seconds, most of them not long ago. */
static void
any_time(char out[64], double now_ms, double took_ms)
{
    snprintf(out, 64, "%.0f", now_ms - exp(10 * chance()));
}

static void
clock_read_late(char out[64], double now_ms, double took_ms)
{
    snprintf(out, 64, "%.0f", now_ms + took_ms * chance());
}

/* ---- running ---- */

static void
write_answer(char *out, int fields, draw_value *draw, double now_ms, double took_ms)
{
    for (int i = 0; i < fields; i++) {
        char value[64];

        draw(value, now_ms, took_ms);
        out += sprintf(out, "%c\"%03d\":%s", i ? ',' : '{', i * 7919 % 1000, value);
    }
    sprintf(out, "}");
}

static void
take_exchange(struct plx_tally *tally, const struct plx_service *service, const struct plx_rules *rules, int fields,
              draw_value *draw, const double took_ms[PLX_ROLES])
{
    static struct kit_exchange x;
    static char bodies[PLX_ROLES][FIELDS_MAX * 72];
    struct plx_answer answers[PLX_ROLES];
    struct plx_compare_limits limits = {0};

    kit_match(&x, service, "GET /");
    limits.now_s = (int64_t)(x.outcome.time_ms / 1000);
    for (int i = 0; i < PLX_ROLES; i++) {
        write_answer(bodies[i], fields, draw, (double)x.outcome.time_ms, took_ms[i]);
        answers[i] = json_answer(S(bodies[i]));
        x.outcome.roles[i].duration_ns = (uint64_t)(took_ms[i] * 1e6);
        limits.late_ms = fmax(limits.late_ms, took_ms[i]);
    }
    assert_int_equal(plx_judge(rules, &answers[PLX_PRIMARY], &answers[PLX_CANDIDATE], &answers[PLX_SECONDARY], &limits,
                               scratch, &x.judgement),
                     PLX_OK);
    x.outcome.verdict = x.judgement.verdict;
    plx_tally_add(tally, &x.outcome, scratch);
    plx_arena_reset(scratch);
}

static bool
is_regression(int fields, draw_value *draw, const double took_ms[PLX_ROLES])
{
    struct plx_service service = kit_service("noisy", true);
    struct plx_ledger *ledger = kit_open(NULL);
    struct plx_rules *rules = plx_rules_new(NULL);
    char verdict[32] = "";

    for (int fold = 0; fold < FOLDS; fold++) {
        struct plx_tally *tally = plx_tally_new(NULL);

        for (int i = 0; i < FOLD; i++)
            take_exchange(tally, &service, rules, fields, draw, took_ms);
        plx_ledger_fold(ledger, tally);
    }
    assert_true(kit_json_get(kit_report(ledger, &service, &text), "/verdict", verdict, sizeof(verdict)));
    plx_rules_free(rules);
    plx_ledger_close(ledger);
    return strcmp(verdict, "regression") == 0;
}

static void
expect_seldom(const char *name, int fields, draw_value *draw, double primary_ms, double candidate_ms,
              double secondary_ms)
{
    const double took_ms[PLX_ROLES] = {
        [PLX_PRIMARY] = primary_ms, [PLX_CANDIDATE] = candidate_ms, [PLX_SECONDARY] = secondary_ms};
    int found = 0;

    for (int run = 0; run < SERVICES; run++)
        found += is_regression(fields, draw, took_ms);
    if (found)
        fail_msg("%s: %d of %d are a regression", name, found, SERVICES);
}

static void
test_random_values_are_no_regression(void **state)
{
    kit_step_ms = 7;
    expect_seldom("numbers", 20, any_number, 1, 1, 1);
    expect_seldom("fractions", 20, any_fraction, 1, 1, 1);
    expect_seldom("words", 20, any_word, 1, 1, 1);
    expect_seldom("texts", 20, any_text, 1, 1, 1);
    expect_seldom("places", 20, any_place, 1, 1, 1);
    expect_seldom("more than are told apart", FIELDS_MAX, seldom_another, 1, 1, 1);
    expect_seldom("null or a number", 20, often_null, 1, 1, 1);
}

/* Whichever of the copies is the slower one. */
static void
test_random_times_of_a_slow_copy_are_no_regression(void **state)
{
    kit_step_ms = 7;
    expect_seldom("times", 20, any_time, 1, 1, 1);
    expect_seldom("times, candidate slow", 20, any_time, 1, 50, 1);
    expect_seldom("times, secondary slow", 20, any_time, 1, 1, 50);
    expect_seldom("clock, candidate slow", 20, clock_read_late, 1, 50, 1);
    expect_seldom("clock, primary slow", 20, clock_read_late, 50, 1, 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_random_values_are_no_regression, setup, teardown),
        cmocka_unit_test_setup_teardown(test_random_times_of_a_slow_copy_are_no_regression, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
