/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a cause of mismatches is known by: a hash of the endpoint and of the fields that differ beyond noise, whatever
 * their order. It is the same in every worker, after a restart and in the next version: stores and URLs have it.
 */
#ifndef PLX_COUNT_CAUSE_ID_H
#define PLX_COUNT_CAUSE_ID_H

#include "evidence/count/exchange_outcome.h"

/* The cause of a mismatch: over all its fields that differ beyond noise. Never 0, which is that of "(other)". */
uint64_t plx_cause_id(const struct plx_exchange_outcome *outcome);
/* Of each of those fields a hash, added up. */
uint64_t plx_cause_id_fields(const struct plx_exchange_outcome *outcome);
/* The same from its parts: of each of the fields a hash, added up. */
uint64_t plx_cause_id_of(struct plx_slice endpoint, uint64_t fields);
uint64_t plx_cause_id_field(struct plx_slice field, enum plx_kind kind);
/* Whether a field is one that makes a cause. */
bool plx_cause_id_takes(const struct plx_field *field);

/* An id as 16 hex digits, and back; false for any other text. */
#define PLX_CAUSE_TEXT 17
void plx_cause_id_text(uint64_t id, char out[PLX_CAUSE_TEXT]);
bool plx_cause_id_read(struct plx_slice text, uint64_t *id);

#endif
