/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Evidence and epochs as rows. What is read back comes from a file: a state that cannot have been reached is damage.
 *
 *   kind of a row   endpoint  name   state
 *   service         -         -      struct plx_service_evidence without its names
 *   name:KIND       -         NAME   struct plx_name_evidence without its name
 *   endpoint        ENDPOINT  -      struct plx_pair_counts, struct plx_endpoint_evidence
 *   KIND            ENDPOINT  NAME   struct plx_field_evidence, and struct plx_coin where there is one
 */
#include "evidence/store/store_evidence.h"

#include "base/assert.h"
#include "evidence/count/epochs.h"
#include "evidence/count/evidence.h"
#include "evidence/ledger/ledger_state.h"
#include "evidence/store/subject_rows.h"

#include <stdio.h>
#include <stdlib.h>

#define FORMAT        2u /* of all states; another one whenever one of them changes */
#define NAME_PREFIX   "name:"
#define STATE_PARTS   2
#define KIND_TEXT_MAX 32u
#define SERVICE_BYTES offsetof(struct plx_service_evidence, names)
#define CANARY_BYTES  offsetof(struct plx_canary_evidence, seen)

/* ---- states as bytes ---- */

struct part {
    const void *from;
    void *into;
    size_t size;
};

struct state_head {
    uint32_t format, size;
};

static bool
put_row(struct plx_sqlite *store, const struct plx_service_counts *service, struct plx_slice endpoint,
        struct plx_slice name, const char *kind, const struct part *parts, int count)
{
    sqlite3_stmt *put = store->statements[PLX_PUT_EVIDENCE];
    struct state_head head = {FORMAT, 0};
    size_t at = sizeof(head);
    char *bytes;
    bool ok;

    for (int i = 0; i < count; i++)
        head.size += (uint32_t)parts[i].size;
    bytes = malloc(sizeof(head) + head.size);
    if (!bytes)
        return false;
    memcpy(bytes, &head, sizeof(head));
    for (int i = 0; i < count; at += parts[i++].size)
        memcpy(bytes + at, parts[i].from, parts[i].size);
    plx_sqlite_bind_text(put, 1, service->name);
    plx_sqlite_bind_text(put, 2, endpoint);
    plx_sqlite_bind_text(put, 3, name);
    plx_sqlite_bind_text(put, 4, plx_slice_of(kind));
    plx_sqlite_bind_blob(put, 5, plx_slice_make(bytes, at));
    plx_store_bind_subject(put, 6, service->kind);
    ok = plx_sqlite_run(put);
    free(bytes);
    return ok;
}

/* Takes the parts out of a state as far as it has them; false: it is of another format, or makes no sense. */
static bool
take_parts(struct plx_slice state, const struct part *parts, int count)
{
    struct state_head head;
    size_t at = sizeof(head);

    if (state.len < sizeof(head))
        return false;
    memcpy(&head, state.ptr, sizeof(head));
    if (head.format != FORMAT || head.size != state.len - sizeof(head))
        return false;
    for (int i = 0; i < count && at < state.len; at += parts[i++].size) {
        if (state.len - at < parts[i].size)
            return false;
        memcpy(parts[i].into, state.ptr + at, parts[i].size);
    }
    return at == state.len;
}

/* ---- writing ---- */

bool
plx_store_save_field_evidence(struct plx_sqlite *store, const struct plx_field_counts *field)
{
    const struct plx_field_evidence *evidence = field->evidence;

    if (!evidence)
        return true;
    const struct part parts[] = {{evidence, NULL, offsetof(struct plx_field_evidence, coin)},
                                 {evidence->coin, NULL, sizeof(*evidence->coin)}};
    return put_row(store, field->endpoint->service, field->endpoint->name, field->name, plx_kind_text(field->kind),
                   parts, evidence->coin ? 2 : 1);
}

