/* SPDX-License-Identifier: Apache-2.0 */
/* The verdict of an exchange: what the secondary shows at the very same place and in the same kind is noise, and
 * nothing else is. */
#include "base/arena.h"
#include "compare/sink.h"
#include "compare_kit.h"
#include "memory_kit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static struct plx_arena *arena;

static struct plx_judgement
judge(const char *lines, const char *primary, const char *candidate, const char *secondary)
{
    struct plx_rules *rules = plx_rules_new(NULL);
    struct plx_judgement judgement;

    assert_int_equal(rules_add_lines(rules, plx_slice_of(lines), NULL), PLX_OK);
    struct plx_answer a = json_answer(plx_slice_of(primary)), b = json_answer(plx_slice_of(candidate));
    struct plx_answer c = json_answer(plx_slice_of(secondary ? secondary : ""));
    assert_int_equal(plx_judge(rules, &a, &b, secondary ? &c : NULL, NULL, arena, &judgement), PLX_OK);
    assert_int_equal(judgement.with_secondary, secondary != NULL);
    plx_rules_free(rules);
    return judgement;
}

static void
expect_verdict(enum plx_verdict want, const char *lines, const char *primary, const char *candidate,
               const char *secondary)
{
    struct plx_judgement j = judge(lines, primary, candidate, secondary);

    if (j.verdict != want)
        fail_msg("%s | %s | %s: %s", primary, candidate, secondary ? secondary : "-", plx_verdict_text(j.verdict));
}

static void
test_verdicts(void **state)
{
    expect_verdict(PLX_MATCH, "", "{\"a\":1}", "{\"a\":1}", NULL);
    expect_verdict(PLX_MATCH, "", "{\"a\":1}", "{ \"a\":1.0}", NULL);
    expect_verdict(PLX_MISMATCH, "", "{\"a\":1}", "{\"a\":2}", NULL);
    expect_verdict(PLX_IGNORED, "ignore /a", "{\"a\":1}", "{\"a\":2}", NULL);
    expect_verdict(PLX_MISMATCH, "ignore /a", "{\"a\":1,\"b\":1}", "{\"a\":2,\"b\":2}", NULL);
    expect_verdict(PLX_IGNORED, "", "{\"a\":1}", "{\"a\":2}", "{\"a\":3}");
    expect_verdict(PLX_MISMATCH, "", "{\"a\":1}", "{\"a\":2}", "{\"a\":1}");
    expect_verdict(PLX_MATCH, "", "{\"a\":1}", "{\"a\":1}", "{\"a\":3}");
    expect_verdict(PLX_IGNORED, "ignore /b", "{\"a\":1,\"b\":1}", "{\"a\":2,\"b\":2}", "{\"a\":3,\"b\":1}");
}

static void
test_noise_is_the_same_place_and_the_same_kind(void **state)
{
    /* Another place of the same field. */
    expect_verdict(PLX_MISMATCH, "", "[1,1]", "[2,1]", "[1,2]");
    expect_verdict(PLX_MISMATCH, "", "{\"a\":{\"x\":1},\"b\":{\"x\":1}}", "{\"a\":{\"x\":2},\"b\":{\"x\":1}}",
                   "{\"a\":{\"x\":1},\"b\":{\"x\":2}}");
    /* Another kind at the same place. */
    expect_verdict(PLX_MISMATCH, "", "{\"a\":1}", "{\"a\":\"1\"}", "{\"a\":2}");
    expect_verdict(PLX_MISMATCH, "", "{\"a\":1}", "{\"a\":null}", "{\"a\":2}");
    expect_verdict(PLX_MISMATCH, "", "{\"a\":1}", "{}", "{\"a\":2}");
    expect_verdict(PLX_MISMATCH, "", "{\"a\":1}", "{\"a\":2}", "{}");
    expect_verdict(PLX_IGNORED, "", "{\"a\":1}", "{}", "{}");
    expect_verdict(PLX_IGNORED, "", "{}", "{\"a\":1}", "{\"a\":2}");
    expect_verdict(PLX_IGNORED, "", "{\"a\":1}", "{\"a\":\"1\"}", "{\"a\":[]}");
    /* A place that only reads the same. */
    expect_verdict(PLX_MISMATCH, "", "{\"a/b\":1,\"a\":{\"b\":1}}", "{\"a/b\":2,\"a\":{\"b\":1}}",
                   "{\"a/b\":1,\"a\":{\"b\":2}}");
    /* Spelled otherwise it is still the same place. */
    expect_verdict(PLX_IGNORED, "", "{\"a\":1}", "{\"\\u0061\":2}", "{\"\\u0061\":3}");
}

