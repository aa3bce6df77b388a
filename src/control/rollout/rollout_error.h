/* SPDX-License-Identifier: Apache-2.0 */
/* Why a change is not made: for this folder alone. */
#ifndef PLX_ROLLOUT_ROLLOUT_ERROR_H
#define PLX_ROLLOUT_ROLLOUT_ERROR_H

#include "control/rollout/rollout.h"

/* Returns false. */
bool plx_rollout_fail(struct plx_rollout_error *error, int status, const char *code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif
