/* SPDX-License-Identifier: Apache-2.0 */
/* Why a change of a stage or share is not made. */
#ifndef PLX_ROLLOUT_ROLLOUT_ERROR_H
#define PLX_ROLLOUT_ROLLOUT_ERROR_H

#include <stdbool.h>

/* Why not, and how to mend it. */
struct plx_rollout_error {
    int status;       /* of HTTP */
    const char *code; /* static */
    char message[400];
};

/* Fills the error in. Returns false. */
bool plx_rollout_fail(struct plx_rollout_error *error, int status, const char *code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif
