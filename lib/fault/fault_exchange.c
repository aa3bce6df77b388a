/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hard thing is to say nothing by chance: a `1` that is missing here and a `1` that is extra there are no renamed
 * member, unless their names say so, too.
 */
#include "fault/fault_exchange.h"

#include "base/ascii.h"
#include "fault/fault_values.h"
#include "secrets/marks.h"

#include <stdlib.h>

#define NONE            UINT32_MAX
#define FIELD_BYTES_MAX 256u /* of a pointer that is looked at: all are compared with all */
#define TELLING_MIN     4u   /* bytes of a value that hardly is elsewhere by chance */
#define SHIFTED_MIN     2u   /* elements that are found again beside their place */
#define PERMUTED_MIN    2u

/* ---- where a difference is ---- */

/* A member's last step, a header's name. */
static struct plx_slice
name_of(struct plx_slice field)
{
    char before = field.len && field.ptr[0] == '/' ? '/' : ':';
    size_t at = field.len;

    while (at > 0 && field.ptr[at - 1] != before)
        at--;
    return plx_slice_make(field.ptr + at, field.len - at);
}

static struct plx_slice
parent_of(struct plx_slice field)
{
    return plx_slice_make(field.ptr, field.len - name_of(field).len);
}

static bool
is_element(const struct plx_difference *d)
{
    return plx_slice_equal(name_of(d->folded), plx_slice_of("*"));
}

/* Members of one object. */
static bool
are_beside(const struct plx_difference *a, const struct plx_difference *b)
{
    return a->field.len <= FIELD_BYTES_MAX && b->field.len <= FIELD_BYTES_MAX && !is_element(a) && !is_element(b) &&
           plx_slice_equal(parent_of(a->field), parent_of(b->field));
}

/* An element's place: what is before its position and behind it, of the innermost array. */
struct place {
    struct plx_slice before, behind;
    uint64_t position;
};

static size_t
step_end(struct plx_slice pointer, size_t at)
{
    while (at < pointer.len && pointer.ptr[at] != '/')
        at++;
    return at;
}

/* A position is where the folded pointer has a star; false: there is none. */
static bool
place_of(const struct plx_difference *d, struct place *out)
{
    bool found = false;
    size_t i = 0, k = 0;

    if (d->field.len > FIELD_BYTES_MAX)
        return false;
    while (i < d->field.len && k < d->folded.len) {
        size_t end_i = step_end(d->field, i + 1), end_k = step_end(d->folded, k + 1);

        if (end_k - k == 2 && d->folded.ptr[k + 1] == '*' && end_i - i <= 10) {
            out->before = plx_slice_make(d->field.ptr, i);
            out->behind = plx_slice_make(d->field.ptr + end_i, d->field.len - end_i);
            out->position = 0;
            for (size_t at = i + 1; at < end_i; at++)
                out->position = out->position * 10 + (uint64_t)(d->field.ptr[at] - '0');
            found = true;
        }
        i = end_i;
        k = end_k;
    }
    return found;
}

/* ---- renamed members ---- */

/* The same letters and digits: billTo, bill_to, Bill-To. */
static bool
are_alike(struct plx_slice a, struct plx_slice b)
{
    size_t i = 0, k = 0;

    for (;;) {
        while (i < a.len && !plx_ascii_is_alphanumeric(a.ptr[i]) && (unsigned char)a.ptr[i] < 0x80)
            i++;
        while (k < b.len && !plx_ascii_is_alphanumeric(b.ptr[k]) && (unsigned char)b.ptr[k] < 0x80)
            k++;
        if (i == a.len || k == b.len)
            return i == a.len && k == b.len && i > 0 && k > 0;
        if (plx_ascii_lower(a.ptr[i++]) != plx_ascii_lower(b.ptr[k++]))
            return false;
    }
}

static bool
have_one_value(const struct plx_difference *missing, const struct plx_difference *extra)
{
    if (plx_has_mark(missing->primary))
        return false;
    if (missing->primary_cut || extra->candidate_cut)
        return missing->primary_cut && extra->candidate_cut && plx_slice_equal(missing->primary, extra->candidate);
    return plx_fault_same_json(missing->primary, extra->candidate);
}