static void
test_noise_is_marked_one_by_one(void **state)
{
    struct plx_judgement j = judge("", "[1,2,3]", "[9,9,9]", "[1,5,3]");

    assert_int_equal(j.verdict, PLX_MISMATCH);
    assert_int_equal(j.comparison.count, 3);
    assert_false(j.comparison.differences[0].noise);
    assert_true(j.comparison.differences[1].noise);
    assert_false(j.comparison.differences[2].noise);
}

static const struct plx_field *
field_of(const struct plx_judgement *j, const char *folded, enum plx_kind kind)
{
    for (size_t i = 0; i < j->field_count; i++)
        if (j->fields[i].kind == kind && plx_slice_equal(j->fields[i].folded, plx_slice_of(folded)))
            return &j->fields[i];
    return NULL;
}

static void
test_fields_fold_positions_and_tell_who_differs(void **state)
{
    struct plx_judgement j = judge("", "{\"i\":[{\"t\":1,\"u\":1},{\"t\":2,\"u\":1}],\"z\":1}",
                                   "{\"i\":[{\"t\":3,\"u\":1},{\"t\":4}],\"z\":1,\"n\":0}",
                                   "{\"i\":[{\"t\":5,\"u\":2},{\"t\":2,\"u\":1}],\"z\":1}");

    assert_int_equal(j.field_count, 4);
    const struct plx_field *t = field_of(&j, "/i/*/t", PLX_KIND_VALUE), *u = field_of(&j, "/i/*/u", PLX_KIND_VALUE);
    const struct plx_field *missing = field_of(&j, "/i/*/u", PLX_KIND_MISSING), *n = field_of(&j, "/n", PLX_KIND_EXTRA);
    assert_true(t && u && missing && n);
    assert_true(t->candidate_differs && t->secondary_differs);
    assert_true(plx_slice_equal(t->primary, plx_slice_of("1")) && plx_slice_equal(t->candidate, plx_slice_of("3")));
    assert_true(!u->candidate_differs && u->secondary_differs && u->candidate.len == 0);
    assert_true(plx_slice_equal(u->secondary_primary, plx_slice_of("1")) &&
                plx_slice_equal(u->secondary, plx_slice_of("2")));
    assert_true(missing->candidate_differs && !missing->secondary_differs);
    assert_true(n->candidate_differs && plx_slice_equal(n->candidate, plx_slice_of("0")));
    assert_int_equal(j.verdict, PLX_MISMATCH);
}

/* [first, filler, filler, ... filler, last] */
static char *
array_of(size_t count, int filler, int last)
{
    struct plx_buffer text;

    plx_buffer_init(&text, 1 << 24);
    plx_buffer_byte(&text, '[');
    for (size_t i = 0; i < count; i++)
        plx_buffer_format(&text, "%d,", filler);
    plx_buffer_format(&text, "%d]", last);
    plx_buffer_byte(&text, '\0');
    assert_false(text.failed);
    return text.ptr;
}

