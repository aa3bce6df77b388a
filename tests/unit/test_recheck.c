/* SPDX-License-Identifier: Apache-2.0 */
/* What a later comparison says of a mismatch: it stays, was a race, or is flaky. */
#include "ledger_kit.h"

#include "evidence/count/cause_id.h"
#include "traffic/exchange/recheck.h"

#define FIELDS_MAX 4

/* "/total 10 11", with " noise" where the secondary differs there, too; NULL ends them. */
struct seen {
    enum plx_verdict verdict;
    struct {
        const char *field, *primary, *candidate;
        bool noise;
    } fields[FIELDS_MAX];
};

static void
judge(const struct seen *seen, struct plx_field *fields, struct plx_judgement *judgement)
{
    memset(judgement, 0, sizeof(*judgement));
    judgement->verdict = seen->verdict;
    judgement->fields = fields;
    for (size_t i = 0; i < FIELDS_MAX && seen->fields[i].field; i++)
        fields[judgement->field_count++] = (struct plx_field){.folded = S(seen->fields[i].field),
                                                              .candidate_differs = true,
                                                              .secondary_differs = seen->fields[i].noise,
                                                              .beyond_noise = !seen->fields[i].noise,
                                                              .primary = S(seen->fields[i].primary),
                                                              .candidate = S(seen->fields[i].candidate)};
}

/* What is kept of a mismatch comes from an exchange under way: all that one needs for it. */
static enum plx_recheck_result
ask_again(const struct seen *first, const struct seen *later)
{
    static char head[] =
        "GET /old HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\nParallax-Role: candidate\r\nParallax-Exchange: 01J\r\n\r\n";
    struct plx_field fields[FIELDS_MAX], fields_later[FIELDS_MAX];
    struct plx_view view = {.references = 1};
    struct plx_judgement judgement;
    struct plx_exchange_outcome outcome = {.judgement = &judgement, .endpoint = S("GET /")};
    struct plx_exchange *exchange = calloc(1, sizeof(*exchange));
    enum plx_recheck_result result;

    assert_non_null(exchange);
    exchange->view = &view;
    exchange->terms.written = (struct plx_buffer){.ptr = head, .len = sizeof(head) - 1};
    exchange->terms.heads[PLX_TO_SERVE][PLX_PRIMARY] = (struct plx_head_place){0, 21};
    exchange->terms.heads[PLX_TO_COPY][PLX_CANDIDATE] = (struct plx_head_place){21, sizeof(head) - 22};
    exchange->calls[PLX_CANDIDATE].capture.length = 100;
    judge(first, fields, &judgement);
    struct plx_recheck *recheck = plx_recheck_new(exchange, &outcome);
    assert_non_null(recheck);
    assert_true(plx_slice_equal(recheck->heads[PLX_PRIMARY], S("GET /old HTTP/1.1\r\n")));
    assert_true(plx_slice_equal(recheck->heads[PLX_CANDIDATE], S("GET / HTTP/1.1\r\n")));
    assert_int_equal(recheck->answer_bytes_max, 100 * PLX_COPY_TIMES + PLX_COPY_SLACK_BYTES);
    assert_int_equal(recheck->cause.fields, plx_cause_id_fields(&outcome));
    assert_true(plx_slice_equal(recheck->cause.endpoint, outcome.endpoint));
    judge(later, fields_later, &judgement);
    result = plx_recheck_judge(recheck, &judgement);
    plx_recheck_free(recheck);
    assert_int_equal(view.references, 1);
    free(exchange);
    return result;
}

static void
test_what_later_says(void **state)
{
    static const struct seen total = {PLX_MISMATCH, {{"/total", "10", "11", false}}};
    static const struct seen with_noise = {PLX_MISMATCH, {{"/total", "10", "11", false}, {"/at", "1", "2", true}}};
    static const struct seen with_time = {PLX_MISMATCH, {{"/total", "10", "11", false}, {"/at", "1", "2", false}}};
    static const struct {
        const struct seen *first;
        struct seen later;
        enum plx_recheck_result want;
    } rows[] = {
        {&total, {PLX_MISMATCH, {{"/total", "10", "11", false}}}, PLX_RECHECK_PERSISTENT},
        {&total, {PLX_MATCH, {{NULL, NULL, NULL, false}}}, PLX_RECHECK_RACE},
        {&total, {PLX_IGNORED, {{NULL, NULL, NULL, false}}}, PLX_RECHECK_RACE},
        {&total, {PLX_INCOMPARABLE, {{NULL, NULL, NULL, false}}}, PLX_RECHECK_INCOMPARABLE},
        {&total, {PLX_MISMATCH, {{"/total", "10", "12", false}}}, PLX_RECHECK_FLAKY},
        {&total, {PLX_MISMATCH, {{"/total", "9", "11", false}}}, PLX_RECHECK_FLAKY},
        {&total, {PLX_MISMATCH, {{"/total", "11", "10", false}}}, PLX_RECHECK_FLAKY},
        {&total, {PLX_MISMATCH, {{"/tax", "10", "11", false}}}, PLX_RECHECK_FLAKY},
        {&total, {PLX_MISMATCH, {{"/total", "10", "11", false}, {"/tax", "1", "2", false}}}, PLX_RECHECK_FLAKY},
        /* Noise of the first time is none of the second, which has no secondary. */
        {&with_noise,
         {PLX_MISMATCH, {{"/total", "10", "11", false}, {"/at", "3", "4", false}}},
         PLX_RECHECK_PERSISTENT},
        {&with_noise, {PLX_MISMATCH, {{"/total", "10", "11", false}}}, PLX_RECHECK_PERSISTENT},
        {&with_noise, {PLX_MISMATCH, {{"/at", "3", "4", false}}}, PLX_RECHECK_RACE},
        /* Beside a fault that stays, what is new in each answer is no news. */
        {&with_time, {PLX_MISMATCH, {{"/total", "10", "11", false}, {"/at", "3", "4", false}}}, PLX_RECHECK_PERSISTENT},
        {&with_time, {PLX_MISMATCH, {{"/total", "10", "11", false}}}, PLX_RECHECK_FLAKY},
        {&with_time, {PLX_MISMATCH, {{"/total", "10", "12", false}, {"/at", "3", "4", false}}}, PLX_RECHECK_FLAKY},
    };

    for (size_t i = 0; i < PLX_COUNT(rows); i++)
        if (ask_again(rows[i].first, &rows[i].later) != rows[i].want)
            fail_msg("row %zu", i);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_what_later_says)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
