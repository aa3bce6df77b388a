/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs of a spy. Clients come in pairs: the first one is the primary's, whose calls go on to the real dependency (the
 * role primary); the second one makes the same calls as the candidate, each at its own time, and is answered by a stub,
 * or observed as well. Now and then one side leaves a call out, or says something else.
 *
 *   equal calls are a match, whenever they come within the window and whatever they are known by
 *   one that was left out is missing or extra; what differs is told, or both are alone where nothing joins them
 *   each call is counted once; what its caller did not finish at most once
 *   a stub gives what the primary was told where that was known in time, else its own answer
 */
#include "sim.h"

#include "base/assert.h"
#include "evidence/ledger/ledger_state.h"

#include <stdlib.h>
#include <string.h>

#define NEAR_MS \
    2000u /* what delays, busy threads and clients that are in pieces may add to the time between two calls */

/* ---- the spy ---- */

bool
sim_is_stub(const struct sim *sim, unsigned id)
{
    return sim->spies && sim->spies->list[0].modes[sim_side_of(sim, id)] == PLX_SPY_STUB;
}

void
sim_spies_init(struct sim *sim, uint64_t *random)
{
    static const uint32_t windows_ms[] = {400, 5000, 60000};
    struct plx_template_error error;

    sim->spies = plx_spies_new(1);
    PLX_ASSERT(sim->spies);
    struct plx_spy *spy = &sim->spies->list[0];
    for (int side = 0; side < PLX_SPY_SIDES; side++)
        sim->ports[side] = (struct plx_spy_port){0, (enum plx_role)side};
    spy->modes[PLX_CANDIDATE] = world_chance(random, 80) ? PLX_SPY_STUB : PLX_SPY_OBSERVE;
    spy->answer = plx_spy_answer_new(world_chance(random, 70));
    PLX_ASSERT(spy->answer);
    spy->answer->status = SIM_STUB_STATUS;
    PLX_ASSERT(plx_template_new(plx_slice_of("{{method}} {{counter}} {{body}}"), &error, &spy->answer->body) == PLX_OK);
    spy->gives_primary = spy->answer->from_primary;
    spy->window_ms = windows_ms[world_below(random, PLX_COUNT(windows_ms))];
    spy->settle_ms = 1 + (uint32_t)world_below(random, 400);
    spy->late_ms = UINT32_MAX;
    spy->wait_ms = 1 + (uint32_t)world_below(random, 3000);
}

/* ---- calls ---- */

enum made { NOT_MADE, MAY_BE_MADE, MADE };

static enum made
made(const struct sim *sim, unsigned id)
{
    if (id >= sim->exchanges || !sim->fates[id].asked_us)
        return NOT_MADE;
    const struct sim_fate *fate = &sim->fates[id];
    const struct sim_part *part = &fate->roles[PLX_PRIMARY];
    bool sure = fate->whole_us && fate->answered && !fate->left && !part->early && !part->troubled;
    return sure && !sim_has(sim, SIM_DRAINS) && !sim_has(sim, SIM_MEMORY) ? MADE : MAY_BE_MADE;
}

/* When it was made: one that was sent ahead is taken when those before it are answered. */
static uint64_t
made_us(const struct sim_fate *fate)
{
    return fate->whole_us > fate->turn_us ? fate->whole_us : fate->turn_us;
}

static bool
are_near(const struct sim *sim, const struct sim_fate *a, const struct sim_fate *b)
{
    uint64_t first = made_us(a), second = made_us(b), apart = first > second ? first - second : second - first;

    return apart / 1000 + NEAR_MS < sim->spies->list[0].window_ms;
}

/* ---- sums ---- */

/* At least so many and so many more are possible. */
struct range {
    uint64_t sure, more;
};

struct sums {
    struct range match, different, missing, extra, late, alone; /* alone: incomparable or uncopied, by itself */
    struct range calls;
    uint64_t pairs;
};

static void
add_sure(const struct sim_script *candidate, struct sums *sums)
{
    if (!candidate->other) {
        sums->match.sure++;
    } else if (candidate->by == SIM_BY_CONTENT) {
        sums->missing.sure++;
        sums->extra.sure++;
    } else {
        sums->different.sure++;
    }
}

static void
add_possible(const struct sim_script *candidate, enum made primary_made, enum made candidate_made, struct sums *sums)
{
    bool both = primary_made && candidate_made, joined = !candidate->other || candidate->by != SIM_BY_CONTENT;

    sums->match.more += both && !candidate->other;
    sums->different.more += both && candidate->other && joined;
    sums->late.more += both && joined;
    sums->missing.more += primary_made != NOT_MADE;
    sums->extra.more += candidate_made != NOT_MADE;
    sums->alone.more += (primary_made == MAY_BE_MADE) + (candidate_made == MAY_BE_MADE);
}

static void
add_pair(const struct sim *sim, unsigned id, struct sums *sums)
{
    unsigned other = id + sim->plan.requests;
    enum made primary_made = made(sim, id), candidate_made = made(sim, other);
    const struct sim_script candidate = sim_script_of(sim, other);

    sums->pairs++;
    sums->calls.sure += (primary_made == MADE) + (candidate_made == MADE);
    sums->calls.more += (primary_made == MAY_BE_MADE) + (candidate_made == MAY_BE_MADE);
    if (primary_made == MADE && candidate_made == NOT_MADE)
        sums->missing.sure++;
    else if (candidate_made == MADE && primary_made == NOT_MADE)
        sums->extra.sure++;
    else if (primary_made == MADE && candidate_made == MADE && are_near(sim, &sim->fates[id], &sim->fates[other]))
        add_sure(&candidate, sums);
    else
        add_possible(&candidate, primary_made, candidate_made, sums);
}

