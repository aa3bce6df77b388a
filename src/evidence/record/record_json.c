/* SPDX-License-Identifier: Apache-2.0 */
/* Writes records: of columns, or as a store gave them back. */
#include "evidence/record/record_json.h"

#include "base/buffer.h"
#include "base/time_text.h"
#include "evidence/count/cause_id.h"
#include "evidence/record/kept_difference.h"

static void
write_role(struct plx_json_writer *w, const struct plx_record *record, enum plx_role which)
{
    const struct plx_kept_role *role = &record->roles[which];

    if (!role->answered && !role->asked)
        return;
    plx_json_key(w, plx_role_text(which));
    plx_json_begin_object(w);
    if (role->failed) {
        plx_json_key(w, "failed");
        plx_json_text_value(w, plx_subject_incomparable(record->kind, role->reason));
    }
    if (role->answered) {
        plx_message_write_first(w, &role->answer);
        plx_json_key(w, "seconds");
        plx_json_double(w, (double)role->duration_ns / 1e9);
        plx_message_write_rest(w, &role->answer);
    }
    plx_json_end_object(w);
}

static void
write_exchange(struct plx_json_writer *w, const struct plx_record *record)
{
    plx_json_key(w, "request");
    plx_json_begin_object(w);
    plx_message_write_asked(w, &record->request);
    plx_message_write_rest(w, &record->request);
    plx_json_end_object(w);
    for (int i = 0; i < PLX_ROLES; i++)
        write_role(w, record, (enum plx_role)i);
}

static void
write_members(struct plx_json_writer *w, const struct plx_record *record)
{
    char time[PLX_TIME_TEXT], cause[PLX_CAUSE_TEXT];

    plx_time_text(record->time_ms, time);
    plx_cause_id_text(record->cause, cause);
    plx_json_key(w, "id");
    plx_json_text_value(w, record->id);
    plx_json_key(w, "time");
    plx_json_text_value(w, time);
    plx_json_key(w, plx_subject_text(record->kind));
    plx_json_string(w, record->service);
    plx_json_key(w, "endpoint");
    plx_json_string(w, record->endpoint);
    plx_json_key(w, "verdict");
    plx_json_text_value(w, plx_verdict_text(record->verdict));
    plx_json_key(w, "cause");
    plx_json_text_value(w, cause);
    if (record->is_http)
        write_exchange(w, record);
    for (size_t i = 0; i < record->part_count; i++) {
        plx_json_key(w, record->parts[i].key);
        plx_json_raw(w, record->parts[i].json);
    }
    plx_json_key(w, "differences");
    plx_json_begin_array(w);
    for (size_t i = 0; i < record->difference_count; i++)
        plx_difference_write(w, &record->differences[i]);
    plx_json_end_array(w);
    plx_json_key(w, "differences_total");
    plx_json_uint(w, record->differences_total);
}

void
plx_record_write(const struct plx_record *record, struct plx_json_writer *w)
{
    plx_json_begin_object(w);
    plx_json_key(w, "sequence");
    plx_json_uint(w, record->sequence);
    if (record->json.len) {
        /* The stored object is opened anew, for its sequence to come first. */
        plx_buffer_byte(w->out, ',');
        plx_buffer_append(w->out, record->json.ptr + 1, record->json.len - 2);
    } else {
        write_members(w, record);
    }
    plx_json_end_object(w);
}

void
plx_record_write_stored(const struct plx_record *record, struct plx_json_writer *w)
{
    if (record->json.len) {
        plx_json_raw(w, record->json);
        return;
    }
    plx_json_begin_object(w);
    write_members(w, record);
    plx_json_end_object(w);
}
