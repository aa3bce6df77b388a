/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/findings/verdicts.h"

#include "evidence/ledger/ledger_state.h"

void
plx_service_verdict(struct plx_ledger *ledger, const struct plx_service *service, struct plx_conclusion *conclusion)
{
    const struct plx_subject subject = plx_subject_service(service);
    struct plx_service_counts *counts = plx_counts_find_service(&ledger->counts, subject.kind, subject.name);
    struct plx_exchange_counts exchanges;
    struct plx_counts nothing;

    plx_counts_init(&nothing, 0);
    plx_conclude(counts ? counts : &nothing.kinds[PLX_SUBJECT_SERVICE].other, ledger, &subject, &exchanges, conclusion);
    plx_counts_fini(&nothing);
}
