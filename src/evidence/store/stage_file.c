/* SPDX-License-Identifier: Apache-2.0 */
/*
 * {"parallax_stages":1,"services":[{"name":"payment",
 *   "set":{"stage":"canary","share":10000,"configured":{"stage":"shadow","share":0},"time_ms":1,"client":"","reason":""},
 *   "held":[{"hold":"paused","from":{"stage":"canary","share":10000},"time_ms":1,"client":"","reason":""}],
 *   "changes":[{"kind":"stage","from":{...},"to":{...},"time_ms":1,"client":"","reason":""}]}]}
 * Shares are in hundred-thousandths.
 */
#include "evidence/store/stage_file.h"

#include "base/assert.h"
#include "base/buffer.h"
#include "evidence/ledger/ledger_state.h"
#include "evidence/ledger/stages.h"
#include "evidence/store/file_beside.h"
#include "json/writer.h"

#include <parallax/value.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define FORMAT         1u
#define FILE_BYTES_MAX (64u << 20) /* far more than all services, with all their changes, come to */
#define MEND_WRITE     "look for a full disk, and check that this user may write the folder and the file"

char *
plx_stage_file_path(const char *store)
{
    return plx_beside_path(store, ".stages");
}

static void
set_trouble(struct plx_sqlite *store, const char *mend, const char *doing, const char *why)
{
    struct plx_store_trouble *trouble = &store->trouble[PLX_STORE_STAGES];

    snprintf(trouble->what, sizeof(trouble->what), "%s: %s: %s", store->stages_path, doing, why);
    trouble->mend = mend;
}

void
plx_stage_file_refuse(struct plx_sqlite *store)
{
    set_trouble(store, "stop that one and start this one again, or give this one a store of its own",
                "it is not written", "the store is in use by another process");
}

/* ---- writing ---- */

static void
write_at(struct plx_json_writer *w, const char *key, struct plx_stage_at at)
{
    plx_json_key(w, key);
    plx_json_begin_object(w);
    plx_json_key(w, "stage");
    plx_json_text_value(w, plx_stage_text(at.stage));
    plx_json_key(w, "share");
    plx_json_uint(w, at.share);
    plx_json_end_object(w);
}

static void
write_note(struct plx_json_writer *w, const struct plx_change_note *note)
{
    plx_json_key(w, "time_ms");
    plx_json_uint(w, note->time_ms);
    plx_json_key(w, "client");
    plx_json_text_value(w, note->client);
    plx_json_key(w, "reason");
    plx_json_text_value(w, note->reason);
}

static void
write_set(struct plx_json_writer *w, const struct plx_set_stage *set)
{
    plx_json_key(w, "set");
    plx_json_begin_object(w);
    plx_json_key(w, "stage");
    plx_json_text_value(w, plx_stage_text(set->stage));
    plx_json_key(w, "share");
    plx_json_uint(w, set->share);
    write_at(w, "configured", (struct plx_stage_at){set->configured_stage, set->configured_share});
    write_note(w, &set->note);
    plx_json_end_object(w);
}

static void
write_held(struct plx_json_writer *w, const struct plx_held *held)
{
    plx_json_key(w, "held");
    plx_json_begin_array(w);
    for (unsigned i = 0; i < PLX_HOLDS; i++) {
        if (!held[i].note.time_ms)
            continue;
        plx_json_begin_object(w);
        plx_json_key(w, "hold");
        plx_json_text_value(w, plx_hold_text((enum plx_hold)i));
        write_at(w, "from", held[i].from);
        write_note(w, &held[i].note);
        plx_json_end_object(w);
    }
    plx_json_end_array(w);
}

static void
write_entry(struct plx_json_writer *w, const struct plx_stage_entry *entry)
{
    plx_json_begin_object(w);
    plx_json_key(w, "name");
    plx_json_text_value(w, entry->name);
    if (entry->state.is_set)
        write_set(w, &entry->state.set);
    write_held(w, entry->state.held);
    plx_json_key(w, "changes");
    plx_json_begin_array(w);
    for (uint32_t i = 0; i < entry->change_count; i++) {
        const struct plx_change *change = &entry->changes[i];

        plx_json_begin_object(w);
        plx_json_key(w, "kind");
        plx_json_text_value(w, plx_change_text(change->kind));
        write_at(w, "from", change->from);
        write_at(w, "to", change->to);
        write_note(w, &change->note);
        plx_json_end_object(w);
    }
    plx_json_end_array(w);
    plx_json_end_object(w);
}

