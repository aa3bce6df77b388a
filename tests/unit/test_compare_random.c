/* SPDX-License-Identifier: Apache-2.0 */
/* As many differences are told as there are changes at random, and none for what is only written in another way. */
#include "listing_kit.h"

#include "compare/meaning.h"

#include <time.h>

/* A document of which every value stands in one leaf: what is changed in a leaf is one difference. */
struct sample {
    struct plx_buffer plain;  /* as first written */
    struct plx_buffer twin;   /* the same, or with changes */
    unsigned leaves, changes; /* told so far; made so far */
    bool rewrite;             /* spell the twin otherwise */
    unsigned change_per_1000;
};

static void
put_space(struct plx_buffer *out, bool rewrite)
{
    static const char spaces[] = " \n\t\r";

    while (rewrite && rand() % 3 == 0)
        plx_buffer_byte(out, spaces[rand() % 4]);
}

static void
put_string(struct plx_buffer *out, const char *letters, bool rewrite)
{
    plx_buffer_byte(out, '"');
    for (; *letters; letters++)
        if (rewrite && rand() % 4 == 0)
            plx_buffer_format(out, rand() % 2 ? "\\u%04x" : "\\u%04X", *letters);
        else if (*letters == '/' && rewrite && rand() % 2)
            plx_buffer_text(out, "\\/");
        else if (*letters == '"' || *letters == '\\')
            plx_buffer_format(out, "\\%c", *letters);
        else
            plx_buffer_byte(out, *letters);
    plx_buffer_byte(out, '"');
}

static void
put_number(struct plx_buffer *out, int number, bool rewrite)
{
    switch (rewrite ? rand() % 5 : 0) {
    case 0:
        plx_buffer_format(out, "%d", number);
        break;
    case 1:
        plx_buffer_format(out, "%d.%.*s", number, 1 + rand() % 3, "0000");
        break;
    case 2:
        plx_buffer_format(out, "%d%.*sE-%d", number, 3, "000", 3);
        break;
    case 3:
        plx_buffer_format(out, "%d.%de+1", number / 10, abs(number % 10)); /* numbers are positive */
        break;
    default:
        plx_buffer_format(out, "%de%s0", number, rand() % 2 ? "+" : "-");
    }
}

static void
put_leaf(struct sample *s)
{
    static const char *const words[] = {"", "a", "/~*\"\\", "word", "another word, a longer one than the others are"};
    int kind = rand() % 5, number = 1 + rand() % 100000;
    const char *word = words[rand() % 5];
    bool change = (unsigned)(rand() % 1000) < s->change_per_1000;
    struct plx_buffer *sides[] = {&s->plain, &s->twin};

    for (int side = 0; side < 2; side++) {
        bool rewrite = side == 1 && s->rewrite;
        int as =
            side == 1 && change ? (kind + 1) % 5 : kind; /* false and true: another value; the others: another type */
        if (as == 0)
            plx_buffer_text(sides[side], "false");
        else if (as == 1)
            plx_buffer_text(sides[side], "true");
        else if (as == 2)
            plx_buffer_text(sides[side], "null");
        else if (as == 3)
            put_number(sides[side], number, rewrite);
        else
            put_string(sides[side], word, rewrite);
    }
    s->leaves++;
    s->changes += change;
}

static void put_value(struct sample *s, int depth);

static void
put_array(struct sample *s, int depth)
{
    int count = rand() % 6;

    plx_buffer_byte(&s->plain, '[');
    plx_buffer_byte(&s->twin, '[');
    for (int i = 0; i < count; i++) {
        put_value(s, depth);
        if (i + 1 < count) {
            plx_buffer_byte(&s->plain, ',');
            plx_buffer_byte(&s->twin, ',');
        }
    }
    plx_buffer_byte(&s->plain, ']');
    plx_buffer_byte(&s->twin, ']');
}

