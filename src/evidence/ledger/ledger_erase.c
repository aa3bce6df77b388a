/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hard thing is that names are what things are found by: an endpoint, a field, a cause whose name has the value in
 * it becomes another one, which may be there already. The rows that the store has of such a service are all replaced,
 * so that none stays under the old name.
 */
#include "evidence/ledger/ledger_erase.h"

#include "base/assert.h"
#include "evidence/count/causes.h"
#include "evidence/count/epochs.h"
#include "evidence/count/evidence_state.h"
#include "evidence/count/excuses.h"
#include "evidence/ledger/endpoint_merge.h"
#include "evidence/ledger/ledger_save.h"
#include "evidence/ledger/ledger_state.h"
#include "evidence/ledger/path_folding.h"
#include "evidence/ledger/stages.h"
#include "evidence/record/cause_example.h"
#include "evidence/record/record.h"
#include "evidence/record/record_json.h"
#include "secrets/eraser.h"

#include <stdlib.h>

#define EXAMPLE_GROWTH 64u /* of one of a reconciliation, so that all of them together still fit into their row */

struct erasing {
    struct plx_ledger *ledger;
    const struct plx_eraser *eraser;
    bool dry;
    struct plx_erased *erased;
    enum plx_status status;
    struct plx_buffer out, json; /* what one text came to; a record in the making */
};

/* ---- kinds ---- */

static const char *const texts[] = {
#define ERASED_TEXT(name, text) text,
    PLX_ERASED_MAP(ERASED_TEXT)
#undef ERASED_TEXT
};

const char *
plx_erased_text(enum plx_erased_kind kind)
{
    return texts[kind];
}

uint64_t
plx_erased_total(const struct plx_erased *erased)
{
    uint64_t total = 0;

    for (unsigned i = 0; i < PLX_ERASED_KINDS; i++)
        total += erased->places[i];
    return total;
}

/* ---- texts ---- */

static void
mark(struct plx_list *dirty, struct plx_list *node)
{
    if (plx_list_empty(node))
        plx_list_push_back(dirty, node);
}

/* Whether the value stands in it, which is counted; e->out is then the text without it. */
static bool
find(struct erasing *e, enum plx_erased_kind kind, struct plx_slice text, enum plx_erase_text is, size_t max)
{
    size_t places = plx_erase(e->eraser, text, is, max, &e->out);

    e->erased->places[kind] += places;
    if (places && e->out.failed)
        e->status = PLX_E_MEMORY;
    return places && !e->out.failed;
}

/* The same, and whether it is to be replaced. */
static bool
take(struct erasing *e, enum plx_erased_kind kind, struct plx_slice text, enum plx_erase_text is, size_t max)
{
    return find(e, kind, text, is, max) && !e->dry;
}

/* In place; size bytes with the 0 at its end. */
static bool
erase_text(struct erasing *e, enum plx_erased_kind kind, char *text, size_t size)
{
    if (!*text || !take(e, kind, plx_slice_of(text), PLX_ERASE_PLAIN, size - 1))
        return false;
    if (e->out.len)
        memcpy(text, e->out.ptr, e->out.len);
    text[e->out.len] = '\0';
    return true;
}

/* Likewise one with a length. */
static bool
erase_bytes(struct erasing *e, enum plx_erased_kind kind, char *bytes, uint16_t *len, size_t max)
{
    if (!take(e, kind, plx_slice_make(bytes, *len), PLX_ERASE_PLAIN, max))
        return false;
    if (e->out.len)
        memcpy(bytes, e->out.ptr, e->out.len);
    *len = (uint16_t)e->out.len;
    return true;
}

/* A copy to be freed; NULL: there is no memory. */
static char *
keep_out(struct erasing *e)
{
    char *copy = malloc(e->out.len + 1);

    if (!copy) {
        e->status = PLX_E_MEMORY;
        return NULL;
    }
    if (e->out.len)
        memcpy(copy, e->out.ptr, e->out.len);
    copy[e->out.len] = '\0';
    return copy;
}