void
plx_stage_file_text(const struct plx_ledger *ledger, struct plx_buffer *out)
{
    const struct plx_table_entry *entry;
    struct plx_json_writer w;
    size_t at = 0;

    plx_json_writer_init(&w, out);
    plx_json_begin_object(&w);
    plx_json_key(&w, "parallax_stages");
    plx_json_uint(&w, FORMAT);
    plx_json_key(&w, "services");
    plx_json_begin_array(&w);
    while ((entry = plx_table_next(&ledger->stages, &at)))
        write_entry(&w, entry->value);
    plx_json_end_array(&w);
    plx_json_end_object(&w);
    plx_buffer_byte(out, '\n');
}

bool
plx_stage_file_write(struct plx_sqlite *store, const struct plx_ledger *ledger)
{
    struct plx_buffer out;
    const char *doing = "it can't be written";
    int error = 0;

    if (store->stages_damaged) {
        error = plx_beside_put_away(store->stages_path, ".damaged");
        doing = "it can't be read, nor be renamed";
    }
    plx_buffer_init(&out, FILE_BYTES_MAX);
    plx_stage_file_text(ledger, &out);
    if (!error)
        error = out.failed ? ENOMEM : plx_beside_replace(store->stages_path, plx_buffer_slice(&out));
    plx_buffer_fini(&out);
    if (error) {
        set_trouble(store, MEND_WRITE, doing, strerror(error));
        return false;
    }
    store->stages_damaged = false;
    return true;
}

/* ---- reading ---- */

/* The document, and the arena in which strings are read. */
struct reading {
    struct plx_document document;
    struct plx_arena *arena;
};

/* A member of an object; 0: there is none. */
static uint32_t
member(const struct reading *r, uint32_t object, const char *key)
{
    return r->document.nodes[object].type == PLX_OBJECT ? plx_json_member(&r->document, object, plx_slice_of(key)) : 0;
}

static bool
read_text(const struct reading *r, uint32_t object, const char *key, struct plx_slice *text)
{
    uint32_t node = member(r, object, key);

    return node && r->document.nodes[node].type == PLX_STRING &&
           plx_json_unescape(&r->document, node, r->arena, text) == PLX_OK;
}

/* Into max + 1 bytes. */
static bool
read_chars(const struct reading *r, uint32_t object, const char *key, char *into, size_t max)
{
    struct plx_slice text;

    if (!read_text(r, object, key, &text) || text.len > max || (text.len && memchr(text.ptr, 0, text.len)))
        return false;
    if (text.len)
        memcpy(into, text.ptr, text.len);
    into[text.len] = '\0';
    return true;
}

static bool
read_number(const struct reading *r, uint32_t object, const char *key, uint64_t max, uint64_t *number)
{
    uint32_t node = member(r, object, key);

    *number = 0;
    if (!node || r->document.nodes[node].type != PLX_NUMBER)
        return false;
    struct plx_slice digits = plx_json_text(&r->document, node);
    for (size_t i = 0; i < digits.len; i++) {
        unsigned digit = (unsigned char)digits.ptr[i] - '0';
        if (digit > 9 || *number > (max - digit) / 10)
            return false;
        *number = *number * 10 + digit;
    }
    return true;
}

static bool
read_stage(const struct reading *r, uint32_t object, enum plx_stage *stage, uint32_t *share)
{
    struct plx_slice text;
    uint64_t number;

    if (!read_text(r, object, "stage", &text) || !plx_stage_of(text, stage) ||
        !read_number(r, object, "share", PLX_SHARE_ALL, &number))
        return false;
    *share = (uint32_t)number;
    return true;
}

static bool
read_at(const struct reading *r, uint32_t object, const char *key, struct plx_stage_at *at)
{
    uint32_t node = member(r, object, key);

    return node && read_stage(r, node, &at->stage, &at->share);
}

static bool
read_note(const struct reading *r, uint32_t object, struct plx_change_note *note)
{
    return read_number(r, object, "time_ms", INT64_MAX, &note->time_ms) &&
           read_chars(r, object, "client", note->client, PLX_CHANGE_CLIENT_MAX) &&
           read_chars(r, object, "reason", note->reason, PLX_CHANGE_REASON_MAX);
}

static bool
read_set(const struct reading *r, uint32_t object, struct plx_stage_entry *entry)
{
    struct plx_set_stage *set = &entry->state.set;
    struct plx_stage_at configured;

    if (!read_stage(r, object, &set->stage, &set->share) || !read_at(r, object, "configured", &configured) ||
        !read_note(r, object, &set->note))
        return false;
    set->configured_stage = configured.stage;
    set->configured_share = configured.share;
    entry->state.is_set = true;
    return true;
}

