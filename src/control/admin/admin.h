/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The admin API and /metrics: a request in, a whole answer out, no sockets. It runs on the control thread, the only one
 * that may touch the ledger. Paths and errors are those of the contract; the caller does the HTTP around it.
 */
#ifndef PLX_ADMIN_ADMIN_H
#define PLX_ADMIN_ADMIN_H

#include "control/admin/admin_answer.h"
#include "control/admin/admin_state.h"

void plx_admin_handle(struct plx_admin *admin, const struct plx_admin_request *request,
                      struct plx_admin_answer *answer);

#endif