/* All are judged, the hundred that are kept and the others. */
static void
test_noise_is_decided_over_all_differences(void **state)
{
    char *primary = array_of(5000, 1, 1), *noisy = array_of(5000, 2, 1), *noisier = array_of(5000, 3, 2);

    struct plx_judgement j = judge("", primary, noisy, noisier);
    assert_int_equal(j.verdict, PLX_IGNORED);
    assert_int_equal(j.comparison.count, 100);
    assert_int_equal(j.comparison.total, 5000);
    j = judge("", primary, noisier, noisy); /* the 5001st is no noise */
    assert_int_equal(j.verdict, PLX_MISMATCH);
    assert_int_equal(j.comparison.total, 5001);
    for (size_t i = 0; i < j.comparison.count; i++)
        assert_true(j.comparison.differences[i].noise);
    free(primary);
    free(noisy);
    free(noisier);
}

/* Beyond what is remembered of the secondary nothing counts as noise: rather a false alarm than a false peace. */
static void
test_places_beyond_their_bound_are_no_noise(void **state)
{
    char *primary = array_of(PLX_PLACES_MAX, 1, 1), *noisy = array_of(PLX_PLACES_MAX, 2, 1);
    char *noisier = array_of(PLX_PLACES_MAX, 3, 2);

    expect_verdict(PLX_IGNORED, "", primary, noisy, noisier);
    expect_verdict(PLX_MISMATCH, "", primary, noisier, noisier);
    free(primary);
    free(noisy);
    free(noisier);
}

/* Two places below a key that is too long to be named look the same from outside: neither is noise for the other. */
static void
test_places_that_cannot_be_named_are_no_noise(void **state)
{
    char key[5001], a[6000], b[6000], c[6000];

    memset(key, 'k', sizeof(key) - 1);
    key[sizeof(key) - 1] = '\0';
    snprintf(a, sizeof(a), "{\"%s\":[1,1]}", key);
    snprintf(b, sizeof(b), "{\"%s\":[2,1]}", key);
    snprintf(c, sizeof(c), "{\"%s\":[1,2]}", key);
    expect_verdict(PLX_MISMATCH, "", a, b, c);
    expect_verdict(PLX_MISMATCH, "", a, b, b);
}

static void
test_fields_end_at_their_limit(void **state)
{
    struct plx_rules *rules = plx_rules_new(NULL);
    struct plx_compare_limits limits = {.fields_max = 2};
    struct plx_answer a = json_answer(plx_slice_of("{\"a\":1,\"b\":1,\"c\":1,\"d\":1}"));
    struct plx_answer b = json_answer(plx_slice_of("{\"a\":2,\"b\":2,\"c\":2,\"d\":2}"));
    struct plx_judgement j;

    assert_int_equal(plx_judge(rules, &a, &b, NULL, &limits, arena, &j), PLX_OK);
    assert_int_equal(j.field_count, 2);
    assert_int_equal(j.fields_dropped, 2);
    assert_int_equal(j.comparison.total, 4);
    plx_rules_free(rules);
}

/* However noisy the secondary, the fields in which the candidate differs have their room. */
static void
test_the_secondary_takes_no_field_from_the_candidate(void **state)
{
    struct plx_rules *rules = plx_rules_new(NULL);
    struct plx_compare_limits limits = {.fields_max = 2};
    struct plx_answer a = json_answer(plx_slice_of("{\"a\":1,\"b\":1,\"c\":1,\"d\":1}"));
    struct plx_answer b = json_answer(plx_slice_of("{\"a\":1,\"b\":1,\"c\":1,\"d\":2}"));
    struct plx_answer c = json_answer(plx_slice_of("{\"a\":2,\"b\":2,\"c\":2,\"d\":1}"));
    struct plx_judgement j;

    assert_int_equal(plx_judge(rules, &a, &b, &c, &limits, arena, &j), PLX_OK);
    assert_int_equal(j.verdict, PLX_MISMATCH);
    const struct plx_field *d = field_of(&j, "/d", PLX_KIND_VALUE);
    assert_true(d && d->candidate_differs && !d->secondary_differs);
    assert_int_equal(j.field_count, 3);
    assert_int_equal(j.fields_dropped, 0);
    assert_int_equal(j.secondary_fields_dropped, 1);
    plx_rules_free(rules);
}

