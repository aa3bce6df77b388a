/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Takes one value out of all that a ledger keeps, and so out of its store: what was recorded, shown as an example,
 * concluded, posted, noted, and the names that things are counted by. Counts and evidence stay as they are.
 *
 * Names of services, experiments, spies and reconciliations and rules are the configuration's, or of who posts, and
 * stay.
 */
#ifndef PLX_LEDGER_LEDGER_ERASE_H
#define PLX_LEDGER_LEDGER_ERASE_H

#include "base/buffer.h"

/* Where a value may stand: enum, name in JSON. */
#define PLX_ERASED_MAP(X)                                                                \
    X(PLX_ERASED_RECORDS, "records")                 /* mismatches kept whole */         \
    X(PLX_ERASED_FIELDS, "fields")                   /* newest examples of them */       \
    X(PLX_ERASED_RULES, "rules")                     /* examples of what they excused */ \
    X(PLX_ERASED_CAUSES, "causes")                   /* their examples */                \
    X(PLX_ERASED_RECONCILIATIONS, "reconciliations") /* their runs */                    \
    X(PLX_ERASED_EPOCHS, "epochs")                   /* their names and reports */       \
    X(PLX_ERASED_CHANGES, "changes")                 /* of stages, and holds */          \
    X(PLX_ERASED_NAMES, "names")                     /* of endpoints and fields */

enum plx_erased_kind {
#define PLX_ERASED_ENUM(name, ...) name,
    PLX_ERASED_MAP(PLX_ERASED_ENUM)
#undef PLX_ERASED_ENUM
        PLX_ERASED_KINDS
};

const char *plx_erased_text(enum plx_erased_kind kind);

/* At how many places it stood. */
struct plx_erased {
    uint64_t places[PLX_ERASED_KINDS];
};

uint64_t plx_erased_total(const struct plx_erased *erased);

struct plx_eraser;
struct plx_ledger;

/*
 * dry: only counts. Else all that was changed is saved, and the store purged of what it was before; `left` gets the
 * names of files beside the store that may have the value still, a line each, whether dry or not.
 * PLX_E_MEMORY, PLX_E_IO: some of it may be there still, in memory or in the store; once more does the rest.
 */
PLX_MUST_USE enum plx_status plx_ledger_erase(struct plx_ledger *ledger, const struct plx_eraser *eraser, bool dry,
                                              struct plx_erased *erased, struct plx_buffer *left);

#endif
