/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the epochs of a service are told, and where the next one begins, whoever wants it: a command, a candidate with
 * another address, other rules, another version. What ends is kept as its report, shortened where it would be too long.
 */
#ifndef PLX_FINDINGS_EPOCHS_REPORT_H
#define PLX_FINDINGS_EPOCHS_REPORT_H

#include "evidence/count/epochs.h"
#include "evidence/findings/service_report.h"

/*
 * Begins the next epoch of a service: why, name and version are next's, its address and rules those of the subject's
 * service, the time now. An epoch in which nothing was counted is not kept. PLX_E_LIMIT: too many services;
 * PLX_E_MEMORY. Nothing has changed then.
 */
PLX_MUST_USE enum plx_status plx_findings_begin_epoch(struct plx_ledger *ledger, const struct plx_subject *subject,
                                                      const struct plx_epoch *next);

/* {"name":..,"epochs":[..]}: the present one first, whose "ended" is null, then the earlier ones, newest first. */
void plx_findings_write_epochs(struct plx_ledger *ledger, const struct plx_subject *subject,
                               struct plx_json_writer *out);
/* Of the object of one epoch all but the verdict. */
void plx_findings_write_present_epoch(struct plx_ledger *ledger, const struct plx_subject *subject,
                                      struct plx_json_writer *out);

enum plx_epoch_found {
    PLX_EPOCH_FOUND,
    PLX_EPOCH_UNKNOWN,
    PLX_EPOCH_NOT_KEPT, /* there is no report of it */
};

/* The report of the epoch of this name, or that began at this time. */
enum plx_epoch_found plx_findings_write_epoch_report(struct plx_ledger *ledger, const struct plx_subject *subject,
                                                     struct plx_slice name, struct plx_json_writer *out);

#endif
