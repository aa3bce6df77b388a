/* SPDX-License-Identifier: Apache-2.0 */
/* An outcome in writing: a line of JSON for machines, some lines of text for a test's failure. Both are bounded. */
#include "experiment/outcome.h"

#include "base/ascii.h"
#include "base/clock.h"
#include "base/double_text.h"
#include "compare/redact.h"
#include "compare/rules.h"
#include "json/writer.h"

#include <math.h>
#include <stdio.h>

#define OUTCOME_MAX (4u << 20) /* bytes in writing: 8 values and their differences stay far below */
#define VALUE_MAX   4096u      /* bytes of a value that are shown */

static size_t
give(struct plx_buffer *buffer, char *into, size_t size)
{
    size_t len = buffer->failed ? 0 : buffer->len;

    if (into && size > 0) {
        size_t shown = len < size ? len : size - 1;
        if (shown > 0)
            memcpy(into, buffer->ptr, shown);
        into[shown] = '\0';
    }
    plx_buffer_fini(buffer);
    return len;
}

/* Its beginning, not cut within a character. */
static struct plx_slice
beginning(struct plx_slice text)
{
    if (text.len > VALUE_MAX) {
        text.len = VALUE_MAX;
        while (text.len > 0 && ((unsigned char)text.ptr[text.len] & 0xC0) == 0x80)
            text.len--;
    }
    return text;
}

static struct plx_slice
show_object(const struct plx_result *result, char *into)
{
    size_t len = result->type && result->type->show ? result->type->show(result->object, into, VALUE_MAX) : 0;

    return plx_slice_make(into, len < VALUE_MAX ? len : VALUE_MAX - 1);
}

static void
add_hex(struct plx_buffer *out, struct plx_slice bytes)
{
    for (size_t i = 0; i < bytes.len && i < VALUE_MAX / 2; i++) {
        plx_buffer_byte(out, PLX_ASCII_HEX[(unsigned char)bytes.ptr[i] >> 4]);
        plx_buffer_byte(out, PLX_ASCII_HEX[(unsigned char)bytes.ptr[i] & 15]);
    }
}

/*
 * JSON or text without what is secret: itself, or what was written into out. Where it can't be told apart all of it may
 * be: a mark is written, and that is told.
 */
static bool
redact(const struct plx_outcome *outcome, struct plx_slice *value, struct plx_buffer *out)
{
    struct plx_arena *arena = plx_arena_new(outcome->allocator);
    bool redacted =
        arena &&
        plx_rules_write_redacted(outcome->rules, *value, PLX_SECRET_ANY_TEXT, SIZE_MAX, arena, out) == PLX_OK &&
        !out->failed;

    plx_arena_free(arena);
    if (!redacted) {
        plx_buffer_clear(out);
        plx_secrets_write_mark(*value, PLX_SECRET_PLAIN, out);
    }
    *value = plx_buffer_slice(out);
    return redacted;
}

/* What redaction writes may be longer than what it replaces. */
static size_t
redacted_max(const struct plx_result *result)
{
    return result->bytes.len * PLX_SECRET_GROWTH + PLX_SECRET_GROWTH;
}

static struct plx_slice
redacted_text(const struct plx_outcome *outcome, const struct plx_result *result, struct plx_buffer *out)
{
    struct plx_slice text = result->bytes;

    plx_buffer_init_in(out, redacted_max(result), outcome->allocator);
    plx_secrets_write(plx_rules_secrets(outcome->rules), text, PLX_SECRET_ANY_TEXT, VALUE_MAX, out);
    return beginning(plx_buffer_slice(out));
}

/* ---- JSON ---- */

/* JSON that can stand in a line as it is; else it is shown as a string. */
static bool
can_be_embedded(struct plx_slice json, const struct plx_allocator *allocator)
{
    struct plx_document document;
    struct plx_arena *arena;
    bool fine;

    if (json.len == 0 || json.len > VALUE_MAX || memchr(json.ptr, '\n', json.len) || memchr(json.ptr, '\r', json.len) ||
        !(arena = plx_arena_new(allocator)))
        return false;
    fine = plx_json_read(json, NULL, arena, &document, NULL) == PLX_OK;
    plx_arena_free(arena);
    return fine;
}