/* ---- what is shown ---- */

static void
erase_field(struct erasing *e, struct plx_field_counts *field)
{
    struct plx_example *example = field->example;

    if (!example)
        return;
    bool changed = erase_bytes(e, PLX_ERASED_FIELDS, example->primary, &example->primary_len, sizeof(example->primary));
    changed |=
        erase_bytes(e, PLX_ERASED_FIELDS, example->candidate, &example->candidate_len, sizeof(example->candidate));
    if (changed)
        mark(&e->ledger->dirty_fields, &field->dirty);
}

static void
erase_excuse(struct erasing *e, struct plx_excuse_counts *excuse)
{
    struct plx_excuse_example *example = excuse->example;

    if (!example)
        return;
    bool changed = erase_bytes(e, PLX_ERASED_RULES, example->field, &example->field_len, sizeof(example->field));
    changed |= erase_bytes(e, PLX_ERASED_RULES, example->primary, &example->primary_len, sizeof(example->primary));
    changed |=
        erase_bytes(e, PLX_ERASED_RULES, example->candidate, &example->candidate_len, sizeof(example->candidate));
    if (changed)
        mark(&e->ledger->dirty_excuses, &excuse->dirty);
}

static void
erase_endpoint(struct erasing *e, struct plx_endpoint_counts *endpoint)
{
    const struct plx_table_entry *entry;
    size_t at = 0;

    while ((entry = plx_table_next(&endpoint->fields, &at)))
        erase_field(e, entry->value);
    erase_field(e, &endpoint->other);
    for (at = 0; endpoint->excuses && (entry = plx_table_next(&endpoint->excuses->rules, &at));)
        erase_excuse(e, entry->value);
}

/* The three texts of a cause, of which those that are changed are replaced by copies. */
static bool
erase_texts(struct erasing *e, struct plx_cause_texts *shown, char *copies[3])
{
    struct plx_slice *all[3] = {&shown->differences, &shown->primary, &shown->candidate};
    static const size_t most[3] = {PLX_CAUSE_DIFFERENCES_BYTES, PLX_REPRODUCE_BYTES_MAX, PLX_REPRODUCE_BYTES_MAX};
    bool changed = false;

    for (int i = 0; i < 3; i++) {
        if (!take(e, PLX_ERASED_CAUSES, *all[i], i == 0 ? PLX_ERASE_JSON : PLX_ERASE_PLAIN, most[i]))
            continue;
        if ((copies[i] = keep_out(e)))
            *all[i] = plx_slice_make(copies[i], e->out.len);
        changed |= copies[i] != NULL;
    }
    return changed;
}

static void
erase_cause(struct erasing *e, struct plx_cause *cause)
{
    struct plx_cause_texts shown;
    char *copies[3] = {NULL};

    if (!cause->example)
        return;
    plx_buffer_clear(&e->json);
    if (!plx_cause_example_tell(cause->example, &e->json, &shown)) {
        e->status = PLX_E_MEMORY;
        return;
    }
    if (erase_texts(e, &shown, copies)) {
        struct plx_cause_example *clean = plx_cause_example_make(plx_slice_of(cause->example->exchange), &shown);
        if (clean) {
            plx_cause_set_example(cause, clean, cause->weight);
            mark(&e->ledger->dirty_causes, &cause->dirty);
        } else {
            e->status = PLX_E_MEMORY;
        }
    }
    for (int i = 0; i < 3; i++)
        free(copies[i]);
}

static void
erase_epoch(struct erasing *e, struct plx_epochs *epochs, struct plx_epoch *epoch)
{
    bool changed = erase_text(e, PLX_ERASED_EPOCHS, epoch->name, sizeof(epoch->name));

    changed |= erase_text(e, PLX_ERASED_EPOCHS, epoch->version, sizeof(epoch->version));
    changed |= erase_text(e, PLX_ERASED_EPOCHS, epoch->reason, sizeof(epoch->reason));
    if (epoch->report && take(e, PLX_ERASED_EPOCHS, plx_slice_make(epoch->report, epoch->report_len), PLX_ERASE_JSON,
                              PLX_EPOCH_REPORT_MAX)) {
        char *clean = keep_out(e);
        if (clean) {
            free(epoch->report);
            epoch->report = clean;
            epoch->report_len = e->out.len;
            changed = true;
        }
    }
    epochs->unsaved |= changed;
}

