/* SPDX-License-Identifier: Apache-2.0 */
/* How an answer that is no error begins. */
#include "control/admin/api_call.h"

void
plx_admin_text(struct plx_admin_call *call, int status, const char *text)
{
    call->answer->status = status;
    call->answer->content_type = "text/plain; charset=utf-8";
    plx_buffer_text(&call->answer->body, text);
}

struct plx_json_writer
plx_admin_begin_json(struct plx_admin_call *call)
{
    struct plx_json_writer w;

    call->answer->status = 200;
    call->answer->content_type = "application/json";
    plx_json_writer_init(&w, &call->answer->body);
    return w;
}
