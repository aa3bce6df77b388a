/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a tally and the ledger are made of: for the files of this folder, and for those that read a ledger (findings/,
 * metrics/), fill it (intake/) or keep it (store/). Nobody else.
 */
#ifndef PLX_LEDGER_LEDGER_STATE_H
#define PLX_LEDGER_LEDGER_STATE_H

#include "evidence/count/counts.h"
#include "evidence/count/evidence.h"
#include "evidence/ledger/reconciliations.h"
#include "evidence/ledger/store_ops.h"

/* What came of the rechecks of a cause. It stands apart from the causes, which were handed over before most often. */
struct plx_recheck_note {
    struct plx_list node;
    struct plx_recheck_counts counts;
    enum plx_subject_kind kind;
    uint64_t fields; /* of the cause; its id follows from the endpoint's name, which the ledger may have folded */
    size_t name_len, endpoint_len;
    char texts[]; /* of the service, of the endpoint */
};

static inline struct plx_slice
plx_recheck_note_name(const struct plx_recheck_note *note)
{
    return plx_slice_make(note->texts, note->name_len);
}

static inline struct plx_slice
plx_recheck_note_endpoint(const struct plx_recheck_note *note)
{
    return plx_slice_make(note->texts + note->name_len, note->endpoint_len);
}

#define PLX_LEDGER_CAUSES_MAX 2000u /* of all services together; what comes after counts under "(other)" */

struct plx_tally {
    struct plx_counts counts;
    struct plx_last_values *last_values; /* the worker's; NULL: none is remembered */
    struct plx_list rechecks;            /* newest first */
    uint32_t recheck_count;
    struct plx_service_counts *seen; /* of the last exchange; NULL before */
    struct plx_list records;         /* oldest first */
    uint32_t record_count;
    uint64_t refused[PLX_REFUSED_COUNT];
    uint64_t newest_ms; /* since the epoch, when its newest exchange began */
    bool empty;         /* nothing of it is for the store */
};

struct plx_ledger {
    struct plx_counts counts;
    double confidence, detect, allow;
    bool (*take_back)(struct plx_ledger *ledger); /* of the options */
    uint64_t retention_ms;
    uint64_t expired_ms;     /* when examples were last looked at for their age; 0: not since that has changed */
    struct plx_list records; /* by sequence */
    size_t record_count, record_bytes;
    uint64_t refused[PLX_REFUSED_COUNT];
    uint64_t sequence;       /* of the newest record there ever was */
    uint64_t evicted;        /* of the newest record that is gone */
    struct plx_table stages; /* name of a service -> struct plx_stage_entry */
    struct plx_reconciliations reconciliations;
    struct plx_table folding; /* name of a service -> struct plx_folding */
    uint64_t folds_version;
    struct plx_store store;
    /* What the store does not have yet. */
    struct plx_list dirty_services, dirty_endpoints, dirty_fields, dirty_causes, dirty_stages, dirty_reconciliations;
    struct plx_list dirty_excuses;
    bool versions_changed; /* a service's epochs have a next_version */
    struct plx_list dirty_folding;
    struct plx_list gone_endpoints, gone_causes; /* that were merged into others: the store has to forget them */
    bool records_moved;                          /* some have another endpoint than in the store */
    bool behind;                                 /* the last transaction failed */
    bool stages_behind;                          /* stages, holds and changes could not be written */
    uint64_t store_failures;                     /* transactions that failed, since the start */
};

/* What evidence is looked for with, as the ledger's options have it. */
struct plx_evidence_options plx_ledger_evidence_options(const struct plx_ledger *ledger);

#endif
