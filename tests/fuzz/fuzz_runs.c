/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines that are posted as runs of experiments: whatever they say, they are counted or refused line by line, the
 * numbers add up, and what was counted can be told as JSON and as Prometheus text.
 */
#include "../unit/json_kit.h"
#include "base/arena.h"
#include "base/assert.h"
#include "evidence/findings/differences.h"
#include "evidence/findings/service_report.h"
#include "evidence/intake/experiments.h"
#include "evidence/ledger/ledger_state.h"
#include "evidence/metrics/metrics.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_json(struct plx_buffer *text)
{
    struct plx_arena *arena = plx_arena_new(NULL);
    struct plx_document document;

    PLX_ASSERT(arena && !text->failed);
    PLX_ASSERT(plx_json_read(plx_buffer_slice(text), NULL, arena, &document, NULL) == PLX_OK);
    PLX_ASSERT(!json_fault(&document));
    plx_arena_free(arena);
    plx_buffer_clear(text);
}

static void
check_experiment(struct plx_ledger *ledger, struct plx_service_counts *experiment, struct plx_buffer *text)
{
    const struct plx_subject subject = plx_subject_named(PLX_SUBJECT_EXPERIMENT, experiment->name);
    struct plx_differences_query query = {.limit = 1000};
    struct plx_exchange_counts sum = {0};
    struct plx_json_writer writer;

    plx_service_counts_sum(experiment, &sum);
    PLX_ASSERT(experiment->runs > 0 && plx_exchange_counts_sum(&sum).total >= experiment->runs);
    plx_json_writer_init(&writer, text);
    plx_findings_write_report(ledger, &subject, &writer);
    check_json(text);
    plx_json_writer_init(&writer, text);
    plx_findings_write_differences(ledger, &subject, &query, &writer);
    check_json(text);
}

static void
check(struct plx_ledger *ledger, const struct plx_runs_taken *taken)
{
    size_t count;
    struct plx_service_counts **experiments = plx_counts_services(&ledger->counts, PLX_SUBJECT_EXPERIMENT, &count);
    struct plx_buffer text;
    uint64_t runs = 0;

    PLX_ASSERT(experiments);
    plx_buffer_init(&text, 64u << 20);
    for (size_t i = 0; i < count; i++) {
        check_experiment(ledger, experiments[i], &text);
        runs += experiments[i]->runs;
    }
    PLX_ASSERT(runs == taken->taken);
    plx_metrics_write(ledger, NULL, &text);
    PLX_ASSERT(!text.failed);
    plx_buffer_fini(&text);
    free(experiments);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct plx_ledger_options options = {.confidence = 0.99, .detect = 0.05};
    char *copy = malloc(size ? size : 1); /* exactly its bytes, so that what is read beyond them is found */
    struct plx_ledger *ledger = plx_ledger_open(&options, (struct plx_store){NULL, NULL});
    struct plx_runs_taken taken;

    PLX_ASSERT(ledger && copy);
    if (size)
        memcpy(copy, data, size);
    PLX_ASSERT(plx_experiments_take(ledger, plx_slice_make(copy, size), NULL, 1, &taken) == PLX_OK);
    free(copy);
    PLX_ASSERT((taken.refused == 0) == (taken.wrong == NULL));
    if (taken.taken)
        check(ledger, &taken);
    plx_ledger_close(ledger);
    return 0;
}