static void
test_a_secondary_that_was_cut_off_is_left_out(void **state)
{
    struct plx_rules *rules = plx_rules_new(NULL);
    struct plx_answer a = json_answer(plx_slice_of("{\"a\":1}")), b = json_answer(plx_slice_of("{\"a\":2}"));
    struct plx_answer c = json_answer(plx_slice_of("{\"a\":"));
    struct plx_judgement j;

    a.status = b.status = 200;
    c.status = 201;
    c.body_length = 7;
    assert_int_equal(plx_judge(rules, &a, &b, &c, NULL, arena, &j), PLX_OK);
    assert_int_equal(j.verdict, PLX_MISMATCH);
    assert_false(j.with_secondary);
    assert_int_equal(j.field_count, 1); /* nothing of the secondary's other status is left */
    assert_false(j.fields[0].secondary_differs);
    b.body_length = 8;
    memset(&j, 0xA5, sizeof(j));
    struct plx_judgement before = j;
    assert_int_equal(plx_judge(rules, &a, &b, &c, NULL, arena, &j), PLX_E_LIMIT);
    assert_memory_equal(&j, &before, sizeof(j));
    plx_rules_free(rules);
}

static void
test_statuses_and_headers_can_be_noise(void **state)
{
    struct plx_rules *rules = plx_rules_new(NULL);
    struct plx_header one = {plx_slice_of("X-Id"), plx_slice_of("1")}, two = {plx_slice_of("x-id"), plx_slice_of("2")};
    struct plx_header three = {plx_slice_of("X-ID"), plx_slice_of("3")};
    struct plx_answer a = {.status = 200, .headers = &one, .header_count = 1}, b = a, c = a;
    struct plx_judgement j;

    plx_rules_compare_all_headers(rules, true);
    b.status = 500;
    b.headers = &two;
    c.status = 503;
    c.headers = &three;
    c.status = 204; /* of the same class: its difference is noise, and so is the candidate's */
    b.status = 202;
    assert_int_equal(plx_judge(rules, &a, &b, &c, NULL, arena, &j), PLX_OK);
    assert_int_equal(j.verdict, PLX_IGNORED);
    assert_int_equal(j.comparison.count, 2);
    b.status = 500;
    c.status = 200;
    assert_int_equal(plx_judge(rules, &a, &b, &c, NULL, arena, &j), PLX_OK);
    assert_int_equal(j.verdict, PLX_MISMATCH);
    assert_false(j.comparison.differences[0].noise);
    assert_true(j.comparison.differences[1].noise);
    plx_rules_free(rules);
}

/* A secondary that answers with another class of status lacks what the primary has: it measures nothing. */
static void
test_copies_that_lack_state(void **state)
{
    static const struct {
        int primary, candidate, secondary;
        enum plx_verdict verdict;
        bool lacks_state;
    } rows[] = {
        {200, 200, 404, PLX_MATCH, true},        /* the candidate has it */
        {200, 404, 404, PLX_INCOMPARABLE, true}, /* neither copy has it */
        {200, 401, 401, PLX_INCOMPARABLE, true}, {200, 500, 404, PLX_MISMATCH, true},
        {200, 403, 404, PLX_MISMATCH, true},     {404, 200, 200, PLX_INCOMPARABLE, true},
        {404, 404, 200, PLX_MATCH, true},        {200, 503, 500, PLX_MISMATCH, true},
        {302, 200, 200, PLX_INCOMPARABLE, true}, {200, 204, 202, PLX_IGNORED, false},
        {200, 500, 200, PLX_MISMATCH, false},    {200, 404, 200, PLX_MISMATCH, false},
    };
    struct plx_rules *rules = plx_rules_new(NULL);

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct plx_answer a = {.status = rows[i].primary}, b = {.status = rows[i].candidate};
        struct plx_answer c = {.status = rows[i].secondary};
        struct plx_judgement j;

        assert_int_equal(plx_judge(rules, &a, &b, &c, NULL, arena, &j), PLX_OK);
        if (j.verdict != rows[i].verdict || j.lacks_state != rows[i].lacks_state)
            fail_msg("%d, %d, %d: %s", a.status, b.status, c.status, plx_verdict_text(j.verdict));
        assert_int_equal(j.with_secondary, !rows[i].lacks_state);
    }
    plx_rules_free(rules);
}