bool
plx_store_save_endpoint_evidence(struct plx_sqlite *store, const struct plx_endpoint_counts *endpoint)
{
    const struct plx_endpoint_evidence *evidence = endpoint->evidence;

    if (!evidence)
        return true;
    const struct part parts[] = {{&endpoint->pairs, NULL, sizeof(endpoint->pairs)},
                                 {evidence, NULL, sizeof(*evidence)}};
    return put_row(store, endpoint->service, endpoint->name, plx_slice_of(""), "endpoint", parts, 2);
}

static bool
save_name(struct plx_sqlite *store, const struct plx_service_counts *service, const struct plx_name_evidence *name)
{
    const struct part parts[] = {{&name->counts, NULL, sizeof(name->counts)},
                                 {&name->pairs, NULL, sizeof(name->pairs)}};
    char kind[KIND_TEXT_MAX];

    snprintf(kind, sizeof(kind), NAME_PREFIX "%s", plx_kind_text(name->kind));
    return put_row(store, service, plx_slice_of(""), name->name, kind, parts, 2);
}

bool
plx_store_save_service_evidence(struct plx_sqlite *store, const struct plx_service_counts *service)
{
    const struct plx_service_evidence *evidence = service->evidence;
    const struct plx_table_entry *entry;
    size_t at = 0;

    if (!evidence)
        return true;
    while ((entry = plx_table_next(&evidence->names, &at))) {
        const struct plx_name_evidence *name = entry->value;
        if (name->unsaved && !save_name(store, service, name))
            return false;
    }
    const struct part parts[] = {{evidence, NULL, SERVICE_BYTES}, {&evidence->canary, NULL, CANARY_BYTES}};
    return put_row(store, service, plx_slice_of(""), plx_slice_of(""), "service", parts, 2);
}

static bool
save_epoch(struct plx_sqlite *store, const struct plx_service_counts *service, const struct plx_epoch *epoch)
{
    sqlite3_stmt *put = store->statements[PLX_PUT_EPOCH];

    plx_sqlite_bind_text(put, 1, service->name);
    plx_sqlite_bind_number(put, 2, epoch->began_ms);
    plx_sqlite_bind_number(put, 3, epoch->ended_ms);
    plx_sqlite_bind_text(put, 4, plx_slice_of(plx_epoch_why_text(epoch->why)));
    plx_sqlite_bind_text(put, 5, plx_slice_of(epoch->name));
    plx_sqlite_bind_text(put, 6, plx_slice_of(epoch->version));
    plx_sqlite_bind_text(put, 7, plx_slice_of(epoch->candidate));
    plx_sqlite_bind_number(put, 8, epoch->rules);
    if (epoch->report)
        plx_sqlite_bind_text(put, 9, plx_slice_make(epoch->report, epoch->report_len));
    plx_store_bind_subject(put, 10, service->kind);
    plx_sqlite_bind_text(put, 11, plx_slice_of(epoch->reason));
    return plx_sqlite_run(put);
}

static bool
run_of_service(sqlite3_stmt *statement, const struct plx_service_counts *service)
{
    plx_sqlite_bind_text(statement, 1, service->name);
    plx_store_bind_subject(statement, 2, service->kind);
    return plx_sqlite_run(statement);
}

bool
plx_store_save_epochs(struct plx_sqlite *store, const struct plx_service_counts *service)
{
    const struct plx_epochs *epochs = service->epochs;
    const struct plx_list *node;

    if (!epochs || !epochs->unsaved)
        return true;
    if (!run_of_service(store->statements[PLX_DROP_EPOCHS], service))
        return false;
    for (node = epochs->earlier.next; node != &epochs->earlier; node = node->next)
        if (!save_epoch(store, service, PLX_CONTAINER(node, struct plx_epoch, node)))
            return false;
    return save_epoch(store, service, &epochs->present);
}

