/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whatever bodies are like, comparing them takes no more memory, values and work than it was given: what is left of
 * the bodies is then too large, and status, headers and what lengths say are told all the same.
 */
#include "listing_kit.h"

#include "body/body.h"
#include "compare/spending.h"

#include <libxml/xmlmemory.h>
#include <malloc.h>
#include <zlib.h>

#define MEMORY_MAX ((size_t)32 << 20)
#define WORK_MAX   ((uint64_t)1 << 28)

/* ---- memory: the arena's and libxml2's together, and the most that there ever was ---- */

static size_t held, most;

static void
note(size_t before, size_t after)
{
    held += after - before;
    most = held > most ? held : most;
}

static void *
counted_resize(void *context, void *ptr, size_t old_size, size_t new_size)
{
    void *moved = realloc(ptr, new_size);

    if (moved)
        note(old_size, new_size);
    return moved;
}

static void
counted_release(void *context, void *ptr, size_t size)
{
    note(size, 0);
    free(ptr);
}

static const struct plx_allocator counted = {counted_resize, counted_release, NULL};

static void *
xml_malloc(size_t size)
{
    void *ptr = malloc(size);

    note(0, ptr ? malloc_usable_size(ptr) : 0);
    return ptr;
}

static void *
xml_realloc(void *ptr, size_t size)
{
    size_t before = ptr ? malloc_usable_size(ptr) : 0;
    void *moved = realloc(ptr, size);

    if (moved)
        note(before, malloc_usable_size(moved));
    return moved;
}

static void
xml_free(void *ptr)
{
    note(ptr ? malloc_usable_size(ptr) : 0, 0);
    free(ptr);
}

static char *
xml_strdup(const char *from)
{
    char *copy = xml_malloc(strlen(from) + 1);

    return copy ? strcpy(copy, from) : NULL;
}

/* ---- answers ---- */

