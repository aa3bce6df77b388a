/* SPDX-License-Identifier: Apache-2.0 */
/* Arrays: what was inserted, deleted, changed or put into another order is told as that, and nothing else is. */
#include "compare/align.h"
#include "compare_kit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "differences_kit.h"

/* ---- aligned ---- */

static void
test_an_inserted_element_is_one_difference(void **state)
{
    EXPECT("", "[1,2,3]", "[0,1,2,3]", "extra /0: -> 0\n");
    EXPECT("", "[1,2,3]", "[1,9,2,3]", "extra /1: -> 9\n");
    EXPECT("", "[1,2,3]", "[1,2]", "missing /2: 3 ->\n");
    EXPECT("", "[1,1,1]", "[1,1]", "missing /2: 1 ->\n");
    EXPECT("", "[]", "[1,2]", "extra /0: -> 1\nextra /1: -> 2\n");
    EXPECT("", "{\"a\":[[1],[2],[3]]}", "{\"a\":[[1],[3]]}", "missing /a/1: [2] ->\n");
    EXPECT("", "[{\"a\":1.0},{\"b\":\"x\"}]", "[7,{\"a\":1},{\"b\":\"\\u0078\"}]", "extra /0: -> 7\n");
}

/* The changed element pairs with the one that it is most like, whatever else came in beside it. */
static void
test_a_changed_element_is_compared_inside(void **state)
{
    EXPECT("", "[{\"id\":1,\"n\":\"a\"},{\"id\":2,\"n\":\"b\"}]",
           "[{\"id\":9,\"n\":\"z\"},{\"id\":1,\"n\":\"A\"},{\"id\":2,\"n\":\"b\"}]",
           "extra /0: -> {\"id\":9,\"n\":\"z\"}\nvalue /0/n: \"a\" -> \"A\"\n");
    EXPECT("", "[{\"id\":1,\"n\":\"a\"},{\"id\":2,\"n\":\"b\"},{\"id\":3,\"n\":\"c\"}]",
           "[{\"id\":1,\"n\":\"a\"},{\"id\":3,\"n\":\"C\"}]",
           "missing /1: {\"id\":2,\"n\":\"b\"} ->\nvalue /2/n: \"c\" -> \"C\"\n");
    EXPECT("", "[1,\"a\"]", "[\"b\"]", "missing /0: 1 ->\nvalue /1: \"a\" -> \"b\"\n");
    EXPECT("", "[[1,2,3],[4,5,6]]", "[[4,5,7]]", "missing /0: [1,2,3] ->\nvalue /1/2: 6 -> 7\n");
}

static void
test_rules_reach_into_aligned_elements(void **state)
{
    EXPECT("ignore /*/at", "[{\"id\":1,\"at\":5},{\"id\":2,\"at\":6}]",
           "[{\"id\":0,\"at\":7},{\"id\":1,\"at\":8},{\"id\":2,\"at\":9}]",
           "extra /0: -> {\"id\":0,\"at\":7}\nruled out: 2\n");
    EXPECT("tolerance /*/t 0.1", "[{\"id\":1,\"t\":5.05},{\"id\":2,\"t\":6}]",
           "[{\"id\":0,\"t\":7},{\"id\":1,\"t\":5},{\"id\":2,\"t\":6.5}]",
           "extra /0: -> {\"id\":0,\"t\":7}\nvalue /1/t: 6 -> 6.5\nruled out: 1\n");
    EXPECT("ignore /*", "[1,2,3]", "[9]", "ruled out: 3\n");
    EXPECT("ignore ", "[1,2,3]", "[9]", "ruled out: 3\n");
}

static void
test_another_order_is_one_difference(void **state)
{
    EXPECT("", "[1,2,3]", "[3,1,2]", "order : [1,2,3] -> [3,1,2]\n");
    EXPECT("", "[{\"a\":1,\"b\":2},{\"c\":3}]", "[{\"c\":3.0},{\"b\":2,\"a\":1}]",
           "order : [{\"a\":1,\"b\":2},{\"c\":3}] -> [{\"c\":3.0},{\"b\":2,\"a\":1}]\n");
    EXPECT("", "{\"a\":[1,2],\"b\":[1,2]}", "{\"a\":[2,1],\"b\":[1,3]}",
           "order /a: [1,2] -> [2,1]\nvalue /b/1: 2 -> 3\n");
    EXPECT("", "[[1,2],[3,4]]", "[[2,1],[3,4]]", "order /0: [1,2] -> [2,1]\n");
    EXPECT("ignore /*/at", "[{\"id\":1,\"at\":5},{\"id\":2,\"at\":6}]", "[{\"id\":2,\"at\":7},{\"id\":1,\"at\":8}]",
           "order : [{\"id\":1,\"at\":5},{\"id\":2,\"at\":6}] -> [{\"id\":2,\"at\":7},{\"id\":1,\"at\":8}]\n");
    EXPECT("ignore /a", "{\"a\":[1,2]}", "{\"a\":[2,1]}", "ruled out: 2\n");
}