static void
erase_epochs(struct erasing *e, struct plx_service_counts *service)
{
    struct plx_epochs *epochs = service->epochs;

    if (!epochs)
        return;
    for (struct plx_list *node = epochs->earlier.next; node != &epochs->earlier; node = node->next)
        erase_epoch(e, epochs, PLX_CONTAINER(node, struct plx_epoch, node));
    erase_epoch(e, epochs, &epochs->present);
    (void)erase_text(e, PLX_ERASED_EPOCHS, epochs->next_version, sizeof(epochs->next_version));
    if (epochs->unsaved)
        mark(&e->ledger->dirty_services, &service->dirty);
}

/* ---- records ---- */

/* Of the fields that a record is found by; false: they stay as they are. */
static bool
erase_names(struct erasing *e, struct plx_slice names, struct plx_buffer *clean)
{
    bool changed = false;

    for (size_t at = 0, len; at + 2 <= names.len; at += len) {
        len = (size_t)(unsigned char)names.ptr[at] << 8 | (unsigned char)names.ptr[at + 1];
        at += 2;
        if (len > names.len - at)
            return false;
        struct plx_slice name = plx_slice_make(names.ptr + at, len);
        if (plx_erase(e->eraser, name, PLX_ERASE_PLAIN, PLX_FIELD_NAME_MAX, &e->out)) {
            name = plx_buffer_slice(&e->out);
            changed = true;
        }
        plx_buffer_byte(clean, (char)(name.len >> 8));
        plx_buffer_byte(clean, (char)(name.len & 0xFF));
        plx_buffer_add(clean, name);
    }
    if (clean->failed)
        e->status = PLX_E_MEMORY;
    return changed && !clean->failed;
}

/* The endpoint that it is to be of, and its cause there. */
static struct plx_slice
endpoint_of(struct erasing *e, const struct plx_record *record, char buffer[PLX_ENDPOINT_MAX], uint64_t *cause)
{
    const struct plx_service_counts *of = plx_counts_find_service(&e->ledger->counts, record->kind, record->service);
    const struct plx_cause *known =
        of ? plx_table_get(&of->causes, plx_slice_make(&record->cause, sizeof(record->cause))) : NULL;

    *cause = record->cause;
    if (!plx_erase(e->eraser, record->endpoint, PLX_ERASE_PLAIN, PLX_ENDPOINT_MAX, &e->out) || e->out.failed)
        return record->endpoint;
    if (e->out.len)
        memcpy(buffer, e->out.ptr, e->out.len);
    const struct plx_slice endpoint = plx_slice_make(buffer, e->out.len);
    if (known)
        *cause = plx_cause_at(known, endpoint).id;
    return endpoint;
}

/* The record as it is to be, or NULL: it stays, or there is no memory. */
static struct plx_record *
clean_record(struct erasing *e, const struct plx_record *record, struct plx_buffer *names)
{
    char buffer[PLX_ENDPOINT_MAX];
    uint64_t cause;
    const struct plx_slice endpoint = endpoint_of(e, record, buffer, &cause);
    struct plx_record *moved = endpoint.ptr == buffer ? plx_record_moved(record, endpoint, cause) : NULL;
    struct plx_json_writer w;

    plx_buffer_clear(&e->json);
    plx_json_writer_init(&w, &e->json);
    plx_record_write_stored(moved ? moved : record, &w);
    plx_record_free(moved);
    bool names_change = erase_names(e, record->names, names);
    bool changed = find(e, PLX_ERASED_RECORDS, plx_buffer_slice(&e->json), PLX_ERASE_JSON, PLX_RECORD_BYTES_MAX);
    if (e->json.failed || (endpoint.ptr == buffer && !moved))
        e->status = PLX_E_MEMORY;
    if (e->dry || (!changed && !names_change && !moved) || e->json.failed)
        return NULL;
    const struct plx_subject subject = plx_subject_named(record->kind, record->service);
    struct plx_record *clean = plx_record_make(plx_slice_of(record->id), &subject, endpoint, cause,
                                               names_change ? plx_buffer_slice(names) : record->names,
                                               plx_buffer_slice(changed ? &e->out : &e->json));
    if (!clean)
        e->status = PLX_E_MEMORY;
    return clean;
}