/* Whether there is another missing one in this place that has its value: which of the two would be renamed? */
static bool
has_rival(const struct plx_fault_difference *all, size_t count, const struct plx_difference *missing)
{
    for (size_t i = 0; i < count; i++) {
        const struct plx_difference *d = all[i].difference;

        if (d->kind == PLX_KIND_MISSING && d != missing && are_beside(d, missing) &&
            plx_fault_same_json(d->primary, missing->primary))
            return true;
    }
    return false;
}

static bool
is_telling(struct plx_slice value)
{
    return value.len >= TELLING_MIN && !strchr("tfn", value.ptr[0]);
}

/* By its name; else the only one of its value, where that tells something. NONE: there is none, or several. */
static uint32_t
partner_of(const struct plx_fault_difference *all, size_t count, const struct plx_difference *missing)
{
    uint32_t alike = NONE, other = NONE;
    size_t alikes = 0, others = 0;

    for (size_t i = 0; i < count; i++) {
        const struct plx_difference *d = all[i].difference;

        if (d->kind != PLX_KIND_EXTRA || !are_beside(d, missing) || !have_one_value(missing, d))
            continue;
        if (are_alike(name_of(d->field), name_of(missing->field))) {
            alike = all[i].field;
            alikes++;
        } else {
            other = all[i].field;
            others++;
        }
    }
    if (alikes)
        return alikes == 1 ? alike : NONE;
    return others == 1 && is_telling(missing->primary) && !has_rival(all, count, missing) ? other : NONE;
}

static void
add_renamed(const struct plx_fault_difference *all, size_t count, uint32_t field, struct plx_faults *fields)
{
    uint32_t partner = NONE;
    size_t seen = 0;

    for (size_t i = 0; i < count && seen < PLX_FAULT_VALUES_MAX; i++) {
        const struct plx_difference *d = all[i].difference;
        uint32_t found;

        if (all[i].field != field)
            continue;
        seen++;
        if (d->kind != PLX_KIND_MISSING || is_element(d))
            return;
        found = partner_of(all, count, d);
        if (found == NONE || (partner != NONE && found != partner))
            return;
        partner = found;
    }
    if (partner != NONE && fields[partner].seen && fields[field].seen)
        plx_faults_add(&fields[field], PLX_FAULT_RENAMED, (int)partner);
}

/* ---- elements ---- */

/* Those of one array and one member; their number, 0 where they are of several. */
static size_t
gather(const struct plx_fault_difference *all, size_t count, uint32_t field, const struct plx_difference **found,
       struct place *places)
{
    size_t n = 0;

    for (size_t i = 0; i < count; i++) {
        if (all[i].field != field)
            continue;
        if (n == PLX_FAULT_OF_FIELD_MAX || !place_of(all[i].difference, &places[n]) ||
            !plx_slice_equal(places[n].before, places[0].before) ||
            !plx_slice_equal(places[n].behind, places[0].behind))
            return 0;
        found[n++] = all[i].difference;
    }
    return n;
}

static bool
is_same_value(struct plx_slice a, bool a_cut, struct plx_slice b, bool b_cut)
{
    return !a_cut && !b_cut && !plx_has_mark(a) && plx_fault_same_json(a, b);
}

/* 1: each of the candidate's is the primary's of the next place; -1: of the one before; 0: neither. */
static int
shift_of(const struct plx_difference *const *found, const struct place *places, size_t count)
{
    size_t pairs = 0, later = 0, earlier = 0;

    for (size_t i = 0; i + 1 < count; i++) {
        const struct plx_difference *a = found[i], *b = found[i + 1];

        if (places[i + 1].position != places[i].position + 1)
            continue;
        pairs++;
        later += is_same_value(a->candidate, a->candidate_cut, b->primary, b->primary_cut);
        earlier += is_same_value(a->primary, a->primary_cut, b->candidate, b->candidate_cut);
    }
    return pairs < SHIFTED_MIN ? 0 : later == pairs ? 1 : earlier == pairs ? -1 : 0;
}

