/* SPDX-License-Identifier: Apache-2.0 */
/* Spies for the admin API. */
#include "control/admin/spies_api.h"
#include "evidence/findings/summary.h"

struct plx_subject
plx_spy_subject(const struct plx_spy *spy)
{
    return plx_subject_named(PLX_SUBJECT_SPY, plx_slice_of(spy->service->name));
}

const struct plx_spy *
plx_spy_by_name(const struct plx_spies *spies, struct plx_slice name)
{
    for (size_t i = 0; spies && i < spies->count; i++)
        if (plx_slice_equal(plx_slice_of(spies->list[i].service->name), name))
            return &spies->list[i];
    return NULL;
}

static bool
are_equal(const struct plx_ledger_results *results)
{
    const struct plx_ledger_counts *counts = &results->counts;

    return counts->total == counts->match + counts->ignored + results->uncopied[PLX_SPIED_ALONE];
}

/*
 * Whether every call of both sides that was counted, ever, was paired with an equal one, or has no other side.
 */
static bool
is_equal(struct plx_ledger *ledger, const struct plx_spy *spy)
{
    const struct plx_subject subject = plx_spy_subject(spy);
    const struct plx_ledger_results results = plx_ledger_results(ledger, &subject);

    return are_equal(&results);
}

static bool
has_unsettled(const struct plx_spy *spy)
{
    return atomic_load_explicit(&spy->gauges->unsettled, memory_order_acquire) > 0;
}

/* ---- what calls come to that are still to be counted ---- */

#define SETTLED     (UINT64_C(1) << 63) /* of a ticket: nothing waited when these counts were asked for */
#define PAUSED      (UINT64_C(1) << 62) /* a ticket of its own: calls wait for their pairs, and whoever asks for them */
#define AGAIN_MS    20u
#define WAIT_MAX_MS 60000u

enum standing {
    EQUAL,
    DIFFERENT, /* whatever is still to come */
    PENDING,   /* equal as far as it is counted, and calls wait for their pair */
    ASKED,     /* the request is asked again, or has been refused */
};

struct some_spies {
    const struct plx_spy *list;
    size_t count;
};

/* ?wait=10s, 500ms; 0 where it is not given. */
static bool
read_wait(struct plx_admin_call *call, uint64_t *wait_ms)
{
    struct plx_slice text = plx_admin_parameter(&call->target, "wait"), digits = text;
    uint64_t unit_ms = 1000;

    *wait_ms = 0;
    if (!text.ptr)
        return true;
    if (digits.len && digits.ptr[digits.len - 1] == 's')
        digits.len--;
    if (digits.len != text.len && digits.len && digits.ptr[digits.len - 1] == 'm') {
        digits.len--;
        unit_ms = 1;
    }
    if (digits.len != text.len && plx_admin_number(digits, WAIT_MAX_MS / unit_ms, wait_ms)) {
        *wait_ms *= unit_ms;
        return true;
    }
    plx_admin_fail(call->answer, 400, "bad_parameter", "wait is a time up to 60s, as in 10s or 500ms, not '%.*s'",
                   PLX_ADMIN_SHOWN(text));
    return false;
}

/* All that was counted when the ticket was given; ticket 0: until now. */
static bool
counts_are_whole(struct plx_admin_call *call, uint64_t ticket, uint64_t mark)
{
    const struct plx_admin_request *asked = call->request;
    struct plx_admin_request request = *asked;
    bool whole;

    request.ticket = ticket;
    call->request = &request;
    whole = plx_admin_counts_are_whole(call);
    call->request = asked;
    if (!whole && call->answer->ticket)
        call->answer->ticket |= mark;
    return whole;
}

static enum standing
standing_as_counted(struct plx_admin_call *call, const struct some_spies *spies, bool *unsettled)
{
    bool equal = true;

    *unsettled = false;
    for (size_t i = 0; i < spies->count; i++) {
        equal &= is_equal(call->admin->ledger, &spies->list[i]);
        *unsettled |= has_unsettled(&spies->list[i]);
    }
    return equal ? EQUAL : DIFFERENT;
}

/*
 * A call is in the gauge, or counted by its worker, or both. So first every call that has come is brought there, then
 * the gauge is read, and only then the counts that are told are asked for: else one that is given up in between would
 * be in neither.
 */
