/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A canary's answers that were compared with nothing, as those to POST. Who serves a request was drawn, so both sides
 * get the same requests of the same kind of clients, and how often each fails and how long it takes can be held against
 * one another, unpaired (stats/latency.h).
 *
 *   worker: sightings of an endpoint --> ledger: the first one of each client --> two shares: failed, slow
 *
 * Where clients were drawn, and not requests, one who fails whatever he is served by would be many failures of his
 * side: so of each client only the first answer counts.
 */
#ifndef PLX_COUNT_CANARY_EVIDENCE_H
#define PLX_COUNT_CANARY_EVIDENCE_H

#include "base/histogram.h"
#include "evidence/count/exchange_outcome.h"
#include "stats/latency.h"
#include "stats/levels.h"

/* What finds no room is left out whoever served it. */
#define PLX_SIGHTINGS_MAX      256u   /* of an endpoint between two hand-overs of a worker */
#define PLX_CANARY_CLIENTS_MAX 32768u /* clients of an epoch, since the start of the process */

struct plx_sighting {
    uint64_t client;      /* a hash of what it was drawn by; 0: the request was */
    uint64_t duration_ns; /* of its answer; 0: it failed */
    bool candidate;       /* else the primary's */
};

struct plx_sightings {
    uint32_t count;
    struct plx_sighting list[PLX_SIGHTINGS_MAX];
};

/* Makes *sightings (NULL: none yet) where there is memory, and adds what the exchange shows, if it shows something. */
void plx_sightings_add(struct plx_sightings **sightings, const struct plx_exchange_outcome *outcome);

struct plx_clients_seen;

/* Of a service and its epoch. Numbers only, but for `seen`; all zero is the beginning. */
struct plx_canary_evidence {
    struct plx_unpaired_fold answers; /* that were counted; bad: 5xx, or none */
    struct plx_unpaired errors, slow[PLX_LATENCY_QUESTIONS];
    struct plx_lasting fails_more;
    struct plx_clients_seen *seen; /* NULL: none yet */
};

/* What sightings come to: those of one hand-over, of all endpoints. */
struct plx_canary_fold {
    struct plx_unpaired_fold errors, slow[PLX_LATENCY_QUESTIONS];
};

/* primary: its durations at this endpoint until now, by which "slow" is told; NULL: none. */
void plx_canary_fold_add(struct plx_canary_fold *fold, struct plx_canary_evidence *evidence,
                         const struct plx_sightings *sightings, const struct plx_histogram *primary);
/* orders: as for plx_lasting_begin(), at the level of names. */
void plx_canary_evidence_feed(struct plx_canary_evidence *evidence, const struct plx_canary_fold *fold,
                              uint64_t *orders, double confidence, uint64_t time_ms);
/* Whether it is proved that the candidate's answers take longer than the primary's, by more than
 * PLX_LATENCY_SLOWER_ALONE. */
bool plx_canary_is_slower(const struct plx_canary_evidence *evidence, enum plx_latency_question question,
                          double confidence);
bool plx_canary_evidence_is_valid(const struct plx_canary_evidence *evidence);
void plx_canary_evidence_fini(struct plx_canary_evidence *evidence);

#endif
