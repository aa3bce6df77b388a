/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From counts and evidence to verdicts: of each field, of each endpoint, of a whole subject, and why, for people.
 *
 *   regression    a finding that is proved and stays; or, without a secondary, more differences than are allowed
 *   clean         at most `detect` of the exchanges differ beyond noise, next to none escaped comparison, nothing hides
 *                 behind noise, no incident is open
 *   inconclusive  everything else; `why` says what is missing
 *   not_compared  there is nothing to compare: no candidate, or a stage without copies
 *
 * docs/comparison.md says what each sentence means. What the numbers may say is lib/stats' business.
 */
#ifndef PLX_FINDINGS_CONCLUSION_H
#define PLX_FINDINGS_CONCLUSION_H

#include "evidence/findings/field_finding.h"
#include "json/writer.h"

struct plx_ledger;

enum plx_evidence {
    PLX_EVIDENCE_INCONCLUSIVE,
    PLX_EVIDENCE_CLEAN,
    PLX_EVIDENCE_REGRESSION,
    PLX_EVIDENCE_NOT_COMPARED,
};

#define PLX_CONCLUSION_WHY 400u

/* The verdict on an endpoint or a whole subject, and why. */
struct plx_conclusion {
    enum plx_evidence verdict;
    enum plx_secondary_use secondary;
    uint64_t compared, needed;
    uint64_t incomparable;      /* of exchanges that were copied; not those that the client gave up */
    uint64_t regressions, open; /* fields */
    uint64_t masked;            /* fields that the secondary masks */
    uint64_t more;     /* exchanges until `clean` can be said, if all goes on so; UINT64_MAX: they don't help */
    double within;     /* at most so large a share differs beyond noise; 1: nothing can be said */
    uint64_t bounded;  /* exchanges that this is said of */
    uint64_t since_ms; /* those after this moment, when an incident ended; 0: all */
    uint64_t thin_endpoints, endpoints; /* with fewer exchanges than `needed`; all */
    bool incident;                      /* one is open */
    char why[PLX_CONCLUSION_WHY];
};

const char *plx_evidence_text(enum plx_evidence verdict);
/* Whether there is anything to compare: not without a candidate, nor at a stage that copies nothing. */
bool plx_subject_is_compared(const struct plx_subject *subject);

/*
 * Judges a whole subject, as of now: sets the finding of each of its fields, closes blocks and incidents that are due,
 * and fills *conclusion; *exchanges is their sum over the endpoints.
 */
void plx_conclude(struct plx_service_counts *counts, const struct plx_ledger *ledger, const struct plx_subject *subject,
                  struct plx_exchange_counts *exchanges, struct plx_conclusion *conclusion);
/* One of its endpoints, after that: a part of the whole, which `whole` is. */
void plx_conclude_endpoint(struct plx_endpoint_counts *endpoint, const struct plx_ledger *ledger,
                           const struct plx_subject *subject, const struct plx_conclusion *whole,
                           struct plx_conclusion *conclusion);
/* Its members "verdict", "why", "within" and of how many exchanges. */
void plx_conclusion_write(const struct plx_conclusion *conclusion, struct plx_json_writer *w);

#endif