static void
erase_records(struct erasing *e)
{
    struct plx_ledger *ledger = e->ledger;
    struct plx_buffer names;

    plx_buffer_init(&names, PLX_RECORD_NAMES_MAX);
    for (struct plx_list *node = ledger->records.next, *next; node != &ledger->records; node = next) {
        struct plx_record *record = PLX_CONTAINER(node, struct plx_record, node);

        next = node->next;
        plx_buffer_clear(&names);
        struct plx_record *clean = clean_record(e, record, &names);
        if (!clean)
            continue;
        clean->sequence = record->sequence;
        clean->moved = ledger->records_moved = true;
        ledger->record_bytes += clean->bytes - record->bytes;
        plx_list_push_front(node->prev, &clean->node);
        plx_list_remove(node);
        plx_record_free(record);
    }
    plx_buffer_fini(&names);
}

/* ---- names ---- */

/* Whether the name changes, which is counted: e->out then has it. */
static bool
rename_to(struct erasing *e, struct plx_slice name, size_t max)
{
    return take(e, PLX_ERASED_NAMES, name, PLX_ERASE_PLAIN, max);
}

static void
rename_field(struct erasing *e, struct plx_field_counts *field)
{
    struct plx_endpoint_counts *endpoint = field->endpoint;

    if (!rename_to(e, field->name, PLX_FIELD_NAME_MAX))
        return;
    const struct plx_field_counts *taken =
        plx_counts_take_field(&e->ledger->counts, endpoint, field->kind, field->name);
    if (!taken)
        return;
    plx_field_merge(e->ledger, endpoint, field, plx_buffer_slice(&e->out));
    plx_field_counts_free(field);
    endpoint->service->restarted = true;
}

static void
rename_fields(struct erasing *e, struct plx_endpoint_counts *endpoint)
{
    size_t count;
    struct plx_field_counts **fields = plx_endpoint_counts_fields(endpoint, &count);

    if (!fields)
        e->status = PLX_E_MEMORY;
    for (size_t i = 0; fields && i < count; i++)
        if (fields[i] != &endpoint->other)
            rename_field(e, fields[i]);
    free(fields);
}

static void
rename_endpoints(struct erasing *e, struct plx_service_counts *service)
{
    size_t count;
    struct plx_endpoint_counts **endpoints = plx_service_counts_endpoints(service, &count);

    if (!endpoints)
        e->status = PLX_E_MEMORY;
    for (size_t i = 0; endpoints && i < count; i++) {
        rename_fields(e, endpoints[i]);
        if (endpoints[i] == &service->other || !rename_to(e, endpoints[i]->name, PLX_ENDPOINT_MAX))
            continue;
        plx_endpoint_merge(e->ledger, endpoints[i], plx_buffer_slice(&e->out));
        service->restarted = true;
    }
    free(endpoints);
}

