/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Causes in the store, a row each. The fields are one blob: of each a byte of its kind, two of its name's length, its
 * name. What is read back comes from a file and is checked like any other input.
 */
#include "evidence/store/store_causes.h"

#include "base/arena.h"
#include "base/buffer.h"
#include "evidence/count/cause_id.h"
#include "evidence/count/causes.h"
#include "evidence/ledger/ledger_state.h"
#include "evidence/record/cause_example.h"
#include "evidence/record/reproduce.h"
#include "evidence/store/subject_rows.h"

/* Bounds of what is read, as it is written: see causes.h and reproduce.h. */
#define FIELDS_BYTES_MAX (PLX_CAUSE_FIELDS_MAX * (3 + PLX_FIELD_NAME_MAX))
#define FAULTS_HEAD      20 /* bytes before the parameters: position, varied, sample, held, seen, offset */
#define FAULTS_BYTES_MAX (1 + PLX_CAUSE_FIELDS_MAX * (FAULTS_HEAD + 2 * PLX_FAULTS))

static void
pack_fields(const struct plx_cause *cause, struct plx_buffer *out)
{
    for (uint32_t i = 0; i < cause->field_count; i++) {
        const struct plx_cause_field *field = &cause->fields[i];

        plx_buffer_byte(out, (char)field->kind);
        plx_buffer_byte(out, (char)(field->name.len >> 8));
        plx_buffer_byte(out, (char)(field->name.len & 0xFF));
        plx_buffer_add(out, field->name);
    }
}

/* Into fields (PLX_CAUSE_FIELDS_MAX of them); false where the bytes are none of ours. */
static bool
unpack_fields(struct plx_slice bytes, struct plx_cause_field *fields, uint32_t *count)
{
    size_t at = 0;

    *count = 0;
    while (at < bytes.len) {
        const unsigned char *p = (const unsigned char *)bytes.ptr + at;
        size_t len;

        if (bytes.len - at < 3 || *count == PLX_CAUSE_FIELDS_MAX || p[0] > PLX_KIND_ORDER)
            return false;
        len = (size_t)p[1] << 8 | p[2];
        at += 3;
        if (len > bytes.len - at || len > PLX_FIELD_NAME_MAX)
            return false;
        fields[(*count)++] =
            (struct plx_cause_field){.name = plx_slice_make(bytes.ptr + at, len), .kind = (enum plx_kind)p[0]};
        at += len;
    }
    return true;
}

/* ---- what they look like ---- */

static void
pack_number(struct plx_buffer *out, uint64_t number, int bytes)
{
    for (; bytes > 0; bytes--, number >>= 8)
        plx_buffer_byte(out, (char)(number & 0xFF));
}

static uint64_t
unpack_number(const char *from, int bytes)
{
    uint64_t number = 0;

    while (bytes-- > 0)
        number = number << 8 | (unsigned char)from[bytes];
    return number;
}

/* The number of the list, then of each field that was looked at: its position, and all that is known. */
static void
pack_faults(const struct plx_cause *cause, struct plx_buffer *out)
{
    plx_buffer_byte(out, PLX_FAULT_LIST);
    for (uint32_t i = 0; i < cause->field_count; i++) {
        const struct plx_faults *faults = &cause->fields[i].faults;

        if (faults->seen == 0)
            continue;
        pack_number(out, i, 1);
        pack_number(out, faults->varied, 1);
        pack_number(out, faults->sample, 2);
        pack_number(out, faults->held, 4);
        pack_number(out, faults->seen, 4);
        pack_number(out, (uint64_t)faults->offset, 8);
        for (int k = 0; k < PLX_FAULTS; k++)
            if (plx_faults_hold(faults, (enum plx_fault)k))
                pack_number(out, (uint16_t)faults->parameters[k], 2);
    }
}

