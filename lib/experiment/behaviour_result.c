/* SPDX-License-Identifier: Apache-2.0 */
/* Results: what they hold and who gives it back. Setting one never fails; a copy without memory becomes an error. */
#include "experiment/behaviour_result.h"

#include "base/alloc.h"

#include <stdarg.h>
#include <stdio.h>

void
plx_result_init(struct plx_result *result, const struct plx_experiment *experiment)
{
    result->kind = PLX_RESULT_NONE;
    result->error = 0;
    result->integer = 0;
    result->release = PLX_BORROW;
    result->type = experiment ? experiment->type : NULL;
    result->allocator = experiment ? experiment->allocator : NULL;
    result->error_text[0] = '\0';
}

void
plx_result_free(struct plx_result *result)
{
    if (plx_result_has_bytes(result)) {
        if (result->release == PLX_COPY)
            plx_release(result->allocator, (char *)result->bytes.ptr, result->bytes.len + 1);
        else if (result->release)
            result->release((char *)result->bytes.ptr);
    } else if (result->kind == PLX_RESULT_OBJECT && result->type && result->type->release) {
        result->type->release(result->object);
    }
    result->kind = PLX_RESULT_NONE;
    result->release = PLX_BORROW;
}

/* Forgets what was given before. */
static void
become(struct plx_result *result, enum plx_result_kind kind)
{
    plx_result_free(result);
    result->kind = kind;
    result->error = 0;
    result->error_text[0] = '\0';
}

void
plx_result_bool(struct plx_result *result, bool value)
{
    become(result, PLX_RESULT_BOOL);
    result->boolean = value;
}

void
plx_result_int(struct plx_result *result, int64_t value)
{
    become(result, PLX_RESULT_INT);
    result->integer = value;
}

void
plx_result_double(struct plx_result *result, double value)
{
    become(result, PLX_RESULT_DOUBLE);
    result->number = value;
}

static void
set_bytes(struct plx_result *result, enum plx_result_kind kind, const void *bytes, size_t len, plx_release_fn *release)
{
    if (!bytes) {
        become(result, PLX_RESULT_NONE);
        return;
    }
    if (release == PLX_COPY) {
        char *copy = len < SIZE_MAX ? plx_alloc(result->allocator, len + 1) : NULL;
        if (!copy) {
            plx_result_error(result, PLX_E_MEMORY, "%s", plx_status_text(PLX_E_MEMORY));
            return;
        }
        memcpy(copy, bytes, len);
        copy[len] = '\0';
        bytes = copy;
    }
    become(result, kind);
    result->bytes = plx_slice_make(bytes, len);
    result->release = release;
}

void
plx_result_text(struct plx_result *result, const char *text, plx_release_fn *release)
{
    set_bytes(result, PLX_RESULT_TEXT, text, text ? strlen(text) : 0, release);
}

void
plx_result_json(struct plx_result *result, const char *json, plx_release_fn *release)
{
    set_bytes(result, PLX_RESULT_JSON, json, json ? strlen(json) : 0, release);
}

void
plx_result_bytes(struct plx_result *result, const void *bytes, size_t len, plx_release_fn *release)
{
    set_bytes(result, PLX_RESULT_BYTES, bytes ? bytes : "", bytes ? len : 0, bytes ? release : PLX_BORROW);
}

void
plx_result_object(struct plx_result *result, void *object)
{
    become(result, object ? PLX_RESULT_OBJECT : PLX_RESULT_NONE);
    result->object = object;
}

void
plx_result_error(struct plx_result *result, int code, const char *format, ...)
{
    va_list arguments;

    become(result, PLX_RESULT_NONE);
    result->error = code ? code : -1;
    va_start(arguments, format);
    vsnprintf(result->error_text, sizeof(result->error_text), format, arguments);
    va_end(arguments);
}

enum plx_status
plx_result_copy(struct plx_result *to, const struct plx_result *from)
{
    *to = *from;
    to->kind = PLX_RESULT_NONE;
    to->release = PLX_BORROW;
    if (from->kind == PLX_RESULT_OBJECT) {
        if (!from->type || !from->type->copy)
            return PLX_E_UNSUPPORTED;
        to->object = from->type->copy(from->object);
        if (!to->object)
            return PLX_E_MEMORY;
    } else if (plx_result_has_bytes(from)) {
        char *copy = plx_alloc(to->allocator, from->bytes.len + 1);
        if (!copy)
            return PLX_E_MEMORY;
        memcpy(copy, from->bytes.ptr, from->bytes.len);
        copy[from->bytes.len] = '\0';
        to->bytes.ptr = copy;
        to->release = PLX_COPY;
    }
    to->kind = from->kind;
    return PLX_OK;
}
