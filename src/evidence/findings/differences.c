/* SPDX-License-Identifier: Apache-2.0 */
/* Pages of the records that the ledger keeps: by subject, endpoint, field and cause, in either order. */
#include "evidence/findings/differences.h"

#include "base/assert.h"
#include "evidence/findings/causes_report.h"
#include "evidence/findings/conclusion.h"
#include "evidence/ledger/ledger_state.h"
#include "evidence/record/record_json.h"

static bool
record_is_asked_for(const struct plx_record *record, const struct plx_subject *subject,
                    const struct plx_service_counts *counts, const struct plx_differences_query *query)
{
    return plx_record_is_of(record, subject->kind, subject->name) && record->sequence > query->after &&
           (query->endpoint.len == 0 || plx_slice_equal(record->endpoint, query->endpoint)) &&
           (!query->field.ptr || plx_record_has_field(record, query->field)) &&
           (query->cause == 0 || (counts && plx_causes_are_one(counts, record->cause, query->cause)));
}

void
plx_findings_write_differences(struct plx_ledger *ledger, const struct plx_subject *subject,
                               const struct plx_differences_query *query, struct plx_json_writer *out)
{
    uint32_t limit = query->limit == 0 ? 50 : query->limit > 1000 ? 1000 : query->limit;
    uint64_t last = ledger->sequence;
    struct plx_service_counts *counts = plx_counts_find_service(&ledger->counts, subject->kind, subject->name);
    struct plx_exchange_counts exchanges;
    struct plx_conclusion conclusion;
    const struct plx_list *node;

    /* What is noise decides which causes are one. */
    if (query->cause && counts)
        plx_conclude(counts, ledger, subject, &exchanges, &conclusion);
    plx_json_begin_object(out);
    plx_json_key(out, "differences");
    plx_json_begin_array(out);
    for (node = query->oldest_first ? ledger->records.next : ledger->records.prev;
         node != &ledger->records && limit > 0; node = query->oldest_first ? node->next : node->prev) {
        const struct plx_record *record = PLX_CONTAINER(node, struct plx_record, node);

        if (!record_is_asked_for(record, subject, counts, query))
            continue;
        plx_record_write(record, out);
        /* A page that is full ends at its last record: the next one goes on from there. */
        if (--limit == 0 && query->oldest_first)
            last = record->sequence;
    }
    plx_json_end_array(out);
    plx_json_key(out, "last");
    plx_json_uint(out, last);
    plx_json_end_object(out);
}

bool
plx_findings_write_exchange(struct plx_ledger *ledger, struct plx_slice id, struct plx_json_writer *out)
{
    for (const struct plx_list *node = ledger->records.prev; node != &ledger->records; node = node->prev) {
        const struct plx_record *record = PLX_CONTAINER(node, struct plx_record, node);

        if (plx_slice_equal(plx_slice_of(record->id), id)) {
            plx_record_write(record, out);
            return true;
        }
    }
    return false;
}