/* One field, from the front of the bytes; false where they are none of ours. */
static bool
unpack_field_faults(struct plx_slice *bytes, struct plx_cause *cause)
{
    const char *at = bytes->ptr;
    struct plx_faults faults = {0};
    uint32_t field;

    if (bytes->len < FAULTS_HEAD)
        return false;
    field = (unsigned char)at[0];
    faults.varied = at[1];
    faults.sample = (uint32_t)unpack_number(at + 2, 2);
    faults.held = (uint32_t)unpack_number(at + 4, 4);
    faults.seen = (uint32_t)unpack_number(at + 8, 4);
    faults.offset = (int64_t)unpack_number(at + 12, 8);
    *bytes = plx_slice_make(at + FAULTS_HEAD, bytes->len - FAULTS_HEAD);
    for (int k = 0; k < PLX_FAULTS; k++) {
        if (!plx_faults_hold(&faults, (enum plx_fault)k))
            continue;
        if (bytes->len < 2)
            return false;
        faults.parameters[k] = (int16_t)unpack_number(bytes->ptr, 2);
        *bytes = plx_slice_make(bytes->ptr + 2, bytes->len - 2);
    }
    if (field >= cause->field_count || !plx_faults_are_sound(&faults))
        return false;
    cause->fields[field].faults = faults;
    return true;
}

/* Of an older list nothing is taken over: it is looked at anew. */
static bool
unpack_faults(struct plx_slice bytes, struct plx_cause *cause)
{
    if (bytes.len == 0 || bytes.ptr[0] != PLX_FAULT_LIST)
        return true;
    bytes = plx_slice_make(bytes.ptr + 1, bytes.len - 1);
    while (bytes.len)
        if (!unpack_field_faults(&bytes, cause))
            return false;
    return true;
}

/* ---- rows ---- */

static bool
save_rechecks(struct plx_sqlite *store, const struct plx_cause *cause, const char *id)
{
    sqlite3_stmt *put = store->statements[PLX_PUT_RECHECK];

    for (int i = 0; i < PLX_RECHECK_RESULTS; i++) {
        if (cause->rechecks.by[i] == 0)
            continue;
        plx_sqlite_bind_text(put, 1, cause->service->name);
        plx_sqlite_bind_text(put, 2, plx_slice_of(id));
        plx_sqlite_bind_text(put, 3, plx_slice_of(plx_recheck_text((enum plx_recheck_result)i)));
        plx_sqlite_bind_number(put, 4, cause->rechecks.by[i]);
        plx_store_bind_subject(put, 5, cause->service->kind);
        if (!plx_sqlite_run(put))
            return false;
    }
    return true;
}

bool
plx_store_save_cause(struct plx_sqlite *store, const struct plx_cause *cause)
{
    sqlite3_stmt *put = store->statements[PLX_PUT_CAUSE];
    const struct plx_cause_example *example = cause->example;
    struct plx_cause_texts texts;
    struct plx_buffer fields, faults, buffer;
    char id[PLX_CAUSE_TEXT];
    bool ok, told = true;

    plx_cause_id_text(cause->id, id);
    plx_buffer_init(&fields, FIELDS_BYTES_MAX);
    plx_buffer_init(&faults, FAULTS_BYTES_MAX);
    plx_buffer_init(&buffer, PLX_CAUSE_TEXTS_MAX);
    pack_fields(cause, &fields);
    pack_faults(cause, &faults);
    plx_sqlite_bind_text(put, 1, cause->service->name);
    plx_sqlite_bind_text(put, 2, plx_slice_of(id));
    plx_sqlite_bind_text(put, 3, cause->endpoint);
    plx_sqlite_bind_blob(put, 4, plx_buffer_slice(&fields));
    plx_sqlite_bind_number(put, 5, cause->fields_total);
    plx_sqlite_bind_number(put, 6, cause->count);
    plx_sqlite_bind_number(put, 7, cause->first_ms);
    plx_sqlite_bind_number(put, 8, cause->last_ms);
    if (example) {
        told = plx_cause_example_tell(example, &buffer, &texts);
        plx_sqlite_bind_number(put, 9, cause->weight);
        plx_sqlite_bind_text(put, 10, plx_slice_of(example->exchange));
        plx_sqlite_bind_text(put, 11, texts.differences);
        plx_sqlite_bind_blob(put, 12, texts.primary);
        plx_sqlite_bind_blob(put, 13, texts.candidate);
    }
    plx_store_bind_subject(put, 14, cause->service->kind);
    plx_sqlite_bind_blob(put, 15, plx_buffer_slice(&faults));
    ok = plx_sqlite_run(put) && !fields.failed && !faults.failed && told && save_rechecks(store, cause, id);
    plx_buffer_fini(&fields);
    plx_buffer_fini(&faults);
    plx_buffer_fini(&buffer);
    return ok;
}

/* The example is written into a report as it is: it must be JSON. */
static bool
is_json_array(struct plx_slice text, struct plx_arena *arena)
{
    struct plx_document document;

    return plx_json_read(text, NULL, arena, &document, NULL) == PLX_OK && document.nodes[0].type == PLX_ARRAY;
}

static enum plx_status
read_example(struct plx_sqlite *store, struct plx_cause *cause, sqlite3_stmt *row)
{
    const struct plx_cause_texts texts = {plx_sqlite_column(row, 10), plx_sqlite_column(row, 11),
                                          plx_sqlite_column(row, 12)};
    struct plx_arena *arena;
    bool sound;

    if (sqlite3_column_type(row, 8) == SQLITE_NULL)
        return PLX_OK;
    arena = plx_arena_new(NULL);
    if (!arena)
        return PLX_E_MEMORY;
    sound = plx_sqlite_number(row, 8, &cause->weight) && texts.differences.len <= PLX_CAUSE_DIFFERENCES_BYTES + 2 &&
            texts.primary.len <= PLX_REPRODUCE_BYTES_MAX && texts.candidate.len <= PLX_REPRODUCE_BYTES_MAX &&
            is_json_array(texts.differences, arena);
    plx_arena_free(arena);
    if (!sound)
        return plx_sqlite_damaged(store, "an example of the table cause makes no sense");
    cause->example = plx_cause_example_make(plx_sqlite_column(row, 9), &texts);
    return cause->example ? PLX_OK : PLX_E_MEMORY;
}

enum plx_status
plx_store_read_cause(struct plx_sqlite *store, struct plx_ledger *ledger, sqlite3_stmt *row)
{
    struct plx_cause_field fields[PLX_CAUSE_FIELDS_MAX];
    struct plx_service_counts *service = plx_store_service(ledger, row, 0, 13);
    struct plx_cause like = {.endpoint = plx_sqlite_column(row, 2), .fields = fields}, *cause;
    uint64_t total;

    if (!service || !plx_cause_id_read(plx_sqlite_column(row, 1), &like.id) || like.endpoint.len > PLX_ENDPOINT_MAX ||
        !unpack_fields(plx_sqlite_column(row, 3), fields, &like.field_count) || !plx_sqlite_number(row, 4, &total) ||
        total > UINT32_MAX || total < like.field_count)
        return plx_sqlite_damaged(store, "a row of the table cause makes no sense");
    like.fields_total = (uint32_t)total;
    cause = plx_causes_find(&ledger->counts, service, &like);
    if (cause->id != like.id || cause->count || !plx_sqlite_number(row, 5, &cause->count) ||
        !plx_sqlite_number(row, 6, &cause->first_ms) || !plx_sqlite_number(row, 7, &cause->last_ms) ||
        !unpack_faults(plx_sqlite_column(row, 14), cause))
        return plx_sqlite_damaged(store, "a row of the table cause makes no sense");
    return read_example(store, cause, row);
}

enum plx_status
plx_store_read_recheck(struct plx_sqlite *store, struct plx_ledger *ledger, sqlite3_stmt *row)
{
    struct plx_service_counts *service = plx_store_service(ledger, row, 0, 4);
    enum plx_recheck_result result;
    struct plx_cause *cause;
    uint64_t id;

    if (!service || !plx_cause_id_read(plx_sqlite_column(row, 1), &id) ||
        !plx_recheck_of(plx_sqlite_column(row, 2), &result))
        return plx_sqlite_damaged(store, "a row of the table recheck makes no sense");
    cause = plx_causes_known(service, id);
    if (cause->id != id || !plx_sqlite_number(row, 3, &cause->rechecks.by[result]))
        return plx_sqlite_damaged(store, "a row of the table recheck makes no sense");
    return PLX_OK;
}
