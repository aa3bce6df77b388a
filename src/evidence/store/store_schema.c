/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/store/store_schema.h"

#include <stdio.h>

/*
 * What each version of the schema adds to the one before: a new file takes all steps, an older one those that it lacks.
 * A step that has been released does not change any more.
 */
static const char *const schema[PLX_STORE_VERSION] = {
    "CREATE TABLE service (name TEXT PRIMARY KEY, records_dropped INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE endpoint (service TEXT, name TEXT, match INTEGER NOT NULL, mismatch INTEGER NOT NULL,"
    " ignored INTEGER NOT NULL, latency_primary BLOB, latency_candidate BLOB, latency_secondary BLOB,"
    " PRIMARY KEY (service, name)) WITHOUT ROWID;"
    /* verdict: incomparable or uncopied; since version 3 also fallback and served, since 6 retried, logged_out,
     * no_evidence and ignored */
    "CREATE TABLE reason (service TEXT, endpoint TEXT, verdict TEXT, reason TEXT, count INTEGER NOT NULL,"
    " PRIMARY KEY (service, endpoint, verdict, reason)) WITHOUT ROWID;"
    "CREATE TABLE field (service TEXT, endpoint TEXT, name TEXT, kind TEXT, both INTEGER NOT NULL,"
    " candidate_alone INTEGER NOT NULL, secondary_alone INTEGER NOT NULL, unpaired INTEGER NOT NULL,"
    " example TEXT, example_primary BLOB, example_candidate BLOB,"
    " PRIMARY KEY (service, endpoint, name, kind)) WITHOUT ROWID;"
    "CREATE TABLE record (sequence INTEGER PRIMARY KEY, id TEXT NOT NULL, service TEXT NOT NULL, endpoint TEXT NOT "
    "NULL,"
    " fields BLOB, json TEXT NOT NULL);"
    "CREATE TABLE state (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;",
    /* form: its name, NULL for none yet */
    "ALTER TABLE field ADD COLUMN form TEXT;"
    "ALTER TABLE field ADD COLUMN formed INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE field ADD COLUMN formless INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE field ADD COLUMN rises INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE field ADD COLUMN falls INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE field ADD COLUMN largest_primary INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE field ADD COLUMN largest_candidate INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE field ADD COLUMN step_ms INTEGER NOT NULL DEFAULT 0;"
    /* id: 16 hex digits; fields: of each a byte of its kind, two of its length, its name */
    "CREATE TABLE cause (service TEXT, id TEXT, endpoint TEXT NOT NULL, fields BLOB, fields_total INTEGER NOT NULL,"
    " count INTEGER NOT NULL, first_ms INTEGER NOT NULL, last_ms INTEGER NOT NULL, weight INTEGER, example TEXT,"
    " differences TEXT, reproduce_primary BLOB, reproduce_candidate BLOB, PRIMARY KEY (service, id)) WITHOUT ROWID;",
    /* subject: the kind of what is counted, part of each key (subject.h) */
    "ALTER TABLE service RENAME TO old;"
    "CREATE TABLE service (name TEXT, records_dropped INTEGER NOT NULL, runs INTEGER NOT NULL, subject TEXT,"
    " PRIMARY KEY (subject, name)) WITHOUT ROWID;"
    "INSERT INTO service SELECT *, 0, 'service' FROM old; DROP TABLE old;"
    /* errors: exchanges of an experiment in which the candidate gave an error */
    "ALTER TABLE endpoint RENAME TO old;"
    "CREATE TABLE endpoint (service TEXT, name TEXT, match INTEGER NOT NULL, mismatch INTEGER NOT NULL,"
    " ignored INTEGER NOT NULL, latency_primary BLOB, latency_candidate BLOB, latency_secondary BLOB,"
    " errors INTEGER NOT NULL, subject TEXT, PRIMARY KEY (subject, service, name)) WITHOUT ROWID;"
    "INSERT INTO endpoint SELECT *, 0, 'service' FROM old; DROP TABLE old;"
    "ALTER TABLE reason RENAME TO old;"
    "CREATE TABLE reason (service TEXT, endpoint TEXT, verdict TEXT, reason TEXT, count INTEGER NOT NULL,"
    " subject TEXT, PRIMARY KEY (subject, service, endpoint, verdict, reason)) WITHOUT ROWID;"
    "INSERT INTO reason SELECT *, 'service' FROM old; DROP TABLE old;"
    "ALTER TABLE field RENAME TO old;"
    "CREATE TABLE field (service TEXT, endpoint TEXT, name TEXT, kind TEXT, both INTEGER NOT NULL,"
    " candidate_alone INTEGER NOT NULL, secondary_alone INTEGER NOT NULL, unpaired INTEGER NOT NULL,"
    " example TEXT, example_primary BLOB, example_candidate BLOB, form TEXT, formed INTEGER NOT NULL,"
    " formless INTEGER NOT NULL, rises INTEGER NOT NULL, falls INTEGER NOT NULL, largest_primary INTEGER NOT NULL,"
    " largest_candidate INTEGER NOT NULL, step_ms INTEGER NOT NULL, subject TEXT,"
    " PRIMARY KEY (subject, service, endpoint, name, kind)) WITHOUT ROWID;"
    "INSERT INTO field SELECT *, 'service' FROM old; DROP TABLE old;"
    "ALTER TABLE cause RENAME TO old;"
    "CREATE TABLE cause (service TEXT, id TEXT, endpoint TEXT NOT NULL, fields BLOB, fields_total INTEGER NOT NULL,"
    " count INTEGER NOT NULL, first_ms INTEGER NOT NULL, last_ms INTEGER NOT NULL, weight INTEGER, example TEXT,"
    " differences TEXT, reproduce_primary BLOB, reproduce_candidate BLOB, subject TEXT,"
    " PRIMARY KEY (subject, service, id)) WITHOUT ROWID;"
    "INSERT INTO cause SELECT *, 'service' FROM old; DROP TABLE old;"
    "ALTER TABLE record ADD COLUMN subject TEXT NOT NULL DEFAULT 'service';",
    /* shares in hundred-thousandths */
    ("CREATE TABLE stage (service TEXT PRIMARY KEY, stage TEXT NOT NULL, share INTEGER NOT NULL,"
     " configured_stage TEXT NOT NULL, configured_share INTEGER NOT NULL, time_ms INTEGER NOT NULL) WITHOUT ROWID;"),
    /* last: a result as JSON; history: an array of them, newest first, without examples; then the sums of all runs */
    ("CREATE TABLE reconciliation (name TEXT PRIMARY KEY, last TEXT NOT NULL, history TEXT NOT NULL,"
     " runs_true INTEGER NOT NULL, runs_false INTEGER NOT NULL, runs_failed INTEGER NOT NULL, paired INTEGER NOT NULL,"
     " only_left INTEGER NOT NULL, only_right INTEGER NOT NULL, differing INTEGER NOT NULL, waiting INTEGER NOT NULL,"
     " unexamined INTEGER NOT NULL, consumed INTEGER NOT NULL, recovered INTEGER NOT NULL) WITHOUT ROWID;"),
    /* state: of lib/stats, see store_evidence.c; report: of an epoch that has ended, as it was then */
    ("CREATE TABLE evidence (service TEXT, endpoint TEXT, name TEXT, kind TEXT, state BLOB NOT NULL, subject TEXT,"
     " PRIMARY KEY (subject, service, endpoint, kind, name)) WITHOUT ROWID;"
     "CREATE TABLE epoch (service TEXT, began_ms INTEGER, ended_ms INTEGER NOT NULL, why TEXT NOT NULL,"
     " name TEXT NOT NULL, version TEXT NOT NULL, candidate TEXT NOT NULL, rules INTEGER NOT NULL, report TEXT,"
     " subject TEXT, PRIMARY KEY (subject, service, began_ms, ended_ms)) WITHOUT ROWID;"
     /* rule: as "ignore /ts", or "(other)" */
     "CREATE TABLE excuse (service TEXT, endpoint TEXT, rule TEXT, exchanges INTEGER NOT NULL, example TEXT,"
     " example_field BLOB, example_primary BLOB, example_candidate BLOB, subject TEXT,"
     " PRIMARY KEY (subject, service, endpoint, rule)) WITHOUT ROWID;"),
    /* parent: "GET /products/"; stay: segments below it that are none of the names, a line each */
    ("CREATE TABLE path_fold (service TEXT, parent TEXT, stay TEXT NOT NULL, names INTEGER NOT NULL,"
     " time_ms INTEGER NOT NULL, place INTEGER NOT NULL, PRIMARY KEY (service, parent)) WITHOUT ROWID;"),
    /* what its fields look like, as store_causes.c packs it; NULL: nobody looked */
    "ALTER TABLE cause ADD COLUMN faults BLOB;",
    /* cause: its id; result: what came of asking again (recheck_counts.h) */
    ("CREATE TABLE recheck (service TEXT, cause TEXT, result TEXT, count INTEGER NOT NULL, subject TEXT,"
     " PRIMARY KEY (subject, service, cause, result)) WITHOUT ROWID;"),
    /* client, reason: who wanted a change and why, empty where nobody did or said; place: 0 is the oldest */
    ("ALTER TABLE stage ADD COLUMN client TEXT NOT NULL DEFAULT '';"
     "ALTER TABLE stage ADD COLUMN reason TEXT NOT NULL DEFAULT '';"
     "ALTER TABLE epoch ADD COLUMN reason TEXT NOT NULL DEFAULT '';"
     "CREATE TABLE hold (service TEXT, hold TEXT, stage TEXT NOT NULL, share INTEGER NOT NULL,"
     " time_ms INTEGER NOT NULL, client TEXT NOT NULL, reason TEXT NOT NULL, PRIMARY KEY (service, hold))"
     " WITHOUT ROWID;"
     "CREATE TABLE change (service TEXT, place INTEGER, kind TEXT NOT NULL, from_stage TEXT NOT NULL,"
     " from_share INTEGER NOT NULL, to_stage TEXT NOT NULL, to_share INTEGER NOT NULL, time_ms INTEGER NOT NULL,"
     " client TEXT NOT NULL, reason TEXT NOT NULL, PRIMARY KEY (service, place)) WITHOUT ROWID;"),
    /* The columns of a key come first, in its order: SQLite 3.40 (Debian 12) says of a whole table without row ids that
     * it is not, where a column that may not be NULL stands before them. */
    ("ALTER TABLE service RENAME TO old;"
     "CREATE TABLE service (subject TEXT, name TEXT, records_dropped INTEGER NOT NULL, runs INTEGER NOT NULL,"
     " PRIMARY KEY (subject, name)) WITHOUT ROWID;"
     "INSERT INTO service SELECT subject, name, records_dropped, runs FROM old; DROP TABLE old;"
     "ALTER TABLE endpoint RENAME TO old;"
     "CREATE TABLE endpoint (subject TEXT, service TEXT, name TEXT, match INTEGER NOT NULL, mismatch INTEGER NOT NULL,"
     " ignored INTEGER NOT NULL, latency_primary BLOB, latency_candidate BLOB, latency_secondary BLOB,"
     " errors INTEGER NOT NULL, PRIMARY KEY (subject, service, name)) WITHOUT ROWID;"
     "INSERT INTO endpoint SELECT subject, service, name, match, mismatch, ignored, latency_primary, latency_candidate,"
     " latency_secondary, errors FROM old; DROP TABLE old;"
     "ALTER TABLE reason RENAME TO old;"
     "CREATE TABLE reason (subject TEXT, service TEXT, endpoint TEXT, verdict TEXT, reason TEXT,"
     " count INTEGER NOT NULL, PRIMARY KEY (subject, service, endpoint, verdict, reason)) WITHOUT ROWID;"
     "INSERT INTO reason SELECT subject, service, endpoint, verdict, reason, count FROM old; DROP TABLE old;"
     "ALTER TABLE field RENAME TO old;"
     "CREATE TABLE field (subject TEXT, service TEXT, endpoint TEXT, name TEXT, kind TEXT, both INTEGER NOT NULL,"
     " candidate_alone INTEGER NOT NULL, secondary_alone INTEGER NOT NULL, unpaired INTEGER NOT NULL,"
     " example TEXT, example_primary BLOB, example_candidate BLOB, form TEXT, formed INTEGER NOT NULL,"
     " formless INTEGER NOT NULL, rises INTEGER NOT NULL, falls INTEGER NOT NULL, largest_primary INTEGER NOT NULL,"
     " largest_candidate INTEGER NOT NULL, step_ms INTEGER NOT NULL,"
     " PRIMARY KEY (subject, service, endpoint, name, kind)) WITHOUT ROWID;"
     "INSERT INTO field SELECT subject, service, endpoint, name, kind, both, candidate_alone, secondary_alone,"
     " unpaired, example, example_primary, example_candidate, form, formed, formless, rises, falls, largest_primary,"
     " largest_candidate, step_ms FROM old; DROP TABLE old;"
     "ALTER TABLE cause RENAME TO old;"
     "CREATE TABLE cause (subject TEXT, service TEXT, id TEXT, endpoint TEXT NOT NULL, fields BLOB,"
     " fields_total INTEGER NOT NULL, count INTEGER NOT NULL, first_ms INTEGER NOT NULL, last_ms INTEGER NOT NULL,"
     " weight INTEGER, example TEXT, differences TEXT, reproduce_primary BLOB, reproduce_candidate BLOB, faults BLOB,"
     " PRIMARY KEY (subject, service, id)) WITHOUT ROWID;"
     "INSERT INTO cause SELECT subject, service, id, endpoint, fields, fields_total, count, first_ms, last_ms, weight,"
     " example, differences, reproduce_primary, reproduce_candidate, faults FROM old; DROP TABLE old;"
     "ALTER TABLE recheck RENAME TO old;"
     "CREATE TABLE recheck (subject TEXT, service TEXT, cause TEXT, result TEXT, count INTEGER NOT NULL,"
     " PRIMARY KEY (subject, service, cause, result)) WITHOUT ROWID;"
     "INSERT INTO recheck SELECT subject, service, cause, result, count FROM old; DROP TABLE old;"
     "ALTER TABLE evidence RENAME TO old;"
     "CREATE TABLE evidence (subject TEXT, service TEXT, endpoint TEXT, kind TEXT, name TEXT, state BLOB NOT NULL,"
     " PRIMARY KEY (subject, service, endpoint, kind, name)) WITHOUT ROWID;"
     "INSERT INTO evidence SELECT subject, service, endpoint, kind, name, state FROM old; DROP TABLE old;"
     "ALTER TABLE epoch RENAME TO old;"
     "CREATE TABLE epoch (subject TEXT, service TEXT, began_ms INTEGER, ended_ms INTEGER, why TEXT NOT NULL,"
     " name TEXT NOT NULL, version TEXT NOT NULL, candidate TEXT NOT NULL, rules INTEGER NOT NULL, report TEXT,"
     " reason TEXT NOT NULL, PRIMARY KEY (subject, service, began_ms, ended_ms)) WITHOUT ROWID;"
     "INSERT INTO epoch SELECT subject, service, began_ms, ended_ms, why, name, version, candidate, rules, report,"
     " reason FROM old; DROP TABLE old;"
     "ALTER TABLE excuse RENAME TO old;"
     "CREATE TABLE excuse (subject TEXT, service TEXT, endpoint TEXT, rule TEXT, exchanges INTEGER NOT NULL,"
     " example TEXT, example_field BLOB, example_primary BLOB, example_candidate BLOB,"
     " PRIMARY KEY (subject, service, endpoint, rule)) WITHOUT ROWID;"
     "INSERT INTO excuse SELECT subject, service, endpoint, rule, exchanges, example, example_field, example_primary,"
     " example_candidate FROM old; DROP TABLE old;"),
};

bool
plx_store_bring_up(struct plx_sqlite *store, int version)
{
    char stamp[96];
    bool ok = plx_sqlite_exec(store, "BEGIN IMMEDIATE");

    snprintf(stamp, sizeof(stamp), "PRAGMA application_id=%d; PRAGMA user_version=%d; COMMIT", PLX_STORE_APPLICATION,
             PLX_STORE_VERSION);
    for (; ok && version < PLX_STORE_VERSION; version++)
        ok = plx_sqlite_exec(store, schema[version]);
    return ok && plx_sqlite_exec(store, stamp);
}