static struct plx_slice
gzipped(struct plx_slice plain)
{
    z_stream stream = {0};
    size_t size = plain.len / 500 + plain.len / 2 + 1000;
    char *out = malloc(size);

    assert_int_equal(deflateInit2(&stream, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
    stream.next_in = (Bytef *)plain.ptr;
    stream.avail_in = (unsigned)plain.len;
    stream.next_out = (Bytef *)out;
    stream.avail_out = (unsigned)size;
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    deflateEnd(&stream);
    return plx_slice_make(out, stream.total_out);
}

/* `before`, `unit` as often as it takes (%u in it is a number), `after`; freed by the caller. */
static char *
repeated(const char *before, const char *unit, unsigned count, const char *after)
{
    struct plx_buffer out;

    plx_buffer_init(&out, 64 << 20);
    plx_buffer_text(&out, before);
    for (unsigned i = 0; i < count; i++) {
        if (strchr(unit, '%')) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
            plx_buffer_format(&out, unit, i, i);
#pragma GCC diagnostic pop
        } else {
            plx_buffer_text(&out, unit);
        }
    }
    plx_buffer_text(&out, after);
    plx_buffer_byte(&out, '\0');
    assert_false(out.failed);
    return out.ptr;
}

static const struct plx_header gzip[] = {{{"Content-Encoding", 16}, {"gzip", 4}}};

static struct plx_answer
answer_of(const char *type, struct plx_slice body, bool coded)
{
    return (struct plx_answer){.status = 200,
                               .headers = gzip,
                               .header_count = coded,
                               .media_type = plx_slice_of(type),
                               .body = body,
                               .body_length = body.len};
}

static const struct plx_compare_limits budget = {.memory_max = MEMORY_MAX, .values_max = 1 << 20, .work_max = WORK_MAX};

/* What comes of a judgement within the budget, which it must not leave. */
static enum plx_status
judge(const char *lines, const struct plx_answer *a, const struct plx_answer *b, const struct plx_answer *c,
      const struct plx_compare_limits *limits, struct plx_buffer *out)
{
    struct plx_arena *own = plx_arena_new(&counted);
    struct plx_rules *rules = plx_rules_new(NULL);
    struct plx_judgement j;

    assert_int_equal(rules_add_lines(rules, plx_slice_of(lines), NULL), PLX_OK);
    most = held;
    size_t before = held;
    enum plx_status status = plx_judge(rules, a, b, c, limits, own, &j);
    if (most - before > limits->memory_max + (4 << 20)) /* and what it takes to find lengths out */
        fail_msg("%zu bytes, of %zu", most - before, (size_t)limits->memory_max);
    plx_buffer_clear(out);
    if (status == PLX_OK) {
        write_comparison(out, &j.comparison);
        plx_buffer_format(out, "bodies: %s\n", plx_status_text(j.comparison.bodies));
    }
    plx_buffer_byte(out, '\0');
    plx_rules_free(rules);
    plx_arena_free(own);
    return status;
}

/* ---- reading ---- */

struct hostile {
    const char *type, *before, *unit, *after;
    unsigned count;
    enum plx_status plain, coded; /* of reading it */
};

static const struct hostile bodies[] = {
    {"application/x-ndjson", "", "1\n", "", 7 << 20, PLX_E_TOO_LARGE, PLX_E_TOO_LARGE},
    {"application/x-ndjson", "", "1\n", "", 400000, PLX_OK, PLX_OK},
    {"application/x-ndjson", "", "[[[[]]]]\n", "", 1 << 19, PLX_E_TOO_LARGE, PLX_E_TOO_LARGE},
    {"application/json", "[", "1,", "1]", 7 << 20, PLX_E_TOO_LARGE, PLX_E_TOO_LARGE},
    {"application/json", "{", "\"\":0,", "\"\":0}", 3 << 20, PLX_E_TOO_LARGE, PLX_E_TOO_LARGE},
    {"application/x-www-form-urlencoded", "", "a&", "", 4 << 20, PLX_E_TOO_LARGE, PLX_E_TOO_LARGE},
    {"text/html", "", "<p>", "", 5 << 20, PLX_E_TOO_LARGE, PLX_E_TOO_LARGE},
    {"text/html", "<a", " a%u", ">", 110000, PLX_E_TOO_LARGE, PLX_E_TOO_LARGE},
    {"text/html", "<a", " a", ">", 110000, PLX_E_TOO_LARGE, PLX_E_TOO_LARGE}, /* one attribute, written often */
    {"text/html", "", "<b a%u></b>", "", 110000, PLX_E_TOO_LARGE, PLX_E_TOO_LARGE},
    {"text/html", "", "<b>", "", 110000, PLX_OK, PLX_OK}, /* too deep: text */
    {"text/html", "", "&#65;<!---->", "", 1 << 16, PLX_OK, PLX_OK},
    {"application/xml", "<a", " a%u=''", "/>", 110000, PLX_E_TOO_LARGE, PLX_E_TOO_LARGE},
    {"application/xml", "<a>", "<b/>", "</a>", 3 << 20, PLX_E_TOO_LARGE, PLX_E_TOO_LARGE},
    {"application/xml", "<a>", "<b%u/>", "</a>", 110000, PLX_E_TOO_LARGE, PLX_E_TOO_LARGE},
    {"application/xml", "<a>", "<![CDATA[x]]>", "</a>", 1 << 18, PLX_E_TOO_LARGE, PLX_E_TOO_LARGE},
    {"application/xml", "<a>", "<!---->", "</a>", 1 << 17, PLX_OK, PLX_OK},
    {"application/xml", "<a", " xmlns:n%u='u'", "/>", 2000, PLX_E_TOO_LARGE, PLX_E_TOO_LARGE},
    {"application/xml", "<!DOCTYPE a [<!ATTLIST a ", "b%u CDATA 'x' ", ">]><a/>", 2000, PLX_E_TOO_LARGE,
     PLX_E_TOO_LARGE},
    {"application/xml",
     "<!DOCTYPE a [<!ATTLIST b c CDATA "
     "'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'>]><a>",
     "<b/>", "</a>", 1 << 17, PLX_E_TOO_LARGE, PLX_E_TOO_LARGE},
    {"multipart/mixed; boundary=x", "", "--x\n\n\n", "--x--", 1 << 17, PLX_OK, PLX_OK}, /* too many parts: text */
};

/* One kind of body, plain and coded, within memory and work. */
static void
test_hostile_bodies_are_read_within_the_budget(void **state)
{
    static const char *const markup[] = {"application/xml", "text/html"};
    struct plx_body none;

    for (int i = 0; i < 2; i++) { /* libxml2 keeps what it sets up at its first use */
        const struct plx_answer first = answer_of(markup[i], plx_slice_of("<a/>"), false);
        assert_int_equal(plx_body_read(&first, &(struct plx_compare_limits){0}, NULL, arena, &none), PLX_OK);
    }
    size_t kept = held;
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        const struct hostile *h = &bodies[i];
        char *body = repeated(h->before, h->unit, h->count, h->after);
        struct plx_slice plain = plx_slice_of(body), packed = gzipped(plain);
        for (int coded = 0; coded < 2; coded++) {
            struct plx_answer answer = answer_of(h->type, coded ? packed : plain, coded);
            struct plx_arena *own = plx_arena_new(&counted);
            struct plx_spending spending;
            struct plx_body read;
            plx_spending_begin(&spending, &budget, own, false);
            size_t before = most = held;
            enum plx_status status =
                plx_body_read(&answer, &(struct plx_compare_limits){0}, &spending.work, own, &read);
            if (status != (coded ? h->coded : h->plain))
                fail_msg("%s %s x %u, %s: %s", h->type, h->unit, h->count, coded ? "coded" : "plain",
                         plx_status_text(status));
            if (most - before > MEMORY_MAX + (1 << 20))
                fail_msg("%s %s x %u: %zu bytes", h->type, h->unit, h->count, most - before);
            assert_false(spending.work.over);
            plx_arena_free(own);
        }
        free((char *)packed.ptr);
        free(body);
    }
    assert_true(held - kept < 4096); /* its last error */
}

static void
test_an_entity_in_an_entity_is_not_expanded(void **state)
{
    struct plx_buffer bomb;
    struct plx_body read;

    plx_buffer_init(&bomb, 1 << 16);
    plx_buffer_text(&bomb, "<!DOCTYPE a [<!ENTITY e0 'xxxxxxxxxxxxxxxx'>");
    for (int i = 1; i < 30; i++)
        plx_buffer_format(&bomb, "<!ENTITY e%d '&e%d;&e%d;&e%d;&e%d;'>", i, i - 1, i - 1, i - 1, i - 1);
    plx_buffer_text(&bomb, "]><a>&e29;</a>");
    const struct plx_answer answer = answer_of("application/xml", plx_buffer_slice(&bomb), false);
    most = held;
    assert_int_equal(plx_body_read(&answer, &(struct plx_compare_limits){0}, NULL, arena, &read), PLX_OK);
    assert_int_equal(read.type, PLX_BODY_TEXT);
    assert_true(most - held < 1 << 20);
    plx_buffer_fini(&bomb);
}

static void
test_lines_of_json_are_values_of_their_own(void **state)
{
    static const char *const none[] = {"1],[2", "[1\n2],3", "1,2\n", "\"a\n\"", "[\n]", "1\n2]\n[3", "{\"a\":1\n}"};
    struct plx_body read;

    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
        const struct plx_answer answer = answer_of("application/x-ndjson", plx_slice_of(none[i]), false);
        assert_int_equal(plx_body_read(&answer, &(struct plx_compare_limits){0}, NULL, arena, &read), PLX_OK);
        if (read.type != PLX_BODY_TEXT)
            fail_msg("%s", none[i]);
    }
    const struct plx_answer fine =
        answer_of("application/x-ndjson", plx_slice_of("\n[1]\r\n\n \"a,b\" \n{\"a\":[[]]}"), false);
    assert_int_equal(plx_body_read(&fine, &(struct plx_compare_limits){0}, NULL, arena, &read), PLX_OK);
    assert_int_equal(read.type, PLX_BODY_NDJSON);
    assert_int_equal(read.tree.nodes[0].length, 3);
}

/* ---- comparing ---- */

/* Rules and a pair that would take long; how long is bounded by the steps alone. */
static void
test_hostile_pairs_end_with_the_work(void **state)
{
    static const struct {
        const char *lines, *before, *a, *b, *after;
        unsigned count;
    } pairs[] = {
        {"mode subset\nunordered /x", "{\"x\":[", "{\"a\":[1,2,3,4,5,6,7,8,9,%u],\"b\":1},",
         "{\"a\":[1,2,3,4,5,6,7,8,9,%u],\"b\":2},", "0]}", 20000},
        {"match /**  (a+)+b", "[", "\"aaaaaaaaaaaaaaaaaaaaaaaa%u\",", "\"aaaaaaaaaaaaaaaaaaaaaaa%u\",", "0]", 20000},
        {"tolerance /** 1%", "[", "1000%u,", "9000%u,", "0]", 100000},
        {"", "[", "%u,", "1%u,0,", "0]", 200000},
        {"similar /** 50%", "[", "\"abcdefghijklmnopqrstuvwxyz%u\",", "\"zyxwvutsrqponmlkjihgfedcba%u\",", "0]", 20000},
    };
    const struct plx_compare_limits small = {.memory_max = MEMORY_MAX, .work_max = 1 << 20};
    struct plx_buffer out;

    plx_buffer_init(&out, 1 << 20);
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        char *x = repeated(pairs[i].before, pairs[i].a, pairs[i].count, pairs[i].after);
        char *y = repeated(pairs[i].before, pairs[i].b, pairs[i].count, pairs[i].after);
        const struct plx_answer a = answer_of("application/json", plx_slice_of(x), false);
        const struct plx_answer b = answer_of("application/json", plx_slice_of(y), false);
        enum plx_status status = judge(pairs[i].lines, &a, &b, NULL, &small, &out);
        /* It has ended, as what could not be looked at or as what was found by then. */
        if (status != PLX_E_TIMEOUT && (status != PLX_OK || !strstr(out.ptr, "bodies: it has taken too long")))
            fail_msg("%zu: %s, %s", i, plx_status_text(status), out.ptr);
        free(x);
        free(y);
    }
    plx_buffer_fini(&out);
}

/* The same pair comes to the same wherever it is compared. */
static void
test_work_is_counted_alike(void **state)
{
    const struct plx_answer a = json_answer(plx_slice_of("{\"a\":[1,2,{\"b\":\"x\"}],\"c\":3}"));
    const struct plx_answer b = json_answer(plx_slice_of("{\"c\":3,\"a\":[1,{\"b\":\"y\"},2]}"));
    struct plx_buffer out;
    uint64_t least = 0;

    plx_buffer_init(&out, 1 << 20);
    for (uint64_t work = 1; work < 10000; work++) {
        const struct plx_compare_limits limits = {.memory_max = MEMORY_MAX, .work_max = work};
        enum plx_status status = judge("", &a, &b, NULL, &limits, &out);
        bool whole = status == PLX_OK && strstr(out.ptr, "bodies: done");
        assert_true(whole || status == PLX_E_TIMEOUT || (status == PLX_OK && strstr(out.ptr, "too long")));
        if (whole && least == 0)
            least = work;
        assert_true(!least || whole);
    }
    assert_true(least > 100);
    plx_buffer_fini(&out);
}

static void
test_a_comparison_can_be_canceled(void **state)
{
    char *x = repeated("[", "%u,", 200000, "0]"), *y = repeated("[", "%u,", 200000, "1]");
    const struct plx_answer a = json_answer(plx_slice_of(x)), b = json_answer(plx_slice_of(y));
    const bool cancel = true;
    const struct plx_compare_limits limits = {.memory_max = MEMORY_MAX, .cancel = &cancel};
    struct plx_buffer out;

    plx_buffer_init(&out, 1 << 20);
    assert_int_equal(judge("", &a, &b, NULL, &limits, &out), PLX_E_CANCELED);
    assert_int_equal(judge("", &a, &b, &a, &limits, &out), PLX_E_CANCELED);
    plx_buffer_fini(&out);
    free(x);
    free(y);
}

static void
test_the_rest_is_told_where_bodies_are_too_large(void **state)
{
    char *long_one = repeated("<a>", "<b/>", 1 << 20, "</a>");
    struct plx_answer a = answer_of("application/xml", plx_slice_of("<a/>"), false);
    struct plx_answer b = answer_of("application/xml", plx_slice_of(long_one), false);
    struct plx_buffer out;

    plx_buffer_init(&out, 1 << 20);
    assert_int_equal(judge("", &a, &b, NULL, &budget, &out), PLX_E_TOO_LARGE);
    b.status = 201;
    assert_int_equal(judge("", &a, &b, NULL, &budget, &out), PLX_OK);
    assert_string_equal(out.ptr, "value status: 200 -> 201\nbodies: larger than allowed when decoded\n");
    plx_buffer_fini(&out);
    free(long_one);
}

