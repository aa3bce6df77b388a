/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the counts of a fold to the states of lib/stats. The hard thing is that a name's counts are the sum over
 * endpoints and are fed once a fold: names that a fold touches are gathered first.
 */
#include "evidence/count/evidence.h"

#include "base/assert.h"
#include "base/list.h"

#include <stdlib.h>

/* ---- making ---- */

struct plx_service_evidence *
plx_service_evidence_of(struct plx_service_counts *service)
{
    if (!service->evidence && (service->evidence = calloc(1, sizeof(*service->evidence))))
        plx_table_init(&service->evidence->names, PLX_EVIDENCE_NAMES_MAX);
    return service->evidence;
}

struct plx_field_evidence *
plx_field_evidence_of(struct plx_field_counts *field)
{
    if (!field->evidence)
        field->evidence = calloc(1, sizeof(*field->evidence));
    return field->evidence;
}

/* ---- one subject ---- */

/* onset may be NULL. */
static enum plx_incident_news
feed(struct plx_subject_evidence *subject, enum plx_level level, uint64_t *orders, const struct plx_fold *fold,
     const struct plx_evidence_options *options, struct plx_onset *onset)
{
    enum plx_incident_news news = plx_incidents_feed(&subject->incidents, fold, options->quiet);
    struct plx_block block;

    if (fold->both + fold->candidate_alone + fold->secondary_alone > 0)
        plx_lasting_begin(&subject->lasting, orders);
    if (!plx_bets_feed(&subject->wealth, &plx_blocks_of_differences, fold, &block))
        return news;
    if (onset)
        plx_onset_feed(onset, &block, fold->time_ms);
    plx_lasting_look(&subject->lasting, level, plx_bets_evidence(&subject->wealth), options->confidence, fold->time_ms);
    return news;
}

static enum plx_incident_news
settle(struct plx_subject_evidence *subject, enum plx_level level, uint64_t now_ms, uint64_t compared,
       const struct plx_evidence_options *options, struct plx_onset *onset)
{
    const struct plx_fold nothing = {.time_ms = now_ms, .compared = compared};
    enum plx_incident_news news = plx_incidents_feed(&subject->incidents, &nothing, options->quiet);
    struct plx_block block;

    if (!plx_bets_settle(&subject->wealth, &plx_blocks_of_differences, now_ms, compared, &block))
        return news;
    if (onset)
        plx_onset_feed(onset, &block, now_ms);
    plx_lasting_look(&subject->lasting, level, plx_bets_evidence(&subject->wealth), options->confidence, now_ms);
    return news;
}

/* An incident is over: `compared` exchanges were compared until then. */
static void
begin_bound_anew(struct plx_bound *bound, const struct plx_incidents *incidents, uint64_t compared)
{
    const struct plx_fold followed = plx_incidents_followed(incidents, compared);

    plx_bound_begin_anew(bound, incidents->last.ended_ms, &followed);
}

static struct plx_fold
fold_of(uint64_t time_ms, uint64_t compared, uint64_t exchanges, const struct plx_pairs *pairs)
{
    return (struct plx_fold){
        .time_ms = time_ms,
        .compared = compared,
        .exchanges = exchanges,
        .both = pairs->both,
        .candidate_alone = pairs->candidate_alone,
        .secondary_alone = pairs->secondary_alone,
    };
}

static void
place(struct plx_fold *fold, struct plx_stretch where)
{
    fold->first = where.first;
    fold->last = where.last < fold->exchanges ? where.last : fold->exchanges;
}

/* ---- folding ---- */

void
plx_evidence_fold_begin(struct plx_evidence_fold *fold, struct plx_service_counts *service, uint64_t time_ms,
                        const struct plx_service_counts *from, const struct plx_evidence_options *options)
{
    memset(fold, 0, sizeof(*fold));
    const struct plx_service_evidence *evidence = plx_service_evidence_of(service);

    fold->service = service;
    if (from) {
        fold->alone = from->alone;
        fold->failed = from->failed;
    }
    /* Tallies of several workers overtake one another. */
    fold->time_ms = evidence && evidence->newest_ms > time_ms ? evidence->newest_ms : time_ms;
    fold->options = *options;
    plx_list_init(&fold->names);
}

