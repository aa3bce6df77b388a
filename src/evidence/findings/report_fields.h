/* SPDX-License-Identifier: Apache-2.0 */
/* The fields of an endpoint as the report has them. */
#ifndef PLX_FINDINGS_REPORT_FIELDS_H
#define PLX_FINDINGS_REPORT_FIELDS_H

#include "evidence/count/counts.h"
#include "json/writer.h"

/* Appends "fields" of an endpoint; sorts them. */
void plx_fields_write(struct plx_field_counts **fields, size_t count, bool with_secondary, struct plx_json_writer *w);

#endif
