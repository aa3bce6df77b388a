/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A result of `parallax reconcile` that is posted: whatever it says, it is refused with what is wrong, or kept within
 * the limits, and then told as JSON that is read back as the same, as Prometheus text, and as a report.
 */
#include "../unit/json_kit.h"
#include "base/arena.h"
#include "base/assert.h"
#include "evidence/findings/reconciliations_report.h"
#include "evidence/intake/posted_reconciliation.h"
#include "evidence/metrics/metrics.h"
#include "evidence/record/reconciliation_read.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
write(const struct plx_reconciliation *result, struct plx_buffer *text)
{
    struct plx_json_writer w;

    plx_json_writer_init(&w, text);
    plx_reconciliation_write(result, &w);
    PLX_ASSERT(!text->failed);
}

/* Redacted or ill-formed text takes more room when it is written, and may then be cut elsewhere: between characters. */
static bool
is_cut(struct plx_slice text, size_t max)
{
    return text.len > max - 4;
}

/* What was read is written so that it is read as the same. */
static void
check_result(const struct plx_reconciliation *result, struct plx_arena *arena)
{
    struct plx_reconciliation again;
    struct plx_buffer once, twice;
    const char *wrong;
    size_t shown = 0;

    PLX_ASSERT(plx_reconciliation_name_fits(result->name));
    PLX_ASSERT(result->left.store.len <= PLX_RECONCILIATION_STORE_MAX &&
               result->error.len <= PLX_RECONCILIATION_ERROR_MAX);
    for (int i = 0; i < PLX_EXAMPLE_KINDS; i++)
        for (uint32_t j = 0; j < result->example_count[i]; j++)
            shown += result->examples[i][j].len;
    PLX_ASSERT(shown <= PLX_RECONCILIATION_SHOWN_MAX);
    plx_buffer_init(&once, PLX_RECONCILIATION_POST_MAX);
    plx_buffer_init(&twice, PLX_RECONCILIATION_POST_MAX);
    write(result, &once);
    PLX_ASSERT(plx_reconciliation_read(plx_buffer_slice(&once), NULL, arena, &again, &wrong) == PLX_OK);
    PLX_ASSERT(again.started_ms == result->started_ms && again.outcome == result->outcome &&
               memcmp(again.counts, result->counts, sizeof(again.counts)) == 0);
    write(&again, &twice);
    PLX_ASSERT(is_cut(again.error, PLX_RECONCILIATION_ERROR_MAX) ||
               is_cut(again.left.store, PLX_RECONCILIATION_STORE_MAX) ||
               is_cut(again.right.store, PLX_RECONCILIATION_STORE_MAX) ||
               plx_slice_equal(plx_buffer_slice(&once), plx_buffer_slice(&twice)));
    plx_buffer_fini(&once);
    plx_buffer_fini(&twice);
}

static void
check_ledger(const struct plx_reconciliation *result, struct plx_arena *arena)
{
    const struct plx_ledger_options options = {.confidence = 0.99, .detect = 0.05};
    struct plx_ledger *ledger = plx_ledger_open(&options, (struct plx_store){NULL, NULL});
    struct plx_document document;
    struct plx_json_writer w;
    struct plx_buffer text;

    PLX_ASSERT(ledger);
    plx_buffer_init(&text, 16u << 20);
    for (int i = 0; i < 2; i++)
        PLX_ASSERT(plx_reconciliation_take(ledger, result) == PLX_OK);
    plx_json_writer_init(&w, &text);
    PLX_ASSERT(plx_findings_write_reconciliation(ledger, result->name, &w) && !text.failed);
    PLX_ASSERT(plx_json_read(plx_buffer_slice(&text), NULL, arena, &document, NULL) == PLX_OK);
    PLX_ASSERT(!json_fault(&document));
    plx_buffer_clear(&text);
    plx_metrics_write(ledger, NULL, &text);
    PLX_ASSERT(!text.failed);
    plx_buffer_fini(&text);
    plx_ledger_close(ledger);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *copy = malloc(size ? size : 1); /* exactly its bytes, so that what is read beyond them is found */
    struct plx_arena *arena = plx_arena_new(NULL);
    struct plx_reconciliation result;
    const char *wrong = NULL;

    PLX_ASSERT(copy && arena);
    if (size)
        memcpy(copy, data, size);
    enum plx_status status = plx_reconciliation_read(plx_slice_make(copy, size), NULL, arena, &result, &wrong);
    PLX_ASSERT(status == PLX_OK || (status == PLX_E_SYNTAX && wrong));
    if (status == PLX_OK) {
        check_result(&result, arena);
        check_ledger(&result, arena);
    }
    free(copy);
    plx_arena_free(arena);
    return 0;
}