static void
must_be(const struct sim *sim, const char *what, uint64_t is, const struct range *range)
{
    SIM_MUST(sim, is >= range->sure && is <= range->sure + range->more, "%llu calls are %s, and %llu to %llu were",
             (unsigned long long)is, what, (unsigned long long)range->sure,
             (unsigned long long)(range->sure + range->more));
}

static void
look_at_sums(const struct sim *sim)
{
    const struct plx_subject subject = plx_subject_named(PLX_SUBJECT_SPY, plx_slice_of("sim"));
    const struct plx_ledger_results is = plx_ledger_results(sim->ledger, &subject);
    const struct plx_ledger_counts *counts = &is.counts;
    struct sums sums = {0};

    for (unsigned id = 0; id < sim->exchanges; id++)
        if (sim_side_of(sim, id) == PLX_PRIMARY)
            add_pair(sim, id, &sums);
    bool unjudged = sim_has(sim, SIM_LARGE) || sim_has(sim, SIM_MEMORY) || sim_has(sim, SIM_DRAINS);
    if (unjudged) { /* some of each may be too long, or not be compared any more */
        struct range *const all[] = {&sums.match, &sums.different, &sums.missing, &sums.extra};
        for (size_t i = 0; i < PLX_COUNT(all); i++) {
            all[i]->more += all[i]->sure;
            all[i]->sure = 0;
        }
        sums.alone.more += 2 * sums.pairs;
    }
    must_be(sim, "a match", counts->match, &sums.match);
    must_be(sim, "different", is.results[PLX_SPIED_DIFFERENT], &sums.different);
    must_be(sim, "missing", is.results[PLX_SPIED_MISSING], &sums.missing);
    must_be(sim, "extra", is.results[PLX_SPIED_EXTRA], &sums.extra);
    must_be(sim, "late", is.results[PLX_SPIED_LATE], &sums.late);
    must_be(sim, "duplicated", is.results[PLX_SPIED_DUPLICATED], &(struct range){0, 0});
    must_be(sim, "incomparable or uncopied", counts->incomparable + counts->uncopied, &sums.alone);
    /* A late one's first call was counted when it was given up. */
    uint64_t counted = 2 * (counts->match + is.results[PLX_SPIED_DIFFERENT]) + is.results[PLX_SPIED_LATE] +
                       is.results[PLX_SPIED_MISSING] + is.results[PLX_SPIED_EXTRA] + counts->incomparable +
                       counts->uncopied;
    if (sim_has(sim, SIM_MEMORY) || sim_has(sim, SIM_LARGE))
        sums.calls = (struct range){0, sums.calls.sure + sums.calls.more};
    must_be(sim, "counted", counted, &sums.calls);
}

/* ---- stubs ---- */

/* Whether what the primary was told was known before the stub had to answer. */
static bool
could_give(const struct sim *sim, unsigned id)
{
    const struct plx_spy *spy = &sim->spies->list[0];
    unsigned first = sim_first_of(sim, id);
    const struct sim_fate *fate = &sim->fates[id], *primary = &sim->fates[first];
    const struct sim_script script = sim_script_of(sim, id);

    if (!spy->answer->from_primary || sim_has(sim, SIM_LARGE) || script.other || script.status == 304)
        return false;
    return made(sim, first) == MADE && made(sim, id) == MADE && !primary->own && are_near(sim, primary, fate) &&
           primary->ended_us + NEAR_MS * UINT64_C(1000) < made_us(fate) + spy->wait_ms * UINT64_C(1000);
}

static void
look_at_stub(const struct sim *sim, unsigned id)
{
    const struct sim_fate *fate = &sim->fates[id];

    if (fate->stubbed)
        SIM_MUST(sim, sim->spies->list[0].answer->from_primary, "exchange %u: its stub was to answer by itself", id);
    if (!fate->answered || fate->stubbed)
        return;
    SIM_MUST(sim,
             fate->status == SIM_STUB_STATUS || (fate->status == 408 && fate->left) ||
                 (fate->status == 503 && sim_has(sim, SIM_MEMORY)),
             "exchange %u: its stub has answered %d", id, fate->status);
    SIM_MUST(sim, !could_give(sim, id), "exchange %u: its stub had what the primary was told, and did not give it", id);
}

/* Nobody is called twice who could not be asked again. */
static void
look_at_real(const struct sim *sim, unsigned id)
{
    const struct sim_part *part = &sim->fates[id].roles[PLX_PRIMARY];
    const struct sim_script script = sim_script_of(sim, id);
    bool repeats = script.idempotent && script.body_len == 0 && !script.chunked;

    SIM_MUST(sim, part->asked <= 1 || repeats, "exchange %u: the real dependency is called %u times", id, part->asked);
    SIM_MUST(sim, made(sim, id) != MADE || sim->fates[id].own || part->asked, "exchange %u: nobody was called", id);
}

void
sim_look_at_spies(const struct sim *sim)
{
    const struct plx_spy_gauges *gauges = sim->spies->list[0].gauges;

    for (unsigned id = 0; id < sim->exchanges; id++) {
        if (sim_is_stub(sim, id))
            look_at_stub(sim, id);
        else
            look_at_real(sim, id);
    }
    look_at_sums(sim);
    SIM_MUST(sim, gauges->waiting == 0 && gauges->stubs == 0 && gauges->kept_bytes == 0,
             "%u calls, %u stubs and %llu bytes wait for ever", gauges->waiting, gauges->stubs,
             (unsigned long long)gauges->kept_bytes);
}
