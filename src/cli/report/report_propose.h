/* SPDX-License-Identifier: Apache-2.0 */
/* The proposed rules as YAML, for a configuration. */
#ifndef PLX_REPORT_REPORT_PROPOSE_H
#define PLX_REPORT_REPORT_PROPOSE_H

#include "base/buffer.h"
#include "cli/report/report_model.h"

/* Services with `compare:` and `routes:`, each rule below a comment with its evidence. */
void plx_report_write_proposals(struct plx_buffer *out, const struct plx_report *report);

#endif
