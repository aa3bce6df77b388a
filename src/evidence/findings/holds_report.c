/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/findings/holds_report.h"

#include "base/time_text.h"

#include <stdio.h>

#define SENTENCE_BYTES_MAX (256u + PLX_CHANGE_CLIENT_MAX + PLX_CHANGE_REASON_MAX + PLX_SERVICE_NAME_MAX)

static void
write_time(struct plx_json_writer *out, const char *key, uint64_t time_ms)
{
    char text[PLX_TIME_TEXT];

    plx_time_text(time_ms, text);
    plx_json_key(out, key);
    plx_json_text_value(out, text);
}

void
plx_change_note_write(const struct plx_change_note *note, struct plx_json_writer *out)
{
    plx_json_key(out, "client");
    plx_json_text_value(out, *note->client ? note->client : NULL);
    plx_json_key(out, "reason");
    plx_json_text_value(out, *note->reason ? note->reason : NULL);
}

static void
write_at(struct plx_json_writer *out, const char *key, struct plx_stage_at at)
{
    char share[PLX_SHARE_TEXT];

    plx_json_key(out, key);
    plx_json_begin_object(out);
    plx_json_key(out, "stage");
    plx_json_text_value(out, plx_stage_text(at.stage));
    plx_json_key(out, "share");
    plx_json_raw(out, plx_slice_of(plx_share_text(at.share, share)));
    plx_json_end_object(out);
}

void
plx_holds_write(const struct plx_stage_state *state, bool stored, struct plx_json_writer *out)
{
    plx_json_key(out, "holds");
    plx_json_begin_array(out);
    for (unsigned i = 0; i < PLX_HOLDS; i++) {
        const struct plx_held *held = &state->held[i];

        if (held->note.time_ms == 0)
            continue;
        plx_json_begin_object(out);
        plx_json_key(out, "hold");
        plx_json_text_value(out, plx_hold_text((enum plx_hold)i));
        write_time(out, "since", held->note.time_ms);
        plx_change_note_write(&held->note, out);
        write_at(out, "from", held->from);
        plx_json_key(out, "stored");
        plx_json_bool(out, stored);
        plx_json_end_object(out);
    }
    plx_json_end_array(out);
}

void
plx_changes_write(const struct plx_ledger *ledger, const char *service, struct plx_json_writer *out)
{
    size_t count;
    const struct plx_change *changes = plx_ledger_changes(ledger, service, &count);

    plx_json_key(out, "changes");
    plx_json_begin_array(out);
    while (count-- > 0) {
        const struct plx_change *change = &changes[count];

        plx_json_begin_object(out);
        write_time(out, "time", change->note.time_ms);
        plx_json_key(out, "change");
        plx_json_text_value(out, plx_change_text(change->kind));
        write_at(out, "from", change->from);
        write_at(out, "to", change->to);
        plx_change_note_write(&change->note, out);
        plx_json_end_object(out);
    }
    plx_json_end_array(out);
}

void
plx_holds_write_sentences(const struct plx_ledger *ledger, const char *service, struct plx_json_writer *out)
{
    static const struct {
        const char *begin, *end;
    } words[PLX_HOLDS] = {
        [PLX_HOLD_PAUSED] = {"Paused", "nothing is sent to the candidate, so no more is compared,"},
        [PLX_HOLD_ROLLED_BACK] = {"Rolled back", "all clients get the primary's answer"},
    };
    char time[PLX_TIME_TEXT], text[SENTENCE_BYTES_MAX];

    for (unsigned i = 0; i < PLX_HOLDS; i++) {
        const struct plx_held *held = plx_ledger_held(ledger, service, (enum plx_hold)i);

        if (!held)
            continue;
        plx_time_text(held->note.time_ms, time);
        snprintf(text, sizeof(text), "%s since %s%s%s%s%s%s: %s until `parallax resume %s`.", words[i].begin, time,
                 *held->note.client ? " by " : "", held->note.client, *held->note.reason ? " (" : "", held->note.reason,
                 *held->note.reason ? ")" : "", words[i].end, service);
        plx_json_text_value(out, text);
    }
}