bool
plx_store_forget_service(struct plx_sqlite *store, const struct plx_service_counts *service)
{
    static const enum plx_statement drops[] = {PLX_DROP_ENDPOINTS, PLX_DROP_REASONS, PLX_DROP_FIELDS,
                                               PLX_DROP_EXCUSES,   PLX_DROP_CAUSES,  PLX_DROP_RECHECKS,
                                               PLX_DROP_EVIDENCE};

    for (size_t i = 0; i < PLX_COUNT(drops); i++)
        if (!run_of_service(store->statements[drops[i]], service))
            return false;
    return true;
}

/* ---- reading ---- */

static bool
is_valid_subject(const struct plx_subject_evidence *subject)
{
    return plx_wealth_is_valid(&subject->wealth) && plx_incidents_are_valid(&subject->incidents);
}

static bool
read_service_state(struct plx_service_counts *service, struct plx_slice state)
{
    struct plx_service_evidence *into = plx_service_evidence_of(service);
    struct plx_service_evidence read;
    struct plx_canary_evidence canary = {0};
    const struct part parts[] = {{NULL, &read, SERVICE_BYTES}, {NULL, &canary, CANARY_BYTES}};

    if (!into || !take_parts(state, parts, STATE_PARTS) || !plx_canary_evidence_is_valid(&canary) ||
        !is_valid_subject(&read.all) || !is_valid_subject(&read.failed) || !plx_onset_is_valid(&read.onset) ||
        !plx_bound_is_valid(&read.bound) || !plx_bound_is_valid(&read.failed_bound) ||
        !plx_latency_is_valid(&read.latency))
        return false;
    memcpy(into, &read, SERVICE_BYTES);
    memcpy(&into->canary, &canary, CANARY_BYTES);
    return true;
}

static bool
read_name_state(struct plx_service_counts *service, enum plx_kind kind, struct plx_slice name, struct plx_slice state)
{
    struct plx_service_evidence *evidence = plx_service_evidence_of(service);
    struct plx_name_evidence *into = evidence ? plx_name_evidence_of(evidence, kind, name) : NULL;
    struct plx_subject_evidence counts;
    struct plx_pairs pairs;
    const struct part parts[] = {{NULL, &counts, sizeof(counts)}, {NULL, &pairs, sizeof(pairs)}};

    if (!into || !take_parts(state, parts, 2) || !is_valid_subject(&counts))
        return false;
    into->counts = counts;
    into->pairs = pairs;
    return true;
}

static bool
read_endpoint_state(struct plx_endpoint_counts *endpoint, struct plx_slice state)
{
    struct plx_endpoint_evidence read;
    const struct part parts[] = {{NULL, &endpoint->pairs, sizeof(endpoint->pairs)}, {NULL, &read, sizeof(read)}};

    if (!endpoint->evidence)
        endpoint->evidence = calloc(1, sizeof(*endpoint->evidence));
    if (!endpoint->evidence || !take_parts(state, parts, 2) || !plx_bound_is_valid(&read.bound) ||
        !plx_incidents_are_valid(&read.incidents))
        return false;
    *endpoint->evidence = read;
    return true;
}

static bool
read_field_state(struct plx_field_counts *field, struct plx_slice state)
{
    struct plx_field_evidence *into = plx_field_evidence_of(field), read;
    struct plx_coin coin = {0};
    const struct part parts[] = {{NULL, &read, offsetof(struct plx_field_evidence, coin)}, {NULL, &coin, sizeof(coin)}};

    if (!into || !take_parts(state, parts, STATE_PARTS) || !is_valid_subject(&read.counts) || !plx_coin_is_valid(&coin))
        return false;
    memcpy(into, &read, offsetof(struct plx_field_evidence, coin));
    if (coin.count && !into->coin)
        into->coin = malloc(sizeof(coin));
    if (coin.count && into->coin)
        *into->coin = coin;
    return true;
}

static bool
kind_of(struct plx_slice text, enum plx_kind *kind)
{
    static const enum plx_kind kinds[] = {
#define KIND(name, text) name,
        PLX_KIND_MAP(KIND)
#undef KIND
    };

    for (size_t i = 0; i < PLX_COUNT(kinds); i++)
        if (plx_slice_equal(text, plx_slice_of(plx_kind_text(kinds[i])))) {
            *kind = kinds[i];
            return true;
        }
    return false;
}