static void
write_true(struct plx_json_writer *writer, const char *key)
{
    plx_json_key(writer, key);
    plx_json_bool(writer, true);
}

static void
write_json(struct plx_json_writer *writer, const struct plx_outcome *outcome, const struct plx_result *result)
{
    struct plx_slice json = result->bytes;
    struct plx_buffer out;

    plx_buffer_init_in(&out, redacted_max(result), outcome->allocator);
    if (!redact(outcome, &json, &out))
        plx_json_string(writer, json);
    else if (can_be_embedded(json, outcome->allocator))
        plx_json_raw(writer, json);
    else
        plx_json_string(writer, beginning(json));
    if (json.len > VALUE_MAX)
        write_true(writer, "cut");
    plx_buffer_fini(&out);
}

static void
write_bytes(struct plx_json_writer *writer, const struct plx_outcome *outcome, const struct plx_result *result)
{
    struct plx_buffer text;

    if (result->kind == PLX_RESULT_TEXT) {
        plx_json_string(writer, redacted_text(outcome, result, &text));
    } else {
        plx_buffer_init_in(&text, VALUE_MAX, outcome->allocator);
        add_hex(&text, result->bytes);
        plx_json_string(writer, plx_buffer_slice(&text));
    }
    plx_buffer_fini(&text);
    if (result->bytes.len > (result->kind == PLX_RESULT_BYTES ? VALUE_MAX / 2 : VALUE_MAX))
        write_true(writer, "cut");
}

static void
write_object(struct plx_json_writer *writer, const struct plx_result *result)
{
    char text[VALUE_MAX];
    struct plx_slice shown = show_object(result, text);

    if (shown.len > 0)
        plx_json_string(writer, shown);
    else
        plx_json_null(writer);
}

static void
write_result(struct plx_json_writer *writer, const struct plx_outcome *outcome, const struct plx_result *result)
{
    if (result->error) {
        plx_json_key(writer, "error");
        plx_json_begin_object(writer);
        plx_json_key(writer, "code");
        plx_json_int(writer, result->error);
        plx_json_key(writer, "text");
        plx_json_text_value(writer, result->error_text);
        plx_json_end_object(writer);
        return;
    }
    plx_json_key(writer, "value");
    switch (result->kind) {
    case PLX_RESULT_NONE:
        plx_json_null(writer);
        break;
    case PLX_RESULT_BOOL:
        plx_json_bool(writer, result->boolean);
        break;
    case PLX_RESULT_INT:
        plx_json_int(writer, result->integer);
        break;
    case PLX_RESULT_DOUBLE:
        if (isfinite(result->number))
            plx_json_double(writer, result->number);
        else
            plx_json_text_value(writer, isnan(result->number) ? "NaN" : result->number > 0 ? "Infinity" : "-Infinity");
        break;
    case PLX_RESULT_TEXT:
    case PLX_RESULT_BYTES:
        write_bytes(writer, outcome, result);
        break;
    case PLX_RESULT_JSON:
        write_json(writer, outcome, result);
        break;
    case PLX_RESULT_OBJECT:
        write_object(writer, result);
    }
}

static void
write_differences(struct plx_json_writer *writer, const struct plx_comparison *comparison)
{
    plx_json_key(writer, "differences");
    plx_json_begin_array(writer);
    for (size_t i = 0; i < comparison->count; i++) {
        const struct plx_difference *difference = &comparison->differences[i];
        plx_json_begin_object(writer);
        plx_json_key(writer, "field");
        plx_json_string(writer, difference->field);
        if (!plx_slice_equal(difference->folded, difference->field)) {
            plx_json_key(writer, "folded");
            plx_json_string(writer, difference->folded);
        }
        plx_json_key(writer, "kind");
        plx_json_text_value(writer, plx_kind_text(difference->kind));
        plx_json_key(writer, "control");
        plx_json_string(writer, difference->primary);
        plx_json_key(writer, "candidate");
        plx_json_string(writer, difference->candidate);
        if (difference->primary_cut)
            write_true(writer, "control_cut");
        if (difference->candidate_cut)
            write_true(writer, "candidate_cut");
        plx_json_end_object(writer);
    }
    plx_json_end_array(writer);
    plx_json_key(writer, "differences_total");
    plx_json_uint(writer, comparison->total);
}

static void
write_observation(struct plx_json_writer *writer, const struct plx_outcome *outcome, const struct plx_observation *seen)
{
    plx_json_begin_object(writer);
    plx_json_key(writer, "name");
    plx_json_text_value(writer, seen->name);
    if (seen != outcome->control) {
        plx_json_key(writer, "verdict");
        plx_json_text_value(writer, plx_verdict_text(seen->verdict));
    }
    if (seen->reason != PLX_REASON_NONE) {
        plx_json_key(writer, "reason");
        plx_json_text_value(writer, plx_reason_text(seen->reason));
    }
    if (seen->detail > 0) {
        plx_json_key(writer, seen->detail < 256 ? "signal" : "exit");
        plx_json_int(writer, seen->detail & 255);
    }
    if (seen->cleaned)
        write_result(writer, outcome, seen->cleaned);
    plx_json_key(writer, "wall");
    plx_json_double(writer, (double)seen->wall_ns / 1e9);
    plx_json_key(writer, "cpu");
    plx_json_double(writer, (double)seen->cpu_ns / 1e9);
    plx_json_key(writer, "position");
    plx_json_uint(writer, seen->position);
    if (seen->comparison)
        write_differences(writer, seen->comparison);
    plx_json_end_object(writer);
}

void
plx_outcome_write(const struct plx_outcome *outcome, struct plx_buffer *out)
{
    struct plx_json_writer writer;
    uint64_t now_ms = plx_wall_ms();

    plx_json_writer_init(&writer, out);
    plx_json_begin_object(&writer);
    plx_json_key(&writer, "experiment");
    plx_json_text_value(&writer, outcome->experiment);
    plx_json_key(&writer, "at");
    char at[40]; /* always with its thousandths, so that the same outcome is always of the same length */
    int len = snprintf(at, sizeof(at), "%llu.%03u", (unsigned long long)(now_ms / 1000), (unsigned)(now_ms % 1000));
    plx_json_raw(&writer, plx_slice_make(at, (size_t)len));
    plx_json_key(&writer, "place");
    plx_json_text_value(&writer, plx_place_text(outcome->place));
    plx_json_key(&writer, "verdict");
    plx_json_text_value(&writer, plx_verdict_text(outcome->verdict));
    plx_json_key(&writer, "context");
    plx_json_raw(&writer, outcome->context);
    if (outcome->shed > 0) {
        plx_json_key(&writer, "shed");
        plx_json_uint(&writer, outcome->shed);
    }
    plx_json_key(&writer, "control");
    write_observation(&writer, outcome, outcome->control);
    plx_json_key(&writer, "candidates");
    plx_json_begin_array(&writer);
    for (size_t i = 0; i < outcome->candidate_count; i++)
        write_observation(&writer, outcome, &outcome->candidates[i]);
    plx_json_end_array(&writer);
    plx_json_end_object(&writer);
}

size_t
plx_outcome_json(const struct plx_outcome *outcome, char *into, size_t size)
{
    struct plx_buffer buffer;

    plx_buffer_init_in(&buffer, OUTCOME_MAX, outcome->allocator);
    plx_outcome_write(outcome, &buffer);
    return give(&buffer, into, size);
}

/* ---- text ---- */

static void
say_json(struct plx_buffer *out, const struct plx_outcome *outcome, const struct plx_result *result)
{
    struct plx_slice json = result->bytes;
    struct plx_buffer redacted;

    plx_buffer_init_in(&redacted, redacted_max(result), outcome->allocator);
    (void)redact(outcome, &json, &redacted);
    plx_buffer_add(out, beginning(json));
    if (json.len > VALUE_MAX)
        plx_buffer_format(out, "... (%zu bytes)", json.len);
    plx_buffer_fini(&redacted);
}

static void
say_bytes(struct plx_buffer *out, const struct plx_outcome *outcome, const struct plx_result *result)
{
    struct plx_buffer text;

    if (result->kind == PLX_RESULT_TEXT)
        plx_buffer_byte(out, '"');
    if (result->kind == PLX_RESULT_BYTES)
        add_hex(out, result->bytes);
    else {
        plx_buffer_add(out, redacted_text(outcome, result, &text));
        plx_buffer_fini(&text);
    }
    if (result->kind == PLX_RESULT_TEXT)
        plx_buffer_byte(out, '"');
    if (result->bytes.len > VALUE_MAX)
        plx_buffer_format(out, "... (%zu bytes)", result->bytes.len);
}

static void
say_object(struct plx_buffer *out, const struct plx_result *result)
{
    char text[VALUE_MAX];
    struct plx_slice shown = show_object(result, text);

    if (shown.len > 0)
        plx_buffer_add(out, shown);
    else
        plx_buffer_format(out, "object at %p", result->object);
}

static void
say_result(struct plx_buffer *out, const struct plx_outcome *outcome, const struct plx_result *result)
{
    char number[PLX_DOUBLE_TEXT_MAX];

    if (result->error) {
        plx_buffer_format(out, "error %d: %s", result->error, result->error_text);
        return;
    }
    switch (result->kind) {
    case PLX_RESULT_NONE:
        plx_buffer_text(out, "nothing");
        break;
    case PLX_RESULT_BOOL:
        plx_buffer_text(out, result->boolean ? "true" : "false");
        break;
    case PLX_RESULT_INT:
        plx_buffer_format(out, "%lld", (long long)result->integer);
        break;
    case PLX_RESULT_DOUBLE:
        plx_double_text(result->number, number);
        plx_buffer_text(out, number);
        break;
    case PLX_RESULT_TEXT:
    case PLX_RESULT_BYTES:
        say_bytes(out, outcome, result);
        break;
    case PLX_RESULT_JSON:
        say_json(out, outcome, result);
        break;
    case PLX_RESULT_OBJECT:
        say_object(out, result);
    }
}

static void
say_reason(struct plx_buffer *out, const struct plx_observation *seen)
{
    plx_buffer_format(out, " (%s", plx_verdict_text(seen->verdict));
    if (seen->reason != PLX_REASON_NONE)
        plx_buffer_format(out, ": %s", plx_reason_text(seen->reason));
    if (seen->detail > 0)
        plx_buffer_format(out, ", %s %d", seen->detail < 256 ? "signal" : "exit code", seen->detail & 255);
    plx_buffer_byte(out, ')');
}

static void
say_differences(struct plx_buffer *out, const struct plx_comparison *comparison)
{
    for (size_t i = 0; i < comparison->count; i++) {
        const struct plx_difference *difference = &comparison->differences[i];
        plx_buffer_text(out, "\n    ");
        plx_buffer_add(out, difference->field.len > 0 ? difference->field : plx_slice_of("(whole)"));
        plx_buffer_format(out, " %s: ", plx_kind_text(difference->kind));
        plx_buffer_add(out, difference->primary);
        plx_buffer_text(out, " -> ");
        plx_buffer_add(out, difference->candidate);
    }
    if (comparison->total > comparison->count)
        plx_buffer_format(out, "\n    and %llu more", (unsigned long long)(comparison->total - comparison->count));
}

size_t
plx_outcome_text(const struct plx_outcome *outcome, char *into, size_t size)
{
    struct plx_buffer out;

    plx_buffer_init_in(&out, OUTCOME_MAX, outcome->allocator);
    plx_buffer_format(&out, "experiment %s: %s", outcome->experiment, plx_verdict_text(outcome->verdict));
    if (outcome->context.len > 2) {
        plx_buffer_text(&out, "\n  context: ");
        plx_buffer_add(&out, outcome->context);
    }
    for (size_t i = 0; i <= outcome->candidate_count; i++) {
        const struct plx_observation *seen = i == 0 ? outcome->control : &outcome->candidates[i - 1];
        plx_buffer_format(&out, "\n  %s: ", seen->name);
        if (seen->cleaned)
            say_result(&out, outcome, seen->cleaned);
        else
            plx_buffer_text(&out, "no result");
        if (i > 0)
            say_reason(&out, seen);
        if (seen->comparison)
            say_differences(&out, seen->comparison);
    }
    return give(&out, into, size);
}
