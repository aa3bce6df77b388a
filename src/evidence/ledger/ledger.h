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

#include "evidence/count/counts.h"
#include "evidence/ledger/tally.h"
#include "json/writer.h"

#define PLX_RECORDS_MAX       1000u       /* mismatches kept whole in the ledger, the oldest go first */
#define PLX_RECORDS_BYTES_MAX (64u << 20) /* of them together */
#define PLX_LEDGER_CAUSES_MAX 2000u       /* of all services together; what comes after counts under "(other)" */

struct plx_ledger;

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

#endif
