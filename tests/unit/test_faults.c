/* SPDX-License-Identifier: Apache-2.0 */
/* What a difference looks like is said in a sentence; where it only nearly looks so, nothing is. */
#include "fault/fault_exchange.h"
#include "fault/fault_words.h"

#include "base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define S(text) plx_slice_of(text)

static struct plx_buffer said;

static int
setup(void **state)
{
    plx_buffer_init(&said, 1u << 16);
    return 0;
}

static int
teardown(void **state)
{
    plx_buffer_fini(&said);
    return 0;
}

/* The sentence of a set; "" where there is none. */
static const char *
say(const struct plx_faults *faults, const char *name, const char *other)
{
    enum plx_fault fault = plx_faults_strongest(faults);

    plx_buffer_clear(&said);
    if (fault != PLX_FAULTS) {
        plx_fault_say(faults, fault, S(name), S(other), &said);
        assert_true(said.len > 0);
    }
    plx_buffer_byte(&said, '\0');
    return said.ptr;
}

/* ---- one difference ---- */

struct row {
    enum plx_kind kind;
    const char *primary, *candidate, *sentence;
};

static struct plx_difference
difference(const char *field, const char *folded, enum plx_kind kind, const char *primary, const char *candidate)
{
    return (struct plx_difference){
        .field = S(field), .folded = S(folded), .kind = kind, .primary = S(primary), .candidate = S(candidate)};
}

static void
of_one(const struct plx_difference *d, struct plx_faults *out)
{
    const struct plx_fault_difference one = {d, 0};

    plx_faults_of_exchange(&one, 1, true, out, 1);
    assert_true(plx_faults_are_sound(out));
}

#define VALUE   PLX_KIND_VALUE
#define TYPE    PLX_KIND_TYPE
#define MISSING PLX_KIND_MISSING
#define EXTRA   PLX_KIND_EXTRA
#define QUIET   ""

static void
expect_rows(const struct row *rows, size_t count, const char *field)
{
    for (size_t i = 0; i < count; i++) {
        struct plx_difference d = difference(field, field, rows[i].kind, rows[i].primary, rows[i].candidate);
        struct plx_faults faults;

        of_one(&d, &faults);
        if (strcmp(say(&faults, "", ""), rows[i].sentence) != 0)
            fail_msg("%s -> %s: \"%s\", not \"%s\"", rows[i].primary, rows[i].candidate, said.ptr, rows[i].sentence);
    }
}

static void
test_numbers(void **state)
{
    static const struct row rows[] = {
        {VALUE, "12.345", "12.35", "rounded to 2 digits"},
        {VALUE, "12.344", "12.34", "rounded to 2 digits"},
        {VALUE, "12.345", "12.34", "rounded to 2 digits"}, /* half to even */
        {VALUE, "12.349", "12.34", "cut to 2 digits, not rounded"},
        {VALUE, "-0.996", "-1", "rounded to 2 digits"},
        {VALUE, "99.95", "100", "rounded to 1 digit"},
        {VALUE, "5.4", "5", "rounded to whole numbers"},
        {VALUE, "12.35", "12.345", "rounded to 2 digits by the primary"},
        {VALUE, "0.004", "0", "rounded to 2 digits"},
        {VALUE, "\"12.345\"", "\"12.35\"", "rounded to 2 digits"},
        {VALUE, "12.345", "12.36", QUIET},
        {VALUE, "12.345", "12.3", "rounded to 1 digit"},
        {VALUE, "12.36", "12.3", "cut to 1 digit, not rounded"},
        {VALUE, "1234", "1200", QUIET}, /* by chance, so far */
        {VALUE, "3", "0", QUIET},
        {VALUE, "3.20", "320", "a hundred times as much: cents?"},
        {VALUE, "320", "3.2", "a hundredth as much: cents?"},
        {VALUE, "0.5", "500", "a thousand times as much: another unit?"},
        {VALUE, "1.5e3", "15e8", "10^6 times as much: another unit?"},
        {VALUE, "7", "70", QUIET},
        {VALUE, "3.2", "321", QUIET},
        {VALUE, "2", "120", QUIET}, /* minutes and seconds, of one value */
        {VALUE, "0", "100", QUIET},
        {VALUE, "12.5", "-12.5", "the same number with the other sign"},
        {VALUE, "12.5", "-12.6", QUIET},
        {VALUE, "41", "42", "1 more: off by one?"},
        {VALUE, "1.5", "0.5", "1 less: off by one?"},
        {VALUE, "41", "48", QUIET},
        {VALUE, "0.1", "0.10000000149011612", "the same number, held as floating point of 32 bits"},
        {VALUE, "0.3", "0.30000000000000004", "the same number but for its last digits: floating point?"},
        {VALUE, "1234567890123456789", "1234567890123456800",
         "a whole number beyond 2^53, held as floating point: its last digits are lost"},
        {VALUE, "1234567890123456789", "1234567890123457890", QUIET},
        {VALUE, "1e999", "2e999", QUIET},
        {VALUE, "123456789012345678901234567890123456789012345", "1", QUIET},
    };

    expect_rows(rows, sizeof(rows) / sizeof(rows[0]), "/net");
}

