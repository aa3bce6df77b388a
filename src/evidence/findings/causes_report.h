/* SPDX-License-Identifier: Apache-2.0 */
/* The causes of a service as its report has them. */
#ifndef PLX_FINDINGS_CAUSES_REPORT_H
#define PLX_FINDINGS_CAUSES_REPORT_H

#include "evidence/count/counts.h"
#include "json/writer.h"

/*
 * Appends "causes": an array, what matters most first. Those that differ in nothing but noise are one. False where
 * there is no memory.
 */
PLX_MUST_USE bool plx_causes_write(struct plx_service_counts *service, bool with_examples, struct plx_json_writer *w);
/* Whether an exchange of the cause `own` is shown under the id `shown`. */
bool plx_causes_are_one(const struct plx_service_counts *service, uint64_t own, uint64_t shown);

#endif
