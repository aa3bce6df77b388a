/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/findings/verdicts.h"

#include "evidence/ledger/ledger_state.h"

#include <stdlib.h>

bool
plx_endpoint_counts_conclude(struct plx_endpoint_counts *endpoint, const struct plx_ledger *ledger,
                             const struct plx_subject *subject, struct plx_conclusion *conclusion)
{
    size_t count;
    struct plx_field_counts **fields = plx_endpoint_counts_fields(endpoint, &count);

    if (!fields)
        return false;
    *conclusion = (struct plx_conclusion){0};
    for (size_t i = 0; i < count; i++)
        plx_conclusion_add(conclusion, fields[i]);
    free(fields);
    plx_conclusion_finish(conclusion, &endpoint->exchanges, ledger, subject);
    return true;
}

bool
plx_service_verdict(struct plx_ledger *ledger, const struct plx_service *service, struct plx_conclusion *conclusion)
{
    const struct plx_subject subject = plx_subject_service(service);
    struct plx_service_counts *counts = plx_counts_find_service(&ledger->counts, subject.kind, subject.name);
    struct plx_exchange_counts exchanges = {0};

    if (counts)
        return plx_service_counts_conclude(counts, ledger, &subject, &exchanges, conclusion);
    *conclusion = (struct plx_conclusion){0};
    plx_conclusion_finish(conclusion, &exchanges, ledger, &subject);
    return true;
}