static void
test_times(void **state)
{
    static const struct row rows[] = {
        {VALUE, "\"2026-01-02T03:04:05Z\"", "\"2026-01-02T04:04:05Z\"", "1 h later: a time zone?"},
        {VALUE, "\"2026-01-02T03:04:05.100Z\"", "\"2026-01-01T22:04:05.350Z\"", "5 h earlier: a time zone?"},
        {VALUE, "\"2026-01-02T03:04:05Z\"", "\"2026-01-02T08:49:05Z\"", "5 h 45 min later: a time zone?"},
        {VALUE, "1767323045", "1767326645", "1 h later: a time zone?"},
        {VALUE, "Fri, 02 Jan 2026 03:04:05 GMT", "Fri, 02 Jan 2026 05:04:05 GMT", "2 h later: a time zone?"},
        {VALUE, "\"2026-01-02T03:04:05Z\"", "\"2026-01-02T04:07:05Z\"", QUIET},
        {VALUE, "\"2026-01-02T03:04:05Z\"", "\"2026-01-02T03:19:05Z\"", QUIET}, /* it lives a little longer */
        {VALUE, "\"2026-01-02T03:04:05Z\"", "\"2026-01-03T04:04:05Z\"", QUIET}, /* 25 h */
        {VALUE, "\"2026-01-02T03:04:05Z\"", "\"2026-01-02T03:04:06Z\"", QUIET},
        {VALUE, "\"2026-01-31\"", "\"2026-02-01\"", "a day later: a time zone?"},
        {VALUE, "\"2026-01-31\"", "\"2026-01-30\"", "a day earlier: a time zone?"},
        {VALUE, "\"2026-01-31\"", "\"2026-02-02\"", QUIET},
        {VALUE, "1767323045", "1767323045678", "seconds in the primary, milliseconds in the candidate"},
        {VALUE, "1767323045678901", "1767323045678", "microseconds in the primary, milliseconds in the candidate"},
        {TYPE, "1767323045", "\"1767323045678\"", "seconds in the primary, milliseconds in the candidate"},
        {VALUE, "1767323045", "1767323047678", QUIET},
        {VALUE, "\"2026-01-02T03:04:05Z\"", "\"2026-01-02T04:04:05+01:00\"",
         "the same instant, written in another way"},
        {VALUE, "\"2026-01-02T03:04:05.678Z\"", "\"2026-01-02T03:04:05Z\"", "the same instant, written in another way"},
        {TYPE, "1767323045", "\"2026-01-02T03:04:05Z\"", "the same instant, written in another way"},
        {VALUE, "\"2026-01-02T03:04:05Z\"", "\"noon\"", QUIET},
    };

    expect_rows(rows, sizeof(rows) / sizeof(rows[0]), "/at");
}

