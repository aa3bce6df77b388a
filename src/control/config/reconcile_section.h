/* SPDX-License-Identifier: Apache-2.0 */
/* The jobs under `reconcile:`; and values that the command line gives too. */
#ifndef PLX_CONFIG_RECONCILE_SECTION_H
#define PLX_CONFIG_RECONCILE_SECTION_H

#include "batch/reconcile/reconcile_job.h"
#include "control/config/errors.h"

void plx_reconcile_read(struct plx_config_reader *reader, const struct plx_yaml *list, struct plx_reconcile_jobs *jobs);

/* A cron line, a name such as @daily, or an interval such as 15m. NULL, or what is wrong: static text. */
const char *plx_value_schedule(struct plx_slice text, struct plx_schedule *schedule);

#endif
