/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records in the store: what they are looked up by in columns, all else as JSON. The column `fields` holds names, each
 * behind two bytes of its length; the first one is the cause, "cause:ID", where the Parallax that wrote it knew causes.
 */
#include "evidence/store/store_records.h"

#include "base/buffer.h"
#include "evidence/count/cause_id.h"
#include "evidence/ledger/ledger.h"
#include "evidence/ledger/ledger_state.h"
#include "evidence/record/record_json.h"
#include "evidence/store/subject_rows.h"

#define CAUSE_PREFIX     "cause:"
#define CAUSE_PREFIX_LEN (sizeof(CAUSE_PREFIX) - 1)
#define CAUSE_NAME_LEN   (CAUSE_PREFIX_LEN + PLX_CAUSE_TEXT - 1)

_Static_assert(2 + CAUSE_NAME_LEN <= PLX_RECORD_NAMES_SPARE, "PLX_RECORD_NAMES_SPARE");

static void
add_names(struct plx_buffer *names, const struct plx_record *record)
{
    char id[PLX_CAUSE_TEXT];

    if (record->cause) {
        plx_cause_id_text(record->cause, id);
        plx_buffer_byte(names, 0);
        plx_buffer_byte(names, (char)CAUSE_NAME_LEN);
        plx_buffer_text(names, CAUSE_PREFIX);
        plx_buffer_text(names, id);
    }
    plx_buffer_add(names, record->names);
}

/* Takes it from the names; 0: there is none. */
static uint64_t
take_cause(struct plx_slice *names)
{
    uint64_t cause;

    if (names->len < 2 + CAUSE_NAME_LEN || names->ptr[0] != 0 || names->ptr[1] != (char)CAUSE_NAME_LEN ||
        memcmp(names->ptr + 2, CAUSE_PREFIX, CAUSE_PREFIX_LEN) != 0 ||
        !plx_cause_id_read(plx_slice_make(names->ptr + 2 + CAUSE_PREFIX_LEN, PLX_CAUSE_TEXT - 1), &cause))
        return 0;
    names->ptr += 2 + CAUSE_NAME_LEN;
    names->len -= 2 + CAUSE_NAME_LEN;
    return cause;
}

static bool
put(sqlite3_stmt *put_record, const struct plx_record *record, struct plx_buffer *names, struct plx_buffer *json)
{
    struct plx_json_writer w;

    add_names(names, record);
    plx_json_writer_init(&w, json);
    plx_record_write_stored(record, &w);
    if (names->failed || json->failed)
        return false;
    if (json->len > PLX_RECORD_BYTES_MAX)
        return true; /* a longer one would be taken for damage; its parts are bounded so that there is none */
    plx_sqlite_bind_number(put_record, 1, record->sequence);
    plx_sqlite_bind_text(put_record, 2, plx_slice_of(record->id));
    plx_sqlite_bind_text(put_record, 3, record->service);
    plx_sqlite_bind_text(put_record, 4, record->endpoint);
    plx_sqlite_bind_blob(put_record, 5, plx_buffer_slice(names));
    plx_sqlite_bind_text(put_record, 6, plx_buffer_slice(json));
    plx_store_bind_subject(put_record, 7, record->kind);
    return plx_sqlite_run(put_record);
}

bool
plx_store_save_record(struct plx_sqlite *store, const struct plx_record *record)
{
    struct plx_buffer names, json;
    bool ok;

    plx_buffer_init(&names, PLX_RECORD_NAMES_MAX);
    plx_buffer_init(&json, 2 * PLX_RECORD_BYTES_MAX);
    ok = put(store->statements[PLX_PUT_RECORD], record, &names, &json);
    plx_buffer_fini(&names);
    plx_buffer_fini(&json);
    return ok;
}

/* ---- reading ---- */

enum plx_status
plx_store_read_record(struct plx_sqlite *store, struct plx_ledger *ledger, sqlite3_stmt *row)
{
    struct plx_slice json = plx_sqlite_column(row, 5);
    struct plx_subject subject = {.name = plx_sqlite_column(row, 2)};
    struct plx_record *record;
    struct plx_slice names;
    uint64_t sequence, cause;

    if (!plx_sqlite_number(row, 0, &sequence) || sequence <= ledger->sequence ||
        !plx_subject_of(plx_sqlite_column(row, 6), &subject.kind) || subject.name.len > PLX_SERVICE_NAME_MAX ||
        plx_sqlite_column(row, 3).len > PLX_ENDPOINT_MAX || plx_sqlite_column(row, 4).len > PLX_RECORD_NAMES_MAX ||
        json.len < 4 || json.len > PLX_RECORD_BYTES_MAX || json.ptr[0] != '{' || json.ptr[json.len - 1] != '}')
        return plx_sqlite_damaged(store, "a row of the table record makes no sense");
    names = plx_sqlite_column(row, 4);
    cause = take_cause(&names);
    record = plx_record_make(plx_sqlite_column(row, 1), &subject, plx_sqlite_column(row, 3), cause, names, json);
    if (!record)
        return PLX_E_MEMORY;
    record->sequence = ledger->sequence = sequence;
    plx_ledger_keep(ledger, record);
    return PLX_OK;
}