/* What such a secondary has in its body excuses nothing, and a rule that ignores the status lets it measure again. */
static void
test_the_body_of_a_copy_that_lacks_state(void **state)
{
    struct plx_rules *rules = plx_rules_new(NULL);
    struct plx_answer a = json_answer(plx_slice_of("{\"a\":1}")), b = json_answer(plx_slice_of("{\"a\":2}"));
    struct plx_answer c = json_answer(plx_slice_of("{\"a\":3}"));
    struct plx_judgement j;

    a.status = b.status = 200;
    c.status = 404;
    assert_int_equal(plx_judge(rules, &a, &b, &c, NULL, arena, &j), PLX_OK);
    assert_int_equal(j.verdict, PLX_MISMATCH);
    assert_int_equal(j.field_count, 1);
    assert_false(j.fields[0].secondary_differs);
    c.status = 503; /* failed: counted on its side */
    assert_int_equal(plx_judge(rules, &a, &b, &c, NULL, arena, &j), PLX_OK);
    assert_int_equal(j.verdict, PLX_MISMATCH);
    assert_true(field_of(&j, "status", PLX_KIND_VALUE)->secondary_differs);
    assert_false(field_of(&j, "/a", PLX_KIND_VALUE)->secondary_differs);
    assert_int_equal(plx_rules_ignore(rules, plx_slice_of("status"), NULL), PLX_OK);
    assert_int_equal(plx_judge(rules, &a, &b, &c, NULL, arena, &j), PLX_OK);
    assert_int_equal(j.verdict, PLX_IGNORED);
    assert_true(j.with_secondary);
    plx_rules_free(rules);
}

/* Whatever becomes of the bodies, status, headers and trailers are compared. */
static void
test_a_body_that_cannot_be_compared_hides_nothing_else(void **state)
{
    struct plx_rules *rules = plx_rules_new(NULL);
    struct plx_header x = {plx_slice_of("X"), plx_slice_of("1")}, y = {plx_slice_of("X"), plx_slice_of("2")};
    struct plx_answer a = json_answer(plx_slice_of("{\"ok\":1}")),
                      b = json_answer(plx_slice_of("{\"ok\":1,\"page\":["));
    struct plx_judgement j;

    b.body_length = 800000;
    a.status = b.status = 200;
    assert_int_equal(plx_judge(rules, &a, &b, NULL, NULL, arena, &j), PLX_E_LIMIT);
    b.status = 500;
    assert_int_equal(plx_judge(rules, &a, &b, NULL, NULL, arena, &j), PLX_OK);
    assert_int_equal(j.verdict, PLX_MISMATCH);
    assert_int_equal(j.comparison.bodies, PLX_E_LIMIT);
    assert_string_equal(plx_kind_text(field_of(&j, "status", PLX_KIND_VALUE)->kind), "value");
    b.status = 200;
    b.body_length = b.body.len;
    b.unfinished = true; /* it broke off: not even equal bytes say that it is the same */
    assert_int_equal(plx_judge(rules, &a, &b, NULL, NULL, arena, &j), PLX_E_LIMIT);
    plx_rules_compare_all_headers(rules, true);
    a.headers = &x;
    b.headers = &y;
    a.header_count = b.header_count = 1;
    assert_int_equal(plx_judge(rules, &a, &b, NULL, NULL, arena, &j), PLX_OK);
    assert_int_equal(j.verdict, PLX_MISMATCH);
    assert_non_null(field_of(&j, "header:X", PLX_KIND_VALUE));
    a.trailers = &x;
    a.trailer_count = 1;
    b = a;
    b.trailers = &y;
    assert_int_equal(plx_judge(rules, &a, &b, NULL, NULL, arena, &j), PLX_OK);
    assert_non_null(field_of(&j, "trailer:X", PLX_KIND_VALUE));
    assert_int_equal(j.field_count, 1);
    plx_rules_free(rules);
}

