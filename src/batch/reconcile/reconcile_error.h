/* SPDX-License-Identifier: Apache-2.0 */
/* What went wrong with a reconciliation, for people: what happened, to what, what to do about it; no secrets. */
#ifndef PLX_RECONCILE_RECONCILE_ERROR_H
#define PLX_RECONCILE_RECONCILE_ERROR_H

#include <parallax/base.h>

#define PLX_RECONCILE_ERROR_MAX 640u

struct plx_reconcile_error {
    char text[PLX_RECONCILE_ERROR_MAX]; /* one line */
};

/* Fills *error and is status: PLX_E_.... */
#define plx_reconcile_fail(error, status, ...) (plx_reconcile_tell_error((error), __VA_ARGS__), (status))

void plx_reconcile_tell_error(struct plx_reconcile_error *error, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static inline enum plx_status
plx_reconcile_no_memory(struct plx_reconcile_error *error)
{
    return plx_reconcile_fail(error, PLX_E_MEMORY, "out of memory");
}

/* A store's name as it may be shown: without a password. Stands until the thread's next call. */
const char *plx_reconcile_shown(const char *store);

#endif