/* A list that has moved on by one is not "every field of every row". */
static void
test_arrays_of_one_length_are_aligned(void **state)
{
    EXPECT("", "[1,2,3,4,5]", "[2,3,4,5,6]", "missing /0: 1 ->\nextra /4: -> 6\n");
    EXPECT("", "[{\"i\":1,\"t\":\"a\"},{\"i\":2,\"t\":\"b\"},{\"i\":3,\"t\":\"c\"},{\"i\":4,\"t\":\"d\"}]",
           "[{\"i\":2,\"t\":\"b\"},{\"i\":3,\"t\":\"c\"},{\"i\":4,\"t\":\"d\"},{\"i\":5,\"t\":\"e\"}]",
           "missing /0: {\"i\":1,\"t\":\"a\"} ->\nextra /3: -> {\"i\":5,\"t\":\"e\"}\n");
    /* Where a value of each row differs besides, by what they have in common. */
    EXPECT("",
           "[{\"i\":1,\"t\":\"b\",\"u\":11,\"at\":7},"
           "{\"i\":2,\"t\":\"c\",\"u\":22,\"at\":7},"
           "{\"i\":3,\"t\":\"d\",\"u\":33,\"at\":7},"
           "{\"i\":4,\"t\":\"e\",\"u\":44,\"at\":7},"
           "{\"i\":5,\"t\":\"f\",\"u\":55,\"at\":7}]",
           "[{\"i\":2,\"t\":\"c\",\"u\":22,\"at\":8},"
           "{\"i\":3,\"t\":\"d\",\"u\":33,\"at\":8},"
           "{\"i\":4,\"t\":\"e\",\"u\":44,\"at\":8},"
           "{\"i\":5,\"t\":\"f\",\"u\":55,\"at\":8},"
           "{\"i\":6,\"t\":\"g\",\"u\":66,\"at\":8}]",
           "missing /0: {\"i\":1,\"t\":\"b\",\"u\":11,\"at\":7} ->\nvalue /1/at: 7 -> 8\nvalue /2/at: 7 -> 8\nvalue "
           "/3/at: 7 -> 8\nvalue /4/at: 7 -> 8\nextra /4: -> {\"i\":6,\"t\":\"g\",\"u\":66,\"at\":8}\n");
    /* What is common by chance moves nothing. */
    EXPECT("", "[3,1,2]", "[1,2,5]", "value /0: 3 -> 1\nvalue /1: 1 -> 2\nvalue /2: 2 -> 5\n");
    EXPECT("", "[255,0,10]", "[255,10,20]", "value /1: 0 -> 10\nvalue /2: 10 -> 20\n");
    EXPECT("", "[{\"a\":1,\"b\":2},{\"a\":3,\"b\":4}]", "[{\"a\":5,\"b\":2},{\"a\":3,\"b\":1}]",
           "value /0/a: 1 -> 5\nvalue /1/b: 4 -> 1\n");
}