/* All that was compared: what had no secondary differs by excess alone. */
static void
feed_bound(struct plx_bound *bound, uint64_t time_ms, const struct plx_pair_counts *counts)
{
    struct plx_fold fold = fold_of(time_ms, bound->compared + counts->paired + counts->unpaired,
                                   counts->paired + counts->unpaired, &counts->any);

    fold.candidate_alone += counts->differing;
    if (fold.exchanges)
        plx_bound_feed(bound, &fold);
}

/* before: exchanges of the endpoint that were compared with both copies until now. */
static void
feed_endpoint(struct plx_endpoint_evidence *evidence, const struct plx_evidence_fold *fold, uint64_t before,
              const struct plx_pair_counts *counts)
{
    const struct plx_fold any = fold_of(fold->time_ms, before + counts->paired, counts->paired, &counts->any);

    if (counts->paired && plx_incidents_feed(&evidence->incidents, &any, fold->options.quiet) == PLX_INCIDENT_OVER)
        begin_bound_anew(&evidence->bound, &evidence->incidents, before);
    feed_bound(&evidence->bound, fold->time_ms, counts);
}

/* Of the tail only the numbers of both sides are known, not the pairs: what both exceed cancels out. */
static void
count_latency(struct plx_evidence_fold *fold, const struct plx_endpoint_counts *into,
              const struct plx_paired_durations *durations)
{
    const struct plx_histogram *before = into->latency[durations->beside_secondary ? PLX_SECONDARY : PLX_PRIMARY];
    double slower = durations->beside_secondary ? PLX_LATENCY_SLOWER : PLX_LATENCY_SLOWER_ALONE, tail;

    fold->latency.exchanges += durations->exchanges;
    fold->latency.counts[PLX_LATENCY_MEDIAN].slower += durations->slower;
    fold->latency.counts[PLX_LATENCY_MEDIAN].not_slower += durations->not_slower;
    if (!before || before->count < 100)
        return;
    tail = plx_histogram_quantile(before, 0.99);
    fold->latency.counts[PLX_LATENCY_TAIL].slower +=
        durations->candidate.count - plx_histogram_below(&durations->candidate, tail * (1 + slower));
    fold->latency.counts[PLX_LATENCY_TAIL].not_slower +=
        durations->other.count - plx_histogram_below(&durations->other, tail);
}

void
plx_evidence_fold_endpoint(struct plx_evidence_fold *fold, struct plx_endpoint_counts *into,
                           const struct plx_endpoint_counts *from)
{
    if (!into->evidence)
        into->evidence = calloc(1, sizeof(*into->evidence));
    if (into->evidence)
        feed_endpoint(into->evidence, fold, into == from ? 0 : into->pairs.paired, &from->pairs);
    plx_pair_counts_add(&fold->sum, &from->pairs);
    if (from->durations)
        count_latency(fold, into, from->durations);
    if (from->sightings && fold->service->evidence)
        plx_canary_fold_add(&fold->canary, &fold->service->evidence->canary, from->sightings,
                            into->latency[PLX_PRIMARY]);
}

uint64_t
plx_field_exchanges(const struct plx_field_counts *field, const struct plx_pair_counts *of_endpoint)
{
    return plx_slice_equal(field->name, plx_slice_of(PLX_ANSWER_FIELD)) ? of_endpoint->errors_paired
                                                                        : of_endpoint->paired;
}

static void
feed_values(struct plx_field_evidence *evidence, struct plx_service_evidence *service,
            const struct plx_evidence_fold *fold, const struct plx_field_values *values, uint64_t exchanges)
{
    const struct plx_coin_fold coin = {exchanges, values->pairs, values->pair_count, values->odd, values->odd_count};

    if (!evidence->coin)
        evidence->coin = calloc(1, sizeof(*evidence->coin));
    if (!evidence->coin)
        return;
    plx_coin_feed(evidence->coin, &coin);
    plx_lasting_begin(&evidence->values, &service->value_orders);
    plx_lasting_look(&evidence->values, PLX_LEVEL_VALUES, plx_coin_evidence(evidence->coin), fold->options.confidence,
                     fold->time_ms);
}

