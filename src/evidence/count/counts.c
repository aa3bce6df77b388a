/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The counters that a tally and the ledger share: finding, adding, merging, sorting them. The hard thing is that every
 * number ends up somewhere: each lookup answers with a place to count, "(other)" where nothing else can be had.
 */
#include "evidence/count/counts.h"

#include "base/assert.h"
#include "base/slice.h"
#include "base/utf8.h"
#include "evidence/count/epochs.h"
#include "evidence/count/evidence_state.h"

#include <stdlib.h>

static const struct plx_slice other_name = {PLX_OTHER, sizeof(PLX_OTHER) - 1};

/* ---- making and freeing ---- */

static void
field_init(struct plx_field_counts *field, struct plx_endpoint_counts *endpoint, struct plx_slice name,
           enum plx_kind kind)
{
    memset(field, 0, sizeof(*field));
    plx_list_init(&field->dirty);
    field->endpoint = endpoint;
    field->name = name;
    field->kind = kind;
}

void
plx_field_counts_free(void *value)
{
    struct plx_field_counts *field = value;

    plx_list_remove(&field->dirty);
    free(field->example);
    free(field->renewal);
    free(field->values);
    plx_field_evidence_free(field->evidence);
    free(field);
}

static void
endpoint_init(struct plx_endpoint_counts *endpoint, struct plx_service_counts *service, struct plx_slice name)
{
    memset(endpoint, 0, sizeof(*endpoint));
    plx_list_init(&endpoint->dirty);
    endpoint->service = service;
    endpoint->name = name;
    plx_table_init(&endpoint->fields, PLX_FIELDS_MAX);
    field_init(&endpoint->other, endpoint, other_name, PLX_KIND_VALUE);
}

static void
endpoint_fini(struct plx_endpoint_counts *endpoint)
{
    plx_list_remove(&endpoint->dirty);
    plx_list_remove(&endpoint->other.dirty);
    for (size_t i = 0; i < PLX_ROLES; i++)
        free(endpoint->latency[i]);
    plx_table_fini(&endpoint->fields, plx_field_counts_free);
    free(endpoint->durations);
    free(endpoint->sightings);
    free(endpoint->evidence);
    plx_endpoint_excuses_free(endpoint->excuses);
    free(endpoint->other.example);
    free(endpoint->other.renewal);
    free(endpoint->other.values);
    plx_field_evidence_free(endpoint->other.evidence);
}

void
plx_endpoint_counts_free(void *endpoint)
{
    endpoint_fini(endpoint);
    free(endpoint);
}

void
plx_endpoint_counts_clear(struct plx_endpoint_counts *endpoint)
{
    endpoint_fini(endpoint);
    endpoint_init(endpoint, endpoint->service, endpoint->name);
}

static void
service_init(struct plx_service_counts *service, enum plx_subject_kind kind, struct plx_slice name)
{
    memset(service, 0, sizeof(*service));
    plx_list_init(&service->dirty);
    service->kind = kind;
    service->name = name;
    plx_table_init(&service->endpoints, plx_subject_endpoints_max(kind) + plx_subject_named_max(kind));
    endpoint_init(&service->other, service, other_name);
    plx_table_init(&service->causes, PLX_CAUSES_MAX);
    plx_cause_init(&service->other_cause, service);
    service->other_cause.endpoint = other_name;
}

static void
service_fini(struct plx_service_counts *service)
{
    plx_table_fini(&service->endpoints, plx_endpoint_counts_free);
    endpoint_fini(&service->other);
    plx_table_fini(&service->causes, plx_cause_free);
    plx_cause_fini(&service->other_cause);
    plx_service_evidence_free(service->evidence);
    plx_epochs_free(service->epochs);
    free(service->versions);
}

static void
service_free(void *value)
{
    service_fini(value);
    free(value);
}

void
plx_counts_init(struct plx_counts *counts, size_t causes_max)
{
    memset(counts, 0, sizeof(*counts));
    counts->causes_max = causes_max;
    for (unsigned i = 0; i < PLX_SUBJECT_KINDS; i++) {
        enum plx_subject_kind kind = (enum plx_subject_kind)i;
        plx_table_init(&counts->kinds[i].services, plx_subject_max(kind));
        service_init(&counts->kinds[i].other, kind, other_name);
    }
}

void
plx_counts_fini(struct plx_counts *counts)
{
    for (unsigned i = 0; i < PLX_SUBJECT_KINDS; i++) {
        plx_table_fini(&counts->kinds[i].services, service_free);
        service_fini(&counts->kinds[i].other);
    }
}

