/* SPDX-License-Identifier: Apache-2.0 */
/* What an exchange adds to the rows of excuse.h, in a tally. */
#ifndef PLX_LEDGER_TALLY_EXCUSES_H
#define PLX_LEDGER_TALLY_EXCUSES_H

#include "evidence/count/counts.h"
#include "evidence/count/exchange_outcome.h"

/* Costs nothing where no rule excused anything. Values that are credentials are not shown. */
void plx_tally_count_excuses(struct plx_counts *counts, struct plx_endpoint_counts *endpoint,
                             const struct plx_exchange_outcome *outcome);

#endif