static void
test_types_and_nothing(void **state)
{
    static const struct row rows[] = {
        {MISSING, "null", "", "null in the primary, missing in the candidate"},
        {EXTRA, "", "[ ]", "missing in the primary, an empty array in the candidate"},
        {TYPE, "null", "\"\"", "null in the primary, an empty text in the candidate"},
        {TYPE, "[]", "null", "an empty array in the primary, null in the candidate"},
        {MISSING, "0", "", QUIET},
        {TYPE, "null", "\"nil\"", QUIET},
        {TYPE, "null", "0", QUIET},
        {TYPE, "320", "\"320\"", "a number in the primary, its text in the candidate"},
        {TYPE, "\"320.0\"", "320", "a number in the candidate, its text in the primary"},
        {TYPE, "320", "\"321\"", QUIET},
        {TYPE, "true", "\"true\"", "true or false in the primary, its text in the candidate"},
        {TYPE, "\"false\"", "false", "true or false in the candidate, its text in the primary"},
        {TYPE, "true", "\"false\"", QUIET},
        {TYPE, "{\"a\": 1}", "\"{\\\"a\\\":1}\"", "an object in the primary, its text in the candidate"},
        {TYPE, "{\"a\": 1}", "\"{\\\"a\\\":2}\"", QUIET},
        {TYPE, "true", "1", "true or false, but other words or numbers for them in the candidate"},
        {TYPE, "\"N\"", "false", "true or false, but other words or numbers for them in the primary"},
        {TYPE, "true", "0", QUIET},
        {VALUE, "true", "false", QUIET},
    };

    expect_rows(rows, sizeof(rows) / sizeof(rows[0]), "/x");
}

static void
test_texts(void **state)
{
    static const struct row rows[] = {
        {VALUE, "\"Jos\u00e9\"", "\"Jos\u00c3\u00a9\"", "UTF-8 read as Latin-1 by the candidate"},
        {VALUE, "\"Jos\\u00e9\"", "\"Jos\\u00c3\\u00a9\"", "UTF-8 read as Latin-1 by the candidate"},
        {VALUE, "\"5 \u00e2\u201a\u00ac\"", "\"5 \u20ac\"", "UTF-8 read as Latin-1 by the primary"},
        {VALUE, "\"Jos\u00e9\"", "\"Jos\u00c3\"", QUIET},
        {VALUE, "\"Jos\u00e9\"", "\"Jos?\"",
         "letters became question marks in the candidate: a charset that lacks them?"},
        {VALUE, "\"Jos\u00e9 M\"", "\"Jos?? M\"",
         "letters became question marks in the candidate: a charset that lacks them?"},
        {VALUE, "\"Jos\ufffd\"", "\"Jos\u00e9\"",
         "letters became question marks in the primary: a charset that lacks them?"},
        {VALUE, "\"Jose\"", "\"Jos?\"", QUIET},
        {VALUE, "\"\u00e9t\u00e9\"", "\"e\u0301te\u0301\"",
         "the same letters, with separate accents in the candidate: Unicode's NFC and NFD"},
        {VALUE, "\"\u00e9t\u00e9\"", "\"ete\"", "the same but for accents, which the candidate lacks"},
        {VALUE, "\"ete\"", "\"\u00e9t\u00e9\"", "the same but for accents, which the primary lacks"},
        {VALUE, "\"\u00e9t\u00e9\"", "\"\u00e8t\u00e9\"", QUIET},
        {VALUE, "\"a & b\"", "\"a &amp; b\"", "HTML entities in the candidate: escaped once too often?"},
        {VALUE, "\"it&#x27;s &lt;b&gt;\"", "\"it's <b>\"", "HTML entities in the primary: escaped once too often?"},
        {VALUE, "\"a & b\"", "\"a &amp; c\"", QUIET},
        {VALUE, "\"a/b c\"", "\"a%2Fb%20c\"", "percent-encoded in the candidate: encoded once too often?"},
        {VALUE, "\"a/b c\"", "\"a%2Fb%20d\"", QUIET},
        {VALUE, "\"100%\"", "\"100%25\"", "percent-encoded in the candidate: encoded once too often?"},
        {VALUE, "\"a\\r\\nb\"", "\"a\\nb\"", "the same but for line ends: CR LF in the primary"},
        {VALUE, "\"ab\"", "\"ab \\n\"", "the same but for blanks at its ends"},
        {VALUE, "\"a  b\"", "\"a b\"", "the same but for blanks"},
        {VALUE, "\"ab\"", "\"a b\"", QUIET},
        {VALUE, "\"Open\"", "\"OPEN\"", "in capitals in the candidate"},
        {VALUE, "\"\u00c4RGER\"", "\"\u00e4rger\"", "in small letters in the candidate"},
        {VALUE, "\"inTransit\"", "\"InTransiT\"", "the same but for upper and lower case"},
        {VALUE, "\"open\"", "\"OPENED\"", QUIET},
        {VALUE, "\"1,234.50\"", "\"1.234,50\"", "the same number, written in another way"},
        {VALUE, "\"1.50\"", "\"1.5\"", "the same number, written in another way"},
        {VALUE, "\"007\"", "\"7\"", "the same number, written in another way"},
        {VALUE, "\"1,23\"", "\"123\"", QUIET},
        {VALUE, "\"GET, PUT\"", "\"PUT, GET\"", "the same words in another order"},
        {VALUE, "\"GET, PUT\"", "\"PUT, POST\"", QUIET},
        {VALUE, "\"a\"", "\"b\"", QUIET},
        {VALUE, "\"\\ud83d\\ude00\"", "\"\\ud83d\"", QUIET},
        {PLX_KIND_ORDER, "[1,2]", "[2,1]", "the same elements in another order"},
    };

    expect_rows(rows, sizeof(rows) / sizeof(rows[0]), "/name");
}

