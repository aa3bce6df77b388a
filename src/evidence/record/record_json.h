/* SPDX-License-Identifier: Apache-2.0 */
/* A record as JSON, of the shape that docs/api.md shows: made where somebody asks for it, off the way of requests. */
#ifndef PLX_RECORD_RECORD_JSON_H
#define PLX_RECORD_RECORD_JSON_H

#include "evidence/record/record.h"

/* An object, its sequence first. */
void plx_record_write(const struct plx_record *record, struct plx_json_writer *out);
/* The same without its sequence, at most PLX_RECORD_BYTES_MAX long: what a store keeps. */
void plx_record_write_stored(const struct plx_record *record, struct plx_json_writer *out);

#endif