/* ---- finding or adding ---- */

/* size bytes, zeroed, and behind them a copy of name, to which *kept is set. */
static void *
alloc_named(size_t size, struct plx_slice name, struct plx_slice *kept)
{
    char *block = calloc(1, size + name.len + 1);

    if (!block)
        return NULL;
    if (name.len)
        memcpy(block + size, name.ptr, name.len);
    *kept = plx_slice_make(block + size, name.len);
    return block;
}

bool
plx_counts_keep_name(struct plx_slice name, size_t max)
{
    if (name.len > max || plx_slice_equal(name, other_name))
        return false;
    return name.len == 0 || (!memchr(name.ptr, 0, name.len) && plx_utf8_prefix(name) == name.len);
}

struct plx_service_counts *
plx_counts_find_service(const struct plx_counts *counts, enum plx_subject_kind kind, struct plx_slice name)
{
    return plx_table_get(&counts->kinds[kind].services, name);
}

struct plx_service_counts *
plx_counts_service(struct plx_counts *counts, enum plx_subject_kind kind, struct plx_slice name)
{
    struct plx_kind_counts *of = &counts->kinds[kind];
    struct plx_service_counts *service = plx_table_get(&of->services, name);
    struct plx_slice kept;

    if (service)
        return service;
    if (!plx_counts_keep_name(name, PLX_SERVICE_NAME_MAX))
        return &of->other;
    service = alloc_named(sizeof(*service), name, &kept);
    if (!service)
        return &of->other;
    service_init(service, kind, kept);
    if (plx_table_add(&of->services, name, service) != PLX_OK) {
        service_free(service);
        return &of->other;
    }
    return service;
}

bool
plx_counts_has_places(const struct plx_counts *counts, const struct plx_service_counts *service, size_t more)
{
    return counts->endpoint_count + more <= PLX_LEDGER_ENDPOINTS_MAX &&
           service->endpoints.count - service->named + more <= plx_subject_endpoints_max(service->kind);
}

static struct plx_endpoint_counts *
add_endpoint(struct plx_counts *counts, struct plx_service_counts *service, struct plx_slice name)
{
    struct plx_endpoint_counts *endpoint;
    struct plx_slice kept;

    if (counts->endpoint_count >= PLX_LEDGER_ENDPOINTS_MAX || !plx_counts_keep_name(name, PLX_ENDPOINT_MAX))
        return &service->other;
    endpoint = alloc_named(sizeof(*endpoint), name, &kept);
    if (!endpoint)
        return &service->other;
    endpoint_init(endpoint, service, kept);
    if (plx_table_add(&service->endpoints, name, endpoint) != PLX_OK) {
        plx_endpoint_counts_free(endpoint);
        return &service->other;
    }
    counts->endpoint_count++;
    return endpoint;
}

struct plx_endpoint_counts *
plx_counts_endpoint(struct plx_counts *counts, struct plx_service_counts *service, struct plx_slice name)
{
    struct plx_endpoint_counts *endpoint = plx_table_get(&service->endpoints, name);

    if (endpoint)
        return endpoint;
    return plx_counts_has_places(counts, service, 1) ? add_endpoint(counts, service, name) : &service->other;
}

struct plx_endpoint_counts *
plx_counts_stored_endpoint(struct plx_counts *counts, struct plx_service_counts *service, struct plx_slice name)
{
    struct plx_endpoint_counts *endpoint = plx_table_get(&service->endpoints, name);

    return endpoint ? endpoint : add_endpoint(counts, service, name);
}

struct plx_endpoint_counts *
plx_counts_named_endpoint(struct plx_counts *counts, struct plx_service_counts *service, struct plx_slice name)
{
    struct plx_endpoint_counts *endpoint = plx_counts_stored_endpoint(counts, service, name);

    if (endpoint != &service->other && !endpoint->named && service->named < plx_subject_named_max(service->kind)) {
        endpoint->named = true;
        service->named++;
    }
    return endpoint;
}

void
plx_counts_take_endpoint(struct plx_counts *counts, struct plx_endpoint_counts *endpoint)
{
    const void *taken = plx_table_remove(&endpoint->service->endpoints, endpoint->name);

    PLX_ASSERT(taken == endpoint);
    counts->endpoint_count--;
    endpoint->service->named -= endpoint->named;
    counts->field_count -= endpoint->fields.count;
    if (endpoint->excuses)
        counts->excuse_count -= endpoint->excuses->rules.count;
}

