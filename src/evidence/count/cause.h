/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One cause: mismatches of an endpoint that differ in the same fields in the same kinds, noise left out, counted
 * together. It has an example, of which nothing is known here but its weight: record/cause_example.h makes them.
 */
#ifndef PLX_COUNT_CAUSE_H
#define PLX_COUNT_CAUSE_H

#include "base/list.h"
#include "evidence/count/exchange_id.h"
#include "evidence/count/recheck_counts.h"
#include "fault/fault.h"

#include <parallax/compare.h>

#define PLX_CAUSE_FIELDS_MAX 32u /* shown of one; all of them make its id */

struct plx_service_counts;
struct plx_cause_example;

struct plx_cause_field {
    struct plx_slice name; /* folded */
    enum plx_kind kind;
    struct plx_faults faults; /* what it looks like: record/cause_faults.h */
};

struct plx_cause {
    struct plx_list dirty; /* the ledger's: what the store does not have yet */
    struct plx_service_counts *service;
    uint64_t id; /* 0: "(other)" */
    struct plx_slice endpoint;
    struct plx_cause_field *fields; /* by name */
    uint32_t field_count;           /* shown */
    uint32_t fields_total;
    uint64_t count;                     /* exchanges */
    uint64_t first_ms, last_ms;         /* since the epoch */
    struct plx_recheck_counts rechecks; /* the ledger's: a tally has them apart */
    struct plx_cause_example *example;  /* in one piece of memory, owned; NULL: none */
    uint64_t weight; /* of the example: the bytes that were exchanged, about; the lighter one is the better */
};

void plx_cause_init(struct plx_cause *cause, struct plx_service_counts *service); /* "(other)" */
void plx_cause_fini(struct plx_cause *cause);
/* With the signature of one from elsewhere; nothing counted yet. NULL where there is no memory. */
struct plx_cause *plx_cause_new(struct plx_service_counts *service, const struct plx_cause *like);
void plx_cause_free(void *cause);

/* One mismatch more. */
void plx_cause_count(struct plx_cause *cause, uint64_t time_ms);
/* Whether an example of this weight would be better than the one that is there. "(other)" has none. */
bool plx_cause_wants_example(const struct plx_cause *cause, uint64_t weight);
/* Takes it over, in the place of the one that is there. */
void plx_cause_set_example(struct plx_cause *cause, struct plx_cause_example *example, uint64_t weight);
/* Takes the better example over; the fields are met. */
void plx_cause_merge(struct plx_cause *into, struct plx_cause *from);

#endif
