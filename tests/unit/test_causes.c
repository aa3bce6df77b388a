/* SPDX-License-Identifier: Apache-2.0 */
/* Mismatches that look alike are counted together, in whichever order their fields came and whichever worker saw them;
 * noise makes no cause, and nothing grows without bound. */
#include "ledger_kit.h"

#include "evidence/count/cause_id.h"
#include "evidence/findings/differences.h"
#include "evidence/ledger/ledger_state.h"

static struct plx_arena *scratch;
static struct plx_buffer text;
static struct kit_exchange x;

static int
setup(void **state)
{
    scratch = plx_arena_new(NULL);
    plx_buffer_init(&text, 64u << 20);
    return scratch == NULL;
}

static int
teardown(void **state)
{
    plx_arena_free(scratch);
    plx_buffer_fini(&text);
    return 0;
}

/* A mismatch in the named fields, NULL at their end. */
static void
mismatch(const struct plx_service *service, const char *endpoint, const char *const *fields)
{
    kit_match(&x, service, endpoint);
    for (; *fields; fields++)
        kit_differ(&x, *fields, true, false);
}

#define FIELDS(...) ((const char *const[]){__VA_ARGS__, NULL})

static uint64_t
id_of(const struct plx_service *service, const char *endpoint, const char *const *fields)
{
    mismatch(service, endpoint, fields);
    return plx_cause_id(&x.outcome);
}

static void
test_an_id_is_of_endpoint_and_set_of_fields(void **state)
{
    struct plx_service service = kit_service("payment", true);
    uint64_t id = id_of(&service, "GET /", FIELDS("/a", "/b"));

    assert_true(id != 0);
    assert_true(id == id_of(&service, "GET /", FIELDS("/b", "/a")));
    assert_false(id == id_of(&service, "GET /", FIELDS("/a")));
    assert_false(id == id_of(&service, "GET /x", FIELDS("/a", "/b")));
    assert_false(id == id_of(&service, "GET /", FIELDS("/a/b")));
    mismatch(&service, "GET /", FIELDS("/a", "/b"));
    x.fields[1].kind = PLX_KIND_MISSING;
    assert_false(id == plx_cause_id(&x.outcome));
    /* What is noise in this exchange is no part of it. */
    mismatch(&service, "GET /", FIELDS("/a", "/b"));
    kit_differ(&x, "/time", true, true);
    kit_differ(&x, "/other", false, true);
    assert_true(id == plx_cause_id(&x.outcome));
    x.judgement.fields_dropped = 3;
    assert_false(id == plx_cause_id(&x.outcome));
}

/* The number that scripts may keep: it must not change from version to version. */
static void
test_an_id_stays_what_it_is(void **state)
{
    struct plx_service service = kit_service("payment", true);
    char id[PLX_CAUSE_TEXT];
    uint64_t read = 0;

    plx_cause_id_text(id_of(&service, "GET /payroll/{id}", FIELDS("/total")), id);
    assert_string_equal(id, "b7ec42d5035391c4");
    assert_true(plx_cause_id_read(S(id), &read));
    assert_true(read == id_of(&service, "GET /payroll/{id}", FIELDS("/total")));
    assert_false(plx_cause_id_read(S("123"), &read));
    assert_false(plx_cause_id_read(S("00000000000000gg"), &read));
    assert_true(plx_cause_id_read(S("00000000000000AF"), &read));
    assert_int_equal(read, 0xAF);
}

static void
set_body(const char *body)
{
    x.answers[PLX_PRIMARY].body_length = strlen(body);
}

