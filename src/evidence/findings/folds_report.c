/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/findings/folds_report.h"

#include "base/slice.h"
#include "base/time_text.h"
#include "evidence/ledger/path_folding.h"

static void
write_fold(const struct plx_path_fold *fold, struct plx_json_writer *out)
{
    char endpoint[PLX_ENDPOINT_MAX + sizeof(PLX_PATH_NAME)], time[PLX_TIME_TEXT];
    char *at = endpoint;

    plx_slice_put(&at, fold->parent);
    plx_slice_put(&at, plx_slice_of(PLX_PATH_NAME));
    plx_time_text(fold->time_ms, time);
    plx_json_begin_object(out);
    plx_json_key(out, "endpoint");
    plx_json_string(out, plx_slice_make(endpoint, (size_t)(at - endpoint)));
    plx_json_key(out, "paths");
    plx_json_uint(out, fold->names);
    plx_json_key(out, "stay");
    plx_json_begin_array(out);
    for (uint32_t i = 0; i < fold->stay_count; i++)
        plx_json_string(out, fold->stay[i]);
    plx_json_end_array(out);
    plx_json_key(out, "time");
    plx_json_text_value(out, time);
    plx_json_end_object(out);
}

void
plx_folds_write(const struct plx_ledger *ledger, const struct plx_service *service, struct plx_json_writer *out)
{
    const struct plx_path_folds *folds = plx_ledger_path_folds(ledger, service->name);

    plx_json_key(out, "folded");
    plx_json_begin_array(out);
    for (size_t i = 0; i < plx_path_folds_count(folds); i++)
        write_fold(plx_path_folds_at(folds, i), out);
    plx_json_end_array(out);
}
