/* SPDX-License-Identifier: Apache-2.0 */
/* How the counts of a fold get into the states of evidence_state.h, and what is done before a look at them. */
#ifndef PLX_COUNT_EVIDENCE_H
#define PLX_COUNT_EVIDENCE_H

#include "evidence/count/counts.h"
#include "evidence/count/evidence_state.h"

/* The exchanges in which a field could differ beside a secondary: for the pseudo-field "answer" those in which an
 * answer was missing are among them. */
uint64_t plx_field_exchanges(const struct plx_field_counts *field, const struct plx_pair_counts *of_endpoint);

/* What a finding is looked for with. */
struct plx_evidence_options {
    double confidence;
    uint64_t quiet; /* exchanges without a difference after which an incident is over */
};

/* NULL where there is no memory. */
struct plx_service_evidence *plx_service_evidence_of(struct plx_service_counts *service);
struct plx_field_evidence *plx_field_evidence_of(struct plx_field_counts *field);

/* A fold of the ledger: begin, then each endpoint of it with all its fields, then end. from: the tally's; NULL: counts
 * of which nothing is known but their sums. */
struct plx_evidence_fold {
    struct plx_evidence_options options;
    struct plx_service_counts *service; /* the ledger's */
    uint64_t time_ms;
    struct plx_stretch alone, failed;
    struct plx_pair_counts sum;
    struct plx_latency_fold latency;
    struct plx_canary_fold canary;
    struct plx_list names; /* that were touched */
};
void plx_evidence_fold_begin(struct plx_evidence_fold *fold, struct plx_service_counts *service, uint64_t time_ms,
                             const struct plx_service_counts *from, const struct plx_evidence_options *options);
/* Before its counts are merged into `into`; of those that an earlier version kept both are the same. */
void plx_evidence_fold_endpoint(struct plx_evidence_fold *fold, struct plx_endpoint_counts *into,
                                const struct plx_endpoint_counts *from);
void plx_evidence_fold_field(struct plx_evidence_fold *fold, struct plx_field_counts *into,
                             const struct plx_field_counts *from, const struct plx_pair_counts *of_endpoint);
void plx_evidence_fold_end(struct plx_evidence_fold *fold);

/*
 * Of counts that an earlier version kept without evidence: what they say by themselves, as one fold. What was compared
 * beside a secondary then counts as such.
 */
void plx_service_evidence_seed(struct plx_service_counts *service, const struct plx_evidence_options *options);

/* Before a look: blocks that are long enough by now are closed, incidents that are over end. */
void plx_service_evidence_settle(struct plx_service_counts *service, uint64_t now_ms,
                                 const struct plx_evidence_options *options);

#endif