static void
test_causes_are_counted_ranked_and_shown(void **state)
{
    struct plx_service service = kit_service("payment", true);
    struct plx_ledger *ledger = kit_open(NULL);
    struct plx_slice report;
    char smallest[PLX_EXCHANGE_ID_BYTES + 1] = "";

    for (int worker = 0; worker < 2; worker++) {
        struct plx_tally *tally = plx_tally_new(NULL);

        mismatch(&service, "GET /a", FIELDS("status"));
        plx_tally_add(tally, &x.outcome, scratch);
        for (int i = 0; i < 3; i++) {
            mismatch(&service, "GET /b", i % 2 ? FIELDS("/x", "/y") : FIELDS("/y", "/x"));
            x.outcome.time_ms += (uint64_t)(1000 * (worker * 3 + i));
            x.request.target = S("/b?token=secret");
            set_body(worker == 0 && i == 1 ? "" : "a longer one");
            if (worker == 0 && i == 1)
                memcpy(smallest, x.outcome.id, sizeof(smallest));
            plx_tally_add(tally, &x.outcome, scratch);
        }
        plx_ledger_fold(ledger, tally);
    }
    report = kit_report(ledger, &service, &text);
    expect_at(report, "/causes/0/endpoint", "GET /b");
    expect_at(report, "/causes/0/count", "6");
    expect_at(report, "/causes/0/fields/0/field", "/x");
    expect_at(report, "/causes/0/fields/0/kind", "value");
    expect_at(report, "/causes/0/fields/1/field", "/y");
    expect_at(report, "/causes/0/fields_total", "2");
    expect_at(report, "/causes/0/first", "2026-01-02T03:04:05.678Z");
    expect_at(report, "/causes/0/last", "2026-01-02T03:04:10.678Z");
    expect_at(report, "/causes/0/noise", "false");
    expect_at(report, "/causes/0/example/exchange", smallest);
    expect_at(report, "/causes/0/example/differences/0/field", "/x");
    expect_at(report, "/causes/0/example/differences/1/candidate", "2");
    expect_at(report, "/causes/0/reproduce/primary", "curl -i -g 'http://127.0.0.1:1/b?token=[redacted]'");
    expect_at(report, "/causes/0/reproduce/candidate", "curl -i -g 'http://127.0.0.1:2/b?token=[redacted]'");
    expect_at(report, "/causes/1/endpoint", "GET /a");
    expect_at(report, "/causes/1/count", "2");
    expect_at(report, "/limits_hit/causes", "0");
    assert_false(kit_has(report, "secret"));
    plx_ledger_close(ledger);
}

/* The example is there when the record has long been evicted. */
static void
test_an_example_outlives_its_record(void **state)
{
    struct plx_service service = kit_service("payment", true);
    struct plx_ledger *ledger = kit_open(NULL);
    char first[PLX_EXCHANGE_ID_BYTES + 1];
    struct plx_json_writer writer;

    for (uint32_t i = 0; i <= PLX_RECORDS_MAX; i++) {
        struct plx_tally *tally = plx_tally_new(NULL);

        mismatch(&service, "GET /", FIELDS("/a"));
        set_body(i ? "longer" : "");
        if (i == 0)
            memcpy(first, x.outcome.id, sizeof(first));
        plx_tally_add(tally, &x.outcome, scratch);
        plx_arena_reset(scratch);
        plx_ledger_fold(ledger, tally);
    }
    plx_buffer_clear(&text);
    plx_json_writer_init(&writer, &text);
    assert_false(plx_findings_write_exchange(ledger, S(first), &writer));
    expect_at(kit_report(ledger, &service, &text), "/causes/0/example/exchange", first);
    expect_at(plx_buffer_slice(&text), "/causes/0/example/differences/0/primary", "1");
    plx_ledger_close(ledger);
}

/* A mismatch that no record is kept of counts all the same, and is an example. */
static void
test_causes_do_not_depend_on_records(void **state)
{
    struct plx_service service = kit_service("payment", true);
    struct plx_ledger *ledger = kit_open(NULL);
    struct plx_tally *tally = plx_tally_new(NULL);

    for (uint32_t i = 0; i < PLX_TALLY_RECORDS_MAX + 10; i++) {
        mismatch(&service, "GET /", i < PLX_TALLY_RECORDS_MAX ? FIELDS("/a") : FIELDS("/late"));
        plx_tally_add(tally, &x.outcome, scratch);
    }
    plx_ledger_fold(ledger, tally);
    expect_at(kit_report(ledger, &service, &text), "/causes/1/count", "10");
    expect_at(plx_buffer_slice(&text), "/causes/1/example/differences/0/field", "/late");
    plx_ledger_close(ledger);
}

/* One difference a field, and no more than so many bytes. */
static void
test_an_example_is_bounded(void **state)
{
    static char names[40][3000];
    struct plx_service service = kit_service("payment", true);
    struct plx_ledger *ledger = kit_open(NULL);
    struct plx_tally *tally = plx_tally_new(NULL);
    struct plx_slice report;

    mismatch(&service, "GET /", FIELDS("header:Set-Cookie", "/a", "/a"));
    x.judgement.field_count = 2;
    for (int i = 0; i < 40; i++) {
        memset(names[i], '"', sizeof(names[i]) - 1);
        memcpy(names[i], "/", 1);
        names[i][1] = (char)('A' + i);
        kit_differ(&x, names[i], true, false);
    }
    kit_differ(&x, "/z", true, false);
    plx_tally_add(tally, &x.outcome, scratch);
    plx_ledger_fold(ledger, tally);
    report = kit_report(ledger, &service, &text);
    expect_at(report, "/causes/0/fields_total", "43");
    expect_at(report, "/causes/0/example/differences/0/field", "header:Set-Cookie");
    expect_at(report, "/causes/0/example/differences/1/field", "/a");
    expect_at(report, "/causes/0/example/differences/2/kind", "value");
    expect_at(report, "/causes/0/example/differences/3/field", "/z");
    char got[8];
    assert_false(kit_json_get(report, "/causes/0/example/differences/4", got, sizeof(got)));
    assert_false(kit_json_get(report, "/causes/0/fields/32", got, sizeof(got)));
    plx_ledger_close(ledger);
}

