/* SPDX-License-Identifier: Apache-2.0 */
/* What the book of calls says is what a list of all calls says that is searched from its beginning each time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the above first */
#include <cmocka.h>

#include "base/assert.h"
#include "traffic/spy/book.h"

#include <stdlib.h>
#include <time.h>

#define CALLS     64
#define WINDOW_MS 20
#define SETTLE_MS 5

/* ---- by hand ---- */

struct fixture {
    struct plx_book book;
    struct plx_booked calls[8];
    size_t count;
    struct plx_book_event event; /* of the last call */
};

static void
begin(struct fixture *f, uint32_t calls_max)
{
    const struct plx_book_options options = {calls_max, WINDOW_MS, SETTLE_MS, 42};

    memset(f, 0, sizeof(*f));
    assert_int_equal(plx_book_init(&f->book, &options), PLX_OK);
}

static struct plx_booked *
add(struct fixture *f, enum plx_role side, const char *exchange, const char *trace, uint64_t content, uint64_t now)
{
    const struct plx_book_key key = {plx_slice_of(exchange), plx_slice_of(trace), plx_slice_of("POST /n"), content};
    struct plx_booked *call = &f->calls[f->count++];

    assert_int_equal(plx_book_add(&f->book, call, side, &key, now, &f->event), PLX_OK);
    return call;
}

static void
expect(struct plx_book_event event, enum plx_book_happened happened, const struct plx_booked *primary,
       const struct plx_booked *candidate)
{
    assert_int_equal(event.happened, happened);
    assert_ptr_equal(event.calls[PLX_PRIMARY], primary);
    assert_ptr_equal(event.calls[PLX_CANDIDATE], candidate);
}

static void
test_equal_calls_pair_at_once(void **state)
{
    struct fixture f;

    begin(&f, 8);
    struct plx_booked *primary = add(&f, PLX_PRIMARY, "E", "", 7, 100);

    expect(f.event, PLX_BOOK_NOTHING, NULL, NULL);
    struct plx_booked *candidate = add(&f, PLX_CANDIDATE, "E", "", 7, 101);
    expect(f.event, PLX_BOOK_PAIR, primary, candidate);
    assert_int_equal(f.book.waiting_count, 0);
    plx_book_fini(&f.book);
}

/* An equal one may still come: the primary makes two calls, the candidate makes them in the other order. */
static void
test_calls_that_differ_pair_when_they_have_settled(void **state)
{
    struct fixture f;

    begin(&f, 8);
    struct plx_booked *first = add(&f, PLX_PRIMARY, "E", "", 1, 100);
    struct plx_booked *other = add(&f, PLX_CANDIDATE, "E", "", 2, 101);

    expect(f.event, PLX_BOOK_NOTHING, NULL, NULL);
    expect(plx_book_next(&f.book, 105), PLX_BOOK_NOTHING, NULL, NULL);
    assert_int_equal(plx_book_due(&f.book), 106);
    struct plx_booked *second = add(&f, PLX_PRIMARY, "E", "", 2, 105);
    expect(f.event, PLX_BOOK_PAIR, second, other);
    struct plx_booked *wrong = add(&f, PLX_CANDIDATE, "E", "", 3, 106);
    expect(plx_book_next(&f.book, 111), PLX_BOOK_PAIR, first, wrong);
    plx_book_fini(&f.book);
}

static void
test_a_second_equal_call_of_an_exchange_is_a_duplicate(void **state)
{
    struct fixture f;

    begin(&f, 8);
    struct plx_booked *primary = add(&f, PLX_PRIMARY, "E", "", 1, 100);
    struct plx_booked *candidate = add(&f, PLX_CANDIDATE, "E", "", 1, 101);
    struct plx_booked *twice = add(&f, PLX_CANDIDATE, "E", "", 1, 102);

    expect(f.event, PLX_BOOK_NOTHING, NULL, NULL);
    expect(plx_book_next(&f.book, 122), PLX_BOOK_DUPLICATE, NULL, twice);
    expect(plx_book_next(&f.book, 122), PLX_BOOK_FORGOTTEN, NULL, candidate);
    expect(plx_book_next(&f.book, 122), PLX_BOOK_FORGOTTEN, primary, NULL);
    plx_book_fini(&f.book);
}

