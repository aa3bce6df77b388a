/* SPDX-License-Identifier: Apache-2.0 */
#include "control/admin/backup_api.h"

#include "evidence/ledger/ledger_save.h"

#include <inttypes.h>
#include <stdio.h>

void
plx_admin_post_backup(struct plx_admin_call *call)
{
    char error[PLX_STORE_TROUBLE_MAX + 128], text[24];
    uint64_t id;

    if (!plx_ledger_backup_begin(call->admin->ledger, &id, error, sizeof(error))) {
        plx_admin_fail(call->answer, 409, "no_backup", "%s", error);
        return;
    }
    struct plx_json_writer w = plx_admin_begin_json(call);
    snprintf(text, sizeof(text), "%" PRIu64, id);
    plx_json_begin_object(&w);
    plx_json_key(&w, "id");
    plx_json_text_value(&w, text);
    plx_json_end_object(&w);
}

/* Digits alone; false where it is no number, or there is none. */
static bool
read_number(struct plx_slice text, uint64_t *number)
{
    *number = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return false;
        *number = *number * 10 + (uint64_t)(text.ptr[i] - '0');
    }
    return text.len > 0 && text.len <= 18;
}

static void
answer_bytes(struct plx_admin_call *call, enum plx_status status)
{
    if (status == PLX_E_NOT_FOUND) {
        plx_admin_fail(call->answer, 404, "no_such_backup",
                       "there is no backup '%.*s': another one was begun, or nobody asked for it for a minute; POST "
                       "/api/v1/backup begins one",
                       PLX_ADMIN_SHOWN(call->id));
    } else if (status < 0) {
        plx_admin_fail(call->answer, 503, "backup_failed",
                       "the copy can't be made or read: %s; look for a full disk where the store is",
                       plx_status_text(status));
    } else {
        call->answer->status = status == PLX_AGAIN ? 202 : 200;
        call->answer->content_type = "application/octet-stream";
    }
}

void
plx_admin_get_backup(struct plx_admin_call *call)
{
    struct plx_slice text = plx_admin_parameter(&call->target, "offset");
    enum plx_status status = PLX_E_NOT_FOUND;
    uint64_t id, offset = 0;

    if (text.len && !read_number(text, &offset)) {
        plx_admin_fail(call->answer, 400, "bad_parameter", "offset is a number of bytes, not '%.*s'",
                       PLX_ADMIN_SHOWN(text));
        return;
    }
    if (read_number(call->id, &id))
        status = plx_ledger_backup_read(call->admin->ledger, id, offset, &call->answer->body);
    answer_bytes(call, status);
}

void
plx_admin_get_backup_stages(struct plx_admin_call *call)
{
    enum plx_status status = PLX_E_NOT_FOUND;
    uint64_t id;

    if (read_number(call->id, &id))
        status = plx_ledger_backup_stages(call->admin->ledger, id, &call->answer->body);
    answer_bytes(call, status);
}
