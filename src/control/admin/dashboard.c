/* SPDX-License-Identifier: Apache-2.0 */
/* The dashboard, as it is sent: four files, to whoever asks. */
#include "control/admin/dashboard.h"

#include <strings.h>

bool
plx_dashboard_wanted(struct plx_slice accept)
{
    static const char html[] = "text/html";
    const size_t len = sizeof(html) - 1;

    for (size_t i = 0; i + len <= accept.len; i++)
        if (strncasecmp(accept.ptr + i, html, len) == 0)
            return true;
    return false;
}

static void
send_file(struct plx_admin_call *call, const char *content_type, struct plx_slice file)
{
    call->answer->status = 200;
    call->answer->content_type = content_type;
    plx_buffer_add(&call->answer->body, file);
}

void
plx_admin_get_dashboard(struct plx_admin_call *call)
{
    send_file(call, "text/html; charset=utf-8", plx_ui_dashboard_html);
}

void
plx_admin_get_dashboard_css(struct plx_admin_call *call)
{
    send_file(call, "text/css; charset=utf-8", plx_ui_dashboard_css);
}

void
plx_admin_get_dashboard_js(struct plx_admin_call *call)
{
    send_file(call, "text/javascript; charset=utf-8", plx_ui_dashboard_js);
}

void
plx_admin_get_facts_js(struct plx_admin_call *call)
{
    send_file(call, "text/javascript; charset=utf-8", plx_ui_facts_js);
}
