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
#include "evidence/count/excuse.h"
#include "evidence/count/field_counts.h"
#include "evidence/count/no_evidence.h"
#include "evidence/count/pair_counts.h"
#include "evidence/count/rate.h"
#include "evidence/count/subject.h"

#define PLX_FIELDS_MAX           200u    /* of one endpoint; what comes after counts under "(other)" */
#define PLX_LEDGER_ENDPOINTS_MAX 20000u  /* of all subjects together, likewise */
#define PLX_LEDGER_FIELDS_MAX    100000u /* of all endpoints together, likewise */
#define PLX_CAUSES_MAX           200u    /* of one service, likewise */

struct plx_endpoint_evidence;
struct plx_sightings;
struct plx_service_evidence;
struct plx_epochs;
struct plx_versions;

/* What both copies answer where the primary answers 200 and the session is not shared: enum, status. */
#define PLX_LOGGED_OUT_MAP(X)    \
    X(PLX_LOGGED_OUT_401, "401") \
    X(PLX_LOGGED_OUT_403, "403") \
    X(PLX_LOGGED_OUT_302, "302") \
    X(PLX_LOGGED_OUT_303, "303")

enum plx_logged_out {
#define PLX_LOGGED_OUT_ENUM(name, text) name,
    PLX_LOGGED_OUT_MAP(PLX_LOGGED_OUT_ENUM)
#undef PLX_LOGGED_OUT_ENUM
        PLX_LOGGED_OUT_COUNT
};

const char *plx_logged_out_text(enum plx_logged_out status);

struct plx_exchange_counts {
    uint64_t match, mismatch, ignored;
    uint64_t incomparable[PLX_REASONS_MAX], uncopied[PLX_REASONS_MAX]; /* by the reasons of the subject's kind */
    uint64_t results[PLX_REASONS_MAX]; /* the mismatches by their result, where the kind has any */
    uint64_t errors;                   /* the candidate of an experiment gave an error, whatever the verdict */
    uint64_t excused; /* of those ignored: in which a rule excused something, whatever is noise besides */
    uint64_t no_evidence[PLX_NO_EVIDENCE_COUNT]; /* of those that match or are ignored: that say nothing */
    uint64_t retries[PLX_ROLES]; /* a kept connection was closed without an answer, and it was asked again */
    uint64_t logged_out[PLX_LOGGED_OUT_COUNT]; /* of the incomparable for want of state: see below */
    uint64_t served_candidate; /* of all: whose answer was the candidate's; the others' was the primary's */
    uint64_t served_differed;  /* of those: mismatches, which a client therefore saw */
    uint64_t fallbacks[PLX_FALLBACK_COUNT]; /* of those others: in the candidate's place */
};

struct plx_endpoint_counts {
    struct plx_list dirty;
    struct plx_service_counts *service;
    struct plx_slice name;
    bool named;          /* has a place beside those that are counted, since the configuration names it */
    uint64_t rank_begin; /* the ledger's: what it is thought to have had before it got its place (endpoint_places.h) */
    struct plx_exchange_counts exchanges;
    struct plx_pair_counts pairs;
    struct plx_histogram *latency[PLX_ROLES]; /* NULL until something was measured */
    struct plx_paired_durations *durations;   /* a tally's; NULL: none */
    struct plx_sightings *sightings;          /* likewise */
    struct plx_endpoint_evidence *evidence;   /* the ledger's; NULL: none yet */
    struct plx_table fields;                  /* kind and name -> struct plx_field_counts */
    struct plx_field_counts other;
    struct plx_endpoint_excuses *excuses; /* NULL: no rule has excused anything yet */
};

#define PLX_DETAIL_MAX 192u /* bytes of it, its end included */

/* What a role did since the start of the process. */
struct plx_role_health {
    uint64_t answered, failed;
    uint64_t errors; /* of the answers: those with a status of 500 or above */
    enum plx_incomparable last_reason;
    char last_detail[PLX_DETAIL_MAX]; /* of the last failure, in words; "": nothing more is known */
    uint64_t last_failure_ms;         /* arrival of the request, since the epoch; 0: never */
    uint64_t last_answer_ms;          /* likewise */
};

struct plx_service_counts {
    struct plx_list dirty;
    enum plx_subject_kind kind;
    struct plx_slice name;
    struct plx_table endpoints; /* name -> struct plx_endpoint_counts */
    size_t named;               /* of them */
    size_t look_at;             /* a tally's: where in the table the next one to give way is looked for */
    struct plx_endpoint_counts other;
    struct plx_table causes; /* id -> struct plx_cause */
    struct plx_cause other_cause;
    struct plx_role_health health[PLX_ROLES];
    struct plx_service_evidence *evidence;  /* the ledger's; NULL: none yet */
    struct plx_epochs *epochs;              /* likewise */
    struct plx_versions *versions;          /* a tally's, of the candidate; NULL: none was named */
    uint64_t paired, errors_paired;         /* a tally's: of all its endpoints */
    struct plx_stretch alone, failed;       /* likewise, of these: where the candidate alone differs, or fails */
    bool restarted;                         /* what the store has of it is of an earlier epoch */
    uint64_t records_dropped;               /* mismatches that were counted but not kept whole */
    uint64_t under_way, under_way_since_ms; /* the ledger's: see plx_ledger_add_under_way() */
    struct plx_rate rate;                   /* likewise: exchanges that are evidence */
    uint64_t runs; /* of an experiment, each with a result of every candidate; 0 for other kinds */
};