static enum standing
find_standing(struct plx_admin_call *call, const struct some_spies *spies)
{
    uint64_t ticket = call->request->ticket, settled = ticket & SETTLED, wait_ms;
    enum standing standing;
    bool unsettled;

    if (!read_wait(call, &wait_ms) || !counts_are_whole(call, ticket & ~(SETTLED | PAUSED), settled))
        return ASKED;
    standing = standing_as_counted(call, spies, &unsettled);
    if (standing == DIFFERENT || settled)
        return standing;
    if (!unsettled)
        return counts_are_whole(call, 0, SETTLED) ? standing_as_counted(call, spies, &unsettled) : ASKED;
    if (call->request->waited_ms >= wait_ms)
        return PENDING;
    call->answer->ticket = PAUSED;
    call->answer->again_ms = AGAIN_MS;
    return ASKED;
}

static int
status_of(enum standing standing)
{
    return standing == PENDING ? 409 : 200;
}

static void
say_standing(struct plx_admin_call *call, enum standing standing)
{
    plx_admin_text(call, status_of(standing),
                   standing == PENDING ? "pending\n"
                   : standing == EQUAL ? "true\n"
                                       : "false\n");
}

/* ---- JSON ---- */

static void
write_uint(struct plx_json_writer *w, const char *key, uint64_t number)
{
    plx_json_key(w, key);
    plx_json_uint(w, number);
}

static void
write_sides(struct plx_json_writer *w, const struct plx_spy *spy)
{
    for (int side = 0; side < PLX_SPY_SIDES; side++) {
        plx_json_key(w, plx_role_text((enum plx_role)side));
        plx_json_text_value(w, plx_spy_mode_text(spy->modes[side]));
    }
    plx_json_key(w, "real");
    plx_json_text_value(w, spy->service->roles[PLX_PRIMARY].url);
}

static void
write_mismatches(struct plx_json_writer *w, const struct plx_ledger_results *results)
{
    plx_json_key(w, "mismatches");
    plx_json_begin_object(w);
    for (unsigned i = 0; i < plx_subject_result_count(PLX_SUBJECT_SPY); i++)
        write_uint(w, plx_subject_result(PLX_SUBJECT_SPY, i), results->results[i]);
    plx_json_end_object(w);
}

/* {"name":..,"equal":true,"pending":false,"waiting":0,...}: the counts behind it. */
static void
write_spy(struct plx_ledger *ledger, const struct plx_spy *spy, bool unsettled, struct plx_json_writer *w)
{
    const struct plx_subject subject = plx_spy_subject(spy);
    const struct plx_ledger_results results = plx_ledger_results(ledger, &subject);

    plx_json_begin_object(w);
    plx_json_key(w, "name");
    plx_json_text_value(w, spy->service->name);
    plx_json_key(w, "kind");
    plx_json_text_value(w, plx_subject_text(PLX_SUBJECT_SPY));
    plx_json_key(w, "equal");
    plx_json_bool(w, are_equal(&results));
    plx_json_key(w, "pending");
    plx_json_bool(w, unsettled && are_equal(&results));
    write_uint(w, "waiting", atomic_load(&spy->gauges->waiting));
    write_uint(w, "stubs_waiting", atomic_load(&spy->gauges->stubs));
    write_uint(w, "kept_bytes", atomic_load(&spy->gauges->kept_bytes));
    write_uint(w, "dropped", atomic_load(&spy->gauges->dropped));
    plx_findings_write_summary_members(ledger, &subject, w);
    write_mismatches(w, &results);
    write_sides(w, spy);
    plx_json_end_object(w);
}

/* ---- answers ---- */

void
plx_admin_get_spies(struct plx_admin_call *call)
{
    struct plx_json_writer w = plx_admin_begin_json(call);
    const struct plx_spies *spies = call->admin->spies;

    plx_json_begin_object(&w);
    plx_json_key(&w, "spies");
    plx_json_begin_array(&w);
    for (size_t i = 0; spies && i < spies->count; i++)
        write_spy(call->admin->ledger, &spies->list[i], has_unsettled(&spies->list[i]), &w);
    plx_json_end_array(&w);
    plx_json_end_object(&w);
}

