/* SPDX-License-Identifier: Apache-2.0 */
/* Spies as Prometheus text. */
#ifndef PLX_METRICS_METRICS_SPIES_H
#define PLX_METRICS_METRICS_SPIES_H

#include "evidence/metrics/exposition.h"

void plx_spies_expose(struct plx_exposition *e);

#endif
