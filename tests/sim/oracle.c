/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What must hold, whatever the world does:
 *
 *   equal answers are never a mismatch, and what kept them from being compared the world has done
 *   a planted difference is a mismatch, or it is declared why it could not be seen
 *   each exchange is counted once, and the sums say the same as the access log does
 *   who was answered by the proxy itself was so for a reason; a cut has one, too
 *   nothing is held at the end, and within the run what is held stays below its limits
 */
#include "sim.h"

#include "base/assert.h"
#include "evidence/ledger/ledger_state.h"
#include "reading.h"
#include "traffic/exchange/exchange.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define NEAR_US 200000u /* what a role did to a connection before may meet a request so much later */

/* ---- why ---- */

static bool
happened(uint64_t at_us, const struct sim_fate *fate)
{
    return at_us && at_us + NEAR_US >= fate->asked_us;
}

static bool
was_refused(const struct sim *sim, const struct sim_fate *fate)
{
    return sim_has(sim, SIM_NAMES) || happened(sim->roles[PLX_PRIMARY].refused_us, fate) ||
           happened(sim->roles[PLX_CANDIDATE].refused_us, fate);
}

static bool
was_troubled(const struct sim_fate *fate)
{
    return fate->roles[PLX_PRIMARY].troubled || fate->roles[PLX_CANDIDATE].troubled;
}

/* A kept connection was closed: what may be asked again is. */
static bool
was_hung_up(const struct sim *sim, const struct sim_fate *fate, const struct sim_script *script)
{
    bool repeats = script->idempotent && script->body_len == 0 && !script->chunked;

    return !repeats &&
           (happened(sim->roles[PLX_PRIMARY].hung_up_us, fate) || happened(sim->roles[PLX_CANDIDATE].hung_up_us, fate));
}

static bool
has_reason(const struct sim *sim, unsigned id, const struct sim_script *script, struct plx_slice reason)
{
    const struct sim_fate *fate = &sim->fates[id];
    bool large = sim_has(sim, SIM_LARGE), drains = sim_has(sim, SIM_DRAINS);
    bool waits = large && sim_has(sim, SIM_SLOW_READERS); /* a copy, for its exchange's client */

    if (sim_has(sim, SIM_MEMORY))
        return !plx_slice_equal(reason, plx_slice_of("state"));
    const struct {
        const char *reason;
        bool there;
    } reasons[] = {
        {"connect", was_refused(sim, fate)},
        {"timeout", was_troubled(fate) || was_refused(sim, fate) || (large && fate->left)},
        {"reset", was_troubled(fate) || was_hung_up(sim, fate, script)},
        {"protocol", was_troubled(fate) && sim_has(sim, SIM_GARBAGE)},
        {"truncated", large},
        {"too_large", large},
        {"canceled", fate->left || drains || waits},
        {"shed", drains},
        {"epoch", sim_has(sim, SIM_RELOADS)}, /* some are to another candidate */
    };

    for (size_t i = 0; i < PLX_COUNT(reasons); i++)
        if (plx_slice_equal(reason, plx_slice_of(reasons[i].reason)))
            return reasons[i].there;
    return false;
}

static bool
may_be_uncopied(const struct sim *sim, unsigned id, const struct sim_script *script, struct plx_slice reason)
{
    const struct sim_fate *fate = &sim->fates[id];
    bool early = fate->roles[PLX_PRIMARY].early || fate->roles[PLX_CANDIDATE].early;
    bool memory = sim_has(sim, SIM_MEMORY);
    const struct {
        const char *reason;
        bool there;
    } reasons[] = {
        {"unsafe_method", !script->safe && !script->routed},
        {"sampled_out", sim_has(sim, SIM_SHARES) && !script->routed},
        {"shed", memory || sim_has(sim, SIM_SHARES) || sim_has(sim, SIM_CROWD)},
        {"too_large", memory || script->body_len > sim->limits.body_bytes},
        {"upgrade", script->upgrades},
        {"stage", sim_has(sim, SIM_STAGES)},
        {"paused", sim_has(sim, SIM_STAGES)},
        {"canceled", fate->left || early || sim_has(sim, SIM_DRAINS) || was_troubled(fate) || was_refused(sim, fate) ||
                         memory || was_hung_up(sim, fate, script)},
    };

    for (size_t i = 0; i < PLX_COUNT(reasons); i++)
        if (plx_slice_equal(reason, plx_slice_of(reasons[i].reason)))
            return reasons[i].there;
    return false;
}

