/* SPDX-License-Identifier: Apache-2.0 */
/* When a name is looked up, and what two families' answers come to: no clock, no server. */
#include "base/assert.h"
#include "traffic/names/name_answer.h"
#include "traffic/names/name_times.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>

/* ---- times ---- */

static void
test_a_new_name_is_due_at_once_and_not_while_it_is_looked_up(void **state)
{
    struct plx_name_times times = {0};

    assert_true(plx_name_is_due(&times, 1));
    times.looking = true;
    assert_false(plx_name_is_due(&times, UINT64_MAX));
}

static void
test_a_name_is_renewed_at_four_fifths_of_its_time(void **state)
{
    struct plx_name_times times = {0};

    plx_name_times_found(&times, 1000, 10000);
    assert_false(plx_name_is_due(&times, 8999));
    assert_true(plx_name_is_due(&times, 9000));
    assert_false(plx_name_is_stale(&times, 10999));
    assert_true(plx_name_is_stale(&times, 11000));
}

static void
test_times_to_live_are_bounded(void **state)
{
    static const struct {
        uint64_t ttl_ms, want_ms;
    } cases[] = {{0, 1000},      {1, 1000},         {1000, 1000},       {59000, 59000},
                 {60000, 60000}, {86400000, 60000}, {UINT64_MAX, 60000}};

    for (size_t i = 0; i < PLX_COUNT(cases); i++) {
        struct plx_name_times times = {0};
        plx_name_times_found(&times, 5000, cases[i].ttl_ms);
        assert_int_equal(times.until_ms, 5000 + cases[i].want_ms);
        assert_int_equal(times.due_ms, 5000 + cases[i].want_ms / 5 * 4);
    }
}

static void
test_pauses_between_failures_grow_to_a_second(void **state)
{
    static const uint64_t pauses[] = {100, 200, 400, 800, 1000, 1000, 1000};
    struct plx_name_times times = {0};

    for (size_t i = 0; i < PLX_COUNT(pauses); i++) {
        plx_name_times_failed(&times, 7000);
        assert_int_equal(times.due_ms, 7000 + pauses[i]);
        assert_false(times.known);
    }
    plx_name_times_found(&times, 7000, 1000);
    plx_name_times_failed(&times, 8000);
    assert_int_equal(times.due_ms, 8100);
    assert_true(times.known);
    assert_true(plx_name_is_stale(&times, 8000));
    for (uint32_t i = 0; i < 100; i++) /* whatever their number */
        plx_name_times_failed(&times, 8000);
    assert_int_equal(times.due_ms, 9000);
}

/* ---- answers ---- */

static union plx_socket_address
address(const char *text)
{
    union plx_socket_address made = {.any.sa_family = AF_INET};

    if (inet_pton(AF_INET, text, &made.v4.sin_addr) == 1)
        return made;
    made.any.sa_family = AF_INET6;
    assert_int_equal(inet_pton(AF_INET6, text, &made.v6.sin6_addr), 1);
    return made;
}

/* "10.0.0.1 ::1" */
static struct plx_address_list
list(const char *text)
{
    struct plx_address_list made = {0};
    char copy[256], *at = copy, *one;

    snprintf(copy, sizeof(copy), "%s", text);
    while ((one = strsep(&at, " ")))
        if (*one) {
            union plx_socket_address it = address(one);
            plx_address_list_add(&made, &it);
        }
    return made;
}