typedef bool element_reader(const struct reading *r, uint32_t object, struct plx_stage_entry *entry);

static bool
read_hold(const struct reading *r, uint32_t object, struct plx_stage_entry *entry)
{
    struct plx_slice text;
    enum plx_hold hold;

    return read_text(r, object, "hold", &text) && plx_hold_of(text, &hold) &&
           read_at(r, object, "from", &entry->state.held[hold].from) &&
           read_note(r, object, &entry->state.held[hold].note) && entry->state.held[hold].note.time_ms != 0;
}

static bool
read_change(const struct reading *r, uint32_t object, struct plx_stage_entry *entry)
{
    struct plx_change *change = &entry->changes[entry->change_count];
    struct plx_slice text;

    if (entry->change_count == PLX_CHANGES_MAX || !read_text(r, object, "kind", &text) ||
        !plx_change_of(text, &change->kind) || !read_at(r, object, "from", &change->from) ||
        !read_at(r, object, "to", &change->to) || !read_note(r, object, &change->note))
        return false;
    entry->change_count++;
    return true;
}

static bool
read_list(const struct reading *r, uint32_t object, const char *key, element_reader *reader,
          struct plx_stage_entry *entry)
{
    uint32_t list = member(r, object, key);

    if (!list || r->document.nodes[list].type != PLX_ARRAY)
        return false;
    for (uint32_t at = list + 1; at < r->document.nodes[list].next; at = r->document.nodes[at].next)
        if (!reader(r, at, entry))
            return false;
    return true;
}

static bool
read_service(const struct reading *r, uint32_t object, struct plx_ledger *ledger)
{
    char name[PLX_SERVICE_NAME_MAX + 1];
    uint32_t set = member(r, object, "set");
    enum plx_status status;

    if (!read_chars(r, object, "name", name, PLX_SERVICE_NAME_MAX) || !name[0])
        return false;
    struct plx_stage_entry *entry = plx_ledger_stage_entry(ledger, plx_slice_of(name), &status);
    return entry && (!set || read_set(r, set, entry)) && read_list(r, object, "held", read_hold, entry) &&
           read_list(r, object, "changes", read_change, entry);
}

static bool
read_document(const struct reading *r, struct plx_ledger *ledger)
{
    uint64_t format;
    uint32_t services = member(r, 0, "services");

    if (!read_number(r, 0, "parallax_stages", FORMAT, &format) || format != FORMAT || !services ||
        r->document.nodes[services].type != PLX_ARRAY)
        return false;
    for (uint32_t at = services + 1; at < r->document.nodes[services].next; at = r->document.nodes[at].next)
        if (!read_service(r, at, ledger))
            return false;
    return true;
}

/* NULL, or what is wrong with it. */
static const char *
read_bytes(struct plx_slice bytes, struct plx_ledger *ledger)
{
    const struct plx_json_limits limits = {.bytes_max = FILE_BYTES_MAX};
    struct reading r = {.arena = plx_arena_new(NULL)};
    const char *wrong = "there is no memory to read it";

    if (!r.arena)
        return wrong;
    enum plx_status status = plx_json_read(bytes, &limits, r.arena, &r.document, NULL);
    if (status == PLX_OK && read_document(&r, ledger))
        wrong = NULL;
    else if (status != PLX_E_MEMORY)
        wrong = status == PLX_OK ? "it is not what this Parallax writes" : "it is no JSON";
    plx_arena_free(r.arena);
    return wrong;
}

enum plx_stage_file_found
plx_stage_file_read(struct plx_sqlite *store, struct plx_ledger *ledger)
{
    struct plx_buffer bytes;
    const char *wrong = NULL;

    plx_buffer_init(&bytes, FILE_BYTES_MAX);
    int error = plx_beside_read(store->stages_path, &bytes);
    if (error)
        wrong = strerror(error);
    else
        wrong = read_bytes(plx_buffer_slice(&bytes), ledger);
    plx_buffer_fini(&bytes);
    if (error == ENOENT)
        return PLX_STAGE_FILE_NONE;
    if (!wrong)
        return PLX_STAGE_FILE_READ;
    plx_table_fini(&ledger->stages, free);
    plx_table_init(&ledger->stages, PLX_LEDGER_SERVICES_MAX);
    store->stages_damaged = true;
    set_trouble(store,
                "set stages and holds again: what can't be read is then kept as FILE.damaged; until then what the "
                "configuration says is in force",
                "it can't be read", wrong);
    return PLX_STAGE_FILE_DAMAGED;
}
