/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the ledger counts: services, experiments and spies, side by side. A subject is known by its kind and its name:
 * two of different kinds may have the same one. What a kind has of its own (its names, limits and reasons) is a row of
 * a table in subject.c.
 *
 * Whatever the kind: a subject has endpoints (of an experiment: its candidates), and each of their exchanges (of an
 * experiment: the results of a candidate) has a verdict.
 */
#ifndef PLX_COUNT_SUBJECT_H
#define PLX_COUNT_SUBJECT_H

#include "service/service.h"

#include <parallax/experiment.h>

#define PLX_OTHER "(other)" /* where what finds no room is counted, on every level */

#define PLX_ENDPOINTS_MAX 1000u /* of one service, beside those that its configuration names */
#define PLX_LEDGER_SERVICES_MAX \
    1024u /* with those of earlier configurations; what comes after counts under "(other)" */
#define PLX_LEDGER_EXPERIMENTS_MAX 256u /* likewise */
#define PLX_LEDGER_SPIES_MAX       256u /* likewise */
#define PLX_CANDIDATES_MAX         32u  /* of one experiment, over all its programs and versions, likewise */

enum plx_subject_kind { PLX_SUBJECT_SERVICE, PLX_SUBJECT_EXPERIMENT, PLX_SUBJECT_SPY, PLX_SUBJECT_KINDS };

struct plx_subject {
    enum plx_subject_kind kind;
    struct plx_slice name;
    const struct plx_service *service; /* as the snapshot has it; NULL for the other kinds */
};

struct plx_subject plx_subject_service(const struct plx_service *service);
struct plx_subject plx_subject_named(enum plx_subject_kind kind, struct plx_slice name);
/* Whether its secondary's answers tell noise from differences. */
bool plx_subject_has_secondary(const struct plx_subject *subject);

const char *plx_subject_text(enum plx_subject_kind kind);   /* in reports and in the store: "service" */
const char *plx_subject_plural(enum plx_subject_kind kind); /* in paths: "services" */
bool plx_subject_of(struct plx_slice text, enum plx_subject_kind *kind);
bool plx_subject_of_plural(struct plx_slice text, enum plx_subject_kind *kind);
/* What its exchanges are called in sentences, several of them: "exchanges". */
const char *plx_subject_exchanges(enum plx_subject_kind kind);

size_t plx_subject_max(enum plx_subject_kind kind);           /* of this kind, those of earlier configurations too */
size_t plx_subject_endpoints_max(enum plx_subject_kind kind); /* of one ... */
size_t plx_subject_named_max(enum plx_subject_kind kind);     /* ... beside so many that its configuration names */

/*
 * Why its exchanges are incomparable or uncopied: each kind numbers its reasons from 0. A service's are enum
 * plx_incomparable and enum plx_uncopied; an experiment's are those of its candidates (PLX_RUN_INCOMPARABLE) and
 * PLX_RUN_SHED.
 */
#define PLX_REASONS_MAX              16u
#define PLX_RUN_INCOMPARABLE(reason) ((unsigned)(reason)-1) /* of an enum plx_reason other than PLX_REASON_NONE */
#define PLX_RUN_SHED                 0u

/* Why the calls of a spy were not compared: enum, name, help. */
#define PLX_SPIED_INCOMPARABLE_MAP(X)                                                                            \
    X(PLX_SPIED_TOO_LARGE, "too_large", "comparing a call takes more memory or more work than a comparison has") \
    X(PLX_SPIED_TRUNCATED, "truncated",                                                                          \
      "a call's body was larger than limits.body, or limits.bytes left no room for it, and only reading it "     \
      "could tell")                                                                                              \
    X(PLX_SPIED_CANCELED, "canceled", "Parallax ended while a call waited for its pair")                         \
    X(PLX_SPIED_UNJUDGED, "shed", "too many comparisons waited, or Parallax ended before this one")              \
    X(PLX_SPIED_CHARSET, "charset", "a call's body is in a charset that is not known")
#define PLX_SPIED_UNCOPIED_MAP(X)                                                      \
    X(PLX_SPIED_SHED, "shed", "there were limits.calls of them already, or no memory") \
    X(PLX_SPIED_UPGRADE, "upgrade", "it asked for another protocol (WebSocket)")       \
    X(PLX_SPIED_GONE, "canceled", "its caller went away before it was whole")          \
    X(PLX_SPIED_ALONE, "not_copied", "its exchange is not copied: nobody else was asked")

/* What the calls of a spy come to where they do not agree: the mismatches by their kind. */
#define PLX_SPIED_RESULT_MAP(X)                                                                         \
    X(PLX_SPIED_DIFFERENT, "different", "both sides called, and what they said differs")                \
    X(PLX_SPIED_MISSING, "missing", "the primary called and the candidate did not")                     \
    X(PLX_SPIED_EXTRA, "extra", "the candidate called and the primary did not")                         \
    X(PLX_SPIED_DUPLICATED, "duplicated", "one side made an equal call of the same exchange once more") \
    X(PLX_SPIED_LATE, "late", "its pair came after its time")

enum plx_spied_incomparable {
#define PLX_SPIED_ENUM(name, text, help) name,
    PLX_SPIED_INCOMPARABLE_MAP(PLX_SPIED_ENUM)
};
enum plx_spied_uncopied { PLX_SPIED_UNCOPIED_MAP(PLX_SPIED_ENUM) };
enum plx_spied_result {
    PLX_SPIED_RESULT_MAP(PLX_SPIED_ENUM)
#undef PLX_SPIED_ENUM
};

unsigned plx_subject_incomparable_count(enum plx_subject_kind kind);
const char *plx_subject_incomparable(enum plx_subject_kind kind, unsigned reason);
unsigned plx_subject_uncopied_count(enum plx_subject_kind kind);
const char *plx_subject_uncopied(enum plx_subject_kind kind, unsigned reason);
/* What its mismatches are told apart by: for spies. */
unsigned plx_subject_result_count(enum plx_subject_kind kind);
const char *plx_subject_result(enum plx_subject_kind kind, unsigned result);

/* Of a role that gave no whole answer for this reason: whether it is to blame, and whether it answered all the same. */
bool plx_subject_blames(enum plx_subject_kind kind, unsigned incomparable);
bool plx_subject_answered(enum plx_subject_kind kind, unsigned incomparable);

#endif
