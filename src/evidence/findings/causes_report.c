/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The causes of a service as the report has them. What the counts have found to be noise comes and goes beside a fault
 * and would make several causes of one: such fields are left out, and what is then the same is shown as one.
 */
#include "evidence/findings/causes_report.h"

#include "base/ascii.h"
#include "base/time_text.h"
#include "evidence/count/cause_id.h"
#include "evidence/count/causes.h"
#include "evidence/findings/cause_sentences.h"
#include "evidence/record/cause_example.h"

#include <stdlib.h>

/* ---- what is one, and its rank ---- */

/* A cause as it is shown: one, or several that differ in noise alone. */
struct shown {
    const struct plx_cause *cause;   /* one of them */
    const struct plx_cause **causes; /* all of them */
    size_t cause_count;
    uint64_t id;
    bool noise; /* all of its fields are */
    uint64_t count, first_ms, last_ms;
    struct plx_recheck_counts rechecks;
    const struct plx_cause_example *example; /* the lightest */
    uint64_t weight;                         /* of it */
};

static struct shown
shown_of(const struct plx_cause *cause)
{
    struct shown shown = {.cause = cause,
                          .count = cause->count,
                          .first_ms = cause->first_ms,
                          .last_ms = cause->last_ms,
                          .rechecks = cause->rechecks,
                          .example = cause->example,
                          .weight = cause->weight};

    shown.id = plx_cause_id_without_noise(cause, &shown.noise);
    return shown;
}

static int
by_id(const void *a, const void *b)
{
    const struct shown *x = a, *y = b;

    if (x->id != y->id)
        return x->id < y->id ? -1 : 1;
    return x->cause->id < y->cause->id ? -1 : x->cause->id > y->cause->id;
}

/* The most frequent first; noise after all others, and "(other)" at the end. */
static int
by_rank(const void *a, const void *b)
{
    const struct shown *x = a, *y = b;

    if ((x->id == 0) != (y->id == 0))
        return x->id == 0 ? 1 : -1;
    if (x->noise != y->noise)
        return x->noise ? 1 : -1;
    if (x->count != y->count)
        return x->count < y->count ? 1 : -1;
    return x->id < y->id ? -1 : x->id > y->id;
}

static void
join(struct shown *into, const struct shown *from)
{
    into->count += from->count;
    plx_recheck_counts_add(&into->rechecks, &from->rechecks);
    if (from->first_ms < into->first_ms)
        into->first_ms = from->first_ms;
    if (from->last_ms > into->last_ms)
        into->last_ms = from->last_ms;
    if (from->example && (!into->example || from->weight < into->weight)) {
        into->example = from->example;
        into->weight = from->weight;
    }
}

/* Those of one id become one; returns how many are left. Which ones they are goes into causes, of which there is room
 * for count. */
static size_t
join_all(struct shown *shown, size_t count, const struct plx_cause **causes)
{
    size_t left = 0;

    qsort(shown, count, sizeof(*shown), by_id);
    for (size_t i = 0; i < count; i++) {
        causes[i] = shown[i].cause;
        if (left > 0 && shown[left - 1].id == shown[i].id) {
            join(&shown[left - 1], &shown[i]);
        } else {
            shown[left] = shown[i];
            shown[left++].causes = &causes[i];
        }
        shown[left - 1].cause_count++;
    }
    return left;
}