/* A body that was cut off, but is already longer than anything that could mean the same. */
static void
test_a_body_that_is_far_too_long_differs(void **state)
{
    struct plx_rules *rules = plx_rules_new(NULL);
    char *long_one = array_of(30000, 1, 1), *blank = calloc(1, 200001);
    struct plx_answer a = json_answer(plx_slice_of("[]")), b = json_answer(plx_slice_of(long_one));
    struct plx_judgement j;

    b.body_length = b.body.len + 1;
    assert_int_equal(plx_judge(rules, &a, &b, NULL, NULL, arena, &j), PLX_OK);
    assert_int_equal(j.verdict, PLX_MISMATCH);
    assert_non_null(field_of(&j, "body", PLX_KIND_VALUE));
    assert_int_equal(plx_judge(rules, &b, &a, NULL, NULL, arena, &j), PLX_OK);
    assert_int_equal(j.verdict, PLX_MISMATCH);
    memset(blank, ' ', 200000); /* blanks are no content */
    b = json_answer(plx_slice_of(blank));
    b.body_length = b.body.len + 2;
    assert_int_equal(plx_judge(rules, &a, &b, NULL, NULL, arena, &j), PLX_E_LIMIT);
    plx_rules_free(rules);
    free(long_one);
    free(blank);
}

/* A clock that was read later says something else: as long as it is no later than the answer, nothing differs. */
static void
test_times_may_differ_by_as_much_as_the_answers(void **state)
{
    struct plx_rules *rules = plx_rules_new(NULL);
    struct plx_answer a = json_answer(plx_slice_of("{\"at\":\"2026-11-26T12:00:01Z\"}"));
    struct plx_answer b = json_answer(plx_slice_of("{\"at\":\"2026-11-26T12:00:02Z\"}"));
    struct plx_answer c = json_answer(plx_slice_of("{\"at\":\"2026-11-26T13:00:01Z\"}"));
    const struct plx_compare_limits limits = {.late_ms = 50, .now_s = 1795694400};
    struct plx_judgement j;

    assert_int_equal(plx_judge(rules, &a, &b, NULL, &limits, arena, &j), PLX_OK);
    assert_int_equal(j.verdict, PLX_IGNORED);
    assert_int_equal(j.comparison.later, 1);
    assert_int_equal(j.field_count, 0);
    assert_int_equal(plx_judge(rules, &a, &c, NULL, &limits, arena, &j), PLX_OK); /* an hour is too much */
    assert_int_equal(j.verdict, PLX_MISMATCH);
    assert_int_equal(plx_judge(rules, &a, &b, NULL, NULL, arena, &j), PLX_OK); /* nobody said how late */
    assert_int_equal(j.verdict, PLX_MISMATCH);
    plx_rules_free(rules);
}

static enum plx_verdict
judge_text(const char *primary, const char *candidate, const char *secondary)
{
    struct plx_rules *rules = plx_rules_new(NULL);
    struct plx_answer answers[3];
    const char *const texts[] = {primary, candidate, secondary};
    struct plx_judgement j;

    for (int i = 0; i < 3; i++)
        answers[i] = (struct plx_answer){
            .body = plx_slice_of(texts[i]), .body_length = strlen(texts[i]), .media_type = plx_slice_of("text/plain")};
    assert_int_equal(plx_judge(rules, &answers[0], &answers[1], &answers[2], NULL, arena, &j), PLX_OK);
    plx_rules_free(rules);
    return j.verdict;
}