/* A tie in ORDER BY: one row beside that was changed must not make corrupt totals of all. */
static void
test_the_same_ids_in_another_order(void **state)
{
    EXPECT(
        "", "{\"r\":[{\"id\":1,\"t\":5},{\"id\":2,\"t\":6},{\"id\":3,\"t\":7}]}",
        "{\"r\":[{\"id\":2,\"t\":6},{\"id\":1,\"t\":5},{\"id\":3,\"t\":8}]}",
        "order /r: [{\"id\":1},{\"id\":2},{\"id\":3}] -> [{\"id\":2},{\"id\":1},{\"id\":3}]\nvalue /r/2/t: 7 -> 8\n");
    EXPECT("", "[{\"t\":5,\"orderId\":\"a\"},{\"t\":5,\"orderId\":\"b\"}]",
           "[{\"t\":5,\"orderId\":\"b\"},{\"t\":9,\"orderId\":\"a\"}]",
           "order : [{\"orderId\":\"a\"},{\"orderId\":\"b\"}] -> [{\"orderId\":\"b\"},{\"orderId\":\"a\"}]\n"
           "value /0/t: 5 -> 9\n");
    /* Not by a member that is no id by its name, whose values are not all different, that rules leave out, or that is
     * secret. */
    EXPECT("", "[{\"n\":\"x\",\"paid\":1},{\"n\":\"y\",\"paid\":2}]",
           "[{\"n\":\"x\",\"paid\":2},{\"n\":\"y\",\"paid\":1}]", "value /0/paid: 1 -> 2\nvalue /1/paid: 2 -> 1\n");
    EXPECT("", "[{\"id\":1,\"v\":1},{\"id\":1,\"v\":2},{\"id\":2,\"v\":1}]",
           "[{\"id\":1,\"v\":1},{\"id\":2,\"v\":2},{\"id\":1,\"v\":1}]", "value /1/id: 1 -> 2\nvalue /2/id: 2 -> 1\n");
    EXPECT("ignore /*/id", "[{\"id\":1,\"v\":1},{\"id\":2,\"v\":2}]", "[{\"id\":2,\"v\":1},{\"id\":1,\"v\":3}]",
           "value /1/v: 2 -> 3\nruled out: 2\n");
    EXPECT("redact /*/id", "[{\"id\":1,\"v\":1},{\"id\":2,\"v\":2}]", "[{\"id\":2,\"v\":2},{\"id\":1,\"v\":3}]",
           "order : [redacted] -> [redacted]\nvalue /0/v: 1 -> 3\n");
}

/* Half of many is gone: as many differences, and no cliff. Nothing in common at all: by position, and it is said. */
static void
test_many_edits(void **state)
{
    for (int kind = 0; kind < 4; kind++) {
        struct plx_rules *rules = plx_rules_new(NULL);
        struct plx_buffer a, b;
        struct plx_comparison c;
        plx_buffer_init(&a, 1 << 24);
        plx_buffer_init(&b, 1 << 24);
        plx_buffer_text(&a, kind == 1 ? "" : "[0");
        plx_buffer_text(&b, kind == 1 ? "" : "[0");
        for (unsigned i = 0; i < (kind >= 2 ? 1000 : 2000); i++) {
            if (kind == 3) { /* too many to weigh all pairs, and their ids say which belong together */
                plx_buffer_format(&a, ",{\"id\":%u,\"b\":1}", i);
                plx_buffer_format(&b, i ? ",{\"id\":%u,\"b\":2}" : "", i);
                continue;
            }
            if (kind == 2) {
                plx_buffer_format(&a, ",{\"a\":%u,\"b\":1}", i);
                plx_buffer_format(&b, i ? ",{\"a\":%u,\"b\":2}" : "", i + 7000);
                continue;
            }
            plx_buffer_format(&a, "%s%u%s", kind == 0 ? "," : "", i, kind == 1 ? "\n" : "");
            if (i % 2)
                plx_buffer_format(&b, "%s%u%s", kind == 0 ? "," : "", i, kind == 1 ? "\n" : "");
        }
        plx_buffer_text(&a, kind == 1 ? "" : "]");
        plx_buffer_text(&b, kind == 1 ? "" : "]");
        struct plx_answer x = json_answer(plx_buffer_slice(&a)), y = json_answer(plx_buffer_slice(&b));
        if (kind == 1)
            x.media_type = y.media_type = plx_slice_of("text/plain");
        assert_int_equal(plx_compare(rules, &x, &y, NULL, arena, &c), PLX_OK);
        assert_int_equal(c.total, kind == 2 ? 999 * 2 + 1 : 1000);
        assert_int_equal(c.unexamined, kind == 2 ? 999 : 0);
        plx_rules_free(rules);
        plx_buffer_fini(&a);
        plx_buffer_fini(&b);
        plx_arena_reset(arena);
    }
}

/* ---- unordered ---- */

