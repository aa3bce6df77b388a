/* SPDX-License-Identifier: Apache-2.0 */
/* Experiments as Prometheus text. */
#ifndef PLX_METRICS_METRICS_EXPERIMENTS_H
#define PLX_METRICS_METRICS_EXPERIMENTS_H

#include "evidence/metrics/exposition.h"

void plx_experiments_expose(struct plx_exposition *e);

#endif