static void
test_headers_and_what_has_no_pattern(void **state)
{
    static const struct row header[] = {{VALUE, "Accept, Origin", "origin, accept", QUIET},
                                        {VALUE, "no-cache", "No-Cache", "the same but for upper and lower case"},
                                        {VALUE, "a\xe9", "A\xe9", QUIET}};
    static const struct row status[] = {{VALUE, "200", "201", QUIET}, {VALUE, "200", "400", QUIET}};
    struct plx_difference cut = difference("/a", "/a", VALUE, "\"abc", "\"ABC");
    struct plx_difference secret = difference("/a", "/a", MISSING, "[redacted 3fa2]", "");
    struct plx_faults faults;

    expect_rows(header, 3, "header:Vary");
    expect_rows(status, 2, "status");
    cut.primary_cut = cut.candidate_cut = true;
    of_one(&cut, &faults);
    assert_int_equal(faults.held, 0);
    of_one(&secret, &faults);
    assert_int_equal(faults.held, 0);
    assert_int_equal(faults.sample, 0);
}

/* ---- several of one exchange ---- */

static struct plx_difference some[PLX_FAULT_OF_FIELD_MAX];
static struct plx_fault_difference given[PLX_FAULT_OF_FIELD_MAX];
static size_t some_count;

static void
add(uint32_t field, struct plx_difference d)
{
    some[some_count] = d;
    given[some_count] = (struct plx_fault_difference){&some[some_count], field};
    some_count++;
}

static void
expect_of(uint32_t fields, uint32_t field, const char *name, const char *other, const char *sentence)
{
    struct plx_faults faults[4];

    plx_faults_of_exchange(given, some_count, true, faults, fields);
    assert_string_equal(say(&faults[field], name, other), sentence);
}

static void
pair(const char *missing, const char *primary, const char *extra, const char *candidate)
{
    some_count = 0;
    add(0, difference(extra, extra, EXTRA, "", candidate));
    add(1, difference(missing, missing, MISSING, primary, ""));
}

static void
test_renamed_members(void **state)
{
    const char *sentence = "billTo is called bill_to in the candidate";

    pair("/billTo", "{\"city\": \"Ulm\"}", "/bill_to", "{ \"city\":\"Ulm\" }");
    expect_of(2, 1, "billTo", "bill_to", sentence);
    expect_of(2, 0, "bill_to", "", "");
    pair("/a/billTo", "true", "/a/bill_to", "true");
    expect_of(2, 1, "billTo", "bill_to", sentence);
    pair("/town", "\"Ulm a. d. Donau\"", "/city", "\"Ulm a. d. Donau\"");
    expect_of(2, 1, "town", "city", "town is called city in the candidate");
    pair("header:X-Total", "12345", "header:X-Count", "12345");
    expect_of(2, 1, "header:X-Total", "header:X-Count", "header:X-Total is called header:X-Count in the candidate");
    /* Another value, another place, a value that is everywhere, two of one value, elements, secrets. */
    pair("/billTo", "\"Ulm\"", "/bill_to", "\"Bonn\"");
    expect_of(2, 1, "", "", "");
    pair("/a/billTo", "\"Ulm\"", "/b/bill_to", "\"Ulm\"");
    expect_of(2, 1, "", "", "");
    pair("/active", "true", "/paid", "true");
    expect_of(2, 1, "", "", "");
    pair("/town", "\"Ulm a. d. Donau\"", "/city", "\"Ulm a. d. Donau\"");
    add(2, difference("/county", "/county", MISSING, "\"Ulm a. d. Donau\"", ""));
    expect_of(3, 1, "", "", "");
    pair("/billTo", "[redacted 3fa2]", "/bill_to", "[redacted 3fa2]");
    expect_of(2, 1, "", "", "");
}

