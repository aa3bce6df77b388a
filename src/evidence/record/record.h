/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One mismatch, whole: the request, the answers and the differences, redacted and bounded, as a value with columns in
 * one piece of memory. It is made at the end of its exchange, where the client's next request may wait, and so holds
 * bytes as they came; record_json.h makes of it what docs/api.md shows, for whoever asks, and for the store.
 */
#ifndef PLX_RECORD_RECORD_H
#define PLX_RECORD_RECORD_H

#include "base/list.h"
#include "evidence/record/kept_message.h"

#define PLX_RECORD_BYTES_MAX (256u << 10) /* of one, as JSON: bodies are cut to fit, and say so */
/* How it is shared out, beside kept_message.h. */
#define PLX_RECORD_DIFFERENCES_MAX (48u << 10)
#define PLX_RECORD_NAMES_MAX       (16u << 10) /* of the fields that a record is found by, and of a cause's name */
#define PLX_RECORD_NAMES_SPARE     24u         /* of these, for the cause's name in a store */

/* What a role did. */
struct plx_kept_role {
    bool asked;
    bool failed;
    unsigned reason; /* why: an incomparable one of the subject's kind */
    uint64_t duration_ns;
    bool answered; /* there is an answer, or a call, to show: */
    struct plx_kept_message answer;
};

/* All that it points to lies behind it. */
struct plx_record {
    struct plx_list node;
    size_t bytes;      /* of all of it */
    uint64_t sequence; /* given by the ledger; 0 before */
    char id[PLX_EXCHANGE_ID_BYTES + 1];
    enum plx_subject_kind kind;
    struct plx_slice service, endpoint;
    bool moved;             /* the ledger's: since it was stored */
    uint64_t cause;         /* 0: an earlier version did not know of causes */
    struct plx_slice names; /* the fields that differ, each behind two bytes of its length */
    /* Of one that a store gave back this is the rest: an object, without its sequence. Else it is empty, and there is:
     */
    struct plx_slice json;
    uint64_t time_ms; /* since the epoch, of the exchange's arrival */
    enum plx_verdict verdict;
    bool is_http; /* it has a request and roles; else only parts */
    struct plx_kept_message request;
    struct plx_kept_role roles[PLX_ROLES];
    struct plx_record_part *parts; /* their keys are static */
    size_t part_count;
    struct plx_difference *differences; /* those that fit */
    size_t difference_count;
    uint64_t differences_total;
};

/* NULL where there is no memory, or where the record would not fit. Allocates in scratch, too. */
struct plx_record *plx_record_new(const struct plx_exchange_outcome *outcome, struct plx_arena *scratch);
/* One that a store gives back, from its parts, which are copied; NULL where there is no memory. */
struct plx_record *plx_record_make(struct plx_slice id, const struct plx_subject *subject, struct plx_slice endpoint,
                                   uint64_t cause, struct plx_slice names, struct plx_slice json);
void plx_record_free(struct plx_record *record);
/* A copy that is of another endpoint and cause; NULL where there is no memory. */
struct plx_record *plx_record_moved(const struct plx_record *record, struct plx_slice endpoint, uint64_t cause);

bool plx_record_is_of(const struct plx_record *record, enum plx_subject_kind kind, struct plx_slice name);
/* Whether one of its differences is in the field, written with array positions or folded. */
bool plx_record_has_field(const struct plx_record *record, struct plx_slice field);

#endif
