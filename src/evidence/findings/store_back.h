/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A store that could not be read when the process began, and can be now: what it has kept is added to what was counted
 * in memory since. It is read once, and written as absolute sums in one transaction: so whenever the process ends, the
 * store has what it had before or the sum of both, and nothing is counted twice.
 *
 *   the present epoch is the store's still   counts and evidence of both are one
 *   it is another one (candidate, rules, a   the store's ends where the first one since began, with its report
 *   mark)
 */
#ifndef PLX_FINDINGS_STORE_BACK_H
#define PLX_FINDINGS_STORE_BACK_H

#include <parallax/base.h>

struct plx_ledger;

/* As the ledger's options take it (take_back): after PLX_STORE_BACK. Stages are not looked at. False: the store can't
 * be read, or there is no memory; nothing has changed. */
bool plx_findings_take_back(struct plx_ledger *ledger);

#endif
