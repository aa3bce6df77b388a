/* SPDX-License-Identifier: Apache-2.0 */
/* What `parallax check` says of jobs under `reconcile:`. */
#ifndef PLX_REPORT_CONFIG_JOBS_H
#define PLX_REPORT_CONFIG_JOBS_H

#include "batch/reconcile/reconcile_job.h"
#include "json/writer.h"

void plx_config_jobs_say(struct plx_buffer *out, const struct plx_reconcile_jobs *jobs);
void plx_config_jobs_write(struct plx_json_writer *json, const struct plx_reconcile_jobs *jobs); /* an array */

#endif
