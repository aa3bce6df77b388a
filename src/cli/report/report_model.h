/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A report as its readings need it: the contract's JSON in structs, what matters most first. Everything is in the
 * arena, texts may lie in the document's; both must outlive it.
 *
 * All that a reading says of a report stands here: what follows from numbers is concluded once, by the proxy or when
 * the JSON is read, and a reading (report_text.h, report_html.h, report_junit.h, report_propose.h) only shows it. What
 * is a sentence is composed once, too (report_facts.c), and all of them have the same list. tests/unit/test_facts.c
 * changes each member of a whole report and fails where a reading does not change with it.
 */
#ifndef PLX_REPORT_REPORT_MODEL_H
#define PLX_REPORT_REPORT_MODEL_H

#include "cli/report/report_epoch_list.h"
#include "cli/report/report_parts.h"
#include "cli/report/report_reconciliations.h"
#include "cli/terminal/words.h"

#include <parallax/compare.h>

#define PLX_REPORT_ROLES 3

/* How the noise of a field, or what may be noise, is known. */
enum plx_report_note {
    PLX_REPORT_NO_NOTE,
    PLX_REPORT_BY_COUNTS, /* noise that the counts have shown; in each exchange for itself the secondary did not */
    PLX_REPORT_BY_FORM,   /* its values look like noise by their form */
};

struct plx_report_field {
    struct plx_slice name, kind;
    struct plx_slice shown; /* the name, or where that is the root what stands for it */
    enum plx_report_verdict verdict;
    uint64_t differences, noise;
    enum plx_report_note note;
    uint64_t excused; /* exchanges whose difference that is about */
    enum plx_form form;
    uint64_t formed; /* differences in which both sides had it */
    bool proposed;   /* there is a rule for it: */
    struct plx_slice proposal;
    uint64_t unpaired;     /* differences that no answer of the secondary stood beside */
    struct plx_slice hint; /* "always 1 h later: a time zone?"; may be empty */
    bool has_example;
    struct plx_slice exchange, primary, candidate;
    struct plx_report_facts facts;
};

struct plx_report_reason {
    struct plx_slice name;
    uint64_t count;
};

struct plx_report_reasons {
    struct plx_report_reason *reasons; /* those that were counted, most first */
    size_t count;
    uint64_t total; /* of all of them */
};

/* What an exchange comes to, in the order in which it is shown: enum, name in the JSON and in readings. */
#define PLX_REPORT_COUNT_MAP(X)                \
    X(PLX_REPORT_MATCH, "match")               \
    X(PLX_REPORT_MISMATCH, "mismatch")         \
    X(PLX_REPORT_IGNORED, "ignored")           \
    X(PLX_REPORT_INCOMPARABLE, "incomparable") \
    X(PLX_REPORT_UNCOPIED, "uncopied")

enum plx_report_count {
#define PLX_REPORT_ENUM(name, text) name,
    PLX_REPORT_COUNT_MAP(PLX_REPORT_ENUM)
#undef PLX_REPORT_ENUM
        PLX_REPORT_COUNTS
};

struct plx_report_counts {
    uint64_t total, by[PLX_REPORT_COUNTS];
    struct plx_report_reasons reasons[PLX_REPORT_COUNTS]; /* of a mismatch: of spies alone; of what matches none */
    uint64_t served_primary, served_candidate;            /* of the total: whose answer the clients got */
    uint64_t served_differed;              /* of the candidate's: answers that differed from the primary's */
    uint64_t excused, excusing_rules;      /* of those ignored: only by rules; and by how many different ones */
    struct plx_report_reasons no_evidence; /* of those equal: that say nothing of the candidate */
    struct plx_report_reasons fallbacks;   /* the primary answered in the candidate's place */
    struct plx_report_reasons retries;     /* by role: asked once more, since a kept connection was closed */
    bool served_both;                      /* some got the candidate's answer, or were to */
};

struct plx_report_latency {
    bool measured;
    double p50, p90, p99; /* seconds */
};

/* What came of asking again. */
struct plx_report_recheck {
    uint64_t persistent, race, flaky;
    uint64_t incomparable, over_budget; /* of a service */
    double after;                       /* seconds, as it now is configured; 0: not said */
};

#define PLX_REPORT_LOOKS_MAX 2u /* sentences that are read of a cause */

struct plx_report_cause {
    const struct plx_words *words;                /* those of its service */
    struct plx_slice id, endpoint, first, last;   /* times as RFC 3339 */
    struct plx_report_differences fields;         /* without values */
    uint64_t fields_total, count;                 /* fields_total: those beyond a limit, too */
    struct plx_slice looks[PLX_REPORT_LOOKS_MAX]; /* sentences on what it looks like, the strongest first */
    size_t look_count;
    struct plx_report_recheck recheck;
    bool noise;
    struct plx_slice exchange; /* its example; empty: none */
    struct plx_report_differences differences;
    struct plx_slice primary, candidate; /* commands that ask again; may be empty */
};

struct plx_report_endpoint {
    struct plx_slice name, why; /* why may be empty */
    enum plx_report_verdict verdict;
    struct plx_report_counts counts;
    struct plx_report_latency latency[PLX_REPORT_ROLES];
    struct plx_report_field *fields;
    size_t field_count;
    bool has_trouble; /* a difference was seen, or something could not be compared */
    bool never_compared;
    struct plx_report_facts facts;
};

