/* SPDX-License-Identifier: Apache-2.0 */
/* What went wrong with a reconciliation, for people: what happened, to what, what to do about it; no secrets. */
#ifndef PLX_RECONCILE_ERROR_H
#define PLX_RECONCILE_ERROR_H

#include <parallax/base.h>

struct plx_reconcile_error {
    char text[640]; /* one line */
};

/* Fills *error and returns status. */
enum plx_status plx_reconcile_fail(struct plx_reconcile_error *error, enum plx_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
enum plx_status plx_reconcile_no_memory(struct plx_reconcile_error *error);
/* A store's name as it may be shown: without a password. Stands until the thread's next call. */
const char *plx_reconcile_shown(const char *store);

#endif
