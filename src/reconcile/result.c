/* SPDX-License-Identifier: Apache-2.0 */
/* Results as JSON. What is shown of rows went through the rules' redaction first. */
#include "reconcile/result.h"

#include "compare/internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#define ROW_BYTES_MAX   (256u << 10)
#define SHOWN_TOTAL_MAX (8u << 20) /* of a kind; beyond it rows are counted alone */
#define NOTES_BYTES_MAX 16384u

static const char *const kind_names[PLX_ROW_KINDS] = {"only_left", "only_right", "differing"};

void
plx_reconcile_result_init(struct plx_reconcile_result *result, const char *name, uint32_t shown_max)
{
    *result = (struct plx_reconcile_result){.name = name, .shown_max = shown_max};
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
        struct plx_arena *arena)
{
    struct plx_buffer row;

    plx_buffer_init(&row, ROW_BYTES_MAX);
    plx_pair_write_row(&row, job, record, 0, job->by_count + job->compare_count, PLX_SHOWN_BYTES_MAX);
    if (row.failed)
        plx_buffer_text(out, "\"[too long to be shown]\"");
    else if (plx_rules_write_redacted(job->rules, plx_buffer_slice(&row), arena, out) != PLX_OK)
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
        return add_row(out, job, left ? left : right, arena);
    plx_buffer_text(out, "{\"left\":");
    if (!add_row(out, job, left, arena))
        return false;
    plx_buffer_text(out, ",\"right\":");
    if (!add_row(out, job, right, arena))
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
write_begin(struct plx_json_writer *json, const char *name, int64_t started_ms, double seconds)
{
    time_t at = (time_t)(started_ms / 1000);
    struct tm tm;
    char text[40];
    size_t len = gmtime_r(&at, &tm) ? strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm) : 0;

    plx_json_key(json, "name");
    plx_json_text_value(json, name);
    snprintf(text + len, sizeof(text) - len, ".%03dZ", (int)(started_ms % 1000));
    plx_json_key(json, "started");
    plx_json_text_value(json, text);
    plx_json_key(json, "seconds");
    plx_json_double(json, seconds);
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

void
plx_reconcile_result_write(struct plx_json_writer *json, const struct plx_reconcile_result *result)
{
    plx_json_begin_object(json);
    write_begin(json, result->name, result->started_ms, result->seconds);
    plx_json_key(json, "result");
    plx_json_bool(json, plx_reconcile_result_is_true(result));
    plx_json_key(json, "rows");
    plx_json_begin_object(json);
    write_uint(json, "left", result->counts.rows[PLX_LEFT]);
    write_uint(json, "right", result->counts.rows[PLX_RIGHT]);
    plx_json_end_object(json);
#define WRITE_COUNT(name, help) write_uint(json, #name, result->counts.name);
    PLX_RECONCILE_COUNT_MAP(WRITE_COUNT)
#undef WRITE_COUNT
    write_list(json, "notes", &result->notes);
    plx_json_key(json, "first");
    plx_json_begin_object(json);
    for (int i = 0; i < PLX_ROW_KINDS; i++)
        write_list(json, kind_names[i], &result->shown[i]);
    plx_json_end_object(json);
    plx_json_end_object(json);
}

void
plx_reconcile_result_write_trouble(struct plx_json_writer *json, const char *name, int64_t started_ms, double seconds,
                                   const char *error)
{
    plx_json_begin_object(json);
    write_begin(json, name, started_ms, seconds);
    plx_json_key(json, "error");
    plx_json_text_value(json, error);
    plx_json_end_object(json);
}
