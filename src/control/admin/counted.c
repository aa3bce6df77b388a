/* SPDX-License-Identifier: Apache-2.0 */
/* What the ledger has of services, experiments and spies alike, as the admin API tells it; and runs of experiments,
 * which it takes from others. */
#include "control/admin/counted.h"

#include "base/clock.h"
#include "control/admin/names_api.h"
#include "control/admin/reload_api.h"
#include "control/admin/spies_api.h"
#include "evidence/count/cause_id.h"
#include "evidence/findings/differences.h"
#include "evidence/findings/reconciliations_report.h"
#include "evidence/findings/service_report.h"
#include "evidence/findings/summary.h"
#include "evidence/intake/experiments.h"
#include "evidence/metrics/metrics.h"
#include "experiment/publisher.h"
#include "log/log.h"
#include "log/outlet.h"
#include "traffic/threads/comparisons.h"

_Static_assert(PLX_ADMIN_BODY_MAX >= PLX_POST_BYTES_MAX, "what a publisher posts fits into a request");

/* ---- what was counted ---- */

void
plx_admin_get_report(struct plx_admin_call *call)
{
    struct plx_json_writer w = plx_admin_begin_json(call);

    plx_findings_write_report(call->admin->ledger, &call->subject, &w);
}

void
plx_admin_get_endpoints(struct plx_admin_call *call)
{
    struct plx_json_writer w = plx_admin_begin_json(call);

    plx_findings_write_endpoints(call->admin->ledger, &call->subject, &w);
}

void
plx_admin_get_differences(struct plx_admin_call *call)
{
    struct plx_differences_query query = {.endpoint = plx_admin_parameter(&call->target, "endpoint"),
                                          .field = plx_admin_parameter(&call->target, "field")};
    struct plx_slice limit = plx_admin_parameter(&call->target, "limit");
    struct plx_slice after = plx_admin_parameter(&call->target, "after");
    struct plx_slice cause = plx_admin_parameter(&call->target, "cause");
    uint64_t number = 0;
    struct plx_json_writer w;

    if (limit.ptr && (!plx_admin_number(limit, 1000, &number) || number == 0)) {
        plx_admin_fail(call->answer, 400, "bad_parameter", "limit is a number from 1 to 1000, not '%.*s'",
                       PLX_ADMIN_SHOWN(limit));
        return;
    }
    query.limit = (uint32_t)number;
    if (after.ptr && !plx_admin_number(after, INT64_MAX, &query.after)) {
        plx_admin_fail(call->answer, 400, "bad_parameter", "after is the sequence number of a difference, not '%.*s'",
                       PLX_ADMIN_SHOWN(after));
        return;
    }
    if (cause.ptr && (!plx_cause_id_read(cause, &query.cause) || query.cause == 0)) {
        plx_admin_fail(call->answer, 400, "bad_parameter",
                       "cause is the id of a cause in the report, 16 hex digits, not '%.*s'", PLX_ADMIN_SHOWN(cause));
        return;
    }
    query.oldest_first = after.ptr != NULL;
    w = plx_admin_begin_json(call);
    plx_findings_write_differences(call->admin->ledger, &call->subject, &query, &w);
}

void
plx_admin_get_exchange(struct plx_admin_call *call)
{
    struct plx_json_writer w = plx_admin_begin_json(call);

    if (!plx_findings_write_exchange(call->admin->ledger, call->id, &w))
        plx_admin_fail(call->answer, 404, "no_such_exchange",
                       "no exchange '%.*s' is recorded; only the last mismatches are kept whole",
                       PLX_ADMIN_SHOWN(call->id));
}

/* ---- experiments ---- */

void
plx_admin_get_experiments(struct plx_admin_call *call)
{
    struct plx_json_writer w = plx_admin_begin_json(call);

    plx_json_begin_object(&w);
    plx_json_key(&w, plx_subject_plural(PLX_SUBJECT_EXPERIMENT));
    plx_findings_write_summaries(call->admin->ledger, PLX_SUBJECT_EXPERIMENT, &w);
    plx_json_end_object(&w);
}

void
plx_admin_get_experiment(struct plx_admin_call *call)
{
    struct plx_json_writer w = plx_admin_begin_json(call);

    plx_findings_write_summary(call->admin->ledger, &call->subject, &w);
}

/* 400 only where nothing was taken: who gets an error sends nothing of it again. */
void
plx_admin_post_experiments(struct plx_admin_call *call)
{
    struct plx_runs_taken taken;
    struct plx_json_writer w;

    if (plx_experiments_take(call->admin->ledger, call->request->body, call->admin->secrets, plx_wall_ms(), &taken) !=
        PLX_OK) {
        plx_admin_fail(call->answer, 503, "no_memory",
                       "there is no memory to count these runs; none of them was, send them again");
        return;
    }
    w = plx_admin_begin_json(call);
    if (taken.taken == 0 && taken.refused > 0)
        call->answer->status = 400;
    plx_runs_taken_write(&taken, &w);
}

/* ---- metrics ---- */

static void
write_dropped(const struct plx_admin *admin, struct plx_buffer *out)
{
    uint64_t access = admin->access_log ? atomic_load_explicit(&admin->access_log->total, memory_order_relaxed) : 0;

    plx_buffer_text(out, "# HELP parallax_log_lines_dropped_total Lines that nobody read quickly enough, since the "
                         "start.\n# TYPE parallax_log_lines_dropped_total counter\n");
    plx_buffer_format(out, "parallax_log_lines_dropped_total{log=\"log\"} %llu\n",
                      (unsigned long long)plx_log_dropped());
    plx_buffer_format(out, "parallax_log_lines_dropped_total{log=\"access_log\"} %llu\n", (unsigned long long)access);
}

void
plx_admin_get_metrics(struct plx_admin_call *call)
{
    call->answer->status = 200;
    call->answer->content_type = "text/plain; version=0.0.4; charset=utf-8";
    plx_metrics_write(call->admin->ledger, call->admin->snapshot, &call->answer->body);
    plx_spies_write_metrics(call->admin->spies, &call->answer->body);
    plx_comparisons_write_metrics(call->admin->comparisons, &call->answer->body);
    write_dropped(call->admin, &call->answer->body);
    plx_admin_write_reload_metrics(call->admin, &call->answer->body);
    plx_admin_write_name_metrics(call->admin->names, &call->answer->body);
}