bool
plx_causes_are_one(const struct plx_service_counts *service, uint64_t own, uint64_t shown)
{
    const struct plx_cause *cause;
    bool noise;

    if (own == shown)
        return true;
    cause = plx_table_get(&service->causes, plx_slice_make(&own, sizeof(own)));
    return cause && plx_cause_id_without_noise(cause, &noise) == shown;
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
    struct plx_cause_texts texts;
    struct plx_buffer buffer;

    plx_json_key(w, "example");
    if (!example) {
        plx_json_null(w);
        plx_json_key(w, "reproduce");
        plx_json_null(w);
        return;
    }
    plx_buffer_init(&buffer, PLX_CAUSE_TEXTS_MAX);
    if (!plx_cause_example_tell(example, &buffer, &texts)) {
        w->out->failed = true;
        plx_buffer_fini(&buffer);
        return;
    }
    plx_json_begin_object(w);
    plx_json_key(w, "exchange");
    plx_json_text_value(w, example->exchange);
    plx_json_key(w, "differences");
    plx_json_raw(w, texts.differences);
    plx_json_end_object(w);
    plx_json_key(w, "reproduce");
    plx_json_begin_object(w);
    write_command(w, "primary", texts.primary);
    write_command(w, "candidate", texts.candidate);
    plx_json_end_object(w);
    plx_buffer_fini(&buffer);
}

/* Without those that are noise, unless there are no others. */
static void
write_fields(struct plx_json_writer *w, const struct shown *shown)
{
    const struct plx_cause *cause = shown->cause;
    uint32_t left_out = 0;

    plx_json_key(w, "fields");
    plx_json_begin_array(w);
    for (uint32_t i = 0; i < cause->field_count; i++) {
        if (shown->id != cause->id && plx_cause_field_is_noise(cause, i)) {
            left_out++;
            continue;
        }
        plx_json_begin_object(w);
        plx_json_key(w, "field");
        plx_json_string(w, cause->fields[i].name);
        plx_json_key(w, "kind");
        plx_json_text_value(w, plx_kind_text(cause->fields[i].kind));
        plx_json_end_object(w);
    }
    plx_json_end_array(w);
    plx_json_key(w, "fields_total");
    plx_json_uint(w, cause->fields_total - left_out);
}

static void
write_cause(struct plx_json_writer *w, const struct shown *shown, bool with_example)
{
    char id[PLX_CAUSE_TEXT];

    plx_cause_id_text(shown->id, id);
    plx_json_begin_object(w);
    plx_json_key(w, "id");
    plx_json_text_value(w, id);
    plx_json_key(w, "endpoint");
    plx_json_string(w, shown->cause->endpoint);
    write_fields(w, shown);
    plx_cause_sentences_write(shown->causes, shown->cause_count, shown->id != shown->cause->id, w);
    plx_json_key(w, "count");
    plx_json_uint(w, shown->count);
    write_time(w, "first", shown->first_ms);
    write_time(w, "last", shown->last_ms);
    plx_json_key(w, "noise");
    plx_json_bool(w, shown->noise);
    plx_json_key(w, "recheck");
    plx_json_begin_object(w);
    for (int i = 0; i < PLX_RECHECK_TELLING; i++) {
        plx_json_key(w, plx_recheck_text((enum plx_recheck_result)i));
        plx_json_uint(w, shown->rechecks.by[i]);
    }
    plx_json_end_object(w);
    write_example(w, with_example ? shown->example : NULL);
    plx_json_end_object(w);
}

bool
plx_causes_write(struct plx_service_counts *service, bool with_examples, struct plx_json_writer *w)
{
    struct shown *shown = calloc(service->causes.count + 1, sizeof(*shown));
    const struct plx_cause **causes = calloc(service->causes.count + 1, sizeof(struct plx_cause *));
    const struct plx_table_entry *entry;
    size_t at = 0, count = 0;

    if (!shown || !causes) {
        free(shown);
        free(causes);
        return false;
    }
    while ((entry = plx_table_next(&service->causes, &at)))
        if (((const struct plx_cause *)entry->value)->count) /* none where its endpoint was forgotten */
            shown[count++] = shown_of(entry->value);
    if (service->other_cause.count)
        shown[count++] = shown_of(&service->other_cause);
    count = join_all(shown, count, causes);
    qsort(shown, count, sizeof(*shown), by_rank);
    plx_json_key(w, "causes");
    plx_json_begin_array(w);
    for (size_t i = 0; i < count; i++)
        write_cause(w, &shown[i], with_examples);
    plx_json_end_array(w);
    free(shown);
    free(causes);
    return true;
}