static void
test_causes_are_bounded(void **state)
{
    static char name[32];
    struct plx_service service = kit_service("payment", true);
    struct plx_ledger *ledger = kit_open(NULL);
    struct plx_slice report;
    uint64_t sum = 0;

    for (uint32_t i = 0; i < PLX_CAUSES_MAX + 100; i += 25) {
        struct plx_tally *tally = plx_tally_new(NULL);

        for (uint32_t j = i; j < i + 25; j++) {
            snprintf(name, sizeof(name), "/field%u", j % (PLX_CAUSES_MAX + 50));
            mismatch(&service, "GET /", FIELDS(name));
            plx_tally_add(tally, &x.outcome, scratch);
        }
        plx_ledger_fold(ledger, tally);
        plx_arena_reset(scratch);
    }
    report = kit_report(ledger, &service, &text);
    for (uint32_t i = 0; i <= PLX_CAUSES_MAX; i++) {
        char pointer[64];
        snprintf(pointer, sizeof(pointer), "/causes/%u/count", i);
        sum += kit_number(report, pointer);
    }
    assert_int_equal(sum, PLX_CAUSES_MAX + 100);
    expect_at(report, "/causes/200/id", "0000000000000000");
    expect_at(report, "/causes/200/endpoint", "(other)");
    expect_at(report, "/causes/200/count", "50");
    expect_at(report, "/causes/200/example", "null");
    expect_at(report, "/causes/200/reproduce", "null");
    expect_at(report, "/limits_hit/causes", "50");
    plx_ledger_close(ledger);
}

/* Services share the room; what finds none is counted in its own service. */
static void
test_causes_of_all_services_are_bounded(void **state)
{
    struct plx_service services[12];
    struct plx_ledger *ledger = kit_open(NULL);
    char names[12][8], field[32];
    uint64_t kept = 0, over = 0;

    for (int s = 0; s < 12; s++) {
        snprintf(names[s], sizeof(names[s]), "s%d", s);
        services[s] = kit_service(names[s], true);
        for (uint32_t i = 0; i < PLX_CAUSES_MAX; i += PLX_CAUSES_MAX / 2) {
            struct plx_tally *tally = plx_tally_new(NULL);

            for (uint32_t j = i; j < i + PLX_CAUSES_MAX / 2; j++) {
                snprintf(field, sizeof(field), "/f%u", j);
                mismatch(&services[s], "GET /", FIELDS(field));
                plx_tally_add(tally, &x.outcome, scratch);
            }
            plx_ledger_fold(ledger, tally);
            plx_arena_reset(scratch);
        }
    }
    for (int s = 0; s < 12; s++) {
        const struct plx_service_counts *counts =
            plx_counts_find_service(&ledger->counts, PLX_SUBJECT_SERVICE, S(names[s]));

        kept += counts->causes.count;
        over += counts->other_cause.count;
    }
    assert_int_equal(kept, PLX_LEDGER_CAUSES_MAX);
    assert_int_equal(over, 12 * PLX_CAUSES_MAX - PLX_LEDGER_CAUSES_MAX);
    plx_ledger_close(ledger);
}

static struct plx_slice
list(struct plx_ledger *ledger, const struct plx_service *service, uint64_t cause)
{
    const struct plx_subject subject = plx_subject_service(service);
    struct plx_differences_query query = {.cause = cause};
    struct plx_json_writer writer;

    plx_buffer_clear(&text);
    plx_json_writer_init(&writer, &text);
    plx_findings_write_differences(ledger, &subject, &query, &writer);
    return plx_buffer_slice(&text);
}

