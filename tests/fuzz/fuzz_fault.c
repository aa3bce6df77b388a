/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whatever two values are, what they look like is sound, met with itself the same, and said in a sentence. The input: a
 * byte for the kind and place of each difference, then its field, primary and candidate, with a zero byte behind each.
 */
#include "base/assert.h"
#include "fault/fault_exchange.h"
#include "fault/fault_words.h"

#define DIFFERENCES 24u
#define FIELDS      6u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct plx_slice
take_part(struct plx_slice *rest)
{
    const char *zero = rest->len ? memchr(rest->ptr, '\0', rest->len) : NULL;
    struct plx_slice part = plx_slice_make(rest->ptr, zero ? (size_t)(zero - rest->ptr) : rest->len);
    size_t used = part.len + (zero != NULL);

    *rest = plx_slice_make(rest->ptr + used, rest->len - used);
    return part;
}

static void
check(const struct plx_faults *faults)
{
    struct plx_faults twice = *faults;
    struct plx_buffer said;

    PLX_ASSERT(plx_faults_are_sound(faults));
    plx_faults_meet(&twice, faults);
    PLX_ASSERT(twice.held == faults->held && twice.seen == 2 * faults->seen);
    plx_buffer_init(&said, 4096);
    for (int i = 0; i < PLX_FAULTS; i++) {
        plx_buffer_clear(&said);
        if (plx_faults_hold(faults, (enum plx_fault)i))
            plx_fault_say(&twice, (enum plx_fault)i, plx_slice_of("a"), plx_slice_of("b"), &said);
        PLX_ASSERT(!said.failed && (said.len > 0) == plx_faults_hold(faults, (enum plx_fault)i));
    }
    plx_buffer_fini(&said);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct plx_slice rest = plx_slice_make(data, size);
    struct plx_difference differences[DIFFERENCES];
    struct plx_fault_difference given[DIFFERENCES];
    struct plx_faults fields[FIELDS];
    uint32_t of_field[FIELDS] = {0};
    size_t count = 0;

    while (rest.len && count < DIFFERENCES) {
        uint8_t what = (uint8_t)rest.ptr[0];
        struct plx_difference *d = &differences[count];

        rest = plx_slice_make(rest.ptr + 1, rest.len - 1);
        *d = (struct plx_difference){.kind = (enum plx_kind)(what % 5), .last = what & 64, .first = what & 128};
        d->field = take_part(&rest);
        d->folded = what & 32 ? plx_slice_of("/items/*/id") : d->field;
        d->primary = d->kind == PLX_KIND_EXTRA ? plx_slice_make(NULL, 0) : take_part(&rest);
        d->candidate = d->kind == PLX_KIND_MISSING ? plx_slice_make(NULL, 0) : take_part(&rest);
        given[count] = (struct plx_fault_difference){d, what / 5 % FIELDS};
        if (of_field[given[count].field]++ == PLX_FAULT_OF_FIELD_MAX)
            break;
        count++;
    }
    plx_faults_of_exchange(given, count, true, fields, FIELDS);
    for (uint32_t i = 0; i < FIELDS; i++)
        check(&fields[i]);
    return 0;
}
