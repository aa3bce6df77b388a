/* SPDX-License-Identifier: Apache-2.0 */
/* The table of csv.h, byte by byte; runs of ordinary bytes are taken at once. */
#include "batch/reconcile/csv.h"

void
plx_csv_init(struct plx_csv *csv, size_t record_bytes_max)
{
    memset(csv, 0, offsetof(struct plx_csv, fields));
    plx_buffer_init(&csv->bytes, record_bytes_max);
    plx_csv_restart(csv);
}

void
plx_csv_fini(struct plx_csv *csv)
{
    plx_buffer_fini(&csv->bytes);
}

void
plx_csv_restart(struct plx_csv *csv)
{
    csv->state = PLX_CSV_START;
    csv->line = csv->begun = 1;
    csv->column = 1;
    csv->whole = true;
    csv->wrong = NULL;
    csv->count = 0;
}

static enum plx_status
refuse(struct plx_csv *csv, enum plx_status status, const char *wrong)
{
    csv->wrong = wrong;
    return status;
}

static enum plx_status
begin_field(struct plx_csv *csv)
{
    if (csv->count == PLX_CSV_FIELDS_MAX)
        return refuse(csv, PLX_E_LIMIT, "there are more than 4096 fields; leave columns out");
    csv->fields[csv->count++] = (struct plx_csv_field){.from = csv->bytes.len};
    csv->state = PLX_CSV_START;
    return PLX_OK;
}

static void
end_field(struct plx_csv *csv)
{
    struct plx_csv_field *field = &csv->fields[csv->count - 1];

    field->len = csv->bytes.len - field->from;
}

static enum plx_status
begin_record(struct plx_csv *csv)
{
    plx_buffer_clear(&csv->bytes);
    csv->count = 0;
    csv->whole = false;
    csv->begun = csv->line;
    return begin_field(csv);
}

static enum plx_status
end_record(struct plx_csv *csv)
{
    end_field(csv);
    csv->whole = true;
    csv->state = PLX_CSV_START;
    return PLX_OK;
}

static enum plx_status
take_plain(struct plx_csv *csv, char c)
{
    switch (c) {
    case ',':
        end_field(csv);
        return begin_field(csv) == PLX_OK ? PLX_AGAIN : PLX_E_LIMIT;
    case '\r':
        csv->state = PLX_CSV_RETURN;
        return PLX_AGAIN;
    case '\n':
        return end_record(csv);
    case '"':
        if (csv->state != PLX_CSV_START)
            return refuse(csv, PLX_E_SYNTAX,
                          "a quote stands in a field that did not begin with one; put the field in quotes and "
                          "this quote twice");
        csv->fields[csv->count - 1].quoted = true;
        csv->state = PLX_CSV_QUOTED;
        return PLX_AGAIN;
    default:
        plx_buffer_byte(&csv->bytes, c);
        csv->state = PLX_CSV_PLAIN;
        return PLX_AGAIN;
    }
}

static enum plx_status
take_behind_quote(struct plx_csv *csv, char c)
{
    if (c == '"') {
        plx_buffer_byte(&csv->bytes, c);
        csv->state = PLX_CSV_QUOTED;
        return PLX_AGAIN;
    }
    if (c != ',' && c != '\r' && c != '\n')
        return refuse(csv, PLX_E_SYNTAX,
                      "behind the quote that ends a field comes a comma or the line's end; a quote that is "
                      "meant is written twice");
    return take_plain(csv, c);
}

/* PLX_OK: the record is whole; PLX_AGAIN: go on. */
static enum plx_status
take(struct plx_csv *csv, char c)
{
    switch (csv->state) {
    case PLX_CSV_START:
    case PLX_CSV_PLAIN:
        return take_plain(csv, c);
    case PLX_CSV_QUOTED:
        if (c == '"')
            csv->state = PLX_CSV_QUOTE;
        else
            plx_buffer_byte(&csv->bytes, c);
        return PLX_AGAIN;
    case PLX_CSV_QUOTE:
        return take_behind_quote(csv, c);
    default:
        return c == '\n' ? end_record(csv)
                         : refuse(csv, PLX_E_SYNTAX,
                                  "a carriage return is not followed by a line feed; put the field in quotes, or end "
                                  "lines by CR LF or LF");
    }
}

/* The bytes at the beginning that mean nothing but themselves in this state. */
static size_t
plain_run(const struct plx_csv *csv, const char *at, const char *end)
{
    const char *from = at;

    if (csv->state == PLX_CSV_QUOTED)
        while (at != end && *at != '"' && *at != '\n')
            at++;
    else if (csv->state == PLX_CSV_PLAIN)
        while (at != end && *at != ',' && *at != '"' && *at != '\r' && *at != '\n')
            at++;
    return (size_t)(at - from);
}

static enum plx_status
check_bytes(struct plx_csv *csv)
{
    if (!csv->bytes.failed)
        return PLX_AGAIN;
    return csv->bytes.len + 1 >= csv->bytes.max
               ? refuse(csv, PLX_E_LIMIT, "the record is too long; is a closing quote missing?")
               : PLX_E_MEMORY;
}

enum plx_status
plx_csv_feed(struct plx_csv *csv, struct plx_slice bytes, size_t *used)
{
    const char *at = bytes.ptr, *end = bytes.ptr + bytes.len;
    enum plx_status status = PLX_AGAIN;

    if (bytes.len > 0 && csv->whole && (status = begin_record(csv)) == PLX_OK)
        status = PLX_AGAIN;
    while (at != end && status == PLX_AGAIN) {
        size_t run = plain_run(csv, at, end);
        if (run > 0) {
            plx_buffer_append(&csv->bytes, at, run);
            csv->column += run;
            at += run;
        } else {
            bool line_end = *at == '\n';
            status = take(csv, *at);
            if (status >= 0)
                at++;
            csv->line += line_end && status >= 0;
            csv->column = line_end ? 1 : csv->column + (status >= 0);
        }
        if (status >= 0 && csv->bytes.failed)
            status = check_bytes(csv);
    }
    *used = (size_t)(at - bytes.ptr);
    return status;
}

enum plx_status
plx_csv_end(struct plx_csv *csv)
{
    if (csv->whole)
        return PLX_DONE;
    if (csv->state == PLX_CSV_QUOTED)
        return refuse(csv, PLX_E_SYNTAX, "the file ends inside of quotes; is the closing one missing?");
    if (csv->state == PLX_CSV_RETURN)
        return refuse(csv, PLX_E_SYNTAX, "the file ends behind a carriage return; end lines by CR LF or LF");
    return end_record(csv);
}
