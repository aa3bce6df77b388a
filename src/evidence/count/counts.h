/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The counters that a tally and the ledger share: services -> endpoints -> fields, each level bounded.
 *
 *   counts --- service "payment" --- endpoint "GET /payroll/{id}" --- field "/total", value
 *        |                   |------ "(other)"              `-------- "(other)"
 *        |                   `------ cause: "GET /payroll/{id}" and {"/total", value; ...}
 *        `---- experiment "cart-total" --- endpoint "candidate" --- field "value", value
 *
 * Experiments and spies (subject.h) are counted as services are; "service" stands for any of them below.
 *
 * Every level carries its "(other)" inside itself: what finds no room, or no memory, is counted there, so that the
 * numbers of a service always add up. Nothing here knows of records, of the store or of verdicts.
 */
#ifndef PLX_COUNT_COUNTS_H
#define PLX_COUNT_COUNTS_H

#include "base/histogram.h"
#include "base/list.h"
#include "base/table.h"
#include "evidence/count/cause.h"
#include "evidence/count/exchange_id.h"
#include "evidence/count/subject.h"
#include "stats/sequential.h"

#define PLX_FIELDS_MAX           200u    /* of one endpoint; what comes after counts under "(other)" */
#define PLX_LEDGER_ENDPOINTS_MAX 20000u  /* of all subjects together, likewise */
#define PLX_LEDGER_FIELDS_MAX    100000u /* of all endpoints together, likewise */
#define PLX_CAUSES_MAX           200u    /* of one service, likewise */

#define PLX_ANSWER_FIELD      "answer" /* the pseudo-field of a role that gave no answer where the primary did */
#define PLX_FIELD_NAME_MAX    512u     /* bytes; a longer one counts under "(other)" */
#define PLX_EXAMPLE_VALUE_MAX 256u

/* The newest exchange in which a field differed. */
struct plx_example {
    char exchange[PLX_EXCHANGE_ID_BYTES + 1];
    uint16_t primary_len, candidate_len;
    char primary[PLX_EXAMPLE_VALUE_MAX], candidate[PLX_EXAMPLE_VALUE_MAX];
};

/*
 * Whole numbers over the exchanges in which a field differs: whether they count up on both sides. Exchanges overtake
 * one another, so that from one to the next even a counter falls about as often as it rises. What is compared is
 * therefore the largest number so far with the largest of a tally that is at least PLX_COUNTER_STEP_MS away: a step.
 * PLX_COUNTER_RISES_PERCENT of at least PLX_COUNTER_STEPS_MIN steps must rise; of fields with numbers by chance, which
 * fall about every other time, that is said of fewer than one in 10 000.
 */
#define PLX_COUNTER_STEP_MS       100u
#define PLX_COUNTER_STEPS_MIN     12u
#define PLX_COUNTER_RISES_PERCENT 90u

struct plx_counter {
    uint64_t rises, falls;       /* steps in which both sides rose; all others. Of a tally: 0 */
    uint64_t primary, candidate; /* the largest since the last step */
    uint64_t time_ms;            /* since the epoch, of the last step; of a tally: of its last exchange. 0: none yet */
};

struct plx_field_counts {
    struct plx_list dirty; /* the ledger's: what the store does not have yet */
    struct plx_endpoint_counts *endpoint;
    struct plx_slice name; /* folded */
    enum plx_kind kind;
    enum plx_finding finding; /* as of the last plx_service_counts_judge() */
    struct plx_pairs pairs;   /* exchanges in which the secondary was compared too */
    uint64_t unpaired; /* exchanges in which the candidate differed and no secondary could tell whether that is noise */
    /* Of the exchanges in which the candidate differs: */
    enum plx_form form; /* the first that was seen on both sides; PLX_FORM_NONE: none yet */
    uint64_t formed;    /* both sides had this form */
    uint64_t formless;  /* they had not. Less than all together: an earlier version did not look at forms */
    struct plx_counter counter;
    struct plx_example *example; /* NULL: none */
};

struct plx_exchange_counts {
    uint64_t match, mismatch, ignored;
    uint64_t incomparable[PLX_REASONS_MAX], uncopied[PLX_REASONS_MAX]; /* by the reasons of the subject's kind */
    uint64_t results[PLX_REASONS_MAX]; /* the mismatches by their result, where the kind has any */
    uint64_t errors;                   /* the candidate of an experiment gave an error, whatever the verdict */
    uint64_t served_candidate;         /* of all: whose answer was the candidate's; the others' was the primary's */
    uint64_t fallbacks[PLX_FALLBACK_COUNT]; /* of those others: in the candidate's place */
};

struct plx_endpoint_counts {
    struct plx_list dirty;
    struct plx_service_counts *service;
    struct plx_slice name;
    struct plx_exchange_counts exchanges;
    struct plx_histogram *latency[PLX_ROLES]; /* NULL until something was measured */
    struct plx_table fields;                  /* kind and name -> struct plx_field_counts */
    struct plx_field_counts other;
};

/* What a role did since the start of the process. */
struct plx_role_health {
    uint64_t answered, failed;
    enum plx_incomparable last_reason;
    uint64_t last_failure_ms; /* arrival of the request, since the epoch; 0: never */
    uint64_t last_answer_ms;  /* likewise */
};

struct plx_service_counts {
    struct plx_list dirty;
    enum plx_subject_kind kind;
    struct plx_slice name;
    struct plx_table endpoints; /* name -> struct plx_endpoint_counts */
    struct plx_endpoint_counts other;
    struct plx_table causes; /* id -> struct plx_cause */
    struct plx_cause other_cause;
    struct plx_role_health health[PLX_ROLES];
    uint64_t records_dropped; /* mismatches that were counted but not kept whole */
    uint64_t runs;            /* of an experiment, each with a result of every candidate; 0 for other kinds */
};

struct plx_kind_counts {
    struct plx_table services; /* name -> struct plx_service_counts */
    struct plx_service_counts other;
};

struct plx_counts {
    struct plx_kind_counts kinds[PLX_SUBJECT_KINDS];
    size_t endpoint_count, field_count, cause_count; /* of all services together */
    size_t causes_max;
};

void plx_counts_init(struct plx_counts *counts, size_t causes_max);
void plx_counts_fini(struct plx_counts *counts);

/* Finds or adds; "(other)" where the name is none to keep, or where there is no room or no memory for it. Never NULL.
 */
struct plx_service_counts *plx_counts_service(struct plx_counts *counts, enum plx_subject_kind kind,
                                              struct plx_slice name);
struct plx_endpoint_counts *plx_counts_endpoint(struct plx_counts *counts, struct plx_service_counts *service,
                                                struct plx_slice name);
struct plx_field_counts *plx_counts_field(struct plx_counts *counts, struct plx_endpoint_counts *endpoint,
                                          enum plx_kind kind, struct plx_slice name);
/* NULL where there is none. */
struct plx_service_counts *plx_counts_find_service(const struct plx_counts *counts, enum plx_subject_kind kind,
                                                   struct plx_slice name);
const struct plx_field_counts *plx_counts_find_field(const struct plx_service_counts *service,
                                                     struct plx_slice endpoint, enum plx_kind kind,
                                                     struct plx_slice name);
/* Whether a name may be shown and stored as it is. */
bool plx_counts_keep_name(struct plx_slice name, size_t max);

/* Adds numbers to numbers; what has no memory for its histogram or example goes without. */
void plx_exchange_counts_add(struct plx_exchange_counts *into, const struct plx_exchange_counts *from);
void plx_endpoint_counts_measure(struct plx_endpoint_counts *endpoint, enum plx_role role, uint64_t duration_ns);
void plx_endpoint_counts_merge(struct plx_endpoint_counts *into, struct plx_endpoint_counts *from);
void plx_field_counts_merge(struct plx_field_counts *into, struct plx_field_counts *from);
void plx_role_health_merge(struct plx_role_health *into, const struct plx_role_health *from);
void plx_field_counts_set_example(struct plx_field_counts *field, const char *exchange, struct plx_slice primary,
                                  struct plx_slice candidate);
/* One more exchange in which the candidate differs: the form of its values, and the values of a whole number. */
void plx_field_counts_note_form(struct plx_field_counts *field, enum plx_form form, struct plx_slice primary,
                                struct plx_slice candidate, uint64_t time_ms);

/* Exchanges, summed up over their reasons. */
struct plx_ledger_counts {
    uint64_t total, match, mismatch, ignored, incomparable, uncopied;
};

struct plx_ledger_results {
    struct plx_ledger_counts counts;
    uint64_t results[PLX_REASONS_MAX]; /* of the mismatches */
};

/* Derived numbers. */
struct plx_ledger_counts plx_exchange_counts_sum(const struct plx_exchange_counts *counts);
uint64_t
plx_field_counts_differences(const struct plx_field_counts *field);    /* exchanges in which the candidate differs */
uint64_t plx_field_counts_noise(const struct plx_field_counts *field); /* exchanges in which the secondary differs */
void plx_service_counts_sum(const struct plx_service_counts *service, struct plx_exchange_counts *sum); /* adds to it */
/* All its endpoints' durations of a role. */
void plx_service_counts_latency(const struct plx_service_counts *service, enum plx_role role,
                                struct plx_histogram *histogram);
bool plx_field_counts_empty(const struct plx_field_counts *field);
/* Exchanges whose difference is noise by the counts alone: no answer of the secondary showed it. */
uint64_t plx_field_counts_excused(const struct plx_field_counts *field);
/* The form by which it may be recognised: whole numbers only where they count up. */
enum plx_form plx_field_counts_form(const struct plx_field_counts *field);
bool plx_endpoint_counts_empty(const struct plx_endpoint_counts *endpoint);

/*
 * Arrays of pointers, sorted by name, "(other)" last and only where something was counted there; malloc'd, the caller
 * frees. NULL where there is no memory (an empty array is not NULL).
 */
struct plx_service_counts **plx_counts_services(struct plx_counts *counts, enum plx_subject_kind kind, size_t *count);
struct plx_endpoint_counts **plx_service_counts_endpoints(struct plx_service_counts *service, size_t *count);
struct plx_field_counts **plx_endpoint_counts_fields(struct plx_endpoint_counts *endpoint, size_t *count);

#endif