/* What became of it, for people. */
static const char *
told(const struct sim *sim, unsigned id)
{
    static char text[800];
    const struct sim_fate *fate = &sim->fates[id];
    const struct sim_script script = sim_script_of(sim, id);
    size_t len = (size_t)snprintf(text, sizeof(text), "%s of %zu bytes%s%s, asked at %llu, ended at %llu with %d%s",
                                  script.method, script.body_len, script.chunked ? " in chunks" : "",
                                  script.expects ? ", expecting" : "", (unsigned long long)fate->asked_us,
                                  (unsigned long long)fate->ended_us, fate->status, fate->left ? ", left" : "");

    for (int role = 0; role < PLX_ROLES && len < sizeof(text); role++) {
        unsigned last = fate->roles[role].asked ? fate->roles[role].asked - 1 : 0;
        const struct sim_way way = sim_way_of(sim, id, (enum plx_role)role, last, &script);
        len += (size_t)snprintf(
            text + len, sizeof(text) - len, "; role %d: asked %u, whole %u, framing %d, trouble %d%s%s%s%s%s", role,
            fate->roles[role].asked, fate->roles[role].whole, (int)way.framing, (int)way.trouble,
            fate->roles[role].troubled ? ", troubled" : "", way.early ? ", early" : "",
            way.takes_rest ? ", takes the rest" : "", way.closes ? ", closes" : "", way.hangs_up ? ", hangs up" : "");
    }
    return text;
}

/* ---- lines ---- */

struct sums {
    uint64_t lines, match, mismatch, incomparable, uncopied;
};

static struct plx_slice
value_of(struct plx_slice line, const char *key)
{
    const char *at = memmem(line.ptr, line.len, key, strlen(key)), *end = line.ptr + line.len;

    if (!at)
        return plx_slice_make("", 0);
    at += strlen(key);
    const char *to = at;
    while (to < end && *to != ' ')
        to++;
    return plx_slice_make(at, (size_t)(to - at));
}

static bool
is(struct plx_slice a, const char *text)
{
    return plx_slice_equal(a, plx_slice_of(text));
}

static void
look_at_verdict(struct sim *sim, unsigned id, struct plx_slice line, struct sums *sums)
{
    const struct sim_script script = sim_script_of(sim, id);
    struct plx_slice result = value_of(line, " result="), reason = value_of(line, " reason=");

    if (is(result, "match")) {
        sums->match++;
        SIM_MUST(sim, script.difference == SIM_SAME, "exchange %u: a difference was not seen: %.*s: %s", id,
                 (int)line.len, line.ptr, told(sim, id));
    } else if (is(result, "mismatch")) {
        sums->mismatch++;
        sim->fates[id].mismatch = true;
        SIM_MUST(sim, script.difference != SIM_SAME, "exchange %u: equal answers are a mismatch: %.*s: %s", id,
                 (int)line.len, line.ptr, told(sim, id));
    } else if (is(result, "incomparable")) {
        sums->incomparable++;
        SIM_MUST(sim, has_reason(sim, id, &script, reason), "exchange %u: incomparable without a reason: %.*s: %s", id,
                 (int)line.len, line.ptr, told(sim, id));
    } else {
        SIM_MUST(sim, is(result, "uncopied"), "exchange %u: an unknown result: %.*s", id, (int)line.len, line.ptr);
        sums->uncopied++;
        SIM_MUST(sim, may_be_uncopied(sim, id, &script, reason), "exchange %u: uncopied without a reason: %.*s: %s", id,
                 (int)line.len, line.ptr, told(sim, id));
    }
}

/* What the line says of the answer is what the client has had. */
static void
look_at_answer(const struct sim *sim, unsigned id, struct plx_slice line)
{
    const struct sim_fate *fate = &sim->fates[id];
    const struct sim_script script = sim_script_of(sim, id);

    if (!fate->answered)
        return;
    SIM_MUST(sim, sim_number(value_of(line, " status=")) == fate->status, "exchange %u: its status was %d: %.*s", id,
             fate->status, (int)line.len, line.ptr);
    if (fate->own)
        return;
    SIM_MUST(sim, is(value_of(line, " served="), fate->by == PLX_PRIMARY ? "primary" : "candidate"),
             "exchange %u: role %d has served: %.*s", id, (int)fate->by, (int)line.len, line.ptr);
    SIM_MUST(sim, (size_t)sim_number(value_of(line, " bytes=")) == (script.bodyless ? 0 : fate->roles[fate->by].len),
             "exchange %u: it had %zu bytes: %.*s", id, fate->roles[fate->by].len, (int)line.len, line.ptr);
}

