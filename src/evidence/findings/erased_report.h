/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLX_FINDINGS_ERASED_REPORT_H
#define PLX_FINDINGS_ERASED_REPORT_H

#include "evidence/ledger/ledger_erase.h"
#include "json/writer.h"

#define PLX_ERASED_LEFT_MAX (64u << 10) /* bytes of the names of files that may have it still */

/* What was erased, as docs/api.md shows it. left: names of files, a line each. */
void plx_findings_write_erased(const struct plx_erased *erased, bool dry, struct plx_slice left,
                               struct plx_json_writer *out);

#endif
