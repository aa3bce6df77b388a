/* SPDX-License-Identifier: Apache-2.0 */
/* Results of reconciliations: each that comes is counted whole or not at all. */
#include "control/admin/reconciliations_api.h"
#include "evidence/findings/reconciliations_report.h"
#include "evidence/intake/posted_reconciliation.h"
#include "evidence/record/reconciliation_read.h"

#include "evidence/ledger/reconciliations.h"

_Static_assert(PLX_ADMIN_BODY_MAX >= PLX_RECONCILIATION_POST_MAX, "a result fits into a request");

void
plx_admin_get_reconciliations(struct plx_admin_call *call)
{
    struct plx_json_writer w = plx_admin_begin_json(call);

    plx_findings_write_reconciliations(call->admin->ledger, &w);
}

static void
write_reconciliation(struct plx_admin_call *call, struct plx_slice name)
{
    struct plx_json_writer w = plx_admin_begin_json(call);

    if (!plx_findings_write_reconciliation(call->admin->ledger, name, &w))
        plx_admin_fail(call->answer, 404, "no_such_reconciliation",
                       "no result of a reconciliation '%.*s' has come; GET /api/v1/reconciliations lists them",
                       PLX_ADMIN_SHOWN(name));
}

void
plx_admin_get_reconciliation(struct plx_admin_call *call)
{
    write_reconciliation(call, call->id);
}

/* Answers what is known of it then. */
void
plx_admin_post_reconciliation(struct plx_admin_call *call)
{
    struct plx_arena *arena = plx_arena_new(NULL);
    struct plx_reconciliation result;
    const char *wrong = "";
    enum plx_status status = PLX_E_MEMORY;

    if (arena)
        status = plx_reconciliation_read(call->request->body, call->admin->secrets, arena, &result, &wrong);
    if (status == PLX_OK)
        status = plx_reconciliation_take(call->admin->ledger, &result);
    if (status == PLX_OK)
        write_reconciliation(call, result.name);
    else if (status == PLX_E_SYNTAX)
        plx_admin_fail(call->answer, 400, "bad_reconciliation", "%s", wrong);
    else if (status == PLX_E_LIMIT)
        plx_admin_fail(
            call->answer, 409, "too_many_reconciliations",
            "results of %u reconciliations are kept, which is all there can be; forget one that is no longer run: "
            "POST /api/v1/reconciliations/NAME/forget",
            PLX_RECONCILIATIONS_MAX);
    else
        plx_admin_fail(call->answer, 503, "no_memory",
                       "there is no memory to keep this result; it was not counted, send it again");
    plx_arena_free(arena);
}

void
plx_admin_post_forget(struct plx_admin_call *call)
{
    struct plx_json_writer w = plx_admin_begin_json(call);

    if (call->request->body.len && !plx_slice_equal(call->request->body, plx_slice_of("{}")))
        plx_admin_fail(call->answer, 400, "bad_change", "forgetting has no body: it is about the whole reconciliation");
    else if (plx_reconciliation_forget(call->admin->ledger, call->id))
        plx_findings_write_reconciliations(call->admin->ledger, &w);
    else
        write_reconciliation(call, call->id);
}