/* The twin's members in another order: each is written aside and put in its place when all are there. */
static void
put_object(struct sample *s, int depth)
{
    int count = rand() % 8 == 0 ? 40 : rand() % 6, order[40];
    struct plx_buffer members[40], outer = s->twin;
    char key[32];

    plx_buffer_byte(&s->plain, '{');
    plx_buffer_byte(&outer, '{');
    for (int i = 0; i < count; i++) {
        int other = rand() % (i + 1);
        order[i] = order[other];
        order[other] = i;
        snprintf(key, sizeof(key), "%c/%d", "kK~*"[rand() % 4], i);
        plx_buffer_init(&members[i], 1 << 24);
        s->twin = members[i];
        put_string(&s->plain, key, false);
        put_string(&s->twin, key, s->rewrite);
        put_space(&s->twin, s->rewrite);
        plx_buffer_byte(&s->plain, ':');
        plx_buffer_byte(&s->twin, ':');
        put_value(s, count == 40 ? 0 : depth);
        if (i + 1 < count)
            plx_buffer_byte(&s->plain, ',');
        members[i] = s->twin;
    }
    for (int i = 0; i < count; i++) {
        int at = s->rewrite ? order[i] : i;
        plx_buffer_add(&outer, plx_buffer_slice(&members[at]));
        if (i + 1 < count)
            plx_buffer_byte(&outer, ',');
    }
    for (int i = 0; i < count; i++)
        plx_buffer_fini(&members[i]);
    plx_buffer_byte(&s->plain, '}');
    plx_buffer_byte(&outer, '}');
    s->twin = outer;
}

static void
put_value(struct sample *s, int depth)
{
    put_space(&s->twin, s->rewrite);
    switch (depth > 0 ? rand() % 3 : 2) {
    case 0:
        put_array(s, depth - 1);
        break;
    case 1:
        put_object(s, depth - 1);
        break;
    default:
        put_leaf(s);
    }
    put_space(&s->twin, s->rewrite);
}

/* What says the same has the same hash, however it is written. */
static uint64_t
hash_of(const struct plx_rules *rules, const struct plx_answer *answer)
{
    const struct plx_compare_limits limits = {0};
    uint64_t hash = 0;

    assert_int_equal(plx_rules_hash_body(rules, answer, &limits, arena, &hash), PLX_OK);
    return hash;
}

static void
compare_sample(unsigned seed, bool rewrite, unsigned change_per_1000)
{
    struct sample s = {.rewrite = rewrite, .change_per_1000 = change_per_1000};
    struct plx_rules *rules = plx_rules_new(NULL);
    struct plx_compare_limits limits = {.differences_max = 1000};

    srand(seed);
    plx_buffer_init(&s.plain, 1 << 24);
    plx_buffer_init(&s.twin, 1 << 24);
    put_value(&s, 6);
    assert_false(s.plain.failed || s.twin.failed);
    struct plx_answer a = json_answer(plx_buffer_slice(&s.plain)), b = json_answer(plx_buffer_slice(&s.twin));
    for (int way = 0; way < 2; way++) {
        struct plx_comparison c;
        assert_int_equal(plx_compare(rules, way ? &b : &a, way ? &a : &b, &limits, arena, &c), PLX_OK);
        /* By chance changes make a list that has moved on, which takes fewer. */
        if (c.total > s.changes || c.total + 4 < s.changes || (s.changes > 0) != (c.total > 0))
            fail_msg("seed %u: %u changes, %zu differences\n%.*s\n%.*s", seed, s.changes, (size_t)c.total,
                     (int)s.plain.len, s.plain.ptr, (int)s.twin.len, s.twin.ptr);
        for (size_t i = 0; i < c.count; i++)
            for (size_t k = 0; k < i; k++)
                assert_false(c.differences[i].kind == c.differences[k].kind &&
                             plx_slice_equal(c.differences[i].field, c.differences[k].field));
        if (c.total == 0 && rewrite)
            assert_int_equal(c.ruled_out, 0);
    }
    assert_int_equal(hash_of(rules, &a) == hash_of(rules, &b), s.changes == 0);
    plx_rules_free(rules);
    plx_buffer_fini(&s.plain);
    plx_buffer_fini(&s.twin);
    plx_arena_reset(arena);
}

static void
test_as_many_differences_as_changes(void **state)
{
    unsigned seed = (unsigned)time(NULL);

    print_message("seed %u\n", seed);
    for (unsigned i = 0; i < 2000; i++) {
        compare_sample(seed + i, false, i % 2 ? 20 : 300);
        compare_sample(seed + i, true, 0);
        compare_sample(seed + i, true, i % 2 ? 20 : 300);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_as_many_differences_as_changes),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