static void
test_unordered_elements_are_a_multiset(void **state)
{
    EXPECT("unordered /a", "{\"a\":[1,2,2,3]}", "{\"a\":[2,3,1,2]}", "ruled out: 1\n");
    EXPECT("unordered /a", "{\"a\":[1,2,2]}", "{\"a\":[1,1,2]}", "missing /a/2: 2 ->\nextra /a/1: -> 1\n");
    EXPECT("unordered /a", "{\"a\":[1,2]}", "{\"a\":[2.0,1e0]}", "ruled out: 1\n");
    EXPECT("unordered /a", "{\"a\":[1,2]}", "{\"a\":[1,2]}", "");
    EXPECT("unordered /a", "{\"a\":[1,2]}", "{\"a\":[2]}", "missing /a/0: 1 ->\n");
    EXPECT("unordered /a", "{\"a\":{\"b\":[1,2]}}", "{\"a\":{\"b\":[2,1]}}", "order /a/b: [1,2] -> [2,1]\n");
    EXPECT("unordered /**", "[[1,2],[3,4]]", "[[4,3],[2,1]]", "ruled out: 3\n");
    EXPECT("unordered /a\nignore /a/*/at", "{\"a\":[{\"i\":1,\"at\":1},{\"i\":2,\"at\":2}]}",
           "{\"a\":[{\"i\":2,\"at\":3},{\"i\":1,\"at\":4}]}", "ruled out: 3\n");
}

static void
test_unordered_elements_pair_by_their_keys(void **state)
{
    EXPECT("unordered /a by /id", "{\"a\":[{\"id\":1,\"n\":\"a\"},{\"id\":2,\"n\":\"b\"}]}",
           "{\"a\":[{\"id\":2.0,\"n\":\"B\"},{\"id\":1,\"n\":\"a\"}]}", "value /a/1/n: \"b\" -> \"B\"\nruled out: 1\n");
    EXPECT("unordered /a by /id", "{\"a\":[{\"id\":1,\"n\":\"a\"},{\"id\":2}]}",
           "{\"a\":[{\"id\":3},{\"id\":1,\"n\":\"a\"}]}", "missing /a/1: {\"id\":2} ->\nextra /a/0: -> {\"id\":3}\n");
    EXPECT("unordered  by /k/x /y", "[{\"k\":{\"x\":1},\"y\":1,\"v\":1},{\"k\":{\"x\":1},\"y\":2,\"v\":2}]",
           "[{\"k\":{\"x\":1},\"y\":2,\"v\":3},{\"k\":{\"x\":1},\"y\":1,\"v\":1}]",
           "value /1/v: 2 -> 3\nruled out: 1\n");
    /* Those of one key pair as they stand; those without it as a multiset. */
    EXPECT("unordered /a by /id", "{\"a\":[{\"id\":1,\"n\":1},7,{\"id\":1,\"n\":2},8]}",
           "{\"a\":[8,{\"id\":1,\"n\":1},{\"id\":1,\"n\":3},7]}", "value /a/2/n: 2 -> 3\nruled out: 1\n");
}

/* Hashes leave out what a rule may excuse; elements that only look alike must not be paired for that. */
static void
test_unordered_elements_under_a_tolerance(void **state)
{
    EXPECT("unordered /a\ntolerance /a/*/t 0.1", "{\"a\":[{\"t\":1.0},{\"t\":5.0},{\"t\":9.0}]}",
           "{\"a\":[{\"t\":9.05},{\"t\":1.05},{\"t\":5.05}]}", "ruled out: 4\n");
    EXPECT("unordered /a\ntolerance /a/*/t 0.1", "{\"a\":[{\"t\":1.0},{\"t\":5.0}]}",
           "{\"a\":[{\"t\":5.2},{\"t\":1.05}]}", "value /a/1/t: 5.0 -> 5.2\nruled out: 2\n");
    EXPECT("unordered /a\nmatch /a/* [a-z]+", "{\"a\":[\"x\",\"Y\",\"z\"]}", "{\"a\":[\"Y\",\"p\",\"q\"]}",
           "ruled out: 3\n");
    EXPECT("mode subset\nunordered /a", "{\"a\":[{\"i\":1},{\"i\":2}]}",
           "{\"a\":[{\"i\":2,\"x\":1},{\"i\":1,\"x\":2}]}", "ruled out: 1\n");
}

/* Which elements pair first must not decide what is left for the others. */
static void
test_unordered_elements_pair_as_well_as_they_can(void **state)
{
    EXPECT("unordered \ntolerance /* 0.1", "[0.0,0.1]", "[0.05,0.2]", "ruled out: 2\n");
    EXPECT("unordered \ntolerance /* 0.1", "[0.1,0.0]", "[0.05,0.2]", "ruled out: 3\n");
    EXPECT("unordered \ntolerance /* 0.1", "[0.1,0.0,5]", "[0.05,0.2,7]", "value /2: 5 -> 7\nruled out: 3\n");
    EXPECT("unordered \ntolerance /* 10%", "[-10,-11,10,11]", "[10.5,-12.1,-10.5,12.1]", "ruled out: 5\n");
    EXPECT("unordered \ntolerance /* 300%", "[1,4]", "[4,13]", "ruled out: 2\n");
    EXPECT("unordered \ntolerance /* 300%", "[4,1]", "[4,13]", "ruled out: 3\n");
    EXPECT("unordered \ntolerance /*/t 0.1", "[{\"t\":0.1},{\"t\":0.0}]", "[{\"t\":0.05},{\"t\":0.2}]",
           "ruled out: 3\n");
    EXPECT("unordered \nmatch /* [ab]\nsimilar /* 50%", "[\"bx\",\"xy\"]", "[\"xz\",\"by\"]", "ruled out: 3\n");
    EXPECT("mode subset\nunordered ", "[{},{\"x\":1}]", "[{\"x\":1,\"y\":1},{\"z\":1}]", "ruled out: 1\n");
    EXPECT("mode subset\nunordered ", "[{},{\"x\":1}]", "[{\"z\":1},{\"x\":1,\"y\":1}]", "");
    EXPECT("mode subset\nunordered \ntolerance /*/x 1", "[{\"x\":1},{\"x\":2}]", "[{\"x\":2},{\"x\":3,\"y\":1}]",
           "ruled out: 2\n");
}

static void
test_unordered_elements_of_equal_keys_are_a_multiset(void **state)
{
    EXPECT("unordered  by /id", "[{\"id\":1,\"v\":1},{\"id\":1,\"v\":2}]", "[{\"id\":1,\"v\":2},{\"id\":1,\"v\":1}]",
           "ruled out: 1\n");
    EXPECT("unordered  by /id", "[{\"id\":1,\"v\":1},{\"id\":1,\"v\":2}]", "[{\"id\":1,\"v\":2},{\"id\":1,\"v\":3}]",
           "value /0/v: 1 -> 3\nruled out: 1\n");
    EXPECT("unordered  by /id\ntolerance /*/v 1", "[{\"id\":1,\"v\":1},{\"id\":1,\"v\":0}]",
           "[{\"id\":1,\"v\":1},{\"id\":1,\"v\":2}]", "ruled out: 3\n");
    EXPECT("mode subset\nunordered  by /id", "[{\"id\":1},{\"id\":1,\"v\":2}]",
           "[{\"id\":1,\"v\":2,\"w\":1},{\"id\":1,\"z\":3}]", "ruled out: 1\n");
}

/* Pages of rows in reverse, all of them slightly otherwise. kind: 0 under a tolerance, 1 with a further member. */
static void
put_page(struct plx_buffer *out, unsigned count, bool candidate, int kind)
{
    for (unsigned i = 0; i < count; i++) {
        unsigned n = candidate ? count - 1 - i : i;
        plx_buffer_text(out, i ? "," : "[");
        if (kind == 0)
            plx_buffer_format(out, "{\"t\":%u.%u}", n, candidate ? 4 : 0);
        else
            plx_buffer_format(out, "{\"n\":\"n%u\",\"v\":[%u,%u]%s}", n, n, n % 7, candidate ? ",\"m\":1" : "");
    }
    plx_buffer_byte(out, ']');
}

