/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What must hold of rechecks: each mismatch that is safe to ask again comes to one result, which is what the roles were
 * to answer the second time; it is asked once, of both roles alike, not before its time, and in no second are more
 * asked than there may be.
 */
#include "sim.h"

#include "base/assert.h"
#include "evidence/count/causes.h"
#include "evidence/count/exchange_id.h"
#include "evidence/ledger/ledger_state.h"
#include "reading.h"

#include <stdlib.h>
#include <string.h>

/* ---- when it is asked ---- */

static bool
is_id(struct plx_slice text, const char *id)
{
    return plx_slice_equal(text, plx_slice_of(id));
}

void
sim_look_at_recheck(struct sim *sim, unsigned id, enum plx_role role, struct plx_slice head)
{
    struct sim_fate *fate = &sim->fates[id];
    const struct sim_script script = sim_script_of(sim, id);
    struct plx_slice of = sim_header(head, "parallax-recheck"), own = sim_header(head, "parallax-exchange");

    SIM_MUST(sim, sim_has(sim, SIM_RECHECKS), "exchange %u is asked again, and nobody wants it", id);
    SIM_MUST(sim, role != PLX_SECONDARY, "exchange %u: the secondary is asked again", id);
    SIM_MUST(sim, is_id(sim_header(head, "parallax-role"), role == PLX_PRIMARY ? "primary" : "candidate"),
             "exchange %u: role %d is asked again as another one: %.*s", id, (int)role, (int)head.len, head.ptr);
    SIM_MUST(sim, is_id(of, fate->id), "exchange %u (%s) is asked again as %.*s", id, fate->id, (int)of.len, of.ptr);
    SIM_MUST(sim, script.safe, "exchange %u: a %s is asked again", id, script.method);
    SIM_MUST(sim, script.difference != SIM_SAME, "exchange %u is asked again, and it was equal", id);
    SIM_MUST(sim, own.len == PLX_EXCHANGE_ID_BYTES, "exchange %u is asked again without an id", id);
    if (fate->again_id[0])
        SIM_MUST(sim, is_id(own, fate->again_id), "exchange %u is asked again twice, as %s and %.*s", id,
                 fate->again_id, (int)own.len, own.ptr);
    sim_copy_id(fate->again_id, own);
    SIM_MUST(sim, !is_id(own, fate->id), "exchange %u is asked again under the id that it had", id);
    uint64_t began_us = (plx_exchange_id_time(fate->again_id) - sim->world.epoch_ms) * 1000;
    for (int i = 0; i < PLX_SECONDARY; i++) /* a role that breaks off says nothing whole: then it is no mismatch */
        SIM_MUST(sim, began_us + 1000 > fate->roles[i].said_us + 1000 * (uint64_t)sim->after_min_ms,
                 "exchange %u is asked again at %llu, and role %d has answered at %llu", id,
                 (unsigned long long)began_us, i, (unsigned long long)fate->roles[i].said_us);
}

static int
by_number(const void *a, const void *b)
{
    uint64_t first = *(const uint64_t *)a, second = *(const uint64_t *)b;

    return first < second ? -1 : first > second;
}

/* An id says when it began. */
static void
look_at_rate(const struct sim *sim)
{
    uint64_t *began_ms = calloc(sim->exchanges, sizeof(*began_ms));
    unsigned count = 0, most = sim->recheck.per_second;

    PLX_ASSERT(began_ms);
    for (unsigned id = 0; id < sim->exchanges; id++)
        if (sim->fates[id].again_id[0])
            began_ms[count++] = plx_exchange_id_time(sim->fates[id].again_id);
    qsort(began_ms, count, sizeof(*began_ms), by_number);
    for (unsigned i = most; i < count; i++)
        SIM_MUST(sim, began_ms[i] - began_ms[i - most] >= 1000, "more than %u rechecks are asked within %llu ms", most,
                 (unsigned long long)(began_ms[i] - began_ms[i - most]));
    free(began_ms);
}

/* ---- what came of it ---- */

struct sums {
    uint64_t offered, asked;
    uint64_t by[PLX_RECHECK_RESULTS];  /* that are sure */
    uint64_t may[PLX_RECHECK_RESULTS]; /* that could be told beyond those */
};

