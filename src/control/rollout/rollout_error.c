/* SPDX-License-Identifier: Apache-2.0 */
/* Filling in why a change is not made. */
#include "control/rollout/rollout_error.h"

#include <stdarg.h>
#include <stdio.h>

bool
plx_rollout_fail(struct plx_rollout_error *error, int status, const char *code, const char *format, ...)
{
    va_list arguments;

    error->status = status;
    error->code = code;
    va_start(arguments, format);
    vsnprintf(error->message, sizeof(error->message), format, arguments);
    va_end(arguments);
    return false;
}