static void
add_to_name(struct plx_evidence_fold *fold, struct plx_service_evidence *service, const struct plx_field_counts *from)
{
    struct plx_name_evidence *name = plx_name_evidence_of(service, from->kind, from->name);

    if (!name)
        return;
    name->unsaved = true;
    name->open.both += from->pairs.both;
    name->open.candidate_alone += from->pairs.candidate_alone;
    name->open.secondary_alone += from->pairs.secondary_alone;
    plx_pairs_add(&name->pairs, &from->pairs);
    if (plx_list_empty(&name->touched))
        plx_list_push_back(&fold->names, &name->touched);
}

void
plx_evidence_fold_field(struct plx_evidence_fold *fold, struct plx_field_counts *into,
                        const struct plx_field_counts *from, const struct plx_pair_counts *of_endpoint)
{
    struct plx_service_evidence *service = fold->service->evidence;
    struct plx_field_evidence *evidence;

    if (from->pairs.both + from->pairs.candidate_alone + from->pairs.secondary_alone == 0 || !service ||
        !(evidence = plx_field_evidence_of(into)))
        return;
    struct plx_fold one = fold_of(fold->time_ms, plx_field_exchanges(into, &into->endpoint->pairs),
                                  plx_field_exchanges(into, of_endpoint), &from->pairs);
    place(&one, from->alone);
    feed(&evidence->counts, PLX_LEVEL_FIELD, &service->field_orders, &one, &fold->options, NULL);
    add_to_name(fold, service, from);
    if (from->values)
        feed_values(evidence, service, fold, from->values, of_endpoint->paired);
}

static void
end_names(struct plx_evidence_fold *fold, struct plx_service_evidence *service)
{
    while (!plx_list_empty(&fold->names)) {
        struct plx_name_evidence *name = PLX_CONTAINER(fold->names.next, struct plx_name_evidence, touched);

        plx_list_remove(&name->touched);
        name->open.time_ms = fold->time_ms;
        name->open.compared = service->paired;
        name->open.exchanges = fold->sum.paired;
        feed(&name->counts, PLX_LEVEL_NAME, &service->name_orders, &name->open, &fold->options, NULL);
        memset(&name->open, 0, sizeof(name->open));
    }
}

void
plx_evidence_fold_end(struct plx_evidence_fold *fold)
{
    struct plx_service_evidence *service = fold->service->evidence;
    const struct plx_pair_counts *sum = &fold->sum;

    if (!service)
        return;
    service->paired += sum->paired;
    service->unpaired += sum->unpaired;
    service->errors_paired += sum->errors_paired;
    plx_pairs_add(&service->any, &sum->any);
    plx_pairs_add(&service->errors, &sum->errors);
    service->newest_ms = fold->time_ms;
    end_names(fold, service);
    if (sum->paired) {
        struct plx_fold any = fold_of(fold->time_ms, service->paired, sum->paired, &sum->any);
        place(&any, fold->alone);
        if (feed(&service->all, PLX_LEVEL_SERVICE, &service->service_orders, &any, &fold->options, &service->onset) ==
            PLX_INCIDENT_OVER)
            begin_bound_anew(&service->bound, &service->all.incidents, service->paired - sum->paired);
    }
    feed_bound(&service->bound, fold->time_ms, sum);
    if (sum->errors_paired) {
        struct plx_fold errors = fold_of(fold->time_ms, service->errors_paired, sum->errors_paired, &sum->errors);
        place(&errors, fold->failed);
        if (feed(&service->failed, PLX_LEVEL_NAME, &service->name_orders, &errors, &fold->options, NULL) ==
            PLX_INCIDENT_OVER)
            begin_bound_anew(&service->failed_bound, &service->failed.incidents,
                             service->errors_paired - sum->errors_paired);
        plx_bound_feed(&service->failed_bound, &errors);
    }
    if (fold->latency.exchanges) {
        service->latency_exchanges += fold->latency.exchanges;
        fold->latency.time_ms = fold->time_ms;
        fold->latency.compared = service->latency_exchanges;
        plx_latency_feed(&service->latency, &fold->latency);
    }
    plx_canary_evidence_feed(&service->canary, &fold->canary, &service->name_orders, fold->options.confidence,
                             fold->time_ms);
}