/* Noise in a line of text excuses the words that it is in, not the line. */
static void
test_noise_of_text_is_told_by_words(void **state)
{
    assert_int_equal(judge_text("at 12:00:01 total=5", "at 12:00:02 total=5", "at 12:00:03 total=5"), PLX_IGNORED);
    assert_int_equal(judge_text("at 12:00:01 total=5", "at 12:00:02 total=6", "at 12:00:03 total=5"), PLX_MISMATCH);
    assert_int_equal(judge_text("at 12:00:01 total=5", "at 12:00:01 total=6", "at 12:00:03 total=5"), PLX_MISMATCH);
    assert_int_equal(judge_text("a,12:00,c\nx\n", "a,12:01,c\nx\n", "a,12:02,c\nx\n"), PLX_IGNORED);
    assert_int_equal(judge_text("a,12:00,c\nx\n", "a,12:01,d\nx\n", "a,12:02,c\nx\n"), PLX_MISMATCH);
    assert_int_equal(judge_text("id 7 ok", "id 8 9 ok", "id 6 ok"), PLX_MISMATCH); /* a word more than noise has */
    assert_int_equal(judge_text("up 3 days ok", "up ok", "up 4 days ok"), PLX_MISMATCH);
    assert_int_equal(judge_text("id 7 ok", "id 8 9 ok", "id 5 6 ok"), PLX_IGNORED);
}

static void
test_without_memory_the_judgement_is_untouched(void **state)
{
    char *primary = array_of(3000, 1, 1), *candidate = array_of(3000, 2, 1), *secondary = array_of(3000, 3, 1);
    struct plx_answer a = json_answer(plx_slice_of(primary)), b = json_answer(plx_slice_of(candidate));
    struct plx_answer c = json_answer(plx_slice_of(secondary));
    struct plx_rules *rules = plx_rules_new(NULL);
    struct plx_judgement before;
    enum plx_status status;
    size_t fail_from = 0;

    memset(&before, 0xA5, sizeof(before));
    do {
        struct counter counter = {.fail_from = ++fail_from};
        const struct plx_allocator allocator = counting(&counter);
        struct plx_arena *own = plx_arena_new(&allocator);
        struct plx_judgement j = before;
        status = own ? plx_judge(rules, &a, &b, &c, NULL, own, &j) : PLX_E_MEMORY;
        if (status != PLX_OK) {
            assert_int_equal(status, PLX_E_MEMORY);
            assert_memory_equal(&j, &before, sizeof(j));
        }
        plx_arena_free(own);
        assert_int_equal(counter.held, 0);
    } while (status != PLX_OK);
    assert_true(fail_from > 5);
    plx_rules_free(rules);
    free(primary);
    free(candidate);
    free(secondary);
}

static void
test_texts_of_kinds_and_verdicts(void **state)
{
    assert_string_equal(plx_kind_text(PLX_KIND_ORDER), "order");
    assert_string_equal(plx_kind_text((enum plx_kind)99), "unknown");
    assert_string_equal(plx_verdict_text(PLX_INCOMPARABLE), "incomparable");
    assert_string_equal(plx_verdict_text((enum plx_verdict)99), "unknown");
}

static int
set_up(void **state)
{
    arena = plx_arena_new(NULL);
    return arena ? 0 : -1;
}

static int
tear_down(void **state)
{
    plx_arena_free(arena);
    return 0;
}

/* The form that both values have in all differences of a field. */
static void
expect_form(const char *primary, const char *candidate, enum plx_form want)
{
    struct plx_judgement j = judge("redact /secret", primary, candidate, NULL);

    if (j.fields[0].form != want)
        fail_msg("%s | %s: %s", primary, candidate, plx_form_text(j.fields[0].form));
}

