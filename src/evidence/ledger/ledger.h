/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is kept: counters per endpoint and per field for every exchange, and the last mismatches whole.
 *
 *   worker:  exchange ends -> outcome -> tally (its own, no lock)        every 200 ms
 *   control: ledger <- plx_ledger_fold(tally) -> store (SQLite, one transaction a fold) -> report, diffs, metrics
 *
 * A tally is a worker's counts since its last hand-over. The ledger belongs to the control thread alone: it has no
 * lock.
 */
#ifndef PLX_LEDGER_LEDGER_H
#define PLX_LEDGER_LEDGER_H

#include "base/histogram.h"
#include "evidence/count/exchange_id.h"
#include "evidence/count/subject.h"
#include "stats/sequential.h"
#include "json/writer.h"

#define PLX_ENDPOINTS_MAX 1000u /* of one service; what comes after counts under "(other)" */
#define PLX_FIELDS_MAX    200u  /* of one endpoint; what comes after counts under "(other)" */
#define PLX_LEDGER_SERVICES_MAX \
    1024u /* with those of earlier configurations; what comes after counts under "(other)" */
#define PLX_LEDGER_EXPERIMENTS_MAX 256u         /* likewise */
#define PLX_LEDGER_SPIES_MAX       256u         /* likewise */
#define PLX_CANDIDATES_MAX         32u          /* of one experiment, over all its programs and versions, likewise */
#define PLX_LEDGER_ENDPOINTS_MAX   20000u       /* of all of them together, likewise */
#define PLX_LEDGER_FIELDS_MAX      100000u      /* of all endpoints together, likewise */
#define PLX_RECORDS_MAX            1000u        /* mismatches kept whole in the ledger, the oldest go first */
#define PLX_RECORDS_BYTES_MAX      (64u << 20)  /* of them together */
#define PLX_RECORD_BYTES_MAX       (256u << 10) /* of one: bodies are cut to fit, and say so */
#define PLX_TALLY_RECORDS_MAX      64u /* whole mismatches a worker keeps between two hand-overs; the rest is counted */
#define PLX_CAUSES_MAX             200u  /* of one service; what comes after counts under "(other)" */
#define PLX_LEDGER_CAUSES_MAX      2000u /* of all services together, likewise */
#define PLX_TALLY_CAUSES_MAX       256u  /* that a worker tells apart between two hand-overs, likewise */

/* What one role did in an exchange. */
struct plx_role_outcome {
    bool asked;           /* a request was sent, or was meant to be */
    bool failed;          /* no whole answer, for this reason: */
    unsigned reason;      /* an incomparable one of the subject's kind */
    uint64_t duration_ns; /* from the start of its request to the end of its answer; 0 where it failed */
};

/* What a recorded mismatch shows of an answer or of the request. */
struct plx_message_view {
    struct plx_slice method, target; /* request */
    int status;                      /* answers */
    const struct plx_header *headers;
    size_t header_count;
    struct plx_slice body; /* what was kept of it */
    uint64_t body_length;  /* all of it */
};

/* A part of a record that is no message of HTTP. */
struct plx_record_part {
    const char *key;
    struct plx_slice json; /* a whole value, redacted */
};

/* One exchange at its end. Slices are the worker's, read during the call only. */
struct plx_exchange_outcome {
    struct plx_subject subject;
    struct plx_slice endpoint;
    char id[PLX_EXCHANGE_ID_BYTES + 1];
    uint64_t time_ms;           /* since the epoch, at its arrival */
    enum plx_role served;       /* whose answer the client got, or should have */
    enum plx_fallback fallback; /* why the primary served in the candidate's place */
    bool copied;                /* else: */
    unsigned uncopied;          /* a reason of the subject's kind */
    enum plx_verdict verdict;   /* of copied ones */
    unsigned incomparable;      /* PLX_INCOMPARABLE: a reason of the subject's kind */
    unsigned result;            /* PLX_MISMATCH: a result of the subject's kind, where it has any */
    struct plx_role_outcome roles[PLX_ROLES];
    const struct plx_judgement *judgement; /* NULL unless compared */
    const struct plx_rules *rules;         /* for redaction */
    /* for the record of a mismatch: */
    const struct plx_message_view *request;            /* NULL: it is no exchange of HTTP, */
    const struct plx_message_view *answers[PLX_ROLES]; /* NULL: none */
    const struct plx_record_part *parts;               /* but of these, in their order */
    size_t part_count;
};

struct plx_tally;

struct plx_tally *plx_tally_new(void); /* NULL where there is no memory */
void plx_tally_free(struct plx_tally *tally);
/*
 * Counts one exchange; of a mismatch also makes its record (redacted), as long as there is room for it. Headers that
 * carry credentials (Authorization, Proxy-Authorization, Cookie, Set-Cookie) are recorded as "[redacted]". Where there
 * is no memory the counters still add up and the record is counted as dropped.
 */