static void
seed_endpoint(struct plx_evidence_fold *fold, struct plx_endpoint_counts *endpoint)
{
    const struct plx_exchange_counts *counts = &endpoint->exchanges;
    uint64_t compared = counts->match + counts->mismatch + counts->ignored;

    if (compared == 0)
        return;
    if (endpoint->latency[PLX_SECONDARY]) {
        endpoint->pairs.paired = compared;
        endpoint->pairs.any.candidate_alone = counts->mismatch;
    } else {
        endpoint->pairs.unpaired = compared;
        endpoint->pairs.differing = counts->mismatch;
    }
    plx_evidence_fold_endpoint(fold, endpoint, endpoint);
}

void
plx_service_evidence_seed(struct plx_service_counts *service, const struct plx_evidence_options *options)
{
    const struct plx_table_entry *entry;
    struct plx_evidence_fold fold;
    size_t at = 0;

    plx_evidence_fold_begin(&fold, service, 0, NULL, options);
    while ((entry = plx_table_next(&service->endpoints, &at)))
        seed_endpoint(&fold, entry->value);
    seed_endpoint(&fold, &service->other);
    plx_evidence_fold_end(&fold);
}

/* ---- looking ---- */

static void
settle_endpoint(const struct plx_endpoint_counts *endpoint, uint64_t now_ms, const struct plx_evidence_options *options)
{
    struct plx_endpoint_evidence *evidence = endpoint->evidence;
    const struct plx_fold nothing = {.time_ms = now_ms, .compared = endpoint->pairs.paired};
    const struct plx_table_entry *entry;
    size_t at = 0;

    if (evidence && plx_incidents_feed(&evidence->incidents, &nothing, options->quiet) == PLX_INCIDENT_OVER)
        begin_bound_anew(&evidence->bound, &evidence->incidents, endpoint->pairs.paired);
    while ((entry = plx_table_next(&endpoint->fields, &at))) {
        struct plx_field_counts *field = entry->value;
        if (field->evidence)
            settle(&field->evidence->counts, PLX_LEVEL_FIELD, now_ms, plx_field_exchanges(field, &endpoint->pairs),
                   options, NULL);
    }
    if (endpoint->other.evidence)
        settle(&endpoint->other.evidence->counts, PLX_LEVEL_FIELD, now_ms, endpoint->pairs.paired, options, NULL);
}

void
plx_service_evidence_settle(struct plx_service_counts *service, uint64_t now_ms,
                            const struct plx_evidence_options *options)
{
    struct plx_service_evidence *evidence = service->evidence;
    const struct plx_table_entry *entry;
    size_t at = 0;

    if (!evidence)
        return;
    if (settle(&evidence->all, PLX_LEVEL_SERVICE, now_ms, evidence->paired, options, &evidence->onset) ==
        PLX_INCIDENT_OVER)
        begin_bound_anew(&evidence->bound, &evidence->all.incidents, evidence->paired);
    if (settle(&evidence->failed, PLX_LEVEL_NAME, now_ms, evidence->errors_paired, options, NULL) == PLX_INCIDENT_OVER)
        begin_bound_anew(&evidence->failed_bound, &evidence->failed.incidents, evidence->errors_paired);
    while ((entry = plx_table_next(&evidence->names, &at)))
        settle(&((struct plx_name_evidence *)entry->value)->counts, PLX_LEVEL_NAME, now_ms, evidence->paired, options,
               NULL);
    for (at = 0; (entry = plx_table_next(&service->endpoints, &at));)
        settle_endpoint(entry->value, now_ms, options);
    settle_endpoint(&service->other, now_ms, options);
}
