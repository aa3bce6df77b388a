/* SPDX-License-Identifier: Apache-2.0 */
/* A result of `parallax reconcile` from JSON: as somebody posted it, or as the store has it. */
#ifndef PLX_RECORD_RECONCILIATION_READ_H
#define PLX_RECORD_RECONCILIATION_READ_H

#include "base/arena.h"
#include "evidence/record/reconciliation.h"
#include "secrets/secrets.h"

/*
 * Reads what plx_reconciliation_write() wrote, or anybody else. Members that it does not know are let pass: a later
 * Parallax may send more than this one keeps. What is secret by its name is left out (NULL: the built-in list). Texts
 * are in the arena or in text. PLX_E_SYNTAX: *wrong (static) says what and how to mend it; PLX_E_MEMORY. On failure
 * *result is untouched.
 */
PLX_MUST_USE enum plx_status plx_reconciliation_read(struct plx_slice text, const struct plx_secrets *secrets,
                                                     struct plx_arena *arena, struct plx_reconciliation *result,
                                                     const char **wrong);

#endif
