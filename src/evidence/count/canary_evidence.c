/* SPDX-License-Identifier: Apache-2.0 */
/* Sightings, the clients who were seen already, and what both sides come to. */
#include "evidence/count/canary_evidence.h"

#include <math.h>
#include <stdlib.h>

#define SLOTS           (2 * PLX_CANARY_CLIENTS_MAX) /* a power of two */
#define DURATIONS_LEAST 100u                         /* of the primary, before anything is slow */

/* Open addressing; 0 is an empty slot. */
struct plx_clients_seen {
    uint32_t count;
    uint64_t slots[SLOTS];
};

/* ---- sightings ---- */

/* The side that was drawn; where the primary had to answer in the candidate's place that was the candidate. */
static enum plx_role
side_of(const struct plx_exchange_outcome *outcome)
{
    return outcome->fallback != PLX_FALLBACK_NONE ? PLX_CANDIDATE : outcome->served;
}

/* A client that went away, and descriptors that ran short, are nobody's failure. Nor is what an ejected candidate was
 * not asked: of an outage of both sides it would be blamed for as long as its ejection goes on. */
static bool
shows_something(const struct plx_exchange_outcome *outcome)
{
    const struct plx_role_outcome *did = &outcome->roles[side_of(outcome)];

    return outcome->drawn && !outcome->copied && outcome->fallback != PLX_FALLBACK_SHED && did->asked &&
           (!did->failed || plx_subject_blames(outcome->subject.kind, did->reason));
}

void
plx_sightings_add(struct plx_sightings **sightings, const struct plx_exchange_outcome *outcome)
{
    const struct plx_role_outcome *did = &outcome->roles[side_of(outcome)];
    bool failed = did->failed || did->status >= 500;

    if (!shows_something(outcome) || (!*sightings && !(*sightings = calloc(1, sizeof(**sightings)))) ||
        (*sightings)->count == PLX_SIGHTINGS_MAX)
        return;
    (*sightings)->list[(*sightings)->count++] = (struct plx_sighting){
        outcome->client, failed ? 0 : (did->duration_ns ? did->duration_ns : 1), side_of(outcome) == PLX_CANDIDATE};
}

/* ---- clients ---- */

/* False: it was seen before, or there is no room. */
static bool
is_first(struct plx_canary_evidence *evidence, uint64_t client)
{
    struct plx_clients_seen *seen = evidence->seen;

    if (client == 0)
        return true;
    if (!seen && !(seen = evidence->seen = calloc(1, sizeof(*seen))))
        return false;
    for (uint64_t at = client % SLOTS;; at = (at + 1) % SLOTS) {
        if (seen->slots[at] == client)
            return false;
        if (seen->slots[at])
            continue;
        if (seen->count == PLX_CANARY_CLIENTS_MAX)
            return false;
        seen->slots[at] = client;
        seen->count++;
        return true;
    }
}

void
plx_canary_evidence_fini(struct plx_canary_evidence *evidence)
{
    free(evidence->seen);
    evidence->seen = NULL;
}

/* ---- shares ---- */

static void
count(struct plx_unpaired_fold *fold, bool candidate, bool bad)
{
    fold->candidate += candidate;
    fold->candidate_bad += candidate && bad;
    fold->primary += !candidate;
    fold->primary_bad += !candidate && bad;
}

static void
add(struct plx_unpaired_fold *into, const struct plx_unpaired_fold *from)
{
    into->candidate += from->candidate;
    into->candidate_bad += from->candidate_bad;
    into->primary += from->primary;
    into->primary_bad += from->primary_bad;
}

void
plx_canary_fold_add(struct plx_canary_fold *fold, struct plx_canary_evidence *evidence,
                    const struct plx_sightings *sightings, const struct plx_histogram *primary)
{
    static const double quantiles[PLX_LATENCY_QUESTIONS] = {[PLX_LATENCY_MEDIAN] = 0.5, [PLX_LATENCY_TAIL] = 0.99};
    double limits_s[PLX_LATENCY_QUESTIONS] = {0};

    for (int i = 0; i < PLX_LATENCY_QUESTIONS && primary && primary->count >= DURATIONS_LEAST; i++)
        limits_s[i] = plx_histogram_quantile(primary, quantiles[i]);
    for (uint32_t i = 0; i < sightings->count; i++) {
        const struct plx_sighting *one = &sightings->list[i];
        double allowed = one->candidate ? 1 + PLX_LATENCY_SLOWER_ALONE : 1;

        if (!is_first(evidence, one->client))
            continue;
        count(&fold->errors, one->candidate, one->duration_ns == 0);
        for (int k = 0; k < PLX_LATENCY_QUESTIONS && one->duration_ns && limits_s[k] > 0; k++)
            count(&fold->slow[k], one->candidate, (double)one->duration_ns / 1e9 > limits_s[k] * allowed);
    }
}

void
plx_canary_evidence_feed(struct plx_canary_evidence *evidence, const struct plx_canary_fold *fold, uint64_t *orders,
                         double confidence, uint64_t time_ms)
{
    add(&evidence->answers, &fold->errors);
    plx_unpaired_feed(&evidence->errors, &fold->errors, time_ms);
    for (int i = 0; i < PLX_LATENCY_QUESTIONS; i++)
        plx_unpaired_feed(&evidence->slow[i], &fold->slow[i], time_ms);
    if (evidence->answers.candidate_bad + evidence->answers.primary_bad == 0)
        return;
    plx_lasting_begin(&evidence->fails_more, orders);
    plx_lasting_look(&evidence->fails_more, PLX_LEVEL_NAME, plx_unpaired_evidence(&evidence->errors), confidence,
                     time_ms);
}

bool
plx_canary_is_slower(const struct plx_canary_evidence *evidence, enum plx_latency_question question, double confidence)
{
    return plx_unpaired_evidence(&evidence->slow[question]) >= log(PLX_LATENCY_QUESTIONS / (1 - confidence));
}

bool
plx_canary_evidence_is_valid(const struct plx_canary_evidence *evidence)
{
    bool valid = plx_unpaired_is_valid(&evidence->errors);

    for (int i = 0; i < PLX_LATENCY_QUESTIONS; i++)
        valid = valid && plx_unpaired_is_valid(&evidence->slow[i]);
    return valid && evidence->answers.candidate_bad <= evidence->answers.candidate &&
           evidence->answers.primary_bad <= evidence->answers.primary;
}
