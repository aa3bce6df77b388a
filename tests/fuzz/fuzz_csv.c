/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whatever the bytes and however they are cut, the CSV reader gives the same records or refuses them at the same place;
 * what it gives, written with quotes around everything, reads as the same again.
 */
#include "base/assert.h"
#include "batch/reconcile/csv.h"

#define RECORD_BYTES_MAX 4096u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct plx_csv csv;

struct trace {
    struct plx_buffer text;   /* everything in quotes */
    struct plx_buffer quoted; /* which fields were, and what was wrong */
};

static void
add_record(struct trace *trace)
{
    PLX_ASSERT(csv.count > 0 && csv.count <= PLX_CSV_FIELDS_MAX);
    for (size_t i = 0; i < csv.count; i++) {
        struct plx_slice field = plx_csv_text(&csv, i);
        plx_buffer_text(&trace->text, i ? ",\"" : "\"");
        for (size_t k = 0; k < field.len; k++) {
            plx_buffer_byte(&trace->text, field.ptr[k]);
            if (field.ptr[k] == '"')
                plx_buffer_byte(&trace->text, '"');
        }
        plx_buffer_byte(&trace->text, '"');
        plx_buffer_byte(&trace->quoted, csv.fields[i].quoted ? 'q' : 'p');
    }
    plx_buffer_byte(&trace->text, '\n');
}

/* In pieces of so many bytes. */
static enum plx_status
read_all(struct plx_slice text, size_t piece, struct trace *trace)
{
    enum plx_status status = PLX_AGAIN;

    plx_csv_restart(&csv);
    for (size_t at = 0; at < text.len && status >= 0;) {
        size_t used, give = text.len - at < piece ? text.len - at : piece;
        status = plx_csv_feed(&csv, plx_slice_make(text.ptr + at, give), &used);
        PLX_ASSERT(used <= give && (status != PLX_AGAIN || used == give));
        if (status == PLX_OK)
            add_record(trace);
        at += used;
    }
    if (status >= 0 && (status = plx_csv_end(&csv)) == PLX_OK)
        add_record(trace);
    if (status < 0)
        plx_buffer_format(&trace->quoted, "%d %d:%d %s", status, (int)csv.line, (int)csv.column, csv.wrong);
    return status;
}

static void
begin(struct trace *trace, size_t size)
{
    plx_buffer_init(&trace->text, 16 * size + 64);
    plx_buffer_init(&trace->quoted, 16 * size + 512);
}

static void
end(struct trace *trace)
{
    PLX_ASSERT(!trace->text.failed && !trace->quoted.failed);
    plx_buffer_fini(&trace->text);
    plx_buffer_fini(&trace->quoted);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct plx_slice text = plx_slice_make(data, size);
    struct trace whole, cut, again;

    if (size > 65536)
        return 0;
    plx_csv_init(&csv, RECORD_BYTES_MAX);
    begin(&whole, size);
    begin(&cut, size);
    enum plx_status status = read_all(text, size + 1, &whole);
    PLX_ASSERT(read_all(text, size ? data[0] % 5u + 1 : 1, &cut) == status);
    PLX_ASSERT(plx_slice_equal(plx_buffer_slice(&whole.text), plx_buffer_slice(&cut.text)));
    /* Where a record is too long is found sooner or later, as it is cut. */
    if (status != PLX_E_LIMIT)
        PLX_ASSERT(plx_slice_equal(plx_buffer_slice(&whole.quoted), plx_buffer_slice(&cut.quoted)));
    begin(&again, 4 * size + 64);
    if (status >= 0) {
        PLX_ASSERT(read_all(plx_buffer_slice(&whole.text), 7, &again) == PLX_DONE);
        PLX_ASSERT(plx_slice_equal(plx_buffer_slice(&again.text), plx_buffer_slice(&whole.text)));
    }
    end(&whole);
    end(&cut);
    end(&again);
    plx_csv_fini(&csv);
    return 0;
}