void
plx_admin_get_spy(struct plx_admin_call *call)
{
    struct plx_json_writer w = plx_admin_begin_json(call);

    write_spy(call->admin->ledger, call->spy, has_unsettled(call->spy), &w);
}

static bool
wants_json(const struct plx_admin_call *call)
{
    struct plx_slice json = plx_admin_parameter(&call->target, "json");

    return call->json || (json.ptr && !plx_slice_equal(json, plx_slice_of("0")));
}

void
plx_admin_get_spy_compare(struct plx_admin_call *call)
{
    enum standing standing = find_standing(call, &(struct some_spies){call->spy, 1});

    if (standing == ASKED)
        return;
    if (!wants_json(call)) {
        say_standing(call, standing);
        return;
    }
    struct plx_json_writer w = plx_admin_begin_json(call);
    call->answer->status = status_of(standing);
    write_spy(call->admin->ledger, call->spy, standing == PENDING, &w);
}

/* Of all spies together. */
void
plx_admin_get_compare(struct plx_admin_call *call)
{
    const struct plx_spies *spies = call->admin->spies;
    enum standing standing;

    if (!spies) {
        plx_admin_fail(call->answer, 404, "no_spies", "there are no spies here whose calls could be compared");
        return;
    }
    standing = find_standing(call, &(struct some_spies){spies->list, spies->count});
    if (standing == ASKED)
        return;
    if (!wants_json(call)) {
        say_standing(call, standing);
        return;
    }
    struct plx_json_writer w = plx_admin_begin_json(call);
    call->answer->status = status_of(standing);
    plx_json_begin_object(&w);
    plx_json_key(&w, "equal");
    plx_json_bool(&w, standing != DIFFERENT);
    plx_json_key(&w, "pending");
    plx_json_bool(&w, standing == PENDING);
    plx_json_key(&w, "spies");
    plx_json_begin_array(&w);
    for (size_t i = 0; i < spies->count; i++)
        write_spy(call->admin->ledger, &spies->list[i], has_unsettled(&spies->list[i]), &w);
    plx_json_end_array(&w);
    plx_json_end_object(&w);
}

/* ---- metrics ---- */

/* Names of spies have nothing that would have to be escaped. */
static void
write_number(struct plx_buffer *out, const char *name, const struct plx_spy *spy, uint64_t value)
{
    plx_buffer_format(out, "%s{spy=\"%s\"} %llu\n", name, spy->service->name, (unsigned long long)value);
}

void
plx_spies_write_metrics(const struct plx_spies *spies, struct plx_buffer *out)
{
    if (!spies)
        return;
    plx_buffer_text(out, "# HELP parallax_spy_waiting Calls that wait for their pair.\n"
                         "# TYPE parallax_spy_waiting gauge\n");
    for (size_t i = 0; i < spies->count; i++)
        write_number(out, "parallax_spy_waiting", &spies->list[i], atomic_load(&spies->list[i].gauges->waiting));
    plx_buffer_text(out, "# HELP parallax_spy_stubs_waiting Calls of candidates whose answer waits for the primary's.\n"
                         "# TYPE parallax_spy_stubs_waiting gauge\n");
    for (size_t i = 0; i < spies->count; i++)
        write_number(out, "parallax_spy_stubs_waiting", &spies->list[i], atomic_load(&spies->list[i].gauges->stubs));
    plx_buffer_text(out, "# HELP parallax_spy_kept_bytes Memory that calls take that wait for their pair.\n"
                         "# TYPE parallax_spy_kept_bytes gauge\n");
    for (size_t i = 0; i < spies->count; i++)
        write_number(out, "parallax_spy_kept_bytes", &spies->list[i], atomic_load(&spies->list[i].gauges->kept_bytes));
    plx_buffer_text(out, "# HELP parallax_spy_dropped_total Bodies and answers that limits.bytes had no room for.\n"
                         "# TYPE parallax_spy_dropped_total counter\n");
    for (size_t i = 0; i < spies->count; i++)
        write_number(out, "parallax_spy_dropped_total", &spies->list[i], atomic_load(&spies->list[i].gauges->dropped));
}