static void
test_elements(void **state)
{
    static const char *const primary[] = {"\"a\"", "\"b\"", "\"c\"", "\"d\""};
    static const char *const later[] = {"\"b\"", "\"c\"", "\"d\"", "\"e\""};
    static const char *const mixed[] = {"\"c\"", "\"d\"", "\"b\"", "\"a\""};
    static const char *const other[] = {"\"b\"", "\"c\"", "\"x\"", "\"e\""};
    static const char *const places[] = {"/items/9/id", "/items/10/id", "/items/11/id", "/items/12/id"};
    const struct {
        const char *const *primary, *const *candidate, *sentence;
    } rows[] = {{primary, later, "the candidate begins one element later: off by one?"},
                {later, primary, "the candidate begins one element earlier: off by one?"},
                {primary, mixed, "the same values in another order"},
                {primary, other, ""}};

    for (size_t i = 0; i < 4; i++) {
        some_count = 0;
        for (int k = 0; k < 4; k++)
            add(0, difference(places[k], "/items/*/id", VALUE, rows[i].primary[k], rows[i].candidate[k]));
        expect_of(1, 0, "", "", rows[i].sentence);
    }
    some_count = 0;
    add(0, difference("/items/3", "/items/*", MISSING, "4", ""));
    expect_of(1, 0, "", "", "");
    some[0].last = true;
    expect_of(1, 0, "", "", "one element less, the last one: off by one?");
    some[0] = difference("/items/0", "/items/*", EXTRA, "", "4");
    some[0].first = true;
    expect_of(1, 0, "", "", "one element more, the first one: off by one?");
    add(0, difference("/items/1", "/items/*", EXTRA, "", "5"));
    expect_of(1, 0, "", "", "");
}

/* By the whole way from two documents. */
static void
test_the_walk_tells_of_ends(void **state)
{
    static const struct {
        const char *primary, *candidate, *sentence;
    } rows[] = {
        {"[11,12,13,14]", "[11,12,13]", "one element less, the last one: off by one?"},
        {"[11,12,13,14]", "[12,13,14]", "one element less, the first one: off by one?"},
        {"[11,12,13]", "[11,12,13,14]", "one element more, the last one: off by one?"},
        {"[11,12,13]", "[10,11,12,13]", "one element more, the first one: off by one?"},
        {"[11,12,13,14]", "[11,12,14]", ""},
        {"[11,12,13,14]", "[12,13,14,15]", "the candidate begins one element later: off by one?"},
        {"[11,12,13,14]", "[10,11,12,13]", "the candidate begins one element earlier: off by one?"},
        {"[11,12,13,14]", "[14,12,11,13]", "the same elements in another order"},
    };
    struct plx_rules *rules = plx_rules_new(NULL);
    struct plx_arena *arena = plx_arena_new(NULL);

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct plx_answer p = {.body = S(rows[i].primary), .body_length = strlen(rows[i].primary)};
        struct plx_answer c = {.body = S(rows[i].candidate), .body_length = strlen(rows[i].candidate)};
        struct plx_comparison comparison;

        assert_int_equal(plx_compare(rules, &p, &c, NULL, arena, &comparison), PLX_OK);
        some_count = 0;
        uint32_t last = 0; /* each kind is a field of its own */
        for (size_t k = 0; k < comparison.count; k++) {
            last += k && comparison.differences[k].kind != comparison.differences[k - 1].kind;
            add(last, comparison.differences[k]);
        }
        for (uint32_t field = 0; field <= last; field++)
            expect_of(last + 1, field, "", "", rows[i].sentence);
    }
    plx_arena_free(arena);
    plx_rules_free(rules);
}

/* ---- several exchanges ---- */

struct change {
    const char *primary, *candidate;
};

static const char *
over(const struct change *changes, size_t count)
{
    struct plx_faults all = {0}, back = {0}, one;
    char first[200];

    for (size_t i = 0; i < count; i++) {
        struct plx_difference d = difference("/x", "/x", VALUE, changes[i].primary, changes[i].candidate);

        of_one(&d, &one);
        plx_faults_meet(&all, &one);
    }
    /* The other way round, in two parts, as workers hand them over. */
    for (size_t i = count; i-- > 0;) {
        struct plx_difference d = difference("/x", "/x", VALUE, changes[i].primary, changes[i].candidate);
        struct plx_faults part = {0};

        of_one(&d, &one);
        plx_faults_meet(&part, &one);
        plx_faults_meet(&back, &part);
    }
    assert_true(plx_faults_are_sound(&all));
    assert_int_equal(all.seen, count);
    snprintf(first, sizeof(first), "%s", say(&all, "", ""));
    assert_string_equal(say(&back, "", ""), first);
    return said.ptr;
}