static void
test_records_are_found_by_their_cause(void **state)
{
    struct plx_service service = kit_service("payment", true);
    struct plx_ledger *ledger = kit_open(NULL);
    struct plx_tally *tally = plx_tally_new(NULL);
    uint64_t id = id_of(&service, "GET /", FIELDS("/a"));
    char id_text[PLX_CAUSE_TEXT], got[8];

    for (int i = 0; i < 4; i++) {
        mismatch(&service, "GET /", i % 2 ? FIELDS("/a") : FIELDS("/a", "/b"));
        plx_tally_add(tally, &x.outcome, scratch);
    }
    plx_ledger_fold(ledger, tally);
    plx_cause_id_text(id, id_text);
    expect_at(list(ledger, &service, id), "/differences/0/sequence", "4");
    expect_at(plx_buffer_slice(&text), "/differences/0/cause", id_text);
    expect_at(plx_buffer_slice(&text), "/differences/1/sequence", "2");
    assert_false(kit_json_get(plx_buffer_slice(&text), "/differences/2", got, sizeof(got)));
    assert_false(kit_json_get(list(ledger, &service, 77), "/differences/0", got, sizeof(got)));
    plx_ledger_close(ledger);
}

/* ---- what they look like ---- */

static void
change(size_t i, enum plx_kind kind, const char *primary, const char *candidate)
{
    x.fields[i].kind = x.differences[i].kind = kind;
    x.differences[i].primary = S(primary);
    x.differences[i].candidate = S(candidate);
}

/* Over workers and folds, and only what holds in all of them: the strongest two, and which fields. */
static void
test_what_a_cause_looks_like_is_said(void **state)
{
    static const char *const totals[][2] = {{"1.204", "1.2"}, {"7.256", "7.26"}, {"3.5", "3.5001"}};
    static const char *const times[][2] = {{"\"2026-01-02T03:04:05Z\"", "\"2026-01-02T04:04:05Z\""},
                                           {"\"2026-07-02T03:04:05Z\"", "\"2026-07-02T04:04:05Z\""},
                                           {"\"2026-07-02T23:04:05Z\"", "\"2026-07-03T00:04:05Z\""}};
    struct plx_service service = kit_service("payment", false);
    struct plx_ledger *ledger = kit_open(NULL);
    struct plx_slice report;

    for (int i = 0; i < 3; i++) {
        struct plx_tally *tally = plx_tally_new(NULL);

        mismatch(&service, "GET /", FIELDS("/at", "/billTo", "/bill_to", "/net", "/since"));
        change(0, PLX_KIND_VALUE, times[i][0], times[i][1]);
        change(1, PLX_KIND_MISSING, "\"Ulm\"", "");
        change(2, PLX_KIND_EXTRA, "", "\"Ulm\"");
        change(3, PLX_KIND_VALUE, totals[i][0], totals[i][1]);
        change(4, PLX_KIND_VALUE, times[2 - i][0], times[2 - i][1]);
        plx_tally_add(tally, &x.outcome, scratch);
        plx_ledger_fold(ledger, tally);
        if (i < 1)
            continue;
        report = kit_report(ledger, &service, &text);
        expect_at(report, "/causes/0/looks_like/0/pattern", "renamed");
        expect_at(report, "/causes/0/looks_like/0/sentence", "billTo is called bill_to in the candidate");
        expect_at(report, "/causes/0/looks_like/0/fields/0", "/billTo");
        expect_at(report, "/causes/0/looks_like/0/exchanges", i == 1 ? "2" : "3");
        expect_at(report, "/causes/0/looks_like/1/pattern", "time_zone");
        expect_at(report, "/causes/0/looks_like/1/fields/1", "/since");
        expect_at(report, "/causes/0/looks_like/1/sentence", "/at, /since: always 1 h later: a time zone?");
        char got[8];
        assert_false(kit_json_get(report, "/causes/0/looks_like/2", got, sizeof(got)));
    }
    plx_ledger_close(ledger);
}