/* A row of another format is as good as none. */
static bool
is_foreign(struct plx_slice state)
{
    uint32_t format;

    if (state.len < sizeof(format))
        return false;
    memcpy(&format, state.ptr, sizeof(format));
    return format != FORMAT;
}

static bool
read_state(struct plx_ledger *ledger, struct plx_service_counts *service, sqlite3_stmt *row)
{
    const size_t prefix = sizeof(NAME_PREFIX) - 1;
    struct plx_slice endpoint_name = plx_sqlite_column(row, 1), name = plx_sqlite_column(row, 2);
    struct plx_slice text = plx_sqlite_column(row, 3), state = plx_sqlite_column(row, 4);
    struct plx_endpoint_counts *endpoint;
    struct plx_field_counts *field;
    enum plx_kind kind;

    if (plx_slice_equal(text, plx_slice_of("service")))
        return read_service_state(service, state);
    if (text.len > prefix && memcmp(text.ptr, NAME_PREFIX, prefix) == 0)
        return kind_of(plx_slice_make(text.ptr + prefix, text.len - prefix), &kind) &&
               read_name_state(service, kind, name, state);
    endpoint = plx_counts_endpoint(&ledger->counts, service, endpoint_name);
    if (!plx_slice_equal(endpoint->name, endpoint_name))
        return false;
    if (plx_slice_equal(text, plx_slice_of("endpoint")))
        return read_endpoint_state(endpoint, state);
    if (!kind_of(text, &kind))
        return false;
    field = plx_counts_field(&ledger->counts, endpoint, kind, name);
    return plx_slice_equal(field->name, name) && read_field_state(field, state);
}

enum plx_status
plx_store_read_evidence(struct plx_sqlite *store, struct plx_ledger *ledger, sqlite3_stmt *row)
{
    struct plx_service_counts *service = plx_store_service(ledger, row, 0, 5);

    if (!service)
        return plx_sqlite_damaged(store, "a row of the table evidence makes no sense");
    if (!is_foreign(plx_sqlite_column(row, 4)) && !read_state(ledger, service, row))
        return plx_sqlite_damaged(store, "a state of the table evidence makes no sense");
    return PLX_OK;
}

enum plx_status
plx_store_read_epoch(struct plx_sqlite *store, struct plx_ledger *ledger, sqlite3_stmt *row)
{
    struct plx_service_counts *service = plx_store_service(ledger, row, 0, 9);
    struct plx_epoch epoch = {0};

    if (!service || !plx_sqlite_number(row, 1, &epoch.began_ms) || !plx_sqlite_number(row, 2, &epoch.ended_ms) ||
        !plx_epoch_why_of(plx_sqlite_column(row, 3), &epoch.why) ||
        !plx_sqlite_text(row, 4, epoch.name, PLX_EPOCH_NAME_MAX) ||
        !plx_sqlite_text(row, 5, epoch.version, PLX_EPOCH_VERSION_MAX) ||
        !plx_sqlite_text(row, 6, epoch.candidate, PLX_EPOCH_URL_MAX) || !plx_sqlite_number(row, 7, &epoch.rules) ||
        !plx_sqlite_text(row, 10, epoch.reason, PLX_CHANGE_REASON_MAX) ||
        plx_sqlite_column(row, 8).len > PLX_EPOCH_REPORT_MAX)
        return plx_sqlite_damaged(store, "a row of the table epoch makes no sense");
    struct plx_epochs *epochs = plx_service_counts_epochs(service, epoch.began_ms);
    if (!epochs)
        return PLX_E_MEMORY;
    epochs->unsaved = false;
    if (epoch.ended_ms == 0)
        epochs->present = epoch;
    else if (!plx_epochs_keep(epochs, &epoch, plx_sqlite_column(row, 8)))
        return PLX_E_MEMORY;
    return PLX_OK;
}
