/* SPDX-License-Identifier: Apache-2.0 */
/* Looking for names among the paths of a service, as its counts grow. */
#ifndef PLX_LEDGER_PATH_NAMES_H
#define PLX_LEDGER_PATH_NAMES_H

#include "evidence/count/counts.h"

/* When to look again: after so many new endpoints, or so many exchanges and as long. */
#define PLX_FOLD_LOOK_NAMES     10u
#define PLX_FOLD_LOOK_EXCHANGES 100u
#define PLX_FOLD_LOOK_MS        1000u

struct plx_ledger;

/* Looks whether names have become evident among a service's endpoints, and merges what was counted so far. */
void plx_ledger_look_for_names(struct plx_ledger *ledger, struct plx_service_counts *service, uint64_t time_ms);

#endif
