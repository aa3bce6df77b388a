/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stages and shares that were set by command, what holds a service, and its last changes. The store keeps them in a
 * file of their own, since a rollback has to outlive the counts. What they mean beside what the configuration says is
 * not known here (rollout/).
 */
#ifndef PLX_LEDGER_STAGES_H
#define PLX_LEDGER_STAGES_H

#include "base/list.h"
#include "evidence/ledger/ledger.h"
#include "service/change_note.h"

#define PLX_CHANGES_MAX 20u /* of a service that are kept; the oldest go */

/* share: of the clients who get the candidate's answer at that stage (plx_service_share()). */
struct plx_stage_at {
    enum plx_stage stage;
    uint32_t share;
};

struct plx_set_stage {
    enum plx_stage stage;
    uint32_t share;
    enum plx_stage configured_stage; /* what the configuration said when the command came */
    uint32_t configured_share;
    struct plx_change_note note; /* of the command */
};

struct plx_held {
    struct plx_change_note note; /* of its beginning; time 0: it does not hold */
    struct plx_stage_at from;    /* where the service was then */
};

/* What is in force by command. */
struct plx_stage_state {
    bool is_set; /* a stage and share are */
    struct plx_set_stage set;
    struct plx_held held[PLX_HOLDS];
};

/* What changes a service: enum, name. The last two come by themselves. */
#define PLX_CHANGE_MAP(X)                        \
    X(PLX_CHANGE_STAGE, "stage")                 \
    X(PLX_CHANGE_ROLLBACK, "rollback")           \
    X(PLX_CHANGE_PAUSE, "pause")                 \
    X(PLX_CHANGE_RESUME, "resume")               \
    X(PLX_CHANGE_MARK, "mark")                   \
    X(PLX_CHANGE_CONFIGURATION, "configuration") \
    X(PLX_CHANGE_CANARY_ENDED, "canary_ended")

enum plx_change_kind {
#define PLX_CHANGE_ENUM(name, text) name,
    PLX_CHANGE_MAP(PLX_CHANGE_ENUM)
#undef PLX_CHANGE_ENUM
        PLX_CHANGE_KINDS
};

const char *plx_change_text(enum plx_change_kind kind);
bool plx_change_of(struct plx_slice text, enum plx_change_kind *kind);

struct plx_change {
    enum plx_change_kind kind;
    struct plx_stage_at from, to;
    struct plx_change_note note;
};

/* What the ledger keeps of one service. */
struct plx_stage_entry {
    struct plx_list dirty; /* the ledger's: what the store does not have yet */
    char name[PLX_SERVICE_NAME_MAX + 1];
    struct plx_stage_state state;
    struct plx_change changes[PLX_CHANGES_MAX]; /* oldest first */
    uint32_t change_count;
};

/* What is in force; all zero where nothing is. */
struct plx_stage_state plx_ledger_stage_state(const struct plx_ledger *ledger, const char *service);
/* NULL: none was set, or what was set was dropped. Stands until the next change. */
const struct plx_set_stage *plx_ledger_stage(const struct plx_ledger *ledger, const char *service);
/* NULL: it does not hold. Likewise. */
const struct plx_held *plx_ledger_held(const struct plx_ledger *ledger, const char *service, enum plx_hold hold);
/* The last changes, oldest first. Likewise. */
const struct plx_change *plx_ledger_changes(const struct plx_ledger *ledger, const char *service, size_t *count);
/* Whether the store has all of this; false where there is no store. */
bool plx_ledger_stage_is_stored(const struct plx_ledger *ledger, const char *service);
/*
 * Keeps another state, and what has led to it, in the store at once: when this returns it outlives the process, and a
 * power cut too. A file that can't be written now gets it later (plx_ledger_catch_up()). PLX_E_MEMORY, PLX_E_LIMIT:
 * nothing has changed; neither can be where there is a state already.
 */
PLX_MUST_USE enum plx_status plx_ledger_set_stage(struct plx_ledger *ledger, const char *service,
                                                  const struct plx_stage_state *state, const struct plx_change *change);
/* The same of a change that leaves the state as it is. */
PLX_MUST_USE enum plx_status plx_ledger_note_change(struct plx_ledger *ledger, const char *service,
                                                    const struct plx_change *change);
/* Of a service, found or added. NULL: *status says why. */
struct plx_stage_entry *plx_ledger_stage_entry(struct plx_ledger *ledger, struct plx_slice service,
                                               enum plx_status *status);

#endif
