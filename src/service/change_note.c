/* SPDX-License-Identifier: Apache-2.0 */
/* Notes, filled in. */
#include "service/change_note.h"

#include "base/assert.h"
#include "base/clock.h"
#include "base/utf8.h"

struct plx_change_note
plx_change_note_now(struct plx_slice client, const char *reason)
{
    struct plx_change_note note = {.time_ms = plx_wall_ms()};
    size_t client_len = client.len < PLX_CHANGE_CLIENT_MAX ? client.len : PLX_CHANGE_CLIENT_MAX;
    size_t reason_len = reason ? strlen(reason) : 0;

    PLX_ASSERT(reason_len <= PLX_CHANGE_REASON_MAX);
    if (client_len)
        memcpy(note.client, client.ptr, client_len);
    if (reason_len)
        memcpy(note.reason, reason, reason_len);
    return note;
}

bool
plx_change_reason_is_fit(struct plx_slice reason)
{
    return reason.len <= PLX_CHANGE_REASON_MAX && plx_utf8_is_plain(reason);
}