/* What the secondary takes is half at most. */
static void
test_a_hostile_secondary_leaves_the_candidate_its_part(void **state)
{
    char *long_one = repeated("<a>", "<b/>", 1 << 20, "</a>");
    const struct plx_answer a = answer_of("application/xml", plx_slice_of("<a/>"), false);
    const struct plx_answer b = answer_of("application/xml", plx_slice_of("<a>1</a>"), false);
    const struct plx_answer c = answer_of("application/xml", plx_slice_of(long_one), false);
    struct plx_buffer out;

    plx_buffer_init(&out, 1 << 20);
    assert_int_equal(judge("", &a, &b, &c, &budget, &out), PLX_OK);
    assert_string_equal(out.ptr, "extra /a/0: -> \"1\"\nbodies: done\n");
    plx_buffer_fini(&out);
    free(long_one);
}

/* ---- lengths ---- */

static void
expect_length(const char *lines, const struct plx_answer *a, const struct plx_answer *b, const char *want)
{
    struct plx_buffer out;

    plx_buffer_init(&out, 1 << 20);
    enum plx_status status = judge(lines, a, b, NULL, &budget, &out);
    assert_string_equal(status == PLX_OK ? out.ptr : plx_status_text(status), want);
    plx_buffer_fini(&out);
}

static void
test_what_is_longer_than_any_way_of_writing_it_differs(void **state)
{
    static const char differs[] = "value body: 2 bytes -> more than 16396 bytes\nbodies: done\n";
    static const char limit[] = "a limit has been reached", large[] = "larger than allowed when decoded";
    char *many = repeated("[", "1,", 7 << 20, "1]"), *blank = repeated("[", " ", 178888, "]");
    struct plx_slice packed = gzipped(plx_slice_of(many));
    const struct plx_answer empty = answer_of("application/json", plx_slice_of("[]"), false);
    struct plx_answer bomb = answer_of("application/json", packed, true);
    struct plx_answer cut = answer_of("application/json", plx_slice_make(many, 178890), false);
    struct plx_answer cut_coded = answer_of("application/json", plx_slice_make(packed.ptr, packed.len / 2), true);
    struct plx_answer blanks = answer_of("application/json", plx_slice_make(blank, 178000), false);
    struct plx_answer markup = answer_of("text/html", plx_slice_make(many, 178890), false);

    cut.body_length++;
    cut_coded.body_length++;
    blanks.body_length++;
    markup.body_length++;
    expect_length("", &empty, &bomb, differs);
    expect_length("", &bomb, &empty, "value body: more than 16396 bytes -> 2 bytes\nbodies: done\n");
    expect_length("", &empty, &cut, differs);
    expect_length("", &empty, &cut_coded, differs);
    /* It may be the same yet: blanks, comments, what a rule excuses, what subset mode lets pass. */
    expect_length("", &empty, &blanks, limit);
    expect_length("", &empty, &markup, limit);
    expect_length("ignore /x", &empty, &cut, limit);
    expect_length("mode subset", &empty, &cut, limit);
    expect_length("ignore /x", &empty, &bomb, large);
    /* Coded on one side only: by what it says. */
    struct plx_slice small = gzipped(plx_slice_make(many, 100001)); /* "[1,1,...,": no JSON, but text */
    struct plx_answer coded = answer_of("text/csv", small, true),
                      plain = answer_of("text/csv", plx_slice_make(many, 100001), false);
    expect_length("", &coded, &plain, "bodies: done\n");
    plain.body_length++; /* cut, and not longer than escapes make it */
    expect_length("", &coded, &plain, limit);
    free((char *)small.ptr);
    free((char *)packed.ptr);
    free(many);
    free(blank);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hostile_bodies_are_read_within_the_budget),
        cmocka_unit_test(test_an_entity_in_an_entity_is_not_expanded),
        cmocka_unit_test(test_lines_of_json_are_values_of_their_own),
        cmocka_unit_test(test_hostile_pairs_end_with_the_work),
        cmocka_unit_test(test_work_is_counted_alike),
        cmocka_unit_test(test_a_comparison_can_be_canceled),
        cmocka_unit_test(test_the_rest_is_told_where_bodies_are_too_large),
        cmocka_unit_test(test_a_hostile_secondary_leaves_the_candidate_its_part),
        cmocka_unit_test(test_what_is_longer_than_any_way_of_writing_it_differs),
    };

    if (xmlMemSetup(xml_free, xml_malloc, xml_realloc, xml_strdup) != 0)
        return 1;
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