static void
look_at_line(struct sim *sim, struct plx_slice line, struct sums *sums)
{
    struct plx_slice target = value_of(line, " target=");
    unsigned id = target.len > 3 ? (unsigned)sim_number(plx_slice_make(target.ptr + 3, target.len - 3)) : UINT32_MAX;

    if (id == UINT32_MAX && sim_has(sim, SIM_MEMORY))
        return; /* a target that could not be looked through for secrets is not shown */
    SIM_MUST(sim, id < sim->exchanges, "a line of the access log has no exchange: %.*s", (int)line.len, line.ptr);
    SIM_MUST(sim, sim->fates[id].lines++ == 0, "exchange %u is counted twice", id);
    SIM_MUST(sim, sim->fates[id].asked_us, "exchange %u was never asked", id);
    sums->lines++;
    look_at_verdict(sim, id, line, sums);
    look_at_answer(sim, id, line);
}

static void
look_at_log(struct sim *sim, struct sums *sums)
{
    off_t size = lseek(sim->log, 0, SEEK_END);
    const char *text = size > 0 ? mmap(NULL, (size_t)size, PROT_READ, MAP_SHARED, sim->log, 0) : NULL;
    const char *at = text, *end = text ? text + size : NULL;

    PLX_ASSERT(text != MAP_FAILED);
    while (at < end) {
        const char *to = memchr(at, '\n', (size_t)(end - at));
        look_at_line(sim, plx_slice_make(at, (size_t)(to - at)), sums);
        at = to + 1;
    }
    if (!text)
        return;
    world_note(&sim->world, text, (size_t)size, 0);
    munmap((void *)(uintptr_t)text, (size_t)size);
}

/* ---- fates ---- */

static void
look_at_fate(const struct sim *sim, unsigned id)
{
    const struct sim_fate *fate = &sim->fates[id];
    const struct sim_script script = sim_script_of(sim, id);
    bool asked = fate->roles[PLX_PRIMARY].asked || fate->roles[PLX_CANDIDATE].asked;
    bool failed =
        sim_has(sim, SIM_MEMORY) || was_troubled(fate) || was_refused(sim, fate) || was_hung_up(sim, fate, &script);

    failed |= fate->left || fate->broke_off;
    if (fate->answered && fate->own && !sim_is_stub(sim, id)) {
        SIM_MUST(sim,
                 fate->status == 502 || fate->status == 504 || (fate->status == 408 && fate->left) ||
                     (fate->status == 503 && sim_has(sim, SIM_MEMORY)),
                 "exchange %u: it was refused with %d", id, fate->status);
        SIM_MUST(sim, failed || sim_has(sim, SIM_DRAINS), "exchange %u: it was answered %d without a reason: %s", id,
                 fate->status, told(sim, id));
    }
    if (fate->cut)
        SIM_MUST(sim, failed || sim_has(sim, SIM_DRAINS), "exchange %u: its answer was cut off without a reason: %s",
                 id, told(sim, id));
    bool refused = fate->own && fate->status == 408 && !asked; /* its head was not whole: it was no exchange */
    if (sim->spies)
        return;
    SIM_MUST(sim, fate->lines || refused || (!fate->answered && !asked) || sim_has(sim, SIM_MEMORY),
             "exchange %u is not counted", id);
    SIM_MUST(sim, fate->by == PLX_PRIMARY || sim_has(sim, SIM_STAGES), "exchange %u: the candidate has served", id);
}

/* ---- sums ---- */

static void
look_at_sums(const struct sim *sim, const struct sums *sums)
{
    const struct plx_subject subject = plx_subject_service(&sim->snapshot->services[0]);
    struct plx_ledger_counts counts = plx_ledger_results(sim->ledger, &subject).counts;

    if (sim_has(sim, SIM_MEMORY)) {
        SIM_MUST(sim, counts.total <= sim->exchanges, "more is counted than was asked");
        return;
    }
    SIM_MUST(sim,
             counts.match == sums->match && counts.mismatch == sums->mismatch &&
                 counts.incomparable == sums->incomparable && counts.uncopied == sums->uncopied && counts.ignored == 0,
             "counted are %llu, %llu, %llu, %llu and %llu ignored; in the log are %llu, %llu, %llu, %llu",
             (unsigned long long)counts.match, (unsigned long long)counts.mismatch,
             (unsigned long long)counts.incomparable, (unsigned long long)counts.uncopied,
             (unsigned long long)counts.ignored, (unsigned long long)sums->match, (unsigned long long)sums->mismatch,
             (unsigned long long)sums->incomparable, (unsigned long long)sums->uncopied);
    SIM_MUST(sim, counts.total == sums->lines, "%llu are counted, and %llu are in the log",
             (unsigned long long)counts.total, (unsigned long long)sums->lines);
}

