/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where there is no memory a spy counts less, and nothing is left behind: each allocation fails once, alone and with
 * all that follow. What is counted never is more than what was called, and every stub that waits is told.
 */
#include "failing_memory.h"
#include "traffic/spy/watch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/assert.h"

#include <stdlib.h>

#define AT_MOST 2000u

struct stage {
    struct plx_loop loop;
    struct plx_spies *spies;
    struct plx_tally *tally;
    struct plx_watch *watch;
    unsigned told;
};

struct stub {
    struct plx_spy_waiter waiter;
    struct stage *stage;
};

static struct plx_tally *
tally_of(void *owner)
{
    struct stage *stage = owner;

    if (!stage->tally)
        stage->tally = plx_tally_new(NULL);
    return stage->tally;
}

static void
on_told(struct plx_spy_waiter *waiter, const struct plx_message_view *answer)
{
    PLX_CONTAINER(waiter, struct stub, waiter)->stage->told++;
}

static struct plx_spied
call_of(enum plx_role side, const char *body)
{
    static const struct plx_header headers[] = {{{"Content-Type", 12}, {"application/json", 16}},
                                                {{"Parallax-Exchange", 17}, {"E", 1}}};

    return (struct plx_spied){.side = side,
                              .id = "01M89F5F2BSYWSJAR33F17QS56",
                              .endpoint = plx_slice_of("POST /n"),
                              .request = {.method = plx_slice_of("POST"),
                                          .target = plx_slice_of("/n"),
                                          .headers = headers,
                                          .header_count = 2,
                                          .body = plx_slice_of(body),
                                          .body_length = strlen(body)},
                              .pending = side == PLX_PRIMARY};
}

static void
record(struct stage *stage, enum plx_role side, const char *body, struct stub *stub)
{
    const struct plx_spied call = call_of(side, body);
    const struct plx_message_view answer = {.status = 200, .body = plx_slice_of("{}"), .body_length = 2};

    if (stub) {
        memset(stub, 0, sizeof(*stub));
        stub->stage = stage;
        stub->waiter.answered = on_told;
    }
    struct plx_spy_call *pending = plx_watch_record(stage->watch, &call, stub ? &stub->waiter : NULL);
    if (pending)
        plx_watch_answered(stage->watch, pending, &answer, 1000);
}

/* A pair that is equal, one that differs, a call that is alone, one that waits to the end; small windows, so that the
 * loop ends. */
static void
play(struct stage *stage)
{
    struct plx_comparisons_port comparisons;
    const struct plx_watch_owner owner = {&stage->loop, &comparisons, tally_of, stage};
    struct stub stubs[3];

    assert_true(plx_comparisons_port_init(&comparisons, NULL, NULL));
    stage->watch = plx_watch_new(stage->spies, &owner);
    if (!stage->watch)
        return;
    record(stage, PLX_PRIMARY, "{\"a\":1}", NULL);
    record(stage, PLX_CANDIDATE, "{\"a\":1.0}", &stubs[0]);
    record(stage, PLX_PRIMARY, "{\"a\":2}", NULL);
    record(stage, PLX_CANDIDATE, "{\"a\":3}", &stubs[1]);
    record(stage, PLX_CANDIDATE, "{\"a\":4}", &stubs[2]);
    plx_loop_run(&stage->loop);
    record(stage, PLX_PRIMARY, "{\"a\":5}", NULL);
    plx_watch_close(stage->watch);
    assert_int_equal(stage->told, 3);
}

/* Whether an allocation failed. */
static bool
play_failing(struct plx_spies *spies, unsigned at, bool stays)
{
    struct stage stage = {.spies = spies};

    assert_int_equal(plx_loop_init(&stage.loop), PLX_OK);
    start_failing(at, stays);
    play(&stage);
    bool failed = stop_failing();
    plx_loop_fini(&stage.loop);
    plx_watch_free(stage.watch);
    assert_int_equal(atomic_load(&spies->list[0].gauges->waiting), 0);
    assert_int_equal(atomic_load(&spies->list[0].gauges->kept_bytes), 0);
    assert_int_equal(atomic_load(&spies->list[0].gauges->stubs), 0);
    plx_tally_free(stage.tally);
    return failed;
}

static void
test_each_allocation_may_fail(void **state)
{
    struct plx_spies *spies = plx_spies_new(1);
    struct plx_service *service = &spies->snapshot->services[0];

    service->name = strdup("s");
    service->rules = plx_rules_new(NULL);
    struct plx_spy *spy = &spies->list[0];
    spy->gives_primary = true;
    spy->window_ms = spy->late_ms = 4;
    spy->settle_ms = spy->wait_ms = 1;
    spy->calls_max = 100;
    for (int stays = 0; stays < 2; stays++) {
        unsigned at = 1;
        while (play_failing(spies, at, stays))
            assert_true(++at < AT_MOST);
        assert_true(at > 10);
    }
    plx_spies_free(spies);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