#define FIELD_KEY_MAX (PLX_FIELD_NAME_MAX + 1)

/* name has at most PLX_FIELD_NAME_MAX bytes. */
static struct plx_slice
field_key(enum plx_kind kind, struct plx_slice name, char bytes[FIELD_KEY_MAX])
{
    bytes[0] = (char)('a' + (int)kind);
    if (name.len)
        memcpy(bytes + 1, name.ptr, name.len);
    return plx_slice_make(bytes, name.len + 1);
}

const struct plx_field_counts *
plx_counts_find_field(const struct plx_service_counts *service, struct plx_slice endpoint_name, enum plx_kind kind,
                      struct plx_slice name)
{
    const struct plx_endpoint_counts *endpoint = plx_table_get(&service->endpoints, endpoint_name);
    char bytes[FIELD_KEY_MAX];

    if (!endpoint || name.len > PLX_FIELD_NAME_MAX)
        return NULL;
    return plx_table_get(&endpoint->fields, field_key(kind, name, bytes));
}

struct plx_field_counts *
plx_counts_field(struct plx_counts *counts, struct plx_endpoint_counts *endpoint, enum plx_kind kind,
                 struct plx_slice name)
{
    char bytes[FIELD_KEY_MAX];
    struct plx_field_counts *field;
    struct plx_slice key, kept;

    if (name.len > PLX_FIELD_NAME_MAX)
        return &endpoint->other;
    key = field_key(kind, name, bytes);
    field = plx_table_get(&endpoint->fields, key);
    if (field)
        return field;
    if (counts->field_count >= PLX_LEDGER_FIELDS_MAX || endpoint->fields.count >= PLX_FIELDS_MAX ||
        !plx_counts_keep_name(name, PLX_FIELD_NAME_MAX))
        return &endpoint->other;
    field = alloc_named(sizeof(*field), name, &kept);
    if (!field)
        return &endpoint->other;
    field_init(field, endpoint, kept, kind);
    if (plx_table_add(&endpoint->fields, key, field) != PLX_OK) {
        plx_field_counts_free(field);
        return &endpoint->other;
    }
    counts->field_count++;
    return field;
}

struct plx_field_counts *
plx_counts_take_field(struct plx_counts *counts, struct plx_endpoint_counts *endpoint, enum plx_kind kind,
                      struct plx_slice name)
{
    char bytes[FIELD_KEY_MAX];
    struct plx_field_counts *field =
        name.len > PLX_FIELD_NAME_MAX ? NULL : plx_table_remove(&endpoint->fields, field_key(kind, name, bytes));

    counts->field_count -= field != NULL;
    return field;
}

/* ---- forgetting ---- */

static void
forget_rows(struct plx_counts *counts, struct plx_service_counts *service)
{
    const struct plx_table_entry *entry;
    size_t at = 0;

    counts->endpoint_count -= service->endpoints.count;
    counts->cause_count -= service->causes.count;
    while ((entry = plx_table_next(&service->endpoints, &at)))
        counts->field_count -= ((const struct plx_endpoint_counts *)entry->value)->fields.count;
    counts->field_count -= service->other.fields.count;
}

void
plx_service_counts_restart(struct plx_counts *counts, struct plx_service_counts *service, unsigned forget)
{
    const struct plx_service_counts before = *service;

    forget_rows(counts, service);
    service->epochs = NULL; /* kept */
    plx_list_remove(&service->dirty);
    service_fini(service);
    service_init(service, before.kind, before.name);
    service->epochs = before.epochs;
    service->restarted = true;
    service->under_way = before.under_way;
    service->under_way_since_ms = before.under_way_since_ms;
    service->rate = before.rate;
    for (int role = 0; role < PLX_ROLES; role++)
        if (!(forget & 1u << role))
            service->health[role] = before.health[role];
}

static void
forget_causes(struct plx_service_counts *service, struct plx_slice endpoint)
{
    const struct plx_table_entry *entry;
    size_t at = 0;

    while ((entry = plx_table_next(&service->causes, &at))) {
        struct plx_cause *cause = entry->value;

        if (!plx_slice_equal(cause->endpoint, endpoint))
            continue;
        plx_list_remove(&cause->dirty);
        cause->count = cause->weight = 0;
        plx_cause_set_example(cause, NULL, 0);
    }
}

