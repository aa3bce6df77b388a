/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of this folder share: what a tally and the ledger are made of. */
#ifndef PLX_LEDGER_LEDGER_STATE_H
#define PLX_LEDGER_LEDGER_STATE_H

#include "base/assert.h"
#include "evidence/count/counts.h"
#include "evidence/ledger/reconciliations.h"
#include "evidence/ledger/stages.h"
#include "evidence/record/record.h"

struct plx_tally {
    struct plx_counts counts;
    struct plx_service_counts *seen; /* of the last exchange; NULL before */
    struct plx_list records;         /* oldest first */
    uint32_t record_count;
    uint64_t refused[PLX_REFUSED_COUNT];
    bool empty; /* nothing of it is for the store */
};

struct plx_store;

struct plx_ledger {
    struct plx_counts counts;
    double confidence, detect;
    struct plx_list records; /* by sequence */
    size_t record_count, record_bytes;
    uint64_t refused[PLX_REFUSED_COUNT];
    uint64_t sequence;       /* of the newest record there ever was */
    uint64_t evicted;        /* of the newest record that is gone */
    struct plx_table stages; /* name of a service -> struct plx_stage_entry */
    struct plx_reconciliations reconciliations;
    struct plx_store *store; /* NULL: memory only */
    /* What the store does not have yet. */
    struct plx_list dirty_services, dirty_endpoints, dirty_fields, dirty_causes, dirty_stages, dirty_reconciliations;
    bool behind;             /* the last transaction failed */
    uint64_t store_failures; /* transactions that failed, since the start */
};

/* Appends a record that has its sequence and makes room for it: the oldest go. */
void plx_ledger_keep(struct plx_ledger *ledger, struct plx_record *record);

/* ---- findings/service_report.c ---- */

/* "exchanges", and "verdict" with why. */
struct plx_conclusion;
void plx_exchanges_write(const struct plx_exchange_counts *counts, struct plx_json_writer *w);
void plx_conclusion_write(const struct plx_conclusion *conclusion, struct plx_json_writer *w);

/* ---- stages.c ---- */

/* Found, or added. NULL: *status says why. */
struct plx_stage_entry *plx_ledger_stage_entry(struct plx_ledger *ledger, struct plx_slice service,
                                               enum plx_status *status);

/* ---- reconciliations.c ---- */

/* Found, or added as one of which there is nothing yet (dropped). NULL: *status says why. */
struct plx_reconciliation_entry *plx_ledger_reconciliation_entry(struct plx_ledger *ledger, struct plx_slice name,
                                                                 enum plx_status *status);
/* Makes it the newest run, and the entry's. */
void plx_reconciliation_entry_push(struct plx_reconciliation_entry *entry, struct plx_reconciliation *run);
void plx_reconciliation_entry_write_history(const struct plx_reconciliation_entry *entry, struct plx_json_writer *out);
void plx_ledger_expose_reconciliations(struct plx_ledger *ledger, struct plx_buffer *out);
void plx_ledger_release_reconciliations(struct plx_ledger *ledger);

/* ---- findings/report_fields.c ---- */

/* Appends "fields" of an endpoint; sorts them. */
void plx_fields_write(struct plx_field_counts **fields, size_t count, bool with_secondary, struct plx_json_writer *w);

/* ---- findings/conclusion.c ---- */

enum plx_evidence {
    PLX_EVIDENCE_INCONCLUSIVE,
    PLX_EVIDENCE_CLEAN,
    PLX_EVIDENCE_REGRESSION,
};

/* The verdict on an endpoint or a whole service, and why, for people. */
struct plx_conclusion {
    enum plx_evidence verdict;
    uint64_t compared, needed;
    uint64_t regressions, open; /* fields */
    char why[240];
};

const char *plx_evidence_text(enum plx_evidence verdict);
/* Sets the finding of each field of the service. False where there is no memory. */
PLX_MUST_USE bool plx_service_counts_judge(struct plx_service_counts *counts, bool has_secondary, double confidence);
/* Counts one field in. */
void plx_conclusion_add(struct plx_conclusion *conclusion, const struct plx_field_counts *field);
/* After all fields were added: the verdict. */
void plx_conclusion_finish(struct plx_conclusion *conclusion, const struct plx_exchange_counts *exchanges,
                           const struct plx_ledger *ledger, const struct plx_subject *subject);
/* All of it for a whole subject: sets the findings, and *exchanges to their sum. False where there is no memory. */
PLX_MUST_USE bool plx_service_counts_conclude(struct plx_service_counts *counts, const struct plx_ledger *ledger,
                                              const struct plx_subject *subject, struct plx_exchange_counts *exchanges,
                                              struct plx_conclusion *conclusion);

#endif
