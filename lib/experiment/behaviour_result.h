/* SPDX-License-Identifier: Apache-2.0 */
/* Results as the experiment's own files make and copy them. */
#ifndef PLX_EXPERIMENT_BEHAVIOUR_RESULT_H
#define PLX_EXPERIMENT_BEHAVIOUR_RESULT_H

#include "experiment/experiment_state.h"

void plx_result_init(struct plx_result *result, const struct plx_experiment *experiment);
/* PLX_OK, PLX_E_MEMORY, PLX_E_UNSUPPORTED (an object without copy); *to is then without a value. */
PLX_MUST_USE enum plx_status plx_result_copy(struct plx_result *to, const struct plx_result *from);

static inline bool
plx_result_has_bytes(const struct plx_result *result)
{
    return result->kind >= PLX_RESULT_TEXT && result->kind <= PLX_RESULT_JSON;
}

#endif
