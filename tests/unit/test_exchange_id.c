/* SPDX-License-Identifier: Apache-2.0 */
/* An id says who serves its exchange and whether it is copied, in its last digit alone; what is no id says the usual.
 */
#include "evidence/count/exchange_id.h"

#include "base/slice.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void
expect(struct plx_slice text, bool candidate_serves, bool copied)
{
    struct plx_exchange_marks marks = plx_exchange_id_marks(text);

    assert_int_equal(marks.candidate_serves, candidate_serves);
    assert_int_equal(marks.copied, copied);
}

static void
test_marks_stay_and_change_nothing_else(void **state)
{
    for (uint64_t chance = 0; chance < 32; chance++)
        for (unsigned way = 0; way < 16; way++) {
            char plain[PLX_EXCHANGE_ID_BYTES + 1], id[PLX_EXCHANGE_ID_BYTES + 1];

            plx_exchange_id_text(1767323045678, (const uint64_t[]){chance * 77, chance}, plain);
            memcpy(id, plain, sizeof(id));
            plx_exchange_id_mark(id, (struct plx_exchange_marks){way & 1, way & 2});
            plx_exchange_id_mark(id, (struct plx_exchange_marks){way & 4, way & 8}); /* the last one counts */
            expect(plx_slice_make(id, PLX_EXCHANGE_ID_BYTES), way & 4, way & 8);
            assert_memory_equal(id, plain, PLX_EXCHANGE_ID_BYTES - 1);
            assert_int_equal(plx_exchange_id_time(id), 1767323045678);
            assert_int_equal(strlen(id), PLX_EXCHANGE_ID_BYTES);
        }
}

/* So is chance kept: eight last digits for each pair of marks. */
static void
test_chance_is_left(void **state)
{
    unsigned seen = 0;

    for (uint64_t chance = 0; chance < 32; chance++) {
        char id[PLX_EXCHANGE_ID_BYTES + 1];

        plx_exchange_id_text(0, (const uint64_t[]){0, chance}, id);
        plx_exchange_id_mark(id, (struct plx_exchange_marks){true, false});
        seen |= 1u << (strchr("0123456789ABCDEFGHJKMNPQRSTVWXYZ", id[25]) - "0123456789ABCDEFGHJKMNPQRSTVWXYZ");
    }
    assert_int_equal(__builtin_popcount(seen), 8);
}

/* What callers make up, or what another gateway has put there. */
static void
test_what_is_no_id_is_the_usual(void **state)
{
    static const char *const texts[] = {
        "",
        "1",
        "order-1",
        "01M89F5F2BSYWSJAR33F17QS5",
        "01M89F5F2BSYWSJAR33F17QS511",
        "01m89f5f2bsywsjar33f17qs51",
        "01M89F5F2BSYWSJAR33F17QSU1",
        "01M89F5F2BSYWSJAR33F17QS5U",
        "3f2504e0-4f89-11d3-9a0c-0305e82c3301",
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
        expect(plx_slice_of(texts[i]), false, true);
    expect(plx_slice_make("01M89F5F2BSYWSJAR33F17QS5\0", 26), false, true);
    expect(plx_slice_make(NULL, 0), false, true);
}

static void
test_a_process_knows_its_own_by_service(void **state)
{
    char id[PLX_EXCHANGE_ID_BYTES + 1], plain[PLX_EXCHANGE_ID_BYTES + 1];
    struct plx_slice text = plx_slice_make(id, PLX_EXCHANGE_ID_BYTES), service = plx_slice_of("a");

    plx_exchange_id_use_key(7);
    plx_exchange_id_text(1767323045678, (const uint64_t[]){1, 2}, plain);
    memcpy(id, plain, sizeof(id));
    assert_false(plx_exchange_id_is_signed(text, service));
    plx_exchange_id_sign(id, service);
    assert_memory_equal(id, plain, 18);
    assert_int_equal(id[PLX_EXCHANGE_ID_BYTES - 1], plain[PLX_EXCHANGE_ID_BYTES - 1]);
    assert_true(plx_exchange_id_is_signed(text, service));
    plx_exchange_id_mark(id, (struct plx_exchange_marks){true, true});
    assert_true(plx_exchange_id_is_signed(text, service));
    assert_false(plx_exchange_id_is_signed(text, plx_slice_of("b")));
    assert_false(plx_exchange_id_is_signed(plx_slice_make(id, PLX_EXCHANGE_ID_BYTES - 1), service));
    assert_false(plx_exchange_id_is_signed(plx_slice_of(""), service));
    for (size_t i = 0; i < PLX_EXCHANGE_ID_BYTES - 1; i++) {
        id[i] ^= 1;
        assert_false(plx_exchange_id_is_signed(text, service));
        id[i] ^= 1;
    }
    plx_exchange_id_use_key(8);
    assert_false(plx_exchange_id_is_signed(text, service));
    plx_exchange_id_use_key(0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_marks_stay_and_change_nothing_else),
        cmocka_unit_test(test_chance_is_left),
        cmocka_unit_test(test_what_is_no_id_is_the_usual),
        cmocka_unit_test(test_a_process_knows_its_own_by_service),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