static const enum plx_recheck_result scripted[SIM_LATER_COUNT] = {
    [SIM_STAYS] = PLX_RECHECK_PERSISTENT, [SIM_GOES] = PLX_RECHECK_RACE, [SIM_CHANGES] = PLX_RECHECK_FLAKY};

/* Whether nothing could keep it from being told as it was scripted. */
static bool
is_sure(const struct sim *sim, const struct sim_fate *fate)
{
    const enum sim_feature against[] = {SIM_LARGE, SIM_DRAINS, SIM_MEMORY, SIM_STALLING, SIM_BREAKING};

    for (size_t i = 0; i < PLX_COUNT(against); i++)
        if (sim_has(sim, against[i]))
            return false;
    for (int role = 0; role < PLX_SECONDARY; role++)
        if (!fate->roles[role].whole || fate->roles[role].troubled || !fate->again[role].whole ||
            fate->again[role].troubled)
            return false;
    return true;
}

static void
add(const struct sim *sim, unsigned id, struct sums *sums)
{
    const struct sim_fate *fate = &sim->fates[id];
    const struct sim_script script = sim_script_of(sim, id);

    if (!fate->mismatch || !script.safe)
        return;
    sums->offered++;
    bool asked = fate->again[PLX_PRIMARY].asked || fate->again[PLX_CANDIDATE].asked;
    sums->asked += asked;
    if (asked && is_sure(sim, fate)) {
        sums->by[scripted[script.later]]++;
        return;
    }
    if (fate->again[PLX_PRIMARY].asked && fate->again[PLX_CANDIDATE].asked) {
        sums->may[scripted[script.later]]++;
        sums->may[PLX_RECHECK_FLAKY]++; /* of an answer that broke off before it was seen less */
    }
    sums->may[PLX_RECHECK_INCOMPARABLE]++;
    if (!asked || sim_has(sim, SIM_DRAINS))
        sums->may[PLX_RECHECK_DROPPED]++;
    if (!asked)
        sums->may[PLX_RECHECK_OVER_BUDGET]++;
}

/* Whether anything gave rechecks up before they were asked. */
static bool
may_be_dropped(const struct sim *sim)
{
    return sim_has(sim, SIM_CROWD) || sim_has(sim, SIM_SHARES) || sim_has(sim, SIM_RELOADS) ||
           sim_has(sim, SIM_STAGES) || sim_has(sim, SIM_DRAINS);
}

void
sim_look_at_rechecks(const struct sim *sim)
{
    const struct plx_service_counts *service =
        plx_counts_find_service(&sim->ledger->counts, PLX_SUBJECT_SERVICE, plx_slice_of("sim"));
    struct plx_recheck_counts counts = {0};
    struct sums sums = {0};
    uint64_t total = 0;

    look_at_rate(sim);
    if (!sim_has(sim, SIM_RECHECKS) || sim_has(sim, SIM_MEMORY))
        return;
    if (service)
        counts = plx_causes_rechecks(service);
    for (unsigned id = 0; id < sim->exchanges; id++)
        add(sim, id, &sums);
    for (int i = 0; i < PLX_RECHECK_RESULTS; i++) {
        total += counts.by[i];
        SIM_MUST(sim, counts.by[i] >= sums.by[i] && counts.by[i] <= sums.by[i] + sums.may[i],
                 "%llu of the rechecks are %s, and %llu to %llu were", (unsigned long long)counts.by[i],
                 plx_recheck_text((enum plx_recheck_result)i), (unsigned long long)sums.by[i],
                 (unsigned long long)(sums.by[i] + sums.may[i]));
    }
    SIM_MUST(sim, total == sums.offered, "%llu mismatches could be asked again, and %llu came to something",
             (unsigned long long)sums.offered, (unsigned long long)total);
    SIM_MUST(sim, counts.by[PLX_RECHECK_DROPPED] == 0 || may_be_dropped(sim), "%llu rechecks are dropped for nothing",
             (unsigned long long)counts.by[PLX_RECHECK_DROPPED]);
    SIM_MUST(sim, counts.by[PLX_RECHECK_OVER_BUDGET] == 0 || sums.offered > 1, "a single mismatch is over the budget");
}
