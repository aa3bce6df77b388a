/* SPDX-License-Identifier: Apache-2.0 */
/* Telling what went wrong, on whatever thread it did. */
#include "experiment/tell.h"

void
plx_experiment_tell(struct plx_experiment *experiment, enum plx_operation operation, int code)
{
    atomic_fetch_add_explicit(&experiment->raised_count, 1, memory_order_relaxed);
    if (experiment->raised)
        experiment->raised(experiment->raised_context, experiment->name, operation, code);
}
