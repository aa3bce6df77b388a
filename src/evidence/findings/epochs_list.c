/* SPDX-License-Identifier: Apache-2.0 */
/* What is said of an epoch. Verdict and exchanges of an earlier one stand in its report, which is not read for them: a
 * report begins with them, and no text in JSON can look like their keys. */
#include "evidence/findings/epochs_list.h"

#include "base/assert.h"
#include "base/time_text.h"

#define VERDICT_KEY "\"verdict\":\""
#define TOTAL_KEY   "\"exchanges\":{\"total\":"
#define VALUE_MAX   20u

static void
write_time(struct plx_json_writer *w, const char *key, uint64_t time_ms)
{
    char text[PLX_TIME_TEXT];

    plx_json_key(w, key);
    if (time_ms)
        plx_time_text(time_ms, text);
    plx_json_text_value(w, time_ms ? text : NULL);
}

static void
write_text(struct plx_json_writer *w, const char *key, const char *text)
{
    plx_json_key(w, key);
    if (text && *text)
        plx_json_string(w, plx_slice_of(text));
    else
        plx_json_null(w);
}

void
plx_epochs_write_present(const struct plx_service_counts *counts, uint64_t ended_ms, struct plx_json_writer *w)
{
    const struct plx_epoch *present = counts->epochs ? &counts->epochs->present : NULL;

    write_time(w, "epoch", present ? present->began_ms : 0);
    write_time(w, "epoch_ended", ended_ms);
    write_text(w, "epoch_name", present ? present->name : NULL);
    write_text(w, "epoch_why", present ? plx_epoch_why_text(present->why) : NULL);
    write_text(w, "epoch_version", present ? present->version : NULL);
    write_text(w, "epoch_reason", present ? present->reason : NULL);
}

void
plx_epoch_write(const struct plx_epoch *epoch, struct plx_json_writer *w)
{
    write_time(w, "began", epoch->began_ms);
    write_time(w, "ended", epoch->ended_ms);
    write_text(w, "name", epoch->name);
    write_text(w, "why", plx_epoch_why_text(epoch->why));
    write_text(w, "version", epoch->version);
    write_text(w, "reason", epoch->reason);
    write_text(w, "candidate", epoch->candidate);
}

/* What stands in the report behind a key, as far as it is made of such characters; empty: nothing. */
static struct plx_slice
value_of(const struct plx_epoch *epoch, const char *key, const char *characters)
{
    const char *end = epoch->report + epoch->report_len;
    const char *at = epoch->report ? memmem(epoch->report, epoch->report_len, key, strlen(key)) : NULL;
    size_t len = 0;

    if (!at)
        return plx_slice_of("");
    at += strlen(key);
    while (len < VALUE_MAX && at + len < end && at[len] && strchr(characters, at[len]))
        len++;
    return plx_slice_make(at, len);
}

void
plx_epoch_write_outcome(const char *verdict, uint64_t exchanges, struct plx_json_writer *w)
{
    plx_json_key(w, "verdict");
    plx_json_text_value(w, verdict);
    plx_json_key(w, "exchanges");
    plx_json_uint(w, exchanges);
}

static void
write_outcome(const struct plx_epoch *epoch, struct plx_json_writer *w)
{
    struct plx_slice verdict = value_of(epoch, VERDICT_KEY, "abcdefghijklmnopqrstuvwxyz_");
    struct plx_slice total = value_of(epoch, TOTAL_KEY, "0123456789");

    plx_json_key(w, "verdict");
    if (verdict.len)
        plx_json_string(w, verdict);
    else
        plx_json_null(w);
    plx_json_key(w, "exchanges");
    plx_json_raw(w, total.len ? total : plx_slice_of("null"));
}

void
plx_epochs_write_elements(const struct plx_epochs *epochs, struct plx_json_writer *w)
{
    for (const struct plx_list *node = epochs->earlier.prev; node != &epochs->earlier; node = node->prev) {
        const struct plx_epoch *epoch = PLX_CONTAINER(node, struct plx_epoch, node);

        plx_json_begin_object(w);
        plx_epoch_write(epoch, w);
        write_outcome(epoch, w);
        plx_json_end_object(w);
    }
}

void
plx_epochs_write_earlier(const struct plx_service_counts *counts, struct plx_json_writer *w)
{
    plx_json_key(w, "epochs");
    plx_json_begin_array(w);
    if (counts->epochs)
        plx_epochs_write_elements(counts->epochs, w);
    plx_json_end_array(w);
}
