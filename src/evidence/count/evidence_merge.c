/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hard thing is what may be added. Bets are capitals; a product of capitals is one only where the bets came one
 * after the other, and an incident hits many endpoints at once. Their mean is one however they hang together, and stays
 * valid at any look. Bounds are functions of counts, which add up. What is open (blocks, incidents that are not told)
 * lies at positions of its own endpoint and is dropped; a finding that was made stays.
 */
#include "evidence/count/evidence_merge.h"

#include "evidence/count/evidence.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static uint64_t
smaller(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t
larger(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* Of two where 0 is "none". */
static uint64_t
first(uint64_t a, uint64_t b)
{
    return a && b ? smaller(a, b) : a + b;
}

/* ---- bets ---- */

/* ln of the mean of two capitals that stand for so many. */
static double
mean(double a, double of_a, double b, double of_b)
{
    double most = a > b ? a : b;

    return most + log((of_a * exp(a - most) + of_b * exp(b - most)) / (of_a + of_b));
}

static void
merge_wealth(struct plx_wealth *into, const struct plx_wealth *from, double of_into, double of_from)
{
    for (int k = 0; k < PLX_WEALTH_BETS; k++)
        into->log[k] = mean(into->log[k], of_into, from->log[k], of_from);
    into->candidate_alone = into->secondary_alone = 0;
    into->began_ms = into->began = into->ended = 0;
    into->direction = 0; /* so that the next block is nobody's neighbour */
    into->ahead += from->ahead;
    into->behind += from->behind;
    into->same += from->same;
    into->other += from->other;
    into->doublings = from->doublings > into->doublings ? from->doublings : into->doublings;
}

/* A finding that was made stays, with its place in the order of the level. */
static void
merge_lasting(struct plx_lasting *into, const struct plx_lasting *from)
{
    into->order = first(into->order, from->order);
    into->found_ms = first(into->found_ms, from->found_ms);
}

/* ---- incidents ---- */

static void
forget_open(struct plx_incidents *in)
{
    memset(in->sum, 0, sizeof(in->sum));
    in->peak = 0;
    memset(&in->now, 0, sizeof(in->now));
    in->candidate_since = in->secondary_since = 0;
    in->told = false;
}

/* compared: of the endpoint as it is now; an incident that is told is over when enough have followed on that. */
static void
merge_told(struct plx_incidents *into, const struct plx_incidents *from, uint64_t compared)
{
    if (!into->told)
        forget_open(into);
    if (from->told) {
        for (int k = 0; k < PLX_INCIDENT_STAKES; k++)
            into->sum[k] = fmax(into->sum[k], from->sum[k]);
        into->peak = fmax(into->peak, from->peak);
        into->now.began_ms = first(into->now.began_ms, from->now.began_ms);
        into->now.ended_ms = larger(into->now.ended_ms, from->now.ended_ms);
        into->now.candidate_alone += from->now.candidate_alone;
        into->now.secondary_alone += from->now.secondary_alone;
        into->candidate_since += from->candidate_since;
        into->secondary_since += from->secondary_since;
        into->told = true;
    }
    if (into->told) {
        uint64_t length = larger(into->now.ended - into->now.began, from->now.ended - from->now.began);

        into->now.ended = compared;
        into->now.began = compared > length ? compared - length : 0;
    }
}

static void
merge_incidents(struct plx_incidents *into, const struct plx_incidents *from, uint64_t compared)
{
    merge_told(into, from, compared);
    if (from->last.ended_ms > into->last.ended_ms)
        into->last = from->last;
    into->over += from->over;
    into->over_candidate_alone += from->over_candidate_alone;
}

/* ---- fields ---- */

void
plx_field_evidence_merge(struct plx_field_counts *into, const struct plx_field_counts *from)
{
    const struct plx_field_evidence *other = from->evidence;
    struct plx_field_evidence *own = into->evidence;

    if (!other)
        return;
    double of_other = other->merged ? (double)other->merged : 1;
    double of_own = !own ? 0 : own->merged ? (double)own->merged : 1;
    if (!own && !(own = into->evidence = calloc(1, sizeof(*own))))
        return;
    merge_wealth(&own->counts.wealth, &other->counts.wealth, of_own, of_other);
    merge_incidents(&own->counts.incidents, &other->counts.incidents,
                    plx_field_exchanges(into, &into->endpoint->pairs));
    merge_lasting(&own->counts.lasting, &other->counts.lasting);
    merge_lasting(&own->values, &other->values);
    free(own->coin); /* its classes' prior was set by the values of one endpoint */
    own->coin = NULL;
    own->merged = (uint64_t)(of_own + of_other);
}

/* ---- bounds ---- */

static void
merge_scale(struct plx_bound_scale *into, const struct plx_bound_scale *from)
{
    into->exchanges += from->exchanges;
    into->lead += from->lead;
    into->jumps += from->jumps;
    into->jumped += from->jumped;
    if (from->last_exchanges > into->last_exchanges) {
        into->last_exchanges = from->last_exchanges;
        into->last_lead = from->last_lead;
    }
}

static void
merge_bound(struct plx_bound *own, const struct plx_bound *other)
{
    own->compared += other->compared;
    own->candidate_alone += other->candidate_alone;
    own->secondary_alone += other->secondary_alone;
    own->secondary_open += other->secondary_open;
    for (int i = 0; i < PLX_BOUND_SCALES; i++)
        merge_scale(&own->scales[i], &other->scales[i]);
    own->least = 0; /* what was refuted of one was not of all of them */
    if (other->since_ms > own->since_ms)
        own->since_ms = other->since_ms;
}

void
plx_endpoint_evidence_merge(struct plx_endpoint_counts *into, const struct plx_endpoint_counts *from)
{
    if (!from->evidence || (!into->evidence && !(into->evidence = calloc(1, sizeof(*into->evidence)))))
        return;
    merge_bound(&into->evidence->bound, &from->evidence->bound);
    merge_incidents(&into->evidence->incidents, &from->evidence->incidents, into->pairs.paired);
}

/* ---- services ---- */

static void
merge_pairs(struct plx_pairs *into, const struct plx_pairs *from)
{
    into->both += from->both;
    into->candidate_alone += from->candidate_alone;
    into->secondary_alone += from->secondary_alone;
}

static void
merge_subject(struct plx_subject_evidence *into, const struct plx_subject_evidence *from, uint64_t compared)
{
    merge_wealth(&into->wealth, &from->wealth, 1, 1);
    merge_incidents(&into->incidents, &from->incidents, compared);
    merge_lasting(&into->lasting, &from->lasting);
}

static void
merge_names(struct plx_service_evidence *into, const struct plx_service_evidence *from)
{
    const struct plx_table_entry *entry;
    size_t at = 0;

    while ((entry = plx_table_next(&from->names, &at))) {
        const struct plx_name_evidence *other = entry->value;
        const bool known = plx_name_evidence_find(into, other->kind, other->name) != NULL;
        struct plx_name_evidence *own = plx_name_evidence_of(into, other->kind, other->name);

        if (!own)
            continue;
        if (known)
            merge_subject(&own->counts, &other->counts, into->paired + into->unpaired);
        else
            own->counts = other->counts;
        merge_pairs(&own->pairs, &other->pairs);
    }
}

/* Bets on shares of both sides go on from where more of them were made; who was seen stays this process's. */
static void
merge_canary(struct plx_canary_evidence *into, const struct plx_canary_evidence *from)
{
    if (from->answers.candidate + from->answers.primary > into->answers.candidate + into->answers.primary) {
        into->errors = from->errors;
        memcpy(into->slow, from->slow, sizeof(into->slow));
    }
    into->answers.candidate += from->answers.candidate;
    into->answers.candidate_bad += from->answers.candidate_bad;
    into->answers.primary += from->answers.primary;
    into->answers.primary_bad += from->answers.primary_bad;
    merge_lasting(&into->fails_more, &from->fails_more);
}

void
plx_service_evidence_merge(struct plx_service_counts *into, const struct plx_service_counts *from)
{
    const struct plx_service_evidence *other = from->evidence;
    struct plx_service_evidence *own = other ? plx_service_evidence_of(into) : NULL;

    if (!own)
        return;
    if (other->latency_exchanges > own->latency_exchanges) /* bets on pairs of folds, which do not add up */
        own->latency = other->latency;
    if (other->paired + other->unpaired > own->paired + own->unpaired)
        own->onset = other->onset; /* likewise */
    own->paired += other->paired;
    own->unpaired += other->unpaired;
    own->errors_paired += other->errors_paired;
    own->latency_exchanges += other->latency_exchanges;
    merge_pairs(&own->any, &other->any);
    merge_pairs(&own->errors, &other->errors);
    merge_subject(&own->all, &other->all, own->paired + own->unpaired);
    merge_subject(&own->failed, &other->failed, own->errors_paired);
    merge_bound(&own->bound, &other->bound);
    merge_bound(&own->failed_bound, &other->failed_bound);
    merge_canary(&own->canary, &other->canary);
    own->name_orders = larger(own->name_orders, other->name_orders);
    own->field_orders = larger(own->field_orders, other->field_orders);
    own->value_orders = larger(own->value_orders, other->value_orders);
    own->service_orders = larger(own->service_orders, other->service_orders);
    own->newest_ms = larger(own->newest_ms, other->newest_ms);
    merge_names(own, other);
}