static void
test_long_pages_are_paired(void **state)
{
    static const struct {
        const char *rules;
        int kind;
        unsigned count;
        bool decided;
    } cases[] = {
        {"unordered \ntolerance /*/t 0.5", 0, 1000, true},  {"unordered \nmode subset", 1, 1000, true},
        {"unordered \ntolerance /*/t 0.5", 0, 5000, false}, {"unordered \nmode subset", 1, 5000, false},
        {"unordered  by /n\nmode subset", 1, 5000, true},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct plx_rules *rules = plx_rules_new(NULL);
        struct plx_comparison c = {.total = 0};
        struct plx_buffer a, b;
        plx_buffer_init(&a, 1 << 24);
        plx_buffer_init(&b, 1 << 24);
        put_page(&a, cases[i].count, false, cases[i].kind);
        put_page(&b, cases[i].count, true, cases[i].kind);
        assert_int_equal(rules_add_lines(rules, plx_slice_of(cases[i].rules), NULL), PLX_OK);
        struct plx_answer x = json_answer(plx_buffer_slice(&a)), y = json_answer(plx_buffer_slice(&b));
        const struct plx_compare_limits live = {.memory_max = 96 << 20, .values_max = 2 << 20, .work_max = 1 << 30};
        assert_int_equal(plx_compare(rules, &x, &y, &live, arena, &c), cases[i].decided ? PLX_OK : PLX_E_TIMEOUT);
        assert_int_equal(c.total, 0);
        /* Beside a difference elsewhere what is not known is said. */
        x.status = 200;
        y.status = 500;
        assert_int_equal(plx_compare(rules, &x, &y, &live, arena, &c), PLX_OK);
        assert_int_equal(c.total, 1);
        assert_int_equal(c.bodies, cases[i].decided ? PLX_OK : PLX_E_TIMEOUT);
        assert_int_equal(c.unexamined, cases[i].decided ? 0 : 2 * cases[i].count);
        plx_rules_free(rules);
        plx_buffer_fini(&a);
        plx_buffer_fini(&b);
        plx_arena_reset(arena);
    }
}

/* ---- any number of edits ---- */

struct twins {
    struct plx_buffer a, b;
    unsigned unique, edits, shuffles;
};

static void put(struct twins *t, int depth);

/* At most one edit an array; its elements are all different, so that it can be meant in one way only. */
static void
put_array(struct twins *t, int depth)
{
    int count = 3 + rand() % 5, edit = rand() % 6, at = rand() % count;
    struct plx_buffer a = t->a, b = t->b, pieces[8];

    plx_buffer_byte(&a, '[');
    plx_buffer_byte(&b, '[');
    for (int i = 0; i < count; i++) {
        bool edited = i == at && edit < 3;
        unsigned before = t->edits;
        plx_buffer_init(&t->a, 1 << 20);
        plx_buffer_init(&pieces[i], 1 << 20);
        t->b = pieces[i];
        put(t, edited || edit == 3 ? 0 : depth - 1);
        pieces[i] = t->b;
        if (!edited || edit != 0) { /* else it is inserted */
            plx_buffer_text(&a, a.ptr[a.len - 1] == '[' ? "" : ",");
            plx_buffer_add(&a, plx_buffer_slice(&t->a));
        }
        plx_buffer_fini(&t->a);
        if (edited)
            t->edits = before + 1;
        if (edited && edit == 2) { /* changed */
            plx_buffer_clear(&pieces[i]);
            plx_buffer_format(&pieces[i], "%u", ++t->unique);
        }
    }
    if (edit == 3)
        t->shuffles++;
    for (int i = 0; i < count; i++) {
        int from = edit == 3 ? (i + 1) % count : i;
        if (from == at && edit == 1) /* deleted */
            continue;
        plx_buffer_text(&b, b.ptr[b.len - 1] == '[' ? "" : ",");
        plx_buffer_add(&b, plx_buffer_slice(&pieces[from]));
    }
    for (int i = 0; i < count; i++)
        plx_buffer_fini(&pieces[i]);
    plx_buffer_byte(&a, ']');
    plx_buffer_byte(&b, ']');
    t->a = a;
    t->b = b;
}

static void
put(struct twins *t, int depth)
{
    if (depth > 0 && rand() % 2) {
        put_array(t, depth);
    } else if (depth > 0) {
        struct plx_buffer *sides[] = {&t->a, &t->b};
        for (int i = 0; i < 2; i++)
            plx_buffer_format(sides[i], "{\"id\":%u,\"name\":\"n%u\",\"list\":", t->unique + 1, t->unique + 2);
        t->unique += 2;
        put_array(t, depth - 1);
        plx_buffer_byte(&t->a, '}');
        plx_buffer_byte(&t->b, '}');
    } else {
        t->unique++;
        plx_buffer_format(&t->a, "%u", t->unique);
        plx_buffer_format(&t->b, "%u", t->unique);
    }
}

