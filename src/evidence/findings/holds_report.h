/* SPDX-License-Identifier: Apache-2.0 */
/* What holds a service, and its last changes, as the API tells them. */
#ifndef PLX_FINDINGS_HOLDS_REPORT_H
#define PLX_FINDINGS_HOLDS_REPORT_H

#include "evidence/ledger/stages.h"
#include "json/writer.h"

/* The members "client" and "reason"; null where there is none. */
void plx_change_note_write(const struct plx_change_note *note, struct plx_json_writer *out);
/* "holds": what holds a service in this state, [] where nothing does. */
void plx_holds_write(const struct plx_stage_state *state, bool stored, struct plx_json_writer *out);
/* "changes": the last ones, newest first. */
void plx_changes_write(const struct plx_ledger *ledger, const char *service, struct plx_json_writer *out);
/* A sentence for each hold, as an element of an array. */
void plx_holds_write_sentences(const struct plx_ledger *ledger, const char *service, struct plx_json_writer *out);

#endif
