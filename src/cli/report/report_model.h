/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A report as its readings need it: the contract's JSON in structs, what matters most first. Everything is in the
 * arena, texts may lie in the document's; both must outlive it.
 */
#ifndef PLX_REPORT_REPORT_MODEL_H
#define PLX_REPORT_REPORT_MODEL_H

#include "cli/client/reading.h"
#include "cli/terminal/words.h"

#include <parallax/compare.h>

#define PLX_REPORT_ROLES 3

/* In the order in which they are shown. */
enum plx_report_verdict {
    PLX_REPORT_REGRESSION,
    PLX_REPORT_INCONCLUSIVE,
    PLX_REPORT_NOISE, /* of fields */
    PLX_REPORT_CLEAN, /* of endpoints and services */
};

struct plx_report_field {
    struct plx_slice name, kind;
    enum plx_report_verdict verdict;
    uint64_t differences, noise;
    bool by_counts;   /* noise that the counts have shown; in each exchange for itself the secondary did not */
    uint64_t excused; /* exchanges whose difference that is about */
    enum plx_form form;
    uint64_t formed; /* differences in which both sides had it */
    bool proposed;   /* there is a rule for it */
    bool has_example;
    struct plx_slice exchange, primary, candidate;
};

struct plx_report_reason {
    struct plx_slice name;
    uint64_t count;
};

struct plx_report_reasons {
    struct plx_report_reason *reasons; /* those that were counted, most first */
    size_t count;
};

struct plx_report_counts {
    uint64_t total, match, mismatch, ignored, incomparable, uncopied;
    struct plx_report_reasons incomparable_reasons, uncopied_reasons;
    uint64_t served_candidate;           /* of the total: the clients got the candidate's answer */
    struct plx_report_reasons fallbacks; /* the primary answered in its place */
};

struct plx_report_latency {
    bool measured;
    double p50, p90, p99; /* seconds */
};

/* A field of a cause, or a difference of its example. */
struct plx_report_difference {
    struct plx_slice field, kind, primary, candidate;
};

struct plx_report_cause {
    const struct plx_words *words;              /* those of its service */
    struct plx_slice id, endpoint, first, last; /* times as RFC 3339 */
    struct plx_report_difference *fields;       /* without values */
    size_t field_count;
    uint64_t fields_total, count;
    bool noise;
    struct plx_slice exchange; /* its example; empty: none */
    struct plx_report_difference *differences;
    size_t difference_count;
    struct plx_slice primary, candidate; /* commands that ask again; may be empty */
};

struct plx_report_endpoint {
    struct plx_slice name;
    enum plx_report_verdict verdict;
    struct plx_report_counts counts;
    struct plx_report_latency latency[PLX_REPORT_ROLES];
    struct plx_report_field *fields;
    size_t field_count;
};

/* A rule whose end has come. */
struct plx_report_ended {
    struct plx_slice route, kind, field, why, owner, until; /* route, why and owner may be empty */
};

/* A service, an experiment or a spy. */
struct plx_report_service {
    const struct plx_words *words;
    struct plx_slice name, stage, why; /* stage of services; why may be empty */
    uint64_t runs;                     /* of an experiment */
    double share;                      /* percent of the clients */
    enum plx_report_verdict verdict;
    double confidence, detect; /* 0: not said */
    uint64_t compared, needed;
    struct plx_report_counts counts;
    struct plx_report_latency latency[PLX_REPORT_ROLES];
    bool with_secondary;
    struct plx_report_endpoint *endpoints;
    size_t endpoint_count;
    struct plx_report_cause *causes; /* as the proxy ranks them */
    size_t cause_count;
    struct plx_report_ended *ended;
    size_t ended_count;
    uint64_t endpoints_over, fields_over, records_dropped, causes_over; /* counted beyond a limit */
};

struct plx_report {
    struct plx_report_service *services; /* in the document's order, services first, then experiments, then spies */
    size_t count;
    struct plx_report_reconciliation *reconciliations; /* report_reconciliations.h */
    size_t reconciliation_count;
};

extern const char *const plx_report_roles[PLX_REPORT_ROLES];

/* Reads {"services":[...],"experiments":[...],"spies":[...],"reconciliations":[...]}; but the first all may be missing.
 * PLX_E_SYNTAX where it is not that; PLX_E_MEMORY. */
PLX_MUST_USE enum plx_status plx_report_read(const struct plx_document *document, struct plx_arena *arena,
                                             struct plx_report *report);
const char *plx_report_verdict_text(enum plx_report_verdict verdict);
/* What `parallax report` ends with: 0 clean, 1 a regression, 3 not enough evidence. */
int plx_report_exit(const struct plx_report *report);

#endif
