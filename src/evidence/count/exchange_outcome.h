/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an exchange says at its end: to the counters, to the causes and to the record of a mismatch. Whoever ends one
 * (a worker, a spy, a program that posts the runs of an experiment) fills it; it owns nothing and is read during the
 * call alone.
 */
#ifndef PLX_COUNT_EXCHANGE_OUTCOME_H
#define PLX_COUNT_EXCHANGE_OUTCOME_H

#include "evidence/count/exchange_id.h"
#include "evidence/count/subject.h"

/* What one role did in an exchange. */
struct plx_role_outcome {
    bool asked;           /* a request was sent, or was meant to be */
    bool failed;          /* no whole answer, for this reason: */
    unsigned reason;      /* an incomparable one of the subject's kind */
    const char *detail;   /* likewise, in words: what is wrong with the answer; NULL or "": nothing more is known */
    bool retried;         /* asked again, since a kept connection was closed before any byte of an answer */
    bool lapsed;          /* of those: it had lain idle and was closed in order, as servers do with idle ones */
    int status;           /* of its answer's head; 0: none came, or it is no answer of HTTP */
    uint64_t duration_ns; /* from the start of its request to the end of its answer, without the time in which it was
                             held back; 0 where it failed */
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
    const struct plx_route *route; /* of a service; NULL: none matched */
    struct plx_slice endpoint;
    char id[PLX_EXCHANGE_ID_BYTES + 1];
    uint64_t time_ms;           /* since the epoch, at its arrival */
    enum plx_role served;       /* whose answer the client got, or should have */
    bool drawn;                 /* chance has decided who serves */
    uint64_t client;            /* drawn: a hash of the client; 0: the request was drawn by itself */
    enum plx_fallback fallback; /* why the primary served in the candidate's place */
    bool copied;                /* else: */
    unsigned uncopied;          /* a reason of the subject's kind */
    enum plx_verdict verdict;   /* of copied ones */
    unsigned incomparable;      /* PLX_INCOMPARABLE: a reason of the subject's kind */
    unsigned result;            /* PLX_MISMATCH: a result of the subject's kind, where it has any */
    struct plx_role_outcome roles[PLX_ROLES];
    struct plx_slice version;              /* of the candidate, as its answer names it; empty: it does not */
    const struct plx_judgement *judgement; /* NULL unless compared */
    const struct plx_rules *rules;         /* it was compared under; for redaction, too */
    bool all_is_evidence;                  /* `evidence: all` */
    /* for the record of a mismatch: */
    const struct plx_message_view *request;            /* NULL: it is no exchange of HTTP, */
    const struct plx_message_view *answers[PLX_ROLES]; /* NULL: none */
    const struct plx_record_part *parts;               /* but of these, in their order */
    size_t part_count;
};

#endif
