/* SPDX-License-Identifier: Apache-2.0 */
/* Who changed something of a service, when, and why: kept beside what was changed. */
#ifndef PLX_SERVICE_CHANGE_NOTE_H
#define PLX_SERVICE_CHANGE_NOTE_H

#include <parallax/base.h>

#define PLX_CHANGE_CLIENT_MAX 63u  /* bytes of a client's address; a longer one is cut */
#define PLX_CHANGE_REASON_MAX 256u /* bytes of a reason */

struct plx_change_note {
    uint64_t time_ms;                       /* since the epoch of clocks */
    char client[PLX_CHANGE_CLIENT_MAX + 1]; /* empty: nobody, it came by itself */
    char reason[PLX_CHANGE_REASON_MAX + 1]; /* empty: none was given */
};

/* Of now. The reason is fit; NULL, or empty: there is none. */
struct plx_change_note plx_change_note_now(struct plx_slice client, const char *reason);
/* What can be a reason: UTF-8 of at most PLX_CHANGE_REASON_MAX bytes without control characters. */
bool plx_change_reason_is_fit(struct plx_slice reason);

#endif
