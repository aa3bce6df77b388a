/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a report says of that which was not looked at: the rules that excused differences, those that never applied,
 * endpoints of which nothing was compared, and headers. It adds facts and judges nothing.
 */
#ifndef PLX_FINDINGS_EXCUSED_H
#define PLX_FINDINGS_EXCUSED_H

#include "evidence/count/excuses.h"
#include "json/writer.h"

#define PLX_RULE_ROWS_MAX 1000u /* rows of rules in a report; of further ones the number */

/* The member "excused" of a service or an endpoint: {"exchanges":..,"rules":..}. */
void plx_excused_write(struct plx_excused excused, struct plx_json_writer *w);
/*
 * The members "rules" and "rules_left_out": a row for each rule and endpoint where it excused something, those that
 * excused most first; then one for each rule of the configuration that excused nothing though it might have. False
 * where there is no memory.
 */
PLX_MUST_USE bool plx_rule_rows_write(const struct plx_subject *subject, const struct plx_service_counts *counts,
                                      int64_t now_s, struct plx_json_writer *w);
/* The member "never_compared": endpoints with exchanges of which none was compared, and why. */
void plx_never_compared_write(struct plx_endpoint_counts *const *endpoints, size_t count, enum plx_subject_kind kind,
                              struct plx_json_writer *w);
/* The member "headers": "compared", "in part" (not on all routes) or "not compared". */
void plx_headers_write(const struct plx_service *service, struct plx_json_writer *w);

#endif