void plx_tally_add(struct plx_tally *tally, const struct plx_exchange_outcome *outcome, struct plx_arena *scratch);

/* Counts a request that was refused before it was an exchange. */
void plx_tally_refuse(struct plx_tally *tally, enum plx_refused reason);

struct plx_ledger;
struct plx_ledger_results;

struct plx_ledger_options {
    const char *store; /* SQLite file; NULL: memory only */
    double confidence, detect;
};

/* Opens the store and reads what it holds. On failure error (size bytes) says what happened to which file and how to
 * mend it. */
struct plx_ledger *plx_ledger_open(const struct plx_ledger_options *options, char *error, size_t size);
/* Tries once more to write what the store lacks; a log line says what is lost where it fails. NULL is fine. */
void plx_ledger_close(struct plx_ledger *ledger);
/* Options that a reload may change: confidence and detect. */
void plx_ledger_set_options(struct plx_ledger *ledger, const struct plx_ledger_options *options);
/*
 * Adds a tally's counts and records, in one transaction of the store, and frees the tally. A store that fails (disk
 * full) is logged, the counts stay in memory and are written by a later fold, by plx_ledger_catch_up() or at the end.
 * false: the store lacks something.
 */
bool plx_ledger_fold(struct plx_ledger *ledger, struct plx_tally *tally);
/* Writes what could not be written before. false: the store still lacks something. */
bool plx_ledger_catch_up(struct plx_ledger *ledger);
bool plx_ledger_is_behind(const struct plx_ledger *ledger); /* the store lacks something */

/* ---- reading: JSON as contract says, written into a writer ---- */

/* Whether anything of it was counted, ever. */
bool plx_ledger_knows(const struct plx_ledger *ledger, const struct plx_subject *subject);
/* An experiment or a spy, in short:
 * {"name":..,"kind":..,"verdict":..,"exchanges":{..},"endpoints":["..."],"last":TIME}; null where nothing is known of
 * it. "last" is of its newest exchange since the start, or null. */
void plx_ledger_write_summary(struct plx_ledger *ledger, const struct plx_subject *subject,
                              struct plx_json_writer *out);
/* Its verdict, counts, endpoints and last answer, also where it has seen nothing yet, into an object that has been
 * begun. */
void plx_ledger_write_summary_members(struct plx_ledger *ledger, const struct plx_subject *subject,
                                      struct plx_json_writer *out);
/* All of a kind, by name: an array. */
void plx_ledger_write_summaries(struct plx_ledger *ledger, enum plx_subject_kind kind, struct plx_json_writer *out);
/* One subject's report, also where it has seen nothing yet; a service's stage and share from the snapshot. */
void plx_ledger_write_report(struct plx_ledger *ledger, const struct plx_subject *subject, struct plx_json_writer *out);
void plx_ledger_write_endpoints(struct plx_ledger *ledger, const struct plx_subject *subject,
                                struct plx_json_writer *out);
/* Health of the service's roles, as counted since the start:
 * {"primary":{"url":..,"answered":n,"failed":n,"last_answer":TIME|null,"last_failure":{"reason":..,"time":..}|null},...}
 */
void plx_ledger_write_health(struct plx_ledger *ledger, const struct plx_service *service, struct plx_json_writer *out);

struct plx_differences_query {
    struct plx_slice endpoint; /* empty: all */
    struct plx_slice field;    /* ptr NULL: all; "" is the root */
    uint64_t cause;            /* 0: all */
    uint64_t after;            /* only records with a greater sequence number; 0: all */
    bool oldest_first;         /* what a follower wants; else the newest come first */
    uint32_t limit;            /* 0: 50, at most 1000 */
};
/* {"differences":[record...],"last":SEQ}: each record whole, with "sequence"; a follower goes on after "last". */
void plx_ledger_write_differences(struct plx_ledger *ledger, const struct plx_subject *subject,
                                  const struct plx_differences_query *query, struct plx_json_writer *out);
/* What was counted of it, all endpoints together; its mismatches by the results of its kind. */
struct plx_ledger_results plx_ledger_results(struct plx_ledger *ledger, const struct plx_subject *subject);
/* The record of an exchange; false where there is none. */
bool plx_ledger_write_exchange(struct plx_ledger *ledger, struct plx_slice id, struct plx_json_writer *out);

/* Prometheus text (version 0.0.4) of everything the ledger counts. */
void plx_ledger_write_metrics(struct plx_ledger *ledger, const struct plx_snapshot *snapshot, struct plx_buffer *out);

/* Exchanges, summed up over their reasons. */
struct plx_ledger_counts {
    uint64_t total, match, mismatch, ignored, incomparable, uncopied;
};

struct plx_ledger_results {
    struct plx_ledger_counts counts;
    uint64_t results[PLX_REASONS_MAX]; /* of the mismatches */
};

#endif