/* By what they say alone nobody can tell: two equal calls need two on the other side. */
static void
test_without_an_exchange_there_are_no_duplicates(void **state)
{
    struct fixture f;

    begin(&f, 8);
    add(&f, PLX_PRIMARY, "", "", 1, 100);
    add(&f, PLX_CANDIDATE, "", "", 1, 101);
    struct plx_booked *twice = add(&f, PLX_CANDIDATE, "", "", 1, 101);
    expect(plx_book_next(&f.book, 121), PLX_BOOK_ALONE, NULL, twice);
    plx_book_fini(&f.book);
}

static void
test_a_call_without_a_pair_is_given_up_and_its_pair_is_late(void **state)
{
    struct fixture f;

    begin(&f, 8);
    struct plx_booked *primary = add(&f, PLX_PRIMARY, "", "", 1, 100);

    expect(plx_book_next(&f.book, 119), PLX_BOOK_NOTHING, NULL, NULL);
    expect(plx_book_next(&f.book, 120), PLX_BOOK_ALONE, primary, NULL);
    struct plx_booked *candidate = add(&f, PLX_CANDIDATE, "", "", 1, 139);
    expect(f.event, PLX_BOOK_LATE, primary, candidate);
    struct plx_booked *again = add(&f, PLX_CANDIDATE, "", "", 1, 139);
    expect(f.event, PLX_BOOK_NOTHING, NULL, NULL);
    expect(plx_book_next(&f.book, 159), PLX_BOOK_ALONE, NULL, again);
    plx_book_fini(&f.book);
}

/* An exchange that both have decides, then a trace that both have; what they say counts only where they have neither.
 */
static void
test_ids_go_before_what_is_said(void **state)
{
    struct fixture f;

    begin(&f, 8);
    add(&f, PLX_PRIMARY, "E1", "T1", 1, 100);
    add(&f, PLX_CANDIDATE, "E2", "T1", 1, 100);
    expect(f.event, PLX_BOOK_NOTHING, NULL, NULL);
    struct plx_booked *traced = add(&f, PLX_CANDIDATE, "", "T1", 1, 100);
    expect(f.event, PLX_BOOK_PAIR, &f.calls[0], traced);
    struct plx_booked *bare = add(&f, PLX_PRIMARY, "", "", 1, 100);
    expect(f.event, PLX_BOOK_PAIR, bare, &f.calls[1]);
    plx_book_fini(&f.book);
}

static void
test_a_full_book_forgets_what_is_done_and_keeps_what_waits(void **state)
{
    struct fixture f;
    const struct plx_book_key key = {.endpoint = plx_slice_of("POST /n"), .content = 9};
    struct plx_book_event event;

    begin(&f, 3);
    add(&f, PLX_PRIMARY, "E", "", 1, 100);
    struct plx_booked *candidate = add(&f, PLX_CANDIDATE, "E", "", 1, 100);
    add(&f, PLX_PRIMARY, "E", "", 2, 100);
    assert_int_equal(plx_book_add(&f.book, &f.calls[3], PLX_PRIMARY, &key, 100, &event), PLX_E_LIMIT);
    expect(plx_book_make_room(&f.book), PLX_BOOK_FORGOTTEN, NULL, candidate);
    assert_int_equal(plx_book_add(&f.book, &f.calls[3], PLX_PRIMARY, &key, 100, &event), PLX_OK);
    assert_int_equal(plx_book_make_room(&f.book).happened, PLX_BOOK_FORGOTTEN);
    expect(plx_book_make_room(&f.book), PLX_BOOK_NOTHING, NULL, NULL);
    assert_int_equal(f.book.waiting_count, 2);
    plx_book_fini(&f.book);
}

/* ---- against a list that is searched ---- */

struct listed {
    enum plx_role side;
    unsigned exchange, trace, endpoint; /* exchange and trace 0: none */
    uint64_t content, due, settle;      /* settle 0: no */
    uint64_t entered;                   /* when it came into its state, in order */
    enum plx_booked_state state;
    bool duplicate; /* when it came */
};

