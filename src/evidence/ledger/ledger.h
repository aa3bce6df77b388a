/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is kept: counters per endpoint and per field for every exchange, and the last mismatches whole.
 *
 *   worker:  exchange ends -> outcome -> tally (its own, no lock)        every 200 ms
 *   control: ledger <- plx_ledger_fold(tally) -> store (one transaction a fold) -> report, diffs, metrics
 *
 * A tally is a worker's counts since its last hand-over. The ledger belongs to the control thread alone: it has no
 * lock.
 */
#ifndef PLX_LEDGER_LEDGER_H
#define PLX_LEDGER_LEDGER_H

#include "evidence/count/counts.h"
#include "evidence/ledger/store_ops.h"
#include "evidence/ledger/tally.h"

#define PLX_RECORDS_MAX       1000u       /* mismatches kept whole in the ledger, the oldest go first */
#define PLX_RECORDS_BYTES_MAX (64u << 20) /* of them together */

/* After which what was recorded goes: it holds what people have sent. */
#define PLX_RETENTION_DEFAULT_MS (30 * UINT64_C(86400000))

struct plx_ledger;
struct plx_record;

struct plx_ledger_options {
    double confidence, detect;
    double allow; /* without a secondary: the share of exchanges that may differ */
    /* Adds what a store has that can be read only now (findings/store_back.h); NULL: such a store is left alone. */
    bool (*take_back)(struct plx_ledger *ledger);
    uint64_t retention_ms; /* 0: PLX_RETENTION_DEFAULT_MS */
};

/* Takes the store over, also where this fails, and reads what it holds. A store that can't be read is set aside, which
 * it tells: the ledger then begins empty. NULL: there is no memory. */
struct plx_ledger *plx_ledger_open(const struct plx_ledger_options *options, struct plx_store store);
/* Tries once more to write what the store lacks; a log line says what is lost where it fails. NULL is fine. */
void plx_ledger_close(struct plx_ledger *ledger);
/* All of them may change with a reload. */
void plx_ledger_set_options(struct plx_ledger *ledger, const struct plx_ledger_options *options);
/*
 * Adds a tally's counts and records, in one transaction of the store, and frees the tally. A store that fails (disk
 * full) is logged, the counts stay in memory and are written by a later fold, by plx_ledger_catch_up() (ledger_save.h)
 * or at the end. false: the store lacks something.
 */
bool plx_ledger_fold(struct plx_ledger *ledger, struct plx_tally *tally);
/* Whether what came then (since the epoch) is older than the retention. */
bool plx_ledger_is_expired(const struct plx_ledger *ledger, uint64_t time_ms, uint64_t now_ms);
/* Lets go of the records that came longer than the retention before now (since the epoch); whether there were any. For
 * ledger_expire.h. */
bool plx_ledger_expire_records(struct plx_ledger *ledger, uint64_t now_ms);
/* Appends a record that has its sequence and makes room for it: the oldest go. */
void plx_ledger_keep(struct plx_ledger *ledger, struct plx_record *record);

/*
 * Exchanges of a service that are not counted yet although their clients have their answers, and when the oldest of
 * them came; of each worker as it handed over last. All are forgotten, then those of each worker added.
 */
void plx_ledger_forget_under_way(struct plx_ledger *ledger);
void plx_ledger_add_under_way(struct plx_ledger *ledger, struct plx_slice service, uint64_t exchanges,
                              uint64_t since_ms);

/* Whether anything of it was counted, ever. */
bool plx_ledger_knows(const struct plx_ledger *ledger, const struct plx_subject *subject);
/* What was counted of it, all endpoints together; its mismatches by the results of its kind. */
struct plx_ledger_results plx_ledger_results(struct plx_ledger *ledger, const struct plx_subject *subject);
uint64_t plx_ledger_under_way(const struct plx_ledger *ledger, const struct plx_subject *subject);
#endif
