/* SPDX-License-Identifier: Apache-2.0 */
/* Epochs, told and begun. */
#include "evidence/findings/epochs_report.h"

#include "base/clock.h"
#include "evidence/findings/conclusion.h"
#include "evidence/findings/epochs_list.h"
#include "evidence/ledger/ledger_epochs.h"
#include "evidence/ledger/ledger_state.h"
#include "service/service_fingerprint.h"

static struct plx_service_counts *
find(struct plx_ledger *ledger, const struct plx_subject *subject)
{
    return plx_counts_find_service(&ledger->counts, subject->kind, subject->name);
}

/* ---- begun ---- */

/* The report as it is now, in the longest form that can be kept; empty where there is no memory. */
static void
render(struct plx_ledger *ledger, const struct plx_subject *subject, uint64_t ended_ms, struct plx_buffer *out)
{
    struct plx_json_writer w;

    for (int length = PLX_REPORT_WHOLE; length < PLX_REPORT_LENGTHS; length++) {
        plx_buffer_init(out, PLX_EPOCH_REPORT_MAX);
        plx_json_writer_init(&w, out);
        plx_findings_write_ended_report(ledger, subject, (enum plx_report_length)length, ended_ms, &w);
        if (!out->failed)
            return;
        plx_buffer_fini(out);
    }
    plx_buffer_init(out, 0);
}

/* After the present one, whatever the clock says: they are told apart by when they began. */
static uint64_t
now_after(const struct plx_service_counts *counts)
{
    uint64_t now_ms = plx_wall_ms();
    uint64_t before_ms = counts->epochs ? counts->epochs->present.began_ms : 0;

    return now_ms > before_ms ? now_ms : before_ms + 1;
}

enum plx_status
plx_findings_begin_epoch(struct plx_ledger *ledger, const struct plx_subject *subject, const struct plx_epoch *next)
{
    struct plx_service_counts *counts = plx_counts_service(&ledger->counts, subject->kind, subject->name);
    struct plx_exchange_counts sum = {0};
    struct plx_epoch epoch = *next;
    struct plx_buffer report;

    if (!plx_slice_equal(counts->name, subject->name))
        return PLX_E_LIMIT;
    epoch.began_ms = now_after(counts);
    epoch.ended_ms = 0;
    plx_epoch_note_service(&epoch, subject->service ? plx_upstream_name(&subject->service->roles[PLX_CANDIDATE]) : NULL,
                           subject->service ? plx_service_fingerprint(subject->service) : 0);
    plx_service_counts_sum(counts, &sum);
    if (plx_exchange_counts_sum(&sum).total == 0)
        return plx_ledger_replace_epoch(ledger, counts, &epoch);
    render(ledger, subject, epoch.began_ms, &report);
    enum plx_status status = plx_ledger_begin_epoch(ledger, counts, &epoch, plx_buffer_slice(&report));
    plx_buffer_fini(&report);
    return status;
}

/* ---- told ---- */

void
plx_findings_write_present_epoch(struct plx_ledger *ledger, const struct plx_subject *subject,
                                 struct plx_json_writer *out)
{
    const struct plx_service_counts *counts = find(ledger, subject);

    if (counts && counts->epochs)
        plx_epoch_write(&counts->epochs->present, out);
}

static void
write_present(struct plx_ledger *ledger, const struct plx_subject *subject, struct plx_service_counts *counts,
              struct plx_json_writer *out)
{
    struct plx_exchange_counts exchanges;
    struct plx_conclusion conclusion;

    plx_conclude(counts, ledger, subject, &exchanges, &conclusion);
    plx_json_begin_object(out);
    plx_epoch_write(&counts->epochs->present, out);
    plx_epoch_write_outcome(plx_evidence_text(conclusion.verdict), plx_exchange_counts_sum(&exchanges).total, out);
    plx_json_end_object(out);
}

void
plx_findings_write_epochs(struct plx_ledger *ledger, const struct plx_subject *subject, struct plx_json_writer *out)
{
    struct plx_service_counts *counts = find(ledger, subject);

    plx_json_begin_object(out);
    plx_json_key(out, "name");
    plx_json_string(out, subject->name);
    plx_json_key(out, "epochs");
    plx_json_begin_array(out);
    if (counts && counts->epochs) {
        write_present(ledger, subject, counts, out);
        plx_epochs_write_elements(counts->epochs, out);
    }
    plx_json_end_array(out);
    plx_json_end_object(out);
}

enum plx_epoch_found
plx_findings_write_epoch_report(struct plx_ledger *ledger, const struct plx_subject *subject, struct plx_slice name,
                                struct plx_json_writer *out)
{
    const struct plx_service_counts *counts = find(ledger, subject);
    const struct plx_epoch *epoch = counts && counts->epochs ? plx_epochs_find(counts->epochs, name) : NULL;

    if (!epoch)
        return PLX_EPOCH_UNKNOWN;
    if (epoch == &counts->epochs->present) {
        plx_findings_write_report(ledger, subject, out);
        return PLX_EPOCH_FOUND;
    }
    if (!epoch->report)
        return PLX_EPOCH_NOT_KEPT;
    plx_json_raw(out, plx_slice_make(epoch->report, epoch->report_len));
    return PLX_EPOCH_FOUND;
}
