/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/report/report_epoch_list.h"

#include "cli/terminal/terminal.h"

#define NAME_COLUMNS   64u /* as long as one can be */
#define TIME_COLUMNS   19u
#define REASON_COLUMNS 256u /* likewise */

static struct plx_report_epoch
read_epoch(struct plx_item item, struct plx_arena *arena)
{
    struct plx_item verdict = plx_item_member(item, "verdict");

    return (struct plx_report_epoch){
        .name = plx_item_text(plx_item_member(item, "name"), arena),
        .began = plx_item_text(plx_item_member(item, "began"), arena),
        .ended = plx_item_text(plx_item_member(item, "ended"), arena),
        .why = plx_item_text(plx_item_member(item, "why"), arena),
        .reason = plx_item_text(plx_item_member(item, "reason"), arena),
        .version = plx_item_text(plx_item_member(item, "version"), arena),
        .candidate = plx_item_text(plx_item_member(item, "candidate"), arena),
        .kept = plx_item_is(verdict, PLX_STRING),
        .verdict = plx_report_read_verdict(verdict, arena),
        .exchanges = plx_item_uint(plx_item_member(item, "exchanges")),
    };
}

bool
plx_report_read_epochs(struct plx_item report, struct plx_arena *arena, struct plx_report_epoch *present,
                       struct plx_report_epoch **earlier, size_t *count)
{
    struct plx_item array = plx_item_member(report, "epochs");

    *present = (struct plx_report_epoch){
        .name = plx_item_text(plx_item_member(report, "epoch_name"), arena),
        .began = plx_item_text(plx_item_member(report, "epoch"), arena),
        .ended = plx_item_text(plx_item_member(report, "epoch_ended"), arena),
        .why = plx_item_text(plx_item_member(report, "epoch_why"), arena),
        .reason = plx_item_text(plx_item_member(report, "epoch_reason"), arena),
        .version = plx_item_text(plx_item_member(report, "epoch_version"), arena),
    };
    *earlier = plx_item_room(arena, plx_item_length(array), sizeof(**earlier));
    if (!*earlier)
        return false;
    for (struct plx_item item = plx_item_first(array); item.document; item = plx_item_next(array, item))
        (*earlier)[(*count)++] = read_epoch(item, arena);
    return true;
}

struct plx_slice
plx_report_epoch_called(const struct plx_report_epoch *epoch)
{
    return epoch->name.len ? epoch->name : epoch->began;
}

void
plx_report_add_time(struct plx_buffer *out, struct plx_slice time)
{
    size_t len = time.len < TIME_COLUMNS ? time.len : TIME_COLUMNS;
    char shown[TIME_COLUMNS];

    for (size_t i = 0; i < len; i++)
        shown[i] = i == 10 ? ' ' : time.ptr[i];
    plx_text_add(out, plx_slice_make(shown, len), TIME_COLUMNS);
}

bool
plx_report_add_epoch_why(struct plx_buffer *out, const struct plx_report_epoch *epoch)
{
    if (epoch->why.len == 0)
        return false;
    plx_buffer_byte(out, '(');
    plx_text_add(out, epoch->why, NAME_COLUMNS);
    plx_buffer_text(out, epoch->reason.len ? ": " : "");
    plx_text_add(out, epoch->reason, REASON_COLUMNS);
    plx_buffer_byte(out, ')');
    return true;
}

bool
plx_report_add_epoch(struct plx_buffer *out, const struct plx_report_epoch *epoch)
{
    if (epoch->began.len == 0)
        return false;
    plx_buffer_text(out, epoch->name.len ? "epoch " : "epoch");
    plx_text_add(out, epoch->name, NAME_COLUMNS);
    plx_buffer_text(out, epoch->why.len ? " " : "");
    plx_report_add_epoch_why(out, epoch);
    plx_buffer_text(out, epoch->ended.len ? " from " : " since ");
    plx_report_add_time(out, epoch->began);
    if (epoch->ended.len) {
        plx_buffer_text(out, " to ");
        plx_report_add_time(out, epoch->ended);
    }
    plx_buffer_text(out, " UTC");
    if (epoch->version.len) {
        plx_buffer_text(out, ", version ");
        plx_text_add(out, epoch->version, NAME_COLUMNS);
    }
    if (epoch->ended.len)
        plx_buffer_text(out, ": an earlier one");
    return true;
}

void
plx_report_add_outcome(struct plx_buffer *out, const struct plx_report_epoch *epoch)
{
    if (epoch->name.len)
        plx_text_add(out, epoch->name, NAME_COLUMNS);
    else
        plx_report_add_time(out, epoch->began);
    if (epoch->kept)
        plx_buffer_format(out, " %s, %llu exchange%s", plx_report_verdict_text(epoch->verdict),
                          (unsigned long long)epoch->exchanges, epoch->exchanges == 1 ? "" : "s");
    else
        plx_buffer_text(out, " not kept");
}