/* Whether the candidate has the very values of the primary, in other places. */
static bool
are_permuted(const struct plx_difference *const *found, size_t count)
{
    bool used[PLX_FAULT_OF_FIELD_MAX] = {false};

    for (size_t i = 0; i < count; i++) {
        size_t k = 0;

        while (k < count && (used[k] || !is_same_value(found[i]->primary, found[i]->primary_cut, found[k]->candidate,
                                                       found[k]->candidate_cut)))
            k++;
        if (k == count)
            return false;
        used[k] = true;
    }
    return count >= PERMUTED_MIN;
}

/*
 * An element less at one end and one more at the other, of one array: 1: the candidate begins later, -1: earlier; 0:
 * it is not so.
 */
static int
shift_at_ends(const struct plx_fault_difference *all, size_t count, const struct plx_difference *d)
{
    bool missing = d->kind == PLX_KIND_MISSING;

    for (size_t i = 0; i < count; i++) {
        const struct plx_difference *other = all[i].difference;
        if (other->kind != (missing ? PLX_KIND_EXTRA : PLX_KIND_MISSING) || !is_element(other) ||
            !plx_slice_equal(parent_of(other->field), parent_of(d->field)))
            continue;
        if (d->first && other->last)
            return missing ? 1 : -1;
        if (d->last && other->first)
            return missing ? -1 : 1;
    }
    return 0;
}

static void
add_places(const struct plx_fault_difference *all, size_t count, bool whole, uint32_t field, struct plx_faults *out)
{
    const struct plx_difference *found[PLX_FAULT_OF_FIELD_MAX];
    struct place places[PLX_FAULT_OF_FIELD_MAX];
    size_t n = gather(all, count, field, found, places);
    int shift;

    if (n == 0)
        return;
    if (found[0]->kind == PLX_KIND_VALUE) {
        shift = shift_of(found, places, n);
        if (shift)
            plx_faults_add(out, PLX_FAULT_SHIFTED, shift);
        if (whole && are_permuted(found, n))
            plx_faults_add(out, PLX_FAULT_ORDER, PLX_FAULT_VALUES);
    } else if (n == 1 && whole && is_element(found[0]) && (found[0]->first || found[0]->last)) {
        shift = shift_at_ends(all, count, found[0]);
        if (shift) {
            plx_faults_add(out, PLX_FAULT_SHIFTED, shift);
            return;
        }
        bool more = found[0]->kind == PLX_KIND_EXTRA;

        plx_faults_add(out, PLX_FAULT_ELEMENT,
                       found[0]->last ? (more ? PLX_FAULT_MORE_LAST : PLX_FAULT_LESS_LAST)
                                      : (more ? PLX_FAULT_MORE_FIRST : PLX_FAULT_LESS_FIRST));
    }
}

/* ---- the whole ---- */

static void
add_values(const struct plx_fault_difference *all, size_t count, uint32_t field, struct plx_faults *out)
{
    size_t seen = 0;

    for (size_t i = 0; i < count && seen < PLX_FAULT_VALUES_MAX; i++) {
        struct plx_faults one;

        if (all[i].field != field)
            continue;
        plx_fault_values_find(all[i].difference, &one);
        if (seen++ == 0)
            *out = one;
        else
            plx_faults_and(out, &one);
        if (!out->held)
            return;
    }
}

void
plx_faults_of_exchange(const struct plx_fault_difference *differences, size_t count, bool whole,
                       struct plx_faults *fields, uint32_t field_count)
{
    memset(fields, 0, field_count * sizeof(*fields));
    for (uint32_t f = 0; f < field_count; f++) {
        add_values(differences, count, f, &fields[f]);
        if (fields[f].seen)
            add_places(differences, count, whole, f, &fields[f]);
    }
    for (uint32_t f = 0; f < field_count; f++)
        if (fields[f].seen)
            add_renamed(differences, count, f, fields);
}
