/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Epochs of a service: the time in which evidence belongs to one build of the candidate. The present one is what the
 * counts are of; earlier ones are kept as the reports that they ended with.
 */
#ifndef PLX_COUNT_EPOCHS_H
#define PLX_COUNT_EPOCHS_H

#include "base/list.h"
#include "service/change_note.h"

#include <parallax/base.h>

#define PLX_EPOCHS_MAX        20u /* earlier ones of a service; the oldest go */
#define PLX_EPOCH_NAME_MAX    64u
#define PLX_EPOCH_VERSION_MAX 64u
#define PLX_EPOCH_URL_MAX     256u
#define PLX_EPOCH_REPORT_MAX  (1u << 20) /* bytes; a longer one is kept without its fields' examples, or not at all */

/* Why one began: enum, name, for people. */
#define PLX_EPOCH_WHY_MAP(X)                                                        \
    X(PLX_EPOCH_FIRST, "first", "the first exchange")                               \
    X(PLX_EPOCH_MARKED, "marked", "it was marked")                                  \
    X(PLX_EPOCH_CANDIDATE, "candidate", "the candidate has another address")        \
    X(PLX_EPOCH_RULES, "rules", "other rules hold")                                 \
    X(PLX_EPOCH_VERSION, "version", "the candidate's answers name another version") \
    X(PLX_EPOCH_RESET, "reset", "what was known was forgotten on purpose")

enum plx_epoch_why {
#define PLX_EPOCH_ENUM(name, text, words) name,
    PLX_EPOCH_WHY_MAP(PLX_EPOCH_ENUM)
#undef PLX_EPOCH_ENUM
        PLX_EPOCH_WHYS
};

const char *plx_epoch_why_text(enum plx_epoch_why why);
bool plx_epoch_why_of(struct plx_slice text, enum plx_epoch_why *why);

struct plx_epoch {
    struct plx_list node;        /* of earlier ones, oldest first */
    uint64_t began_ms, ended_ms; /* since the epoch of clocks; ended 0: the present one */
    enum plx_epoch_why why;
    char name[PLX_EPOCH_NAME_MAX + 1];       /* empty: it has none */
    char version[PLX_EPOCH_VERSION_MAX + 1]; /* that the candidate's answers name; empty: none */
    char candidate[PLX_EPOCH_URL_MAX + 1];   /* its address, as configured; empty: not known */
    char reason[PLX_CHANGE_REASON_MAX + 1];  /* that was given for a mark; empty: none */
    uint64_t rules;                          /* a hash of the rules that hold; 0: not known */
    char *report;                            /* of an earlier one: JSON; NULL: too long to be kept */
    size_t report_len;
};

struct plx_epochs {
    struct plx_epoch present;
    struct plx_list earlier;
    uint32_t count;                               /* of earlier ones */
    bool unsaved;                                 /* the store lacks a change of them */
    uint64_t dropped_ms;                          /* began_ms of the newest one that was dropped; 0: none */
    char next_version[PLX_EPOCH_VERSION_MAX + 1]; /* that the next one is to begin with; empty: none is to */
};

struct plx_epochs *plx_epochs_new(void); /* NULL: no memory */
void plx_epochs_free(struct plx_epochs *epochs);
/* Puts a copy of it, with its report, behind the others; the oldest goes where there are too many. False: no memory. */
bool plx_epochs_keep(struct plx_epochs *epochs, const struct plx_epoch *epoch, struct plx_slice report);
/* Notes what it is the epoch of: the candidate's address (NULL: none; cut to PLX_EPOCH_URL_MAX) and a hash of rules. */
void plx_epoch_note_service(struct plx_epoch *epoch, const char *candidate, uint64_t rules);
/* Whether the candidate with this address is another one than the epoch's; false where one of them has none. */
bool plx_epoch_is_of_another(const struct plx_epoch *epoch, const char *candidate);
/* What can be a name: printable, not empty, of at most PLX_EPOCH_NAME_MAX bytes of UTF-8. */
bool plx_epoch_name_is_fit(struct plx_slice name);
/* By name, or by the time that it began (RFC 3339; without milliseconds the second), the newest that fits;
 * &epochs->present, or NULL. */
const struct plx_epoch *plx_epochs_find(const struct plx_epochs *epochs, struct plx_slice name);

#endif
