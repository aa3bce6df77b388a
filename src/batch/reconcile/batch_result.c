/* SPDX-License-Identifier: Apache-2.0 */
/* Results as JSON. What is shown of rows went through the rules' redaction first. */
#include "batch/reconcile/batch_result.h"

#include "base/time_text.h"
#include "compare/redact.h"

#include <stdarg.h>
#include <stdio.h>

#define ROW_BYTES_MAX   (256u << 10)
#define SHOWN_TOTAL_MAX (8u << 20) /* of a kind; beyond it rows are counted alone */
#define NOTES_BYTES_MAX 16384u

static const char *const kind_names[PLX_ROW_KINDS] = {"only_left", "only_right", "differing"};

void
plx_reconcile_result_init(struct plx_reconcile_result *result, const struct plx_reconcile_job *job, uint32_t shown_max)
{
    *result = (struct plx_reconcile_result){.name = job->name, .shown_max = shown_max};
    for (int i = 0; i < PLX_SIDES; i++)
        snprintf(result->stores[i], sizeof(result->stores[i]), "%s", plx_reconcile_shown(job->sides[i].store));
    for (int i = 0; i < PLX_ROW_KINDS; i++)
        plx_buffer_init(&result->shown[i], SHOWN_TOTAL_MAX + ROW_BYTES_MAX);
    plx_buffer_init(&result->notes, NOTES_BYTES_MAX);
}

void
plx_reconcile_result_fini(struct plx_reconcile_result *result)
{
    for (int i = 0; i < PLX_ROW_KINDS; i++)
        plx_buffer_fini(&result->shown[i]);
    plx_buffer_fini(&result->notes);
}

void
plx_reconcile_result_clear(struct plx_reconcile_result *result)
{
    uint64_t recovered = result->counts.recovered;

    result->counts = (struct plx_reconcile_counts){.recovered = recovered};
    for (int i = 0; i < PLX_ROW_KINDS; i++)
        plx_buffer_clear(&result->shown[i]);
    memset(result->shown_count, 0, sizeof(result->shown_count));
    plx_buffer_clear(&result->notes);
}

bool
plx_reconcile_result_is_true(const struct plx_reconcile_result *result)
{
    return result->counts.only_left == 0 && result->counts.only_right == 0 && result->counts.differing == 0;
}

/* ---- rows ---- */

static bool
add_row(struct plx_buffer *out, const struct plx_reconcile_job *job, const struct plx_record *record,
        struct plx_slice first, struct plx_arena *arena)
{
    struct plx_buffer row;

    plx_buffer_init(&row, ROW_BYTES_MAX);
    plx_pair_write_shown(&row, job, record, first, PLX_SHOWN_BYTES_MAX);
    if (row.failed)
        plx_buffer_text(out, "\"[too long to be shown]\"");
    else if (plx_rules_write_redacted(job->rules, plx_buffer_slice(&row), PLX_SECRET_ANY_TEXT, SIZE_MAX, arena, out) !=
             PLX_OK)
        plx_buffer_text(out, "\"[can't be shown]\"");
    plx_buffer_fini(&row);
    return !out->failed;
}

static void
write_differences(struct plx_json_writer *json, const struct plx_comparison *comparison)
{
    plx_json_begin_array(json);
    for (size_t i = 0; i < comparison->count; i++) {
        const struct plx_difference *d = &comparison->differences[i];
        plx_json_begin_object(json);
        plx_json_key(json, "field");
        plx_json_string(json, d->field);
        plx_json_key(json, "kind");
        plx_json_text_value(json, plx_kind_text(d->kind));
        if (d->kind != PLX_KIND_EXTRA) {
            plx_json_key(json, "left");
            plx_json_string(json, d->primary);
        }
        if (d->kind != PLX_KIND_MISSING) {
            plx_json_key(json, "right");
            plx_json_string(json, d->candidate);
        }
        plx_json_end_object(json);
    }
    plx_json_end_array(json);
}

bool
plx_reconcile_result_show(struct plx_reconcile_result *result, const struct plx_reconcile_job *job,
                          enum plx_row_kind kind, const struct plx_record *left, const struct plx_record *right,
                          const struct plx_comparison *comparison, struct plx_arena *arena)
{
    struct plx_buffer *out = &result->shown[kind];
    struct plx_json_writer json;

    if (result->shown_count[kind] == result->shown_max || out->len > SHOWN_TOTAL_MAX)
        return true;
    if (result->shown_count[kind]++ > 0)
        plx_buffer_byte(out, ',');
    if (kind != PLX_ROW_DIFFERING)
        return add_row(out, job, left ? left : right, result->first[left ? PLX_LEFT : PLX_RIGHT], arena);
    plx_buffer_text(out, "{\"left\":");
    if (!add_row(out, job, left, result->first[PLX_LEFT], arena))
        return false;
    plx_buffer_text(out, ",\"right\":");
    if (!add_row(out, job, right, result->first[PLX_RIGHT], arena))
        return false;
    plx_buffer_text(out, ",\"differences\":");
    plx_json_writer_init(&json, out);
    write_differences(&json, comparison);
    plx_buffer_byte(out, '}');
    return !out->failed;
}

void
plx_reconcile_result_note(struct plx_reconcile_result *result, const char *format, ...)
{
    struct plx_json_writer json;
    char text[512];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    if (result->notes.len > 0)
        plx_buffer_byte(&result->notes, ',');
    plx_json_writer_init(&json, &result->notes);
    plx_json_text_value(&json, text);
}

/* ---- JSON ---- */

static void
write_uint(struct plx_json_writer *json, const char *name, uint64_t number)
{
    plx_json_key(json, name);
    plx_json_uint(json, number);
}

static void
write_list(struct plx_json_writer *json, const char *name, const struct plx_buffer *values)
{
    plx_json_key(json, name);
    plx_json_begin_array(json);
    if (values->len > 0)
        plx_json_raw(json, plx_buffer_slice(values));
    plx_json_end_array(json);
}

static void
write_begin(struct plx_json_writer *json, const struct plx_reconcile_result *result)
{
    char started[PLX_TIME_TEXT];

    plx_json_key(json, "name");
    plx_json_text_value(json, result->name);
    plx_json_key(json, "result");
    if (result->failed)
        plx_json_null(json);
    else
        plx_json_bool(json, plx_reconcile_result_is_true(result));
    plx_time_text((uint64_t)result->started_ms, started);
    plx_json_key(json, "started");
    plx_json_text_value(json, started);
    plx_json_key(json, "seconds");
    plx_json_double(json, result->seconds);
    for (int i = 0; i < PLX_SIDES; i++) {
        plx_json_key(json, PLX_SIDE_TEXT(i));
        plx_json_begin_object(json);
        plx_json_key(json, "store");
        plx_json_text_value(json, result->stores[i]);
        write_uint(json, "rows", result->counts.rows[i]);
        plx_json_end_object(json);
    }
}

static uint64_t
kind_count(const struct plx_reconcile_result *result, int kind)
{
    return kind == PLX_ROW_ONLY_LEFT    ? result->counts.only_left
           : kind == PLX_ROW_ONLY_RIGHT ? result->counts.only_right
                                        : result->counts.differing;
}

void
plx_reconcile_result_write(struct plx_json_writer *json, const struct plx_reconcile_result *result)
{
    uint64_t cut = 0;

    plx_json_begin_object(json);
    write_begin(json, result);
#define WRITE_COUNT(name, help) write_uint(json, #name, result->counts.name);
    PLX_RECONCILE_COUNT_MAP(WRITE_COUNT)
#undef WRITE_COUNT
    plx_json_key(json, "error");
    plx_json_text_value(json, result->failed ? result->error : NULL);
    write_list(json, "notes", &result->notes);
    plx_json_key(json, "examples");
    plx_json_begin_object(json);
    for (int i = 0; i < PLX_ROW_KINDS; i++) {
        write_list(json, kind_names[i], &result->shown[i]);
        cut += kind_count(result, i) - result->shown_count[i];
    }
    plx_json_end_object(json);
    write_uint(json, "examples_cut", cut);
    plx_json_end_object(json);
}

/* ---- for the ledger ---- */

static void
show_examples(const struct plx_reconcile_result *result, int kind, struct plx_arena *arena,
              struct plx_reconciliation *out)
{
    struct plx_document document;
    struct plx_slice text = plx_buffer_slice(&result->shown[kind]);
    char *list = plx_arena_alloc(arena, text.len + 2);
    uint32_t shown = 0;

    if (!list)
        return;
    list[0] = '[';
    memcpy(list + 1, text.len ? text.ptr : "", text.len);
    list[text.len + 1] = ']';
    if (plx_json_read(plx_slice_make(list, text.len + 2), NULL, arena, &document, NULL) != PLX_OK)
        return;
    for (uint32_t at = 1; at < document.count; at = document.nodes[at].next, shown++)
        if (document.nodes[at].type == PLX_OBJECT)
            plx_reconciliation_show(out, (enum plx_reconciliation_kind)kind, plx_json_text(&document, at));
    out->examples_cut += kind_count(result, kind) - shown;
}

void
plx_reconcile_result_for_ledger(const struct plx_reconcile_result *result, struct plx_arena *arena,
                                struct plx_reconciliation *out)
{
    *out = (struct plx_reconciliation){
        .name = plx_slice_of(result->name),
        .outcome = result->failed                         ? PLX_RECONCILIATION_FAILED
                   : plx_reconcile_result_is_true(result) ? PLX_RECONCILIATION_TRUE
                                                          : PLX_RECONCILIATION_FALSE,
        .started_ms = (uint64_t)result->started_ms,
        .seconds = result->seconds,
        .left = {plx_slice_of(result->stores[PLX_LEFT]), result->counts.rows[PLX_LEFT]},
        .right = {plx_slice_of(result->stores[PLX_RIGHT]), result->counts.rows[PLX_RIGHT]},
        .error = plx_slice_of(result->failed ? result->error : ""),
    };
    if (result->failed)
        return;
    out->counts[PLX_ROWS_PAIRED] = result->counts.paired;
    out->counts[PLX_ROWS_ONLY_LEFT] = result->counts.only_left;
    out->counts[PLX_ROWS_ONLY_RIGHT] = result->counts.only_right;
    out->counts[PLX_ROWS_DIFFERING] = result->counts.differing;
    out->counts[PLX_ROWS_WAITING] = result->counts.waiting;
    out->counts[PLX_ROWS_UNEXAMINED] = result->counts.unexamined;
    out->counts[PLX_ROWS_CONSUMED] = result->counts.consumed;
    out->counts[PLX_ROWS_RECOVERED] = result->counts.recovered;
    for (int i = 0; i < PLX_ROW_KINDS; i++)
        show_examples(result, i, arena, out);
}