void
plx_service_counts_forget_endpoint(struct plx_counts *counts, struct plx_endpoint_counts *endpoint)
{
    struct plx_service_counts *service = endpoint->service;
    struct plx_slice name = endpoint->name;
    const bool named = endpoint->named;

    counts->field_count -= endpoint->fields.count;
    forget_causes(service, name);
    endpoint_fini(endpoint);
    endpoint_init(endpoint, service, name);
    endpoint->named = named;
    plx_service_evidence_free(service->evidence);
    service->evidence = NULL;
    service->restarted = true;
}

struct plx_epochs *
plx_service_counts_epochs(struct plx_service_counts *service, uint64_t now_ms)
{
    if (!service->epochs && !(service->epochs = plx_epochs_new()))
        return NULL;
    if (service->epochs->present.began_ms == 0) {
        service->epochs->present.began_ms = now_ms;
        service->epochs->unsaved = true;
    }
    return service->epochs;
}

/* ---- adding up ---- */

const char *
plx_logged_out_text(enum plx_logged_out status)
{
    static const char *const names[] = {
#define TEXT(name, text) text,
        PLX_LOGGED_OUT_MAP(TEXT)
#undef TEXT
    };

    PLX_ASSERT((unsigned)status < PLX_COUNT(names));
    return names[status];
}

void
plx_exchange_counts_add(struct plx_exchange_counts *into, const struct plx_exchange_counts *from)
{
    into->match += from->match;
    into->mismatch += from->mismatch;
    into->ignored += from->ignored;
    into->errors += from->errors;
    into->excused += from->excused;
    for (size_t i = 0; i < PLX_NO_EVIDENCE_COUNT; i++)
        into->no_evidence[i] += from->no_evidence[i];
    for (size_t i = 0; i < PLX_REASONS_MAX; i++) {
        into->incomparable[i] += from->incomparable[i];
        into->uncopied[i] += from->uncopied[i];
        into->results[i] += from->results[i];
    }
    for (size_t i = 0; i < PLX_ROLES; i++)
        into->retries[i] += from->retries[i];
    for (size_t i = 0; i < PLX_LOGGED_OUT_COUNT; i++)
        into->logged_out[i] += from->logged_out[i];
    into->served_candidate += from->served_candidate;
    into->served_differed += from->served_differed;
    for (size_t i = 0; i < PLX_FALLBACK_COUNT; i++)
        into->fallbacks[i] += from->fallbacks[i];
}

void
plx_endpoint_counts_measure(struct plx_endpoint_counts *endpoint, enum plx_role role, uint64_t duration_ns)
{
    struct plx_histogram **histogram = &endpoint->latency[role];

    if (!*histogram)
        *histogram = calloc(1, sizeof(**histogram));
    if (*histogram)
        plx_histogram_add(*histogram, duration_ns);
}

void
plx_endpoint_counts_merge(struct plx_endpoint_counts *into, struct plx_endpoint_counts *from)
{
    plx_exchange_counts_add(&into->exchanges, &from->exchanges);
    plx_pair_counts_add(&into->pairs, &from->pairs);
    for (size_t i = 0; i < PLX_ROLES; i++) {
        if (into->latency[i] && from->latency[i]) {
            plx_histogram_merge(into->latency[i], from->latency[i]);
        } else if (from->latency[i]) {
            into->latency[i] = from->latency[i]; /* taken over: no memory needed */
            from->latency[i] = NULL;
        }
    }
}

void
plx_role_health_merge(struct plx_role_health *into, const struct plx_role_health *from)
{
    into->answered += from->answered;
    into->failed += from->failed;
    into->errors += from->errors;
    if (from->last_failure_ms && from->last_failure_ms >= into->last_failure_ms) {
        into->last_failure_ms = from->last_failure_ms;
        into->last_reason = from->last_reason;
        memcpy(into->last_detail, from->last_detail, sizeof(into->last_detail));
    }
    if (from->last_answer_ms > into->last_answer_ms)
        into->last_answer_ms = from->last_answer_ms;
}

/* ---- derived numbers ---- */

struct plx_ledger_counts
plx_exchange_counts_sum(const struct plx_exchange_counts *counts)
{
    struct plx_ledger_counts sum = {.match = counts->match, .mismatch = counts->mismatch, .ignored = counts->ignored};

    for (size_t i = 0; i < PLX_REASONS_MAX; i++) {
        sum.incomparable += counts->incomparable[i];
        sum.uncopied += counts->uncopied[i];
    }
    sum.total = sum.match + sum.mismatch + sum.ignored + sum.incomparable + sum.uncopied;
    return sum;
}

