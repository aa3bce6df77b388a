/* SPDX-License-Identifier: Apache-2.0 */
/* What a report warns of: that the copies lack what the primary has, and what may be done about it. */
#ifndef PLX_FINDINGS_WARNINGS_H
#define PLX_FINDINGS_WARNINGS_H

#include "evidence/count/counts.h"
#include "json/writer.h"

#define PLX_WARNINGS_MAX      16u /* of a service */
#define PLX_WARNING_BYTES_MAX 768u

/* The member "warnings" of a report: sentences. The endpoints are those of one service. */
void plx_warnings_write(struct plx_endpoint_counts *const *endpoints, size_t count, struct plx_json_writer *out);

#endif
