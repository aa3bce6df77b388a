/* SPDX-License-Identifier: Apache-2.0 */
/* What a run is known by. */
#ifndef PLX_EXPERIMENT_RUN_CONTEXT_H
#define PLX_EXPERIMENT_RUN_CONTEXT_H

#include "base/buffer.h"

#include <parallax/experiment.h>

struct plx_context {
    struct plx_buffer *out;
    bool left_out; /* something did not fit */
};

/* One more member. false: it does not fit, or there is no memory; nothing was written. */
bool plx_context_add(struct plx_buffer *out, const char *field, const char *text, int64_t integer);

#endif