/* Where the world did nothing to it, no role has failed. */
static void
look_at_health(const struct sim *sim)
{
    const enum sim_feature against[] = {SIM_STUCK,    SIM_LEAVING, SIM_CLOSING, SIM_EARLY,  SIM_REFUSING, SIM_BREAKING,
                                        SIM_STALLING, SIM_GARBAGE, SIM_NAMES,   SIM_DRAINS, SIM_MEMORY};
    const struct plx_service_counts *counts =
        plx_counts_find_service(&sim->ledger->counts, PLX_SUBJECT_SERVICE, plx_slice_of("sim"));

    for (size_t i = 0; i < PLX_COUNT(against); i++)
        if (sim_has(sim, against[i]))
            return;
    for (int role = 0; counts && role < PLX_ROLES; role++)
        SIM_MUST(sim, counts->health[role].failed == 0, "role %d has failed %llu times (%s), and nobody made it", role,
                 (unsigned long long)counts->health[role].failed,
                 plx_incomparable_text(counts->health[role].last_reason));
}

void
sim_look_at_end(struct sim *sim)
{
    struct sums sums = {0};

    SIM_MUST(sim, !sim->world.stuck, "nothing happens any more, and a worker has not ended");
    if (!sim->spies)
        look_at_log(sim, &sums);
    for (unsigned id = 0; id < sim->exchanges; id++)
        look_at_fate(sim, id);
    if (sim->spies) {
        sim_look_at_spies(sim);
    } else {
        look_at_sums(sim, &sums);
        look_at_health(sim);
        sim_look_at_rechecks(sim);
    }
    SIM_MUST(sim, *sim->snapshot->services[0].copies == 0, "%u copies are under way for ever",
             *sim->snapshot->services[0].copies);
}

/* ---- within ---- */

static void
look_at_connections(const struct sim *sim, const struct plx_context *context)
{
    const size_t queued_max = PLX_STREAM_HIGH_BYTES + PLX_READ_BYTES + 2 * PLX_HTTP_HEAD_MAX + PLX_HTTP_TRAILER_MAX;
    uint32_t count = 0;

    for (const struct plx_list *at = context->connections.next; at != &context->connections; at = at->next, count++) {
        const struct plx_connection *connection = PLX_CONTAINER(at, struct plx_connection, link);
        SIM_MUST(sim, connection->stream.queued <= 2 * queued_max, "%zu bytes are queued for a client",
                 connection->stream.queued);
        SIM_MUST(sim, connection->pending.len <= PLX_PIPELINE_BYTES_MAX + PLX_READ_BYTES, "%zu bytes of a client wait",
                 connection->pending.len);
    }
    SIM_MUST(sim, count == context->loop.accepted, "%u connections, and %u streams of clients", count,
             context->loop.accepted);
}

/* How many have copies. */
static unsigned
look_at_exchanges(const struct sim *sim, const struct plx_context *context)
{
    uint64_t kept = 0;
    unsigned copied = 0;

    for (const struct plx_list *at = context->exchanges.next; at != &context->exchanges; at = at->next) {
        const struct plx_exchange *exchange = PLX_CONTAINER(at, struct plx_exchange, link);
        kept += exchange->terms.kept_bytes;
        copied += exchange->has_room;
    }
    SIM_MUST(sim, kept == context->kept_bytes, "%llu bytes are kept, and %llu are counted", (unsigned long long)kept,
             (unsigned long long)context->kept_bytes);
    SIM_MUST(sim, context->spare_count <= PLX_EXCHANGES_SPARE, "%u exchanges are spare", context->spare_count);
    return copied;
}

void
sim_look_within(struct sim *sim)
{
    const size_t work_max = 4u << 20; /* a copy's request goes out in one piece */
    unsigned copied = 0, counted = *sim->snapshot->services[0].copies;

    for (unsigned i = 0; i < sim->worker_count; i++) {
        look_at_connections(sim, &sim->workers[i]->context);
        copied += look_at_exchanges(sim, &sim->workers[i]->context);
    }
    SIM_MUST(sim, copied == counted && counted <= sim->limits.copies,
             "%u exchanges have copies, %u are counted, and there may be %u", copied, counted, sim->limits.copies);
    SIM_MUST(sim, sim->world.most.bytes <= work_max && sim->world.most.writes <= 64,
             "%zu bytes were sent in one turn by %u writes", sim->world.most.bytes, sim->world.most.writes);
}