/* A cause with other names of fields, or of another endpoint. */
static void
rename_cause(struct erasing *e, struct plx_cause *cause)
{
    struct plx_cause_field fields[PLX_CAUSE_FIELDS_MAX];
    struct plx_buffer names;
    size_t ends[PLX_CAUSE_FIELDS_MAX + 1];
    bool changed = false;

    plx_buffer_init(&names, PLX_CAUSE_FIELDS_MAX * PLX_FIELD_NAME_MAX + PLX_ENDPOINT_MAX);
    for (uint32_t i = 0; i <= cause->field_count; i++) {
        struct plx_slice name = i < cause->field_count ? cause->fields[i].name : cause->endpoint;
        if (plx_erase(e->eraser, name, PLX_ERASE_PLAIN, i < cause->field_count ? PLX_FIELD_NAME_MAX : PLX_ENDPOINT_MAX,
                      &e->out)) {
            name = plx_buffer_slice(&e->out);
            changed = true;
        }
        plx_buffer_add(&names, name);
        ends[i] = names.len;
    }
    if (names.failed)
        e->status = PLX_E_MEMORY;
    if (changed && !e->dry && !names.failed) {
        const char *at = names.ptr;
        for (uint32_t i = 0; i < cause->field_count; at = names.ptr + ends[i++]) {
            fields[i] = cause->fields[i];
            fields[i].name = plx_slice_make(at, (size_t)(names.ptr + ends[i] - at));
        }
        struct plx_slice endpoint = plx_slice_make(at, (size_t)(names.ptr + names.len - at));
        struct plx_cause like = plx_slice_equal(endpoint, cause->endpoint) ? *cause : plx_cause_at(cause, endpoint);
        like.fields = fields;
        like.endpoint = endpoint;
        cause->service->restarted = true;
        plx_cause_move(e->ledger, cause, &like);
    }
    plx_buffer_fini(&names);
}

static void
rename_causes(struct erasing *e, struct plx_service_counts *service)
{
    struct plx_cause *causes[PLX_CAUSES_MAX];
    const struct plx_table_entry *entry;
    size_t at = 0, count = 0;

    while ((entry = plx_table_next(&service->causes, &at)) && count < PLX_CAUSES_MAX)
        causes[count++] = entry->value;
    for (size_t i = 0; i < count; i++)
        rename_cause(e, causes[i]);
}

/* What is concluded of a name over all endpoints; one that is there already keeps its own. */
static void
rename_evidence(struct erasing *e, struct plx_service_counts *service)
{
    struct plx_service_evidence *evidence = service->evidence;
    const struct plx_table_entry *entry;
    size_t at = 0;

    while (evidence && (entry = plx_table_next(&evidence->names, &at))) {
        struct plx_name_evidence *from = entry->value;
        struct plx_name_evidence *into;

        if (!plx_erase(e->eraser, from->name, PLX_ERASE_PLAIN, PLX_FIELD_NAME_MAX, &e->out) || e->dry)
            continue;
        bool known = plx_name_evidence_find(evidence, from->kind, plx_buffer_slice(&e->out)) != NULL;
        plx_table_remove(&evidence->names, plx_slice_make(entry->key, entry->key_len));
        into = known ? NULL : plx_name_evidence_of(evidence, from->kind, plx_buffer_slice(&e->out));
        if (into) {
            into->counts = from->counts;
            into->pairs = from->pairs;
        }
        free(from);
        service->restarted = true;
        at = 0; /* the table is another one by now */
    }
}

static void
rename_folds(struct erasing *e, struct plx_folding *folding)
{
    struct plx_path_folds *folds = plx_path_folds_new();
    struct plx_buffer names;
    bool changed = false;

    plx_buffer_init(&names, (PLX_PATH_FOLD_STAY_MAX + 1) * PLX_ENDPOINT_MAX);
    for (size_t i = 0; folds && i < plx_path_folds_count(folding->folds); i++) {
        struct plx_path_fold fold = *plx_path_folds_at(folding->folds, i);

        /* Offsets first: the buffer may move. A name that is as it was stays where it is. */
        struct plx_slice *all[PLX_PATH_FOLD_STAY_MAX + 1] = {&fold.parent};
        size_t from[PLX_PATH_FOLD_STAY_MAX + 1] = {0}, to[PLX_PATH_FOLD_STAY_MAX + 1] = {0};
        plx_buffer_clear(&names);
        for (uint32_t j = 0; j <= fold.stay_count; j++) {
            all[j] = j ? &fold.stay[j - 1] : &fold.parent;
            from[j] = names.len;
            if (find(e, PLX_ERASED_NAMES, *all[j], PLX_ERASE_PLAIN, PLX_ENDPOINT_MAX))
                plx_buffer_add(&names, plx_buffer_slice(&e->out));
            to[j] = names.len;
            changed |= to[j] > from[j];
        }
        for (uint32_t j = 0; j <= fold.stay_count && !names.failed; j++)
            if (to[j] > from[j])
                *all[j] = plx_slice_make(names.ptr + from[j], to[j] - from[j]);
        const bool is_parent = fold.parent.len && fold.parent.ptr[fold.parent.len - 1] == '/';
        if (names.failed || (is_parent && plx_path_folds_add(folds, &fold) != PLX_OK))
            e->status = PLX_E_MEMORY;
    }
    plx_buffer_fini(&names);
    if (!folds)
        e->status = PLX_E_MEMORY;
    if (changed && !e->dry && e->status == PLX_OK) {
        struct plx_path_folds *before = folding->folds;
        folding->folds = folds;
        folds = before;
        e->ledger->folds_version++;
        mark(&e->ledger->dirty_folding, &folding->dirty);
    }
    plx_path_folds_unref(folds);
}

