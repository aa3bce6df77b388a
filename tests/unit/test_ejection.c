/* SPDX-License-Identifier: Apache-2.0 */
/* A candidate that fails so often in a row is kept from clients, longer each time, and comes back by one trial. */
#include "base/assert.h"
#include "service/ejection.h"
#include "service/snapshot.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define WALL_MS 1700000000000u

static const struct plx_eject_options options = {.after = 3, .for_ms = 1000, .at_most_ms = 3000};
static const struct plx_ejection_failure refused = {.reason = PLX_INCOMPARABLE_CONNECT};

static struct plx_ejection *ejection;

static int
setup(void **state)
{
    ejection = plx_ejection_new();
    return ejection ? 0 : -1;
}

static int
teardown(void **state)
{
    plx_ejection_unref(ejection);
    return 0;
}

static struct plx_ejection_time
at(uint64_t ms)
{
    return (struct plx_ejection_time){ms, WALL_MS + ms};
}

static enum plx_ejection_change
note_failure(uint64_t ms, bool trial)
{
    return plx_ejection_note_failure(ejection, &options, refused, at(ms), trial);
}

static void
eject(uint64_t ms)
{
    assert_int_equal(note_failure(ms, false), PLX_EJECTION_NONE);
    assert_int_equal(note_failure(ms, false), PLX_EJECTION_NONE);
    assert_int_equal(note_failure(ms, false), PLX_EJECTION_OUT);
}

static uint64_t
until(void)
{
    struct plx_ejected ejected;

    assert_true(plx_ejection_get(ejection, &ejected));
    return ejected.until_ms - WALL_MS;
}

static void
test_failures_in_a_row_eject(void **state)
{
    struct plx_ejected ejected;

    for (int i = 0; i < 10; i++) { /* never three in a row */
        assert_int_equal(note_failure(5, false), PLX_EJECTION_NONE);
        assert_int_equal(note_failure(5, false), PLX_EJECTION_NONE);
        assert_int_equal(plx_ejection_failures(ejection), 2);
        assert_int_equal(plx_ejection_note_answer(ejection, at(5), false), PLX_EJECTION_NONE);
        assert_int_equal(plx_ejection_failures(ejection), 0);
    }
    assert_false(plx_ejection_is_out(ejection) || plx_ejection_get(ejection, &ejected));
    eject(7);
    assert_true(plx_ejection_is_out(ejection) && plx_ejection_get(ejection, &ejected));
    assert_true(ejected.since_ms == WALL_MS + 7 && ejected.until_ms == WALL_MS + 1007);
    assert_true(ejected.times == 1 && ejected.reason == PLX_INCOMPARABLE_CONNECT && ejected.status == 0);
    assert_int_equal(plx_ejection_count(ejection), 1);
    /* What was under way says nothing more. */
    assert_int_equal(note_failure(8, false), PLX_EJECTION_NONE);
    assert_int_equal(plx_ejection_note_answer(ejection, at(8), false), PLX_EJECTION_NONE);
    assert_int_equal(until(), 1007);
}

static void
test_one_trial_at_a_time_and_a_copy_first(void **state)
{
    assert_false(plx_ejection_try(ejection, &options, at(9000), true)); /* it serves */
    eject(0);
    assert_false(plx_ejection_try(ejection, &options, at(999), true));
    assert_false(plx_ejection_try(ejection, &options, at(1000), false));
    assert_true(plx_ejection_try(ejection, &options, at(1000), true));
    assert_false(plx_ejection_try(ejection, &options, at(1000), true));
    assert_false(plx_ejection_try(ejection, &options, at(1999), true));
    /* Nothing came of that one, and no copy is sent: a client's request, then. */
    assert_false(plx_ejection_try(ejection, &options, at(2000 + PLX_EJECTION_COPIES_MS - 1), false));
    assert_true(plx_ejection_try(ejection, &options, at(2000 + PLX_EJECTION_COPIES_MS), false));
    assert_int_equal(plx_ejection_note_answer(ejection, at(3500), true), PLX_EJECTION_BACK);
    assert_false(plx_ejection_is_out(ejection));
    assert_int_equal(plx_ejection_failures(ejection), 0);
}

static void
test_a_failed_trial_doubles_the_time_up_to_a_maximum(void **state)
{
    static const uint64_t lengths[] = {2000, 3000, 3000};
    uint64_t now = 1000;

    eject(0);
    for (size_t i = 0; i < PLX_COUNT(lengths); i++) {
        assert_true(plx_ejection_try(ejection, &options, at(now), true));
        assert_int_equal(note_failure(now, true), PLX_EJECTION_LONGER);
        assert_int_equal(until(), now + lengths[i]);
        now += lengths[i];
    }
    assert_int_equal(plx_ejection_count(ejection), 1);
}

static void
test_who_fails_again_soon_is_out_for_longer(void **state)
{
    eject(0);
    assert_true(plx_ejection_try(ejection, &options, at(1000), true));
    assert_int_equal(plx_ejection_note_answer(ejection, at(1000), true), PLX_EJECTION_BACK);
    eject(1500);
    assert_int_equal(until(), 1500 + 2000);
    assert_true(plx_ejection_try(ejection, &options, at(3500), true));
    assert_int_equal(plx_ejection_note_answer(ejection, at(3500), true), PLX_EJECTION_BACK);
    eject(5500); /* it has served for as long as it was out */
    assert_int_equal(until(), 5500 + 1000);
    assert_int_equal(plx_ejection_count(ejection), 3);
}

static char old_url[] = "http://127.0.0.1:1", other_url[] = "http://127.0.0.1:2", name[] = "payment";

static struct plx_snapshot *
snapshot_of(char *candidate)
{
    struct plx_snapshot *snapshot = plx_snapshot_new(1);

    assert_non_null(snapshot);
    snapshot->services[0].name = strdup(name);
    snapshot->services[0].roles[PLX_CANDIDATE].url = strdup(candidate);
    return snapshot;
}

static void
test_a_reload_keeps_it_but_for_another_candidate(void **state)
{
    struct plx_snapshot *before = snapshot_of(old_url), *same = snapshot_of(old_url), *other = snapshot_of(other_url);

    for (int i = 0; i < 3; i++)
        (void)plx_ejection_note_failure(before->services[0].ejection, &options, refused, at(0), false);
    plx_snapshot_go_on(same, before);
    plx_snapshot_go_on(other, before);
    struct plx_snapshot *derived = plx_snapshot_derive(same);
    plx_snapshot_unref(before);
    assert_true(plx_ejection_is_out(same->services[0].ejection));
    assert_false(plx_ejection_is_out(other->services[0].ejection));
    assert_non_null(derived);
    assert_ptr_equal(derived->services[0].ejection, same->services[0].ejection);
    plx_snapshot_unref(same);
    assert_true(plx_ejection_is_out(derived->services[0].ejection));
    plx_snapshot_unref(derived);
    plx_snapshot_unref(other);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_failures_in_a_row_eject, setup, teardown),
        cmocka_unit_test_setup_teardown(test_one_trial_at_a_time_and_a_copy_first, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_failed_trial_doubles_the_time_up_to_a_maximum, setup, teardown),
        cmocka_unit_test_setup_teardown(test_who_fails_again_soon_is_out_for_longer, setup, teardown),
        cmocka_unit_test(test_a_reload_keeps_it_but_for_another_candidate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
