/* SPDX-License-Identifier: Apache-2.0 */
/* Epochs as members of a report: the present one, which its numbers are of, and the earlier ones in a line each. */
#ifndef PLX_FINDINGS_EPOCHS_LIST_H
#define PLX_FINDINGS_EPOCHS_LIST_H

#include "evidence/count/counts.h"
#include "evidence/count/epochs.h"
#include "json/writer.h"

/* "epoch" (when it began), "epoch_ended" (null unless ended_ms), "epoch_name", "epoch_why", "epoch_version",
 * "epoch_reason"; null where nothing is known. */
void plx_epochs_write_present(const struct plx_service_counts *counts, uint64_t ended_ms, struct plx_json_writer *w);
/* "epochs": the earlier ones, newest first. */
void plx_epochs_write_earlier(const struct plx_service_counts *counts, struct plx_json_writer *w);
/* Members of the object of one: began, ended, name, why, version, reason, candidate. */
void plx_epoch_write(const struct plx_epoch *epoch, struct plx_json_writer *w);
/* What it came to: "verdict" and "exchanges". */
void plx_epoch_write_outcome(const char *verdict, uint64_t exchanges, struct plx_json_writer *w);
/* The elements of the array of earlier ones, each with what it came to; null where its report was not kept. */
void plx_epochs_write_elements(const struct plx_epochs *epochs, struct plx_json_writer *w);

#endif