/* ---- what is not of one service ---- */

static void
erase_service(struct erasing *e, struct plx_service_counts *service)
{
    const struct plx_table_entry *entry;
    size_t at = 0;

    while ((entry = plx_table_next(&service->endpoints, &at)))
        erase_endpoint(e, entry->value);
    erase_endpoint(e, &service->other);
    for (at = 0; (entry = plx_table_next(&service->causes, &at));)
        erase_cause(e, entry->value);
    erase_epochs(e, service);
    rename_causes(e, service);
    rename_endpoints(e, service);
    rename_evidence(e, service);
    if (service->restarted)
        plx_ledger_mark_service(e->ledger, service);
}

/* The examples of a run; those that change are copied into the buffer, whose room is enough for it not to move. */
static bool
erase_examples(struct erasing *e, struct plx_reconciliation *run, struct plx_buffer *kept)
{
    bool changed = false;

    for (int i = 0; i < PLX_EXAMPLE_KINDS; i++)
        for (uint32_t j = 0; j < run->example_count[i]; j++)
            if (take(e, PLX_ERASED_RECONCILIATIONS, run->examples[i][j], PLX_ERASE_JSON,
                     run->examples[i][j].len + EXAMPLE_GROWTH)) {
                run->examples[i][j] = plx_slice_make(kept->ptr + kept->len, e->out.len);
                plx_buffer_add(kept, plx_buffer_slice(&e->out));
                changed = true;
            }
    return changed;
}

static bool
erase_store(struct erasing *e, struct plx_slice *text, size_t max, struct plx_buffer *kept)
{
    if (!take(e, PLX_ERASED_RECONCILIATIONS, *text, PLX_ERASE_PLAIN, max))
        return false;
    *text = plx_slice_make(kept->ptr + kept->len, e->out.len);
    plx_buffer_add(kept, plx_buffer_slice(&e->out));
    return true;
}

/* NULL: it stays. */
static struct plx_reconciliation *
clean_run(struct erasing *e, const struct plx_reconciliation *run)
{
    struct plx_reconciliation draft = *run, *clean = NULL;
    struct plx_buffer kept;

    plx_buffer_init(&kept, 2 * PLX_RECONCILIATION_POST_MAX);
    if (!plx_buffer_reserve(&kept, 2 * PLX_RECONCILIATION_POST_MAX)) {
        e->status = PLX_E_MEMORY;
        return NULL;
    }
    bool changed = erase_examples(e, &draft, &kept);
    changed |= erase_store(e, &draft.left.store, PLX_RECONCILIATION_STORE_MAX, &kept);
    changed |= erase_store(e, &draft.right.store, PLX_RECONCILIATION_STORE_MAX, &kept);
    changed |= erase_store(e, &draft.error, PLX_RECONCILIATION_ERROR_MAX, &kept);
    if (changed && !(clean = plx_reconciliation_copy(&draft, true)))
        e->status = PLX_E_MEMORY;
    plx_buffer_fini(&kept);
    return clean;
}

