/* SPDX-License-Identifier: Apache-2.0 */
/* Results for a running `parallax run`, which keeps them, reports them and has them in its metrics. */
#ifndef PLX_CLIENT_RECONCILE_POST_H
#define PLX_CLIENT_RECONCILE_POST_H

#include "evidence/record/reconciliation.h"

/* Blocks. false: error (size bytes) says in one line what went wrong and how to mend it. */
bool plx_reconcile_post(const char *admin, const struct plx_reconciliation *result, char *error, size_t size);

#endif