struct model {
    struct listed calls[CALLS];
    size_t count;
    uint64_t order;
};

/* Whether they belong together, and by what: 0 no, 1 what they say, 2 trace, 3 exchange. */
static int
together(const struct listed *a, const struct listed *b)
{
    if (a->endpoint != b->endpoint)
        return 0;
    if (a->exchange && b->exchange)
        return a->exchange == b->exchange ? 3 : 0;
    if (a->trace && b->trace)
        return a->trace == b->trace ? 2 : 0;
    return a->content == b->content ? 1 : 0;
}

/* The oldest of the side in the state, by exchange before by trace before by content. */
static int
model_find(const struct model *m, const struct listed *call, enum plx_role side, enum plx_booked_state state,
           bool equal)
{
    for (int by = 3; by >= (equal ? 1 : 2); by--)
        for (size_t i = 0; i < m->count; i++) {
            const struct listed *other = &m->calls[i];
            if (other != call && other->side == side && other->state == state && together(call, other) == by &&
                (!equal || other->content == call->content))
                return (int)i;
        }
    return -1;
}

static void
enter(struct model *m, struct listed *call, enum plx_booked_state state, uint64_t now)
{
    call->state = state;
    call->due = now + WINDOW_MS;
    call->settle = 0;
    call->entered = ++m->order;
}

static struct plx_book_event
model_pair(struct model *m, struct plx_booked *booked, int a, int b, uint64_t now)
{
    bool late = m->calls[a].state == PLX_BOOKED_GIVEN_UP || m->calls[b].state == PLX_BOOKED_GIVEN_UP;
    struct plx_book_event event = {.happened = late ? PLX_BOOK_LATE : PLX_BOOK_PAIR};

    enter(m, &m->calls[a], PLX_BOOKED_PAIRED, now);
    enter(m, &m->calls[b], PLX_BOOKED_PAIRED, now);
    event.calls[m->calls[a].side] = &booked[a];
    event.calls[m->calls[b].side] = &booked[b];
    return event;
}

static bool
has_twin(const struct model *m, const struct listed *call)
{
    int twin = model_find(m, call, call->side, PLX_BOOKED_PAIRED, true);

    return twin >= 0 && together(call, &m->calls[twin]) > 1;
}

static struct plx_book_event
model_add(struct model *m, struct plx_booked *booked, struct listed call, uint64_t now)
{
    const enum plx_role other = call.side == PLX_PRIMARY ? PLX_CANDIDATE : PLX_PRIMARY;
    int at = (int)m->count++, found;

    m->calls[at] = call;
    m->calls[at].duplicate = has_twin(m, &m->calls[at]);
    enter(m, &m->calls[at], PLX_BOOKED_WAITING, now);
    const struct listed *c = &m->calls[at];
    if ((found = model_find(m, c, other, PLX_BOOKED_WAITING, true)) >= 0 ||
        (found = model_find(m, c, other, PLX_BOOKED_GIVEN_UP, true)) >= 0)
        return model_pair(m, booked, at, found, now);
    if (model_find(m, c, other, PLX_BOOKED_WAITING, false) >= 0)
        m->calls[at].settle = now + SETTLE_MS;
    else if ((found = model_find(m, c, other, PLX_BOOKED_GIVEN_UP, false)) >= 0)
        return model_pair(m, booked, at, found, now);
    return (struct plx_book_event){PLX_BOOK_NOTHING};
}

/* The one that has been due for longest: settling, waiting, or remembered. */
static int
model_due(const struct model *m, uint64_t now, int what)
{
    int best = -1;

    for (size_t i = 0; i < m->count; i++) {
        const struct listed *c = &m->calls[i];
        bool waits = c->state == PLX_BOOKED_WAITING, out = c->state == PLX_BOOKED_OUT;
        bool due = what == 0   ? waits && c->settle && c->settle <= now
                   : what == 1 ? waits && c->due <= now
                               : !waits && !out && c->due <= now;
        if (due && (best < 0 || c->entered < m->calls[best].entered))
            best = (int)i;
    }
    return best;
}