static void
test_two_families_come_to_one_list(void **state)
{
    static const struct {
        enum plx_family_state v6;
        const char *v6_list;
        enum plx_family_state v4;
        const char *v4_list, *before;
        enum plx_status want;
        const char *merged;
        uint64_t ttl_ms;
    } cases[] = {
        {PLX_FAMILY_FOUND, "::1", PLX_FAMILY_FOUND, "10.0.0.1", "", PLX_OK, "::1 10.0.0.1", 4000},
        {PLX_FAMILY_NONE, "", PLX_FAMILY_FOUND, "10.0.0.1 10.0.0.2", "::9", PLX_OK, "10.0.0.1 10.0.0.2", 4000},
        {PLX_FAMILY_FOUND, "::1", PLX_FAMILY_NONE, "", "10.0.0.9", PLX_OK, "::1", 6000},
        /* what could not be asked for stays */
        {PLX_FAMILY_FAILED, "", PLX_FAMILY_FOUND, "10.0.0.1", "::9 10.0.0.9", PLX_OK, "::9 10.0.0.1", 4000},
        {PLX_FAMILY_LOOKING, "", PLX_FAMILY_FOUND, "10.0.0.1", "::9 10.0.0.9", PLX_OK, "::9 10.0.0.1", 4000},
        {PLX_FAMILY_LOOKING, "", PLX_FAMILY_NONE, "", "::9", PLX_AGAIN, "", 0},
        {PLX_FAMILY_LOOKING, "", PLX_FAMILY_LOOKING, "", "", PLX_AGAIN, "", 0},
        {PLX_FAMILY_NONE, "", PLX_FAMILY_NONE, "", "::9", PLX_E_CONNECT, "", 0},
        {PLX_FAMILY_NONE, "", PLX_FAMILY_FAILED, "", "::9", PLX_E_CONNECT, "", 0},
    };

    for (size_t i = 0; i < PLX_COUNT(cases); i++) {
        const struct plx_family_answer answers[PLX_NAME_FAMILIES] = {{cases[i].v6, 6000, list(cases[i].v6_list)},
                                                                     {cases[i].v4, 4000, list(cases[i].v4_list)}};
        struct plx_address_list before = list(cases[i].before), merged, want = list(cases[i].merged);
        uint64_t ttl_ms = 0;
        assert_int_equal(plx_name_merge(answers, &before, &merged, &ttl_ms), cases[i].want);
        if (cases[i].want != PLX_OK)
            continue;
        assert_true(plx_address_lists_same(&merged, &want));
        assert_int_equal(ttl_ms, cases[i].ttl_ms);
    }
}

static void
test_lists_are_the_same_in_whatever_order(void **state)
{
    struct plx_address_list a = list("10.0.0.1 10.0.0.2 ::1"), b = list("::1 10.0.0.2 10.0.0.1"),
                            c = list("::1 10.0.0.2");
    struct plx_address_list d = list("::1 10.0.0.2 10.0.0.3");

    assert_true(plx_address_lists_same(&a, &b));
    assert_false(plx_address_lists_same(&a, &c));
    assert_false(plx_address_lists_same(&c, &a));
    assert_false(plx_address_lists_same(&a, &d));
}

static void
test_a_list_holds_no_address_twice_and_no_more_than_it_may(void **state)
{
    struct plx_address_list made = {0};

    for (uint32_t round = 0; round < 2; round++)
        for (uint32_t i = 0; i < 100; i++) {
            union plx_socket_address one = {.v4 = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x0A000000 + i)}};
            plx_address_list_add(&made, &one);
        }
    assert_int_equal(made.count, PLX_NAME_ADDRESSES_MAX);
    for (unsigned i = 0; i < made.count; i++)
        assert_int_equal(ntohl(made.at[i].v4.sin_addr.s_addr), 0x0A000000 + i);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_new_name_is_due_at_once_and_not_while_it_is_looked_up),
        cmocka_unit_test(test_a_name_is_renewed_at_four_fifths_of_its_time),
        cmocka_unit_test(test_times_to_live_are_bounded),
        cmocka_unit_test(test_pauses_between_failures_grow_to_a_second),
        cmocka_unit_test(test_two_families_come_to_one_list),
        cmocka_unit_test(test_lists_are_the_same_in_whatever_order),
        cmocka_unit_test(test_a_list_holds_no_address_twice_and_no_more_than_it_may),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
