/* SPDX-License-Identifier: Apache-2.0 */
/* CSV (RFC 4180) as JSON, for `parallax diff`. */
#include "cli/command/diff_tables.h"
#include "json/writer.h"

#include <stdio.h>
#include <string.h>

#define COLUMNS_MAX 4096u

struct csv {
    struct plx_slice rest;
    char delimiter;
    unsigned line;
    struct plx_buffer field; /* the present one, without its quotes */
    struct plx_buffer names; /* of the columns, one after the other */
    size_t name_ends[COLUMNS_MAX];
    size_t columns;
    struct plx_diff_fault *fault;
};

static bool
fail(struct csv *csv, const char *what)
{
    csv->fault->line = csv->line;
    csv->fault->column = 1;
    snprintf(csv->fault->what, sizeof(csv->fault->what), "%s", what);
    return false;
}

static char
delimiter_of(struct plx_slice text)
{
    const char *end = text.len ? memchr(text.ptr, '\n', text.len) : NULL;
    size_t len = end ? (size_t)(end - text.ptr) : text.len, counts[256] = {0};

    for (size_t i = 0; i < len; i++)
        counts[(unsigned char)text.ptr[i]]++;
    if (counts[';'] > counts[','] && counts[';'] > counts['\t'])
        return ';';
    return counts['\t'] > counts[','] ? '\t' : ',';
}

static char
next(struct csv *csv)
{
    char c = *csv->rest.ptr;

    csv->rest = plx_slice_make(csv->rest.ptr + 1, csv->rest.len - 1);
    csv->line += c == '\n';
    return c;
}

/* Up to the closing quote; two of them are one. */
static bool
take_quoted(struct csv *csv)
{
    for (;;) {
        if (csv->rest.len == 0)
            return fail(csv, "a quote has no end");
        char c = next(csv);
        if (c == '"') {
            if (csv->rest.len == 0 || *csv->rest.ptr != '"')
                return true;
            next(csv);
        }
        plx_buffer_byte(&csv->field, c);
    }
}

/* A field, and what stands after it. *last: it is the row's last one. */
static bool
take_field(struct csv *csv, bool *last)
{
    plx_buffer_clear(&csv->field);
    if (csv->rest.len && *csv->rest.ptr == '"') {
        next(csv);
        if (!take_quoted(csv))
            return false;
    }
    while (csv->rest.len && *csv->rest.ptr != csv->delimiter && *csv->rest.ptr != '\n' && *csv->rest.ptr != '\r')
        plx_buffer_byte(&csv->field, next(csv));
    *last = csv->rest.len == 0 || *csv->rest.ptr != csv->delimiter;
    if (!*last) {
        next(csv);
        return true;
    }
    if (csv->rest.len && *csv->rest.ptr == '\r')
        next(csv);
    if (csv->rest.len && *csv->rest.ptr == '\n')
        next(csv);
    return true;
}

static bool
take_names(struct csv *csv)
{
    for (bool last = false; !last;) {
        if (!take_field(csv, &last))
            return false;
        if (csv->columns == COLUMNS_MAX)
            return fail(csv, "there are more than 4096 columns");
        plx_buffer_add(&csv->names, plx_buffer_slice(&csv->field));
        csv->name_ends[csv->columns++] = csv->names.len;
    }
    return true;
}

static bool
write_row(struct csv *csv, struct plx_json_writer *json)
{
    unsigned line = csv->line;
    size_t column = 0;

    plx_json_begin_object(json);
    for (bool last = false; !last; column++) {
        if (!take_field(csv, &last))
            return false;
        if (column >= csv->columns)
            break;
        size_t from = column ? csv->name_ends[column - 1] : 0;
        const char *names = csv->names.ptr ? csv->names.ptr : ""; /* none of them may have a character */
        plx_json_key_slice(json, plx_slice_make(names + from, csv->name_ends[column] - from));
        plx_json_string(json, plx_buffer_slice(&csv->field));
    }
    plx_json_end_object(json);
    if (column == csv->columns)
        return true;
    csv->line = line;
    return fail(csv, column > csv->columns ? "this row has more fields than there are names"
                                           : "this row has fewer fields than there are names");
}

bool
plx_diff_csv_write_json(struct plx_slice text, struct plx_buffer *out, struct plx_diff_fault *fault)
{
    struct csv csv = {.rest = text, .line = 1, .fault = fault};
    struct plx_json_writer json;
    bool ok = true;

    *fault = (struct plx_diff_fault){0};
    if (text.len >= 3 && memcmp(text.ptr, "\xEF\xBB\xBF", 3) == 0)
        csv.rest = plx_slice_make(text.ptr + 3, text.len - 3);
    csv.delimiter = delimiter_of(csv.rest);
    plx_buffer_init(&csv.field, text.len + 1);
    plx_buffer_init(&csv.names, text.len + 1);
    plx_json_writer_init(&json, out);
    plx_json_begin_array(&json);
    if (csv.rest.len)
        ok = take_names(&csv);
    while (ok && csv.rest.len) {
        if (*csv.rest.ptr == '\n' || *csv.rest.ptr == '\r') /* a blank line */
            next(&csv);
        else
            ok = write_row(&csv, &json);
    }
    plx_json_end_array(&json);
    ok = ok && !out->failed && !csv.field.failed && !csv.names.failed;
    plx_buffer_fini(&csv.field);
    plx_buffer_fini(&csv.names);
    return ok;
}