/* A rule whose end has come. */
struct plx_report_ended {
    struct plx_slice route, kind, field, why, owner, until; /* route, why and owner may be empty */
};

/* Paths that differ in a name became one endpoint. */
struct plx_report_fold {
    struct plx_slice endpoint, time; /* time: when that was seen */
    uint64_t paths;                  /* when that was seen */
    struct plx_slice *stay;          /* names beside it that are endpoints of their own */
    size_t stay_count;
};

/* A rule, and what it excused at an endpoint. */
struct plx_report_rule {
    struct plx_slice rule, owner, why, until;             /* the last three may be empty */
    struct plx_slice place;                               /* the endpoint, or its route; empty: of all the service */
    bool gone;                                            /* the configuration has it no more */
    uint64_t excused, compared;                           /* exchanges; excused 0: it never applied */
    struct plx_slice exchange, field, primary, candidate; /* the newest example; exchange empty: none */
    struct plx_slice says, example;                       /* both in a line; the example may be empty */
};

/* A field in which the secondary differs so often that counts say nothing. */
struct plx_report_masked {
    struct plx_slice endpoint, field, kind; /* field as it is shown */
};

/* A service, an experiment or a spy. */
struct plx_report_service {
    const struct plx_words *words;
    struct plx_slice name, stage, why; /* stage of services; why may be empty */
    uint64_t runs;                     /* of an experiment */
    double share;                      /* percent of the clients */
    bool paused;                       /* nothing more is compared before it is resumed */
    enum plx_report_verdict verdict;
    double confidence, detect; /* 0: not said */
    uint64_t compared, more;   /* more: until clean can be said, if all goes on so; 0: they are not what is missing */
    bool more_helps;           /* false: they would not help */
    double rate;               /* compared a second, at present; 0: not known */
    struct plx_slice outlook;  /* how many more it takes, and how long; empty: nothing is to be said */
    struct plx_slice never;    /* which endpoints were never compared; empty: none */
    struct plx_report_epoch epoch;
    struct plx_report_epoch *earlier; /* newest first; of an earlier one there are none */
    size_t earlier_count;
    bool shortened;           /* it was too long to be kept whole */
    uint64_t under_way;       /* exchanges that are answered and not counted yet */
    double under_way_seconds; /* since the oldest of them came */
    bool awaited;             /* some of them were answered before the report was asked for */
    struct plx_report_counts counts;
    struct plx_report_latency latency[PLX_REPORT_ROLES];
    bool with_secondary;
    struct plx_report_endpoint *endpoints;
    size_t endpoint_count;
    struct plx_report_cause *causes;      /* as the proxy ranks them */
    size_t cause_count, real_cause_count; /* real: those that are no noise */
    struct plx_report_ended *ended;
    size_t ended_count;
    struct plx_report_rule *rules; /* those that excused most first, those that never applied last */
    size_t rule_count;
    uint64_t rules_left_out;
    struct plx_slice headers;          /* "compared", "in part", "not compared"; empty: not said */
    struct plx_slice *warnings, *says; /* sentences: what to look after, and what the evidence says */
    size_t warning_count, say_count;
    double within;                 /* at most this share differs beyond noise; 1: nothing can be said; 0: not said */
    struct plx_slice within_since; /* that is said of those since an incident that ended then; empty: of all */
    struct plx_report_fold *folds;
    size_t fold_count;
    uint64_t proposals; /* fields that are no noise and have a rule proposed */
    uint64_t endpoints_over, fields_over, records_dropped, causes_over; /* counted beyond a limit */
    uint64_t records_kept, recheck_dropped;
    struct plx_report_recheck recheck; /* of all causes */
    struct plx_report_masked *masked;  /* the first of them */
    size_t masked_count;
    struct plx_report_facts reasons; /* why exchanges are mismatches, incomparable, uncopied: for who shows no table */
    struct plx_report_facts facts;
};

struct plx_report {
    struct plx_report_service *services; /* in the document's order, services first, then experiments, then spies */
    size_t count;
    struct plx_report_reconciliation *reconciliations;
    size_t reconciliation_count;
    bool regressions_alone; /* all else was left out */
    double within;          /* what was asked for: the share that may differ; 0: nothing was */
};

/* Exchanges that were compared. */
uint64_t plx_report_compared(const struct plx_report_counts *counts);
/* Leaves services, endpoints and reconciliations that are a regression alone. */
void plx_report_keep_regressions(struct plx_report *report);
const char *plx_report_count_text(enum plx_report_count count);
/* Sets what is awaited: exchanges that came so many seconds ago or earlier, and verdicts that can say within. */
void plx_report_await(struct plx_report *report, double seconds, double within);
/* Whether any of it is. Once there is a regression, within is not. */
bool plx_report_is_awaited(const struct plx_report *report);
/* Whether more of it may come by waiting: of a service that is paused no more does than is under way. */
bool plx_report_is_coming(const struct plx_report *report);
/* Whether it is known that no more than what was asked for differs. */
bool plx_report_is_within(const struct plx_report *report, const struct plx_report_service *service);
size_t plx_report_within_count(const struct plx_report *report);
/* What `parallax report` ends with: 0 clean, 1 a regression, 3 not enough evidence, something is awaited, or nothing is
 * compared at all. */
int plx_report_exit(const struct plx_report *report);

#endif
