/* SPDX-License-Identifier: Apache-2.0 */
/* The causes of a service as the report has them: ranked, and those marked that the counts have found to be noise. */
#include "ledger/causes.h"
#include "ledger/counts.h"
#include "ledger/text.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- ids ---- */

void
plx_cause_id_text(uint64_t id, char out[PLX_CAUSE_TEXT])
{
    snprintf(out, PLX_CAUSE_TEXT, "%016llx", (unsigned long long)id);
}

bool
plx_cause_id_read(struct plx_slice text, uint64_t *id)
{
    uint64_t value = 0;

    if (text.len != PLX_CAUSE_TEXT - 1)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        int digit = c >= '0' && c <= '9'                     ? c - '0'
                    : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10
                                                             : -1;

        if (digit < 0)
            return false;
        value = value << 4 | (uint64_t)digit;
    }
    *id = value;
    return true;
}

/* ---- rank ---- */

bool
plx_cause_is_noise(const struct plx_cause *cause)
{
    if (cause->field_count == 0 || cause->field_count < cause->fields_total)
        return false;
    for (uint32_t i = 0; i < cause->field_count; i++) {
        const struct plx_field_counts *field =
            plx_counts_find_field(cause->service, cause->endpoint, cause->fields[i].kind, cause->fields[i].name);

        if (!field || field->finding != PLX_NOISE)
            return false;
    }
    return true;
}

struct rank {
    const struct plx_cause *cause;
    bool noise;
};

/* The most frequent first; noise after all others, and "(other)" at the end. */
static int
by_rank(const void *a, const void *b)
{
    const struct rank *x = a, *y = b;

    if ((x->cause->id == 0) != (y->cause->id == 0))
        return x->cause->id == 0 ? 1 : -1;
    if (x->noise != y->noise)
        return x->noise ? 1 : -1;
    if (x->cause->count != y->cause->count)
        return x->cause->count < y->cause->count ? 1 : -1;
    return x->cause->id < y->cause->id ? -1 : x->cause->id > y->cause->id;
}

/* ---- JSON ---- */

static void
write_time(struct plx_json_writer *w, const char *key, uint64_t time_ms)
{
    char time[PLX_TIME_TEXT];

    plx_time_text(time_ms, time);
    plx_json_key(w, key);
    plx_json_text_value(w, time);
}

static void
write_command(struct plx_json_writer *w, const char *key, struct plx_slice command)
{
    plx_json_key(w, key);
    if (command.len)
        plx_json_string(w, command);
    else
        plx_json_null(w);
}

static void
write_example(struct plx_json_writer *w, const struct plx_cause_example *example)
{
    plx_json_key(w, "example");
    if (!example) {
        plx_json_null(w);
        plx_json_key(w, "reproduce");
        plx_json_null(w);
        return;
    }
    plx_json_begin_object(w);
    plx_json_key(w, "exchange");
    plx_json_text_value(w, example->exchange);
    plx_json_key(w, "differences");
    plx_json_raw(w, example->differences);
    plx_json_end_object(w);
    plx_json_key(w, "reproduce");
    plx_json_begin_object(w);
    write_command(w, "primary", example->primary);
    write_command(w, "candidate", example->candidate);
    plx_json_end_object(w);
}

static void
write_fields(struct plx_json_writer *w, const struct plx_cause *cause)
{
    plx_json_key(w, "fields");
    plx_json_begin_array(w);
    for (uint32_t i = 0; i < cause->field_count; i++) {
        plx_json_begin_object(w);
        plx_json_key(w, "field");
        plx_json_string(w, cause->fields[i].name);
        plx_json_key(w, "kind");
        plx_json_text_value(w, plx_kind_text(cause->fields[i].kind));
        plx_json_end_object(w);
    }
    plx_json_end_array(w);
    plx_json_key(w, "fields_total");
    plx_json_uint(w, cause->fields_total);
}

static void
write_cause(struct plx_json_writer *w, const struct rank *rank)
{
    const struct plx_cause *cause = rank->cause;
    char id[PLX_CAUSE_TEXT];

    plx_cause_id_text(cause->id, id);
    plx_json_begin_object(w);
    plx_json_key(w, "id");
    plx_json_text_value(w, id);
    plx_json_key(w, "endpoint");
    plx_json_string(w, cause->endpoint);
    write_fields(w, cause);
    plx_json_key(w, "count");
    plx_json_uint(w, cause->count);
    write_time(w, "first", cause->first_ms);
    write_time(w, "last", cause->last_ms);
    plx_json_key(w, "noise");
    plx_json_bool(w, rank->noise);
    write_example(w, cause->example);
    plx_json_end_object(w);
}

bool
plx_causes_write(struct plx_service_counts *service, struct plx_json_writer *w)
{
    struct rank *ranks = calloc(service->causes.count + 1, sizeof(*ranks));
    const struct plx_table_entry *entry;
    size_t at = 0, count = 0;

    if (!ranks)
        return false;
    while ((entry = plx_table_next(&service->causes, &at)))
        ranks[count++] = (struct rank){entry->value, plx_cause_is_noise(entry->value)};
    if (service->other_cause.count)
        ranks[count++] = (struct rank){&service->other_cause, false};
    qsort(ranks, count, sizeof(*ranks), by_rank);
    plx_json_key(w, "causes");
    plx_json_begin_array(w);
    for (size_t i = 0; i < count; i++)
        write_cause(w, &ranks[i]);
    plx_json_end_array(w);
    free(ranks);
    return true;
}
