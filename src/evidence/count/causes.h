/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Causes: mismatches that look alike. Those of one endpoint that differ in the same fields in the same kinds, noise
 * left out, most often have one cause; they are counted together, with the smallest of them as the example.
 *
 * A cause's id is a hash of endpoint and fields: the same in every worker, after a restart and in the next version.
 * What finds no room counts under "(other)", whose id is 0.
 */
#ifndef PLX_COUNT_CAUSES_H
#define PLX_COUNT_CAUSES_H

#include "base/list.h"
#include "base/table.h"
#include "evidence/ledger/ledger.h"

#define PLX_CAUSE_FIELDS_MAX        32u        /* shown of one; all of them make its id */
#define PLX_CAUSE_DIFFERENCES_MAX   8u         /* shown of its example, one a field */
#define PLX_CAUSE_DIFFERENCES_BYTES (8u << 10) /* of them together, as JSON */

struct plx_service_counts;
struct plx_counts;

struct plx_cause_field {
    struct plx_slice name; /* folded */
    enum plx_kind kind;
};

/* One of its exchanges, as it is shown after its record is gone. Texts lie behind the structure. */
struct plx_cause_example {
    uint64_t weight; /* the bytes that were exchanged, about: the lighter one is the better example */
    char exchange[PLX_EXCHANGE_ID_BYTES + 1];
    struct plx_slice differences; /* a JSON array of what differs beyond noise */
    struct plx_slice primary;     /* a command that asks the primary again; empty: too long */
    struct plx_slice candidate;
};

struct plx_cause {
    struct plx_list dirty; /* the ledger's: what the store does not have yet */
    struct plx_service_counts *service;
    uint64_t id;
    struct plx_slice endpoint;
    struct plx_cause_field *fields; /* by name */
    uint32_t field_count;           /* shown */
    uint32_t fields_total;
    uint64_t count;                    /* exchanges */
    uint64_t first_ms, last_ms;        /* since the epoch */
    struct plx_cause_example *example; /* NULL: none */
};

void plx_cause_init(struct plx_cause *cause, struct plx_service_counts *service); /* "(other)" */
void plx_cause_fini(struct plx_cause *cause);
void plx_cause_free(void *cause);

/* The cause of a mismatch: over all its fields that differ beyond noise. Never 0. */
uint64_t plx_cause_id(const struct plx_exchange_outcome *outcome);
/* Counts a mismatch, in a tally. Allocates in scratch, too. */
void plx_causes_count(struct plx_counts *counts, struct plx_service_counts *service,
                      const struct plx_exchange_outcome *outcome, struct plx_arena *scratch);
/* The cause with the id of one from elsewhere, added where it is new: "(other)" where there is no room. */
struct plx_cause *plx_causes_find(struct plx_counts *counts, struct plx_service_counts *service,
                                  const struct plx_cause *like);
/* Takes the better example over. */
void plx_cause_merge(struct plx_cause *into, struct plx_cause *from);
/* NULL where there is no memory. */
struct plx_cause_example *plx_cause_example_make(uint64_t weight, struct plx_slice exchange,
                                                 struct plx_slice differences, struct plx_slice primary,
                                                 struct plx_slice candidate);

/* As of the last plx_service_counts_judge(): whether the counts have found a field of it to be noise; its id without
 * those fields. *noise: there are no others, the id is its own. */
bool plx_cause_field_is_noise(const struct plx_cause *cause, uint32_t i);
uint64_t plx_cause_id_without_noise(const struct plx_cause *cause, bool *noise);
/*
 * Appends "causes": an array, what matters most first. Those that differ in nothing but noise are one. False where
 * there is no memory.
 */
PLX_MUST_USE bool plx_causes_write(struct plx_service_counts *service, struct plx_json_writer *w);

/* Whether an exchange of the cause `own` is shown under the id `shown`. */
bool plx_causes_are_one(const struct plx_service_counts *service, uint64_t own, uint64_t shown);

/* An id as 16 hex digits, and back; false for any other text. */
#define PLX_CAUSE_TEXT 17
void plx_cause_id_text(uint64_t id, char out[PLX_CAUSE_TEXT]);
bool plx_cause_id_read(struct plx_slice text, uint64_t *id);

#endif
