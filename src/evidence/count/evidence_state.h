/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What lib/stats makes of the counts, in states that live as long as an epoch: of a service, of each name of a field
 * over all endpoints, of each field of an endpoint.
 *
 *   a tally's counts (a fold) --> field:    bets, incidents, values
 *                            `--> its name: bets, incidents
 *                            `--> service:  bets, bound, onset, incidents; errors likewise; latency
 *
 * Only the ledger has these; a tally has counts alone. Folds come in the order of time, one thread at a time, and the
 * time is handed in. Where there is no memory for a state its subject goes without, and its counts are still right.
 */
#ifndef PLX_COUNT_EVIDENCE_STATE_H
#define PLX_COUNT_EVIDENCE_STATE_H

#include "base/list.h"
#include "base/table.h"
#include "evidence/count/canary_evidence.h"
#include "stats/bound.h"
#include "stats/coin.h"
#include "stats/incident.h"
#include "stats/latency.h"
#include "stats/levels.h"
#include "stats/onset.h"
#include "stats/pairs.h"

#include <parallax/compare.h>

#define PLX_EVIDENCE_NAMES_MAX 1000u /* names of fields of one service that are judged over all endpoints */

/* Bets, and when they had won enough. */
struct plx_subject_evidence {
    struct plx_wealth wealth;
    struct plx_incidents incidents;
    struct plx_lasting lasting;
};

struct plx_field_evidence {
    struct plx_subject_evidence counts;
    struct plx_lasting values;
    uint64_t merged;       /* endpoints whose evidence it is the mean of, one by one; 0: its own */
    struct plx_coin *coin; /* NULL: the field is not noisy */
};

/* The bound is of all exchanges that were compared since the last incident that is over, as the service's is; without a
 * secondary all that differs is excess. */
struct plx_endpoint_evidence {
    struct plx_bound bound;
    struct plx_incidents incidents;
};

struct plx_name_evidence {
    enum plx_kind kind;
    struct plx_slice name;
    struct plx_subject_evidence counts;
    struct plx_pairs pairs; /* of all folds so far */
    struct plx_fold open;   /* of the fold under way */
    struct plx_list touched;
    bool unsaved; /* the store lacks a change of it */
};

struct plx_service_evidence {
    uint64_t paired;   /* exchanges compared with both copies, so far */
    uint64_t unpaired; /* with the candidate alone */
    struct plx_pairs any, errors;
    uint64_t errors_paired;
    struct plx_subject_evidence all; /* exchanges that differ in anything */
    struct plx_onset onset;
    struct plx_bound bound;
    struct plx_subject_evidence failed; /* copies that answered 5xx, or not at all */
    struct plx_bound failed_bound;
    struct plx_latency latency;
    uint64_t latency_exchanges;
    uint64_t name_orders, field_orders, value_orders, service_orders;
    uint64_t newest_ms;     /* of the last fold, since the epoch */
    struct plx_table names; /* kind and name -> struct plx_name_evidence */
    struct plx_canary_evidence canary;
};

void plx_field_evidence_free(struct plx_field_evidence *evidence);     /* NULL is fine */
void plx_service_evidence_free(struct plx_service_evidence *evidence); /* NULL is fine */
/* NULL: there is none. */
const struct plx_name_evidence *plx_name_evidence_find(const struct plx_service_evidence *evidence, enum plx_kind kind,
                                                       struct plx_slice name);
/* All of it is in the store. */
void plx_service_evidence_set_unsaved(struct plx_service_evidence *evidence, bool unsaved);
/* Found, or added; NULL where there is no room or no memory. */
struct plx_name_evidence *plx_name_evidence_of(struct plx_service_evidence *evidence, enum plx_kind kind,
                                               struct plx_slice name);

/* ---- values, in a tally ---- */

#define PLX_VALUE_PAIRS_MAX 24u /* told apart between two hand-overs; what is more is left out */

struct plx_field_values {
    struct plx_coin_pair pairs[PLX_VALUE_PAIRS_MAX];
    struct plx_coin_odd odd[PLX_VALUE_PAIRS_MAX];
    uint32_t pair_count, odd_count;
};

/* One exchange in which candidate or secondary differ, of these classes; 0: that one does not differ. */
void plx_field_values_note(struct plx_field_values *values, uint32_t candidate, uint32_t secondary);

#endif