/* Alone it needs no name; of two changes that have nothing in common nothing is said, nor of what is secret. */
static void
test_a_cause_that_looks_like_nothing_says_nothing(void **state)
{
    static const struct {
        const char *field, *values[2][2], *sentence;
    } rows[] = {
        {"/net", {{"1.204", "1.2"}, {"7.256", "7.26"}}, "rounded to 2 digits"},
        {"/net", {{"1.204", "1.2"}, {"7.256", "7.27"}}, NULL},
        {"header:X-A", {{"[redacted 3fa2]", "[redacted 3FA2]"}, {"[redacted b000]", "[redacted B000]"}}, NULL},
        {"header:X-B", {{"a [redacted 3fa2]", "A [redacted 3fa2]"}, {"b [redacted 3fa2]", "B [redacted 3fa2]"}}, NULL},
        {"header:Vary", {{"a", "A"}, {"b", "B"}}, "in capitals in the candidate"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct plx_service service = kit_service("payment", false);
        struct plx_ledger *ledger = kit_open(NULL);
        struct plx_tally *tally = plx_tally_new(NULL);

        for (int k = 0; k < 2; k++) {
            mismatch(&service, "GET /", FIELDS(rows[i].field));
            change(0, PLX_KIND_VALUE, rows[i].values[k][0], rows[i].values[k][1]);
            plx_tally_add(tally, &x.outcome, scratch);
        }
        plx_ledger_fold(ledger, tally);
        kit_report(ledger, &service, &text);
        if (rows[i].sentence)
            expect_at(plx_buffer_slice(&text), "/causes/0/looks_like/0/sentence", rows[i].sentence);
        else
            expect_at(plx_buffer_slice(&text), "/causes/0/looks_like", "[]");
        plx_ledger_close(ledger);
    }
}

/* A timestamp of whole seconds: primary and secondary agree most of the time, and the candidate as well. Where it alone
 * differs the exchange is a mismatch, yet the counts tell that its cause is noise. */
static void
test_a_cause_of_noise_is_marked_and_comes_last(void **state)
{
    struct plx_service service = kit_service("payment", true);
    struct plx_ledger *ledger = kit_open(NULL);
    struct plx_tally *tally = plx_tally_new(NULL);
    char id[PLX_CAUSE_TEXT], got[8];
    struct plx_slice report;

    for (int i = 0; i < 4000; i++) {
        if (i == 3900) { /* only so many records are kept between two hand-overs */
            plx_ledger_fold(ledger, tally);
            tally = plx_tally_new(NULL);
        }
        kit_match(&x, &service, "GET /");
        if (i % 10 == 0)
            kit_differ(&x, "/time", true, false);
        else if (i % 10 == 1)
            kit_differ(&x, "/time", false, true);
        else if (i % 10 == 2)
            kit_differ(&x, "/time", true, true);
        if (i % 100 == 55 || i % 100 == 60) /* alone, and beside the time */
            kit_differ(&x, "/total", true, false);
        plx_tally_add(tally, &x.outcome, scratch);
        plx_arena_reset(scratch);
    }
    plx_ledger_fold(ledger, tally);
    report = kit_report(ledger, &service, &text);
    expect_at(report, "/endpoints/0/fields/0/field", "/total");
    expect_at(report, "/endpoints/0/fields/0/verdict", "regression");
    expect_at(report, "/endpoints/0/fields/0/noise_by", "null");
    expect_at(report, "/endpoints/0/fields/1/field", "/time");
    expect_at(report, "/endpoints/0/fields/1/verdict", "noise");
    expect_at(report, "/endpoints/0/fields/1/noise_by", "counts");
    expect_at(report, "/endpoints/0/fields/1/excused", "400");
    /* One fault is one cause, although noise was beside it in some of its exchanges. */
    plx_cause_id_text(id_of(&service, "GET /", FIELDS("/total")), id);
    expect_at(report, "/causes/0/id", id);
    expect_at(report, "/causes/0/fields/0/field", "/total");
    assert_false(kit_json_get(report, "/causes/0/fields/1", got, sizeof(got)));
    expect_at(report, "/causes/0/fields_total", "1");
    expect_at(report, "/causes/0/count", "80");
    expect_at(report, "/causes/0/noise", "false");
    expect_at(report, "/causes/1/fields/0/field", "/time");
    expect_at(report, "/causes/1/count", "360");
    expect_at(report, "/causes/1/noise", "true");
    assert_false(kit_json_get(report, "/causes/2", got, sizeof(got)));
    list(ledger, &service, id_of(&service, "GET /", FIELDS("/total")));
    assert_true(kit_has(plx_buffer_slice(&text), "\"field\":\"/total\""));
    assert_true(kit_has(plx_buffer_slice(&text), "\"field\":\"/time\""));
    plx_ledger_close(ledger);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_id_is_of_endpoint_and_set_of_fields),
        cmocka_unit_test(test_an_id_stays_what_it_is),
        cmocka_unit_test(test_causes_are_counted_ranked_and_shown),
        cmocka_unit_test(test_an_example_outlives_its_record),
        cmocka_unit_test(test_causes_do_not_depend_on_records),
        cmocka_unit_test(test_an_example_is_bounded),
        cmocka_unit_test(test_causes_are_bounded),
        cmocka_unit_test(test_causes_of_all_services_are_bounded),
        cmocka_unit_test(test_records_are_found_by_their_cause),
        cmocka_unit_test(test_what_a_cause_looks_like_is_said),
        cmocka_unit_test(test_a_cause_that_looks_like_nothing_says_nothing),
        cmocka_unit_test(test_a_cause_of_noise_is_marked_and_comes_last),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