static void
test_a_field_has_the_form_of_all_its_values(void **state)
{
    static const char two_times[] = "[\"2026-01-02T03:04:05Z\",\"2026-01-02T03:04:06Z\"]";

    expect_form("{\"a\":\"2026-01-02T03:04:05Z\"}", "{\"a\":\"2026-01-02T03:04:06Z\"}", PLX_FORM_TIMESTAMP);
    expect_form("{\"a\":\"2026-01-02T03:04:05Z\"}", "{\"a\":\"2026-01-02 03:04:06\"}", PLX_FORM_NONE);
    expect_form("{\"a\":\"2026-01-02T03:04:05Z\"}", "{\"a\":\"later\"}", PLX_FORM_NONE);
    expect_form("{\"a\":\"2026-01-02T03:04:05Z\"}", "{\"a\":\"2026-01-02\"}", PLX_FORM_NONE);
    expect_form("{\"a\":1767323045}", "{\"a\":1767323046}", PLX_FORM_UNIX_TIME);
    expect_form("{\"a\":7}", "{\"a\":8}", PLX_FORM_COUNTER);
    expect_form("{\"a\":\"7\"}", "{\"a\":7}", PLX_FORM_NONE); /* another type */
    expect_form("{\"a\":7}", "{}", PLX_FORM_NONE);
    expect_form("{\"secret\":1}", "{\"secret\":2}", PLX_FORM_NONE);
    /* Array positions are one field. */
    expect_form(two_times, "[\"2026-01-02T03:05:05Z\",\"2026-01-02T03:05:06Z\"]", PLX_FORM_TIMESTAMP);
    expect_form(two_times, "[\"2026-01-02T03:05:05Z\",\"soon\"]", PLX_FORM_NONE);
    expect_form(two_times, "[\"soon\",\"2026-01-02T03:05:06Z\"]", PLX_FORM_NONE);
}

static void
test_a_field_beyond_noise_differs_where_the_secondary_does_not(void **state)
{
    struct plx_judgement j = judge("", "[1,1]", "[2,2]", "[3,1]");

    assert_int_equal(j.field_count, 1);
    assert_true(j.fields[0].secondary_differs && j.fields[0].candidate_differs && j.fields[0].beyond_noise);
    j = judge("", "{\"a\":1}", "{\"a\":2}", "{\"a\":3}");
    assert_true(j.fields[0].candidate_differs && !j.fields[0].beyond_noise);
    j = judge("", "{\"a\":1}", "{\"a\":1}", "{\"a\":3}");
    assert_false(j.fields[0].candidate_differs || j.fields[0].beyond_noise);
    j = judge("", "{\"a\":1}", "{\"a\":2}", NULL);
    assert_true(j.fields[0].beyond_noise);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_verdicts),
        cmocka_unit_test(test_noise_is_the_same_place_and_the_same_kind),
        cmocka_unit_test(test_noise_is_marked_one_by_one),
        cmocka_unit_test(test_fields_fold_positions_and_tell_who_differs),
        cmocka_unit_test(test_noise_is_decided_over_all_differences),
        cmocka_unit_test(test_places_beyond_their_bound_are_no_noise),
        cmocka_unit_test(test_places_that_cannot_be_named_are_no_noise),
        cmocka_unit_test(test_fields_end_at_their_limit),
        cmocka_unit_test(test_the_secondary_takes_no_field_from_the_candidate),
        cmocka_unit_test(test_a_secondary_that_was_cut_off_is_left_out),
        cmocka_unit_test(test_statuses_and_headers_can_be_noise),
        cmocka_unit_test(test_copies_that_lack_state),
        cmocka_unit_test(test_the_body_of_a_copy_that_lacks_state),
        cmocka_unit_test(test_a_body_that_cannot_be_compared_hides_nothing_else),
        cmocka_unit_test(test_a_body_that_is_far_too_long_differs),
        cmocka_unit_test(test_noise_of_text_is_told_by_words),
        cmocka_unit_test(test_times_may_differ_by_as_much_as_the_answers),
        cmocka_unit_test(test_without_memory_the_judgement_is_untouched),
        cmocka_unit_test(test_a_field_has_the_form_of_all_its_values),
        cmocka_unit_test(test_a_field_beyond_noise_differs_where_the_secondary_does_not),
        cmocka_unit_test(test_texts_of_kinds_and_verdicts),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
