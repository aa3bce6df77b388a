/* SPDX-License-Identifier: Apache-2.0 */
/* Writes counts of exchanges. */
#include "evidence/findings/exchanges_report.h"

#include "base/assert.h"

void
plx_exchanges_write(const struct plx_exchange_counts *counts, struct plx_json_writer *w)
{
    struct plx_ledger_counts sum = plx_exchange_counts_sum(counts);
    const struct {
        const char *key;
        uint64_t value;
    } rows[] = {{"total", sum.total},
                {"match", sum.match},
                {"mismatch", sum.mismatch},
                {"ignored", sum.ignored},
                {"incomparable", sum.incomparable},
                {"uncopied", sum.uncopied}};

    plx_json_key(w, "exchanges");
    plx_json_begin_object(w);
    for (size_t i = 0; i < PLX_COUNT(rows); i++) {
        plx_json_key(w, rows[i].key);
        plx_json_uint(w, rows[i].value);
    }
    plx_json_end_object(w);
}

void
plx_exchanges_write_reasons(struct plx_json_writer *w, enum plx_subject_kind kind,
                            const struct plx_exchange_counts *counts)
{
    plx_json_key(w, "uncopied");
    plx_json_begin_object(w);
    for (unsigned i = 0; i < plx_subject_uncopied_count(kind); i++) {
        plx_json_key(w, plx_subject_uncopied(kind, i));
        plx_json_uint(w, counts->uncopied[i]);
    }
    plx_json_end_object(w);
    plx_json_key(w, "incomparable");
    plx_json_begin_object(w);
    for (unsigned i = 0; i < plx_subject_incomparable_count(kind); i++) {
        plx_json_key(w, plx_subject_incomparable(kind, i));
        plx_json_uint(w, counts->incomparable[i]);
    }
    plx_json_end_object(w);
    if (plx_subject_result_count(kind) == 0)
        return;
    plx_json_key(w, "mismatches");
    plx_json_begin_object(w);
    for (unsigned i = 0; i < plx_subject_result_count(kind); i++) {
        plx_json_key(w, plx_subject_result(kind, i));
        plx_json_uint(w, counts->results[i]);
    }
    plx_json_end_object(w);
}

void
plx_exchanges_write_served(struct plx_json_writer *w, const struct plx_subject *subject,
                           const struct plx_exchange_counts *counts)
{
    plx_json_key(w, "served");
    plx_json_begin_object(w);
    plx_json_key(w, plx_role_text(PLX_PRIMARY));
    plx_json_uint(w, plx_exchange_counts_sum(counts).total - counts->served_candidate);
    plx_json_key(w, plx_role_text(PLX_CANDIDATE));
    plx_json_uint(w, counts->served_candidate);
    plx_json_end_object(w);
    plx_json_key(w, "served_differed");
    plx_json_uint(w, counts->served_differed);
    plx_json_key(w, "fallbacks");
    plx_json_begin_object(w);
    for (int i = PLX_FALLBACK_NONE + 1; i < PLX_FALLBACK_COUNT; i++) {
        plx_json_key(w, plx_fallback_text((enum plx_fallback)i));
        plx_json_uint(w, counts->fallbacks[i]);
    }
    plx_json_end_object(w);
    plx_json_key(w, "retries");
    plx_json_begin_object(w);
    for (int i = 0; i < PLX_ROLES; i++) {
        if (i == PLX_SECONDARY && !counts->retries[i] && !plx_subject_has_secondary(subject))
            continue;
        plx_json_key(w, plx_role_text((enum plx_role)i));
        plx_json_uint(w, counts->retries[i]);
    }
    plx_json_end_object(w);
}

void
plx_exchanges_write_no_evidence(struct plx_json_writer *w, const struct plx_exchange_counts *counts)
{
    plx_json_key(w, "no_evidence");
    plx_json_begin_object(w);
    for (int i = 0; i < PLX_NO_EVIDENCE_COUNT; i++) {
        plx_json_key(w, plx_no_evidence_text((enum plx_no_evidence)i));
        plx_json_uint(w, counts->no_evidence[i]);
    }
    plx_json_end_object(w);
}