static void
test_as_many_differences_as_edits(void **state)
{
    unsigned seed = (unsigned)time(NULL);

    print_message("seed %u\n", seed);
    for (unsigned i = 0; i < 1000; i++) {
        struct twins t = {.unique = 0};
        struct plx_rules *rules = plx_rules_new(NULL);
        struct plx_comparison c;
        srand(seed + i);
        plx_buffer_init(&t.a, 1 << 20);
        plx_buffer_init(&t.b, 1 << 20);
        put_array(&t, 2);
        assert_false(t.a.failed || t.b.failed);
        struct plx_answer a = json_answer(plx_buffer_slice(&t.a)), b = json_answer(plx_buffer_slice(&t.b));
        assert_int_equal(plx_compare(rules, &a, &b, NULL, arena, &c), PLX_OK);
        if (c.total != t.edits + t.shuffles)
            fail_msg("seed %u: %u edits, %zu differences\n%.*s\n%.*s\n%s", seed + i, t.edits + t.shuffles,
                     (size_t)c.total, (int)t.a.len, t.a.ptr, (int)t.b.len, t.b.ptr,
                     (plx_buffer_clear(&told), write_comparison(&told, &c), plx_buffer_byte(&told, '\0'), told.ptr));
        /* As multisets all shuffles are excused. */
        const struct plx_rule all = {.kind = PLX_RULE_UNORDERED, .field = {"/**", 3}};
        assert_int_equal(plx_rules_add(rules, &all, NULL), PLX_OK);
        assert_int_equal(plx_compare(rules, &a, &b, NULL, arena, &c), PLX_OK);
        assert_true(t.edits > 0 || c.total == 0);
        assert_true(c.ruled_out >= (t.edits ? 0 : t.shuffles));
        plx_rules_free(rules);
        plx_buffer_fini(&t.a);
        plx_buffer_fini(&t.b);
        plx_arena_reset(arena);
    }
}

/* ---- hostile ---- */

/* Long arrays that have nothing in common, or nearly nothing in the same place: bounded, and nothing is lost. */
static void
test_hostile_arrays_are_bounded(void **state)
{
    struct plx_buffer a, b;
    struct plx_rules *rules = plx_rules_new(NULL);
    struct plx_comparison c;
    const unsigned count = 20000;

    assert_int_equal(rules_add_lines(rules, plx_slice_of("tolerance /*/v 1\nunordered /x"), NULL), PLX_OK);
    for (int kind = 0; kind < 4; kind++) {
        plx_buffer_init(&a, 1 << 24);
        plx_buffer_init(&b, 1 << 24);
        plx_buffer_text(&a, kind == 3 ? "{\"x\":[" : "[");
        plx_buffer_text(&b, kind == 3 ? "{\"x\":[0," : "[0,");
        for (unsigned i = 0; i < count; i++) {
            plx_buffer_format(&a, kind == 0 ? "%s{\"v\":%u}" : "%s[%u]", i ? "," : "", kind == 1 ? i % 2 : i);
            plx_buffer_format(&b, kind == 0 ? "%s{\"v\":%u}" : "%s[%u]", i ? "," : "",
                              kind == 1   ? i % 3
                              : kind == 2 ? count - i
                                          : i * 7 + 3);
        }
        plx_buffer_text(&a, kind == 3 ? "]}" : "]");
        plx_buffer_text(&b, kind == 3 ? "]}" : "]");
        struct plx_answer x = json_answer(plx_buffer_slice(&a)), y = json_answer(plx_buffer_slice(&b));
        assert_int_equal(plx_compare(rules, &x, &y, NULL, arena, &c), PLX_OK);
        assert_true(c.total > 0);
        assert_int_equal(c.count, c.total < 100 ? c.total : 100);
        plx_buffer_fini(&a);
        plx_buffer_fini(&b);
        plx_arena_reset(arena);
    }
    plx_rules_free(rules);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_inserted_element_is_one_difference),
        cmocka_unit_test(test_a_changed_element_is_compared_inside),
        cmocka_unit_test(test_rules_reach_into_aligned_elements),
        cmocka_unit_test(test_another_order_is_one_difference),
        cmocka_unit_test(test_arrays_of_one_length_are_aligned),
        cmocka_unit_test(test_the_same_ids_in_another_order),
        cmocka_unit_test(test_many_edits),
        cmocka_unit_test(test_unordered_elements_are_a_multiset),
        cmocka_unit_test(test_unordered_elements_pair_by_their_keys),
        cmocka_unit_test(test_unordered_elements_under_a_tolerance),
        cmocka_unit_test(test_unordered_elements_pair_as_well_as_they_can),
        cmocka_unit_test(test_unordered_elements_of_equal_keys_are_a_multiset),
        cmocka_unit_test(test_long_pages_are_paired),
        cmocka_unit_test(test_as_many_differences_as_edits),
        cmocka_unit_test(test_hostile_arrays_are_bounded),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