struct plx_kind_counts {
    struct plx_table services; /* name -> struct plx_service_counts */
    struct plx_service_counts other;
};

struct plx_counts {
    struct plx_kind_counts kinds[PLX_SUBJECT_KINDS];
    size_t endpoint_count, field_count, cause_count, excuse_count; /* of all services together */
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
/* The same of one that the configuration names, or that the store has: beyond what a service may have else. */
struct plx_endpoint_counts *plx_counts_named_endpoint(struct plx_counts *counts, struct plx_service_counts *service,
                                                      struct plx_slice name);
struct plx_endpoint_counts *plx_counts_stored_endpoint(struct plx_counts *counts, struct plx_service_counts *service,
                                                       struct plx_slice name);
/* Whether so many more that nobody names find a place. */
bool plx_counts_has_places(const struct plx_counts *counts, const struct plx_service_counts *service, size_t more);
struct plx_field_counts *plx_counts_field(struct plx_counts *counts, struct plx_endpoint_counts *endpoint,
                                          enum plx_kind kind, struct plx_slice name);
/* Takes one out of its service, with what it has; the caller frees it. Not that of "(other)". */
void plx_counts_take_endpoint(struct plx_counts *counts, struct plx_endpoint_counts *endpoint);
/* Likewise a field of its endpoint; NULL: there is none. */
struct plx_field_counts *plx_counts_take_field(struct plx_counts *counts, struct plx_endpoint_counts *endpoint,
                                               enum plx_kind kind, struct plx_slice name);
void plx_field_counts_free(void *field);
void plx_endpoint_counts_clear(struct plx_endpoint_counts *endpoint); /* of one taken out: its name stays */
void plx_endpoint_counts_free(void *endpoint);
/* NULL where there is none. */
struct plx_service_counts *plx_counts_find_service(const struct plx_counts *counts, enum plx_subject_kind kind,
                                                   struct plx_slice name);
const struct plx_field_counts *plx_counts_find_field(const struct plx_service_counts *service,
                                                     struct plx_slice endpoint, enum plx_kind kind,
                                                     struct plx_slice name);
/* Whether a name may be shown and stored as it is. */
bool plx_counts_keep_name(struct plx_slice name, size_t max);

/*
 * Forgets all that was counted of a service but its name, its epochs and the health of those roles that are not named
 * in `forget` (a bit for each, 1 << PLX_CANDIDATE): its next epoch begins at 0. What is dirty is so no more.
 */
void plx_service_counts_restart(struct plx_counts *counts, struct plx_service_counts *service, unsigned forget);

/* The same of one endpoint and its causes, whose names stay, and of what was concluded over all endpoints together. The
 * caller sees to it that the store gets the rest anew. */
void plx_service_counts_forget_endpoint(struct plx_counts *counts, struct plx_endpoint_counts *endpoint);

/* The epochs of a service, whose present one begins now (milliseconds since 1970) where there was none. NULL: there is
 * no memory. */
struct plx_epochs *plx_service_counts_epochs(struct plx_service_counts *service, uint64_t now_ms);

/* Adds numbers to numbers; what has no memory for its histogram or example goes without. */
void plx_exchange_counts_add(struct plx_exchange_counts *into, const struct plx_exchange_counts *from);
void plx_endpoint_counts_measure(struct plx_endpoint_counts *endpoint, enum plx_role role, uint64_t duration_ns);
void plx_endpoint_counts_merge(struct plx_endpoint_counts *into, struct plx_endpoint_counts *from);
void plx_role_health_merge(struct plx_role_health *into, const struct plx_role_health *from);

/* Exchanges, summed up over their reasons. */
struct plx_ledger_counts {
    uint64_t total, match, mismatch, ignored, incomparable, uncopied;
};

struct plx_ledger_results {
    struct plx_ledger_counts counts;
    uint64_t results[PLX_REASONS_MAX];  /* of the mismatches */
    uint64_t uncopied[PLX_REASONS_MAX]; /* by the reasons of its kind */
};

/* Derived numbers. */
struct plx_ledger_counts plx_exchange_counts_sum(const struct plx_exchange_counts *counts);
void plx_service_counts_sum(const struct plx_service_counts *service, struct plx_exchange_counts *sum); /* adds to it */
/* All its endpoints' durations of a role. */
void plx_service_counts_latency(const struct plx_service_counts *service, enum plx_role role,
                                struct plx_histogram *histogram);
bool plx_endpoint_counts_empty(const struct plx_endpoint_counts *endpoint);
/* Whether all that is known of it is how often it was asked for and was the same: it has no differences, and no rule
 * excused any. */
bool plx_endpoint_counts_is_plain(const struct plx_endpoint_counts *endpoint);

/*
 * Arrays of pointers, sorted by name, "(other)" last and only where something was counted there; malloc'd, the caller
 * frees. NULL where there is no memory (an empty array is not NULL).
 */
struct plx_service_counts **plx_counts_services(struct plx_counts *counts, enum plx_subject_kind kind, size_t *count);
struct plx_endpoint_counts **plx_service_counts_endpoints(struct plx_service_counts *service, size_t *count);
struct plx_field_counts **plx_endpoint_counts_fields(struct plx_endpoint_counts *endpoint, size_t *count);

#endif