static void
erase_reconciliation(struct erasing *e, struct plx_reconciliation_entry *entry)
{
    struct plx_reconciliation *clean = entry->last ? clean_run(e, entry->last) : NULL;
    bool changed = clean != NULL;

    if (clean) {
        free(entry->last);
        entry->last = clean;
    }
    for (size_t i = 0; i < entry->history_count; i++) {
        if (!(clean = clean_run(e, entry->history[i])))
            continue;
        free(entry->history[i]);
        entry->history[i] = clean;
        changed = true;
    }
    if (changed)
        mark(&e->ledger->dirty_reconciliations, &entry->dirty);
}

static bool
erase_note(struct erasing *e, struct plx_change_note *note)
{
    bool changed = erase_text(e, PLX_ERASED_CHANGES, note->client, sizeof(note->client));

    changed |= erase_text(e, PLX_ERASED_CHANGES, note->reason, sizeof(note->reason));
    return changed;
}

static void
erase_stages(struct erasing *e, struct plx_stage_entry *entry)
{
    bool changed = erase_note(e, &entry->state.set.note);

    for (unsigned i = 0; i < PLX_HOLDS; i++)
        changed |= erase_note(e, &entry->state.held[i].note);
    for (uint32_t i = 0; i < entry->change_count; i++)
        changed |= erase_note(e, &entry->changes[i].note);
    if (!changed || !e->ledger->store.ops)
        return;
    mark(&e->ledger->dirty_stages, &entry->dirty);
    e->ledger->stages_behind = true; /* for plx_ledger_catch_up() */
}

/* ---- all of it ---- */

static void
erase_all(struct erasing *e)
{
    struct plx_ledger *ledger = e->ledger;
    const struct plx_table_entry *entry;
    size_t at = 0;

    erase_records(e); /* while the causes' old ids are known */
    for (unsigned kind = 0; kind < PLX_SUBJECT_KINDS; kind++) {
        struct plx_kind_counts *counts = &ledger->counts.kinds[kind];
        for (at = 0; (entry = plx_table_next(&counts->services, &at));)
            erase_service(e, entry->value);
        erase_service(e, &counts->other);
    }
    for (at = 0; (entry = plx_table_next(&ledger->folding, &at));)
        if (((const struct plx_folding *)entry->value)->folds)
            rename_folds(e, entry->value);
    for (size_t i = 0; i < ledger->reconciliations.count; i++)
        erase_reconciliation(e, ledger->reconciliations.entries[i]);
    for (at = 0; (entry = plx_table_next(&ledger->stages, &at));)
        erase_stages(e, entry->value);
}

/* Into the store, and out of what it keeps besides. */
static enum plx_status
save(struct plx_ledger *ledger)
{
    if (!ledger->store.ops) {
        plx_ledger_drop_gone(ledger);
        return PLX_OK;
    }
    ledger->behind = true; /* for plx_ledger_catch_up() */
    if (!plx_ledger_catch_up(ledger) || !ledger->store.ops->purge(ledger->store.context))
        return PLX_E_IO;
    return PLX_OK;
}

enum plx_status
plx_ledger_erase(struct plx_ledger *ledger, const struct plx_eraser *eraser, bool dry, struct plx_erased *erased,
                 struct plx_buffer *left)
{
    struct erasing e = {.ledger = ledger, .eraser = eraser, .dry = dry, .erased = erased};

    *erased = (struct plx_erased){0};
    plx_buffer_init(&e.out, 2 * PLX_EPOCH_REPORT_MAX + 2 * PLX_RECORD_BYTES_MAX);
    plx_buffer_init(&e.json, 2 * PLX_RECORD_BYTES_MAX);
    erase_all(&e);
    plx_buffer_fini(&e.out);
    plx_buffer_fini(&e.json);
    if (ledger->store.ops)
        ledger->store.ops->list_others(ledger->store.context, left);
    if (dry)
        return e.status;
    enum plx_status saved = save(ledger);
    return e.status != PLX_OK ? e.status : saved;
}
