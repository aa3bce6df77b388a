/* SPDX-License-Identifier: Apache-2.0 */
/* The table of consume.h. */
#include "batch/reconcile/consume.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

void
plx_consume_step(const char *step, unsigned batch)
{
    const char *wanted = getenv("PARALLAX_RECONCILE_STOP_AT");
    char name[64];

    if (!wanted)
        return;
    snprintf(name, sizeof(name), "%s:%u", step, batch);
    if (strcmp(wanted, name) == 0)
        raise(SIGKILL);
}

static enum plx_status
mark_batch(struct plx_journal *journal, struct plx_source *left, struct plx_source *right, struct plx_arena *arena,
           unsigned batch, struct plx_reconcile_error *error)
{
    static _Thread_local struct plx_cell ids[PLX_SIDES][PLX_CONSUME_BATCH];
    size_t count = PLX_CONSUME_BATCH;
    enum plx_status status = plx_journal_read(journal, arena, ids[PLX_LEFT], ids[PLX_RIGHT], &count, error);

    if (status == PLX_OK && count == 0)
        status = plx_reconcile_fail(error, PLX_E_IO,
                                    "the journal has fewer pairs than it says; delete it, and compare "
                                    "the marked rows of both sides by hand");
    plx_consume_step("left", batch);
    if (status == PLX_OK)
        status = left->kind->consume(left, ids[PLX_LEFT], count, error);
    plx_consume_step("right", batch);
    if (status == PLX_OK)
        status = right->kind->consume(right, ids[PLX_RIGHT], count, error);
    plx_consume_step("done", batch);
    return status == PLX_OK ? plx_journal_advance(journal, count, error) : status;
}

enum plx_status
plx_consume(struct plx_journal *journal, struct plx_source *left, struct plx_source *right, const atomic_bool *stop,
            struct plx_reconcile_error *error)
{
    struct plx_arena *arena = plx_arena_new(NULL);
    enum plx_status status = arena ? PLX_OK : plx_reconcile_no_memory(error);

    for (unsigned batch = 1; status == PLX_OK && plx_journal_done(journal) < plx_journal_pairs(journal); batch++) {
        if (stop && atomic_load(stop))
            status = plx_reconcile_fail(error, PLX_E_CANCELED,
                                        "stopped while pairs were being marked; the next run goes on with them");
        else
            status = mark_batch(journal, left, right, arena, batch, error);
        plx_arena_reset(arena);
    }
    plx_consume_step("finish", 1);
    if (status == PLX_OK)
        status = plx_journal_finish(journal, error);
    plx_arena_free(arena);
    return status;
}