#define OVER(...) \
    over((const struct change[]){__VA_ARGS__}, sizeof((const struct change[]){__VA_ARGS__}) / sizeof(struct change))

static void
test_what_holds_in_all_exchanges_is_said(void **state)
{
    assert_string_equal(OVER({"1", "8"}, {"20", "27"}, {"3.5", "10.5"}), "always 7 more");
    assert_string_equal(OVER({"1.25", "1"}, {"20", "19.75"}), "always 0.25 less");
    assert_string_equal(OVER({"1.51237", "1.51187"}, {"2.00011", "1.99961"}), "always 0.0005 less");
    assert_string_equal(OVER({"1", "8"}, {"1", "8"}), "");
    assert_string_equal(OVER({"1", "2"}, {"7", "8"}), "always 1 more: off by one?");
    assert_string_equal(OVER({"1", "2"}, {"7", "9"}), "");
    assert_string_equal(OVER({"1.204", "1.2"}, {"1.256", "1.3"}), "rounded to 1 digit");
    assert_string_equal(OVER({"1.204", "1.2"}, {"1.256", "1.26"}), "rounded to 2 digits");
    assert_string_equal(OVER({"1.256", "1.3"}, {"1.256", "1.26"}), "");
    assert_string_equal(OVER({"1234", "1200"}, {"57777", "57800"}), "rounded to hundreds");
    assert_string_equal(OVER({"7", "70"}, {"12", "120"}), "always ten times as much");
    assert_string_equal(OVER({"7", "420"}, {"12", "720"}),
                        "always 60 times as much: minutes and seconds, or hours and minutes?");
    assert_string_equal(OVER({"2048", "2"}, {"5120", "5"}), "always 1/1024 as much: KiB and bytes?");
    assert_string_equal(OVER({"7", "700"}, {"12", "12000"}), "");
    assert_string_equal(OVER({"1767323045", "1767326645"}, {"1767323099", "1767326700"}),
                        "always 1 h later: a time zone?");
    assert_string_equal(OVER({"1767323045", "1767326645"}, {"1767323099", "1767330299"}),
                        "whole hours apart, but not always as many: a time zone with summer time?");
    assert_string_equal(OVER({"1767323045", "1767326645"}, {"1767323099", "1767323199"}), "");
    assert_string_equal(OVER({"\"a\"", "\"A\""}, {"\"B\"", "\"b\""}), "the same but for upper and lower case");
    assert_string_equal(OVER({"\"a\"", "\"A\""}, {"\"b\"", "\" b\""}), "");
}

static void
test_what_a_file_says_is_checked(void **state)
{
    struct plx_faults faults = {.held = 1u << PLX_FAULT_ROUNDED};

    assert_false(plx_faults_are_sound(&faults));
    faults.seen = 1;
    assert_false(plx_faults_are_sound(&faults));
    faults.parameters[PLX_FAULT_ROUNDED] = PLX_FAULT_DIGIT(2) | PLX_FAULT_BY_PRIMARY;
    assert_true(plx_faults_are_sound(&faults));
    faults.held |= 1u << PLX_FAULTS;
    assert_false(plx_faults_are_sound(&faults));
    for (int i = 0; i < PLX_FAULTS; i++) /* whatever the parameters are, it is a sentence */
        for (int parameter = -300; parameter < 300; parameter++) {
            struct plx_faults one = {.held = 1u << i, .seen = 2, .varied = true, .offset = INT64_MIN + 1};

            one.parameters[i] = (int16_t)parameter;
            say(&one, "a", "b");
        }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_types_and_nothing),
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_headers_and_what_has_no_pattern),
        cmocka_unit_test(test_renamed_members),
        cmocka_unit_test(test_elements),
        cmocka_unit_test(test_the_walk_tells_of_ends),
        cmocka_unit_test(test_what_holds_in_all_exchanges_is_said),
        cmocka_unit_test(test_what_a_file_says_is_checked),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