static struct plx_book_event
model_next(struct model *m, struct plx_booked *booked, uint64_t now)
{
    struct plx_book_event event = {PLX_BOOK_NOTHING};
    int at, found;

    while ((at = model_due(m, now, 0)) >= 0) {
        struct listed *c = &m->calls[at];
        c->settle = 0;
        if ((found = model_find(m, c, !c->side, PLX_BOOKED_WAITING, false)) >= 0)
            return model_pair(m, booked, at, found, now);
    }
    if ((at = model_due(m, now, 1)) >= 0) {
        struct listed *c = &m->calls[at];
        if ((found = model_find(m, c, !c->side, PLX_BOOKED_WAITING, false)) >= 0)
            return model_pair(m, booked, at, found, now);
        bool duplicate = c->duplicate || has_twin(m, c);
        enter(m, c, PLX_BOOKED_GIVEN_UP, now);
        event.happened = duplicate ? PLX_BOOK_DUPLICATE : PLX_BOOK_ALONE;
    } else if ((at = model_due(m, now, 2)) >= 0) {
        m->calls[at].state = PLX_BOOKED_OUT;
        event.happened = PLX_BOOK_FORGOTTEN;
    } else {
        return event;
    }
    event.calls[m->calls[at].side] = &booked[at];
    return event;
}

static void
expect_same(struct plx_book_event event, struct plx_book_event model, unsigned seed)
{
    if (event.happened != model.happened || event.calls[0] != model.calls[0] || event.calls[1] != model.calls[1])
        fail_msg("seed %u: happened %d, by the model %d", seed, event.happened, model.happened);
}

static void
play(unsigned seed)
{
    const struct plx_book_options options = {CALLS, WINDOW_MS, SETTLE_MS, seed};
    static struct plx_booked booked[CALLS];
    struct model model = {.count = 0};
    struct plx_book_event event;
    struct plx_book book;
    uint64_t now = 1000;

    srand(seed);
    assert_int_equal(plx_book_init(&book, &options), PLX_OK);
    while (model.count < CALLS) {
        const struct listed call = {.side = rand() % 2 ? PLX_PRIMARY : PLX_CANDIDATE,
                                    .exchange = (unsigned)rand() % 3,
                                    .trace = (unsigned)rand() % 3,
                                    .endpoint = (unsigned)rand() % 2,
                                    .content = (unsigned)rand() % 3};
        const struct plx_book_key key = {plx_slice_make("EF", call.exchange), plx_slice_make("TU", call.trace),
                                         plx_slice_make("xy", 1 + call.endpoint), call.content};
        size_t at = model.count;
        assert_int_equal(plx_book_add(&book, &booked[at], call.side, &key, now, &event), PLX_OK);
        expect_same(event, model_add(&model, booked, call, now), seed);
        now += rand() % 3 ? 0 : (unsigned)rand() % 12;
        do {
            event = plx_book_next(&book, now);
            expect_same(event, model_next(&model, booked, now), seed);
        } while (event.happened != PLX_BOOK_NOTHING);
        assert_true(plx_book_due(&book) == 0 || plx_book_due(&book) > now);
    }
    size_t left = book.count;
    while (plx_book_take(&book))
        left--;
    assert_int_equal(left, 0);
    plx_book_fini(&book);
}

static void
test_the_book_agrees_with_a_list(void **state)
{
    unsigned seed = (unsigned)time(NULL);

    print_message("seed %u\n", seed);
    for (unsigned i = 0; i < 3000; i++)
        play(seed + i);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equal_calls_pair_at_once),
        cmocka_unit_test(test_calls_that_differ_pair_when_they_have_settled),
        cmocka_unit_test(test_a_second_equal_call_of_an_exchange_is_a_duplicate),
        cmocka_unit_test(test_without_an_exchange_there_are_no_duplicates),
        cmocka_unit_test(test_a_call_without_a_pair_is_given_up_and_its_pair_is_late),
        cmocka_unit_test(test_ids_go_before_what_is_said),
        cmocka_unit_test(test_a_full_book_forgets_what_is_done_and_keeps_what_waits),
        cmocka_unit_test(test_the_book_agrees_with_a_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