void
plx_service_counts_sum(const struct plx_service_counts *service, struct plx_exchange_counts *sum)
{
    const struct plx_table_entry *entry;
    size_t at = 0;

    while ((entry = plx_table_next(&service->endpoints, &at)))
        plx_exchange_counts_add(sum, &((const struct plx_endpoint_counts *)entry->value)->exchanges);
    plx_exchange_counts_add(sum, &service->other.exchanges);
}

static void
add_latency(const struct plx_endpoint_counts *endpoint, enum plx_role role, struct plx_histogram *histogram)
{
    if (endpoint->latency[role])
        plx_histogram_merge(histogram, endpoint->latency[role]);
}

void
plx_service_counts_latency(const struct plx_service_counts *service, enum plx_role role,
                           struct plx_histogram *histogram)
{
    const struct plx_table_entry *entry;
    size_t at = 0;

    while ((entry = plx_table_next(&service->endpoints, &at)))
        add_latency(entry->value, role, histogram);
    add_latency(&service->other, role, histogram);
}

bool
plx_endpoint_counts_empty(const struct plx_endpoint_counts *endpoint)
{
    return plx_exchange_counts_sum(&endpoint->exchanges).total == 0;
}

bool
plx_endpoint_counts_is_plain(const struct plx_endpoint_counts *endpoint)
{
    return endpoint->exchanges.mismatch == 0 && endpoint->fields.count == 0 &&
           plx_field_counts_empty(&endpoint->other) && !endpoint->excuses;
}

/* ---- sorted ---- */

static int
compare_services(const void *a, const void *b)
{
    return plx_slice_order((*(struct plx_service_counts *const *)a)->name,
                           (*(struct plx_service_counts *const *)b)->name);
}

static int
compare_endpoints(const void *a, const void *b)
{
    return plx_slice_order((*(struct plx_endpoint_counts *const *)a)->name,
                           (*(struct plx_endpoint_counts *const *)b)->name);
}

static int
compare_fields(const void *a, const void *b)
{
    const struct plx_field_counts *x = *(struct plx_field_counts *const *)a;
    const struct plx_field_counts *y = *(struct plx_field_counts *const *)b;
    int order = plx_slice_order(x->name, y->name);

    return order ? order : (int)x->kind - (int)y->kind;
}

/* The values of a table, with room for one more. */
static void **
table_values(const struct plx_table *table, int (*compare)(const void *, const void *))
{
    void **values = calloc(table->count + 1, sizeof(*values));
    const struct plx_table_entry *entry;
    size_t at = 0, count = 0;

    if (!values)
        return NULL;
    while ((entry = plx_table_next(table, &at)))
        values[count++] = entry->value;
    PLX_ASSERT(count == table->count);
    qsort(values, count, sizeof(*values), compare);
    return values;
}

static bool
service_is_empty(const struct plx_service_counts *service)
{
    return service->endpoints.count == 0 && plx_endpoint_counts_empty(&service->other);
}

struct plx_service_counts **
plx_counts_services(struct plx_counts *counts, enum plx_subject_kind kind, size_t *count)
{
    struct plx_kind_counts *of = &counts->kinds[kind];
    struct plx_service_counts **services = (struct plx_service_counts **)table_values(&of->services, compare_services);

    *count = services ? of->services.count : 0;
    if (services && !service_is_empty(&of->other))
        services[(*count)++] = &of->other;
    return services;
}

struct plx_endpoint_counts **
plx_service_counts_endpoints(struct plx_service_counts *service, size_t *count)
{
    struct plx_endpoint_counts **endpoints =
        (struct plx_endpoint_counts **)table_values(&service->endpoints, compare_endpoints);

    *count = endpoints ? service->endpoints.count : 0;
    if (endpoints && !plx_endpoint_counts_empty(&service->other))
        endpoints[(*count)++] = &service->other;
    return endpoints;
}

struct plx_field_counts **
plx_endpoint_counts_fields(struct plx_endpoint_counts *endpoint, size_t *count)
{
    struct plx_field_counts **fields = (struct plx_field_counts **)table_values(&endpoint->fields, compare_fields);

    *count = fields ? endpoint->fields.count : 0;
    if (fields && !plx_field_counts_empty(&endpoint->other))
        fields[(*count)++] = &endpoint->other;
    return fields;
}
