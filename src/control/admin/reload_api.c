/* SPDX-License-Identifier: Apache-2.0 */
/* The errors of a configuration, or the generation that is in force; the answer waits for all workers. */
#include "control/admin/reload_api.h"

#include "base/slice.h"

#include <inttypes.h>
#include <stdio.h>

/* 422, with all that stands on standard error. */
static void
say_errors(struct plx_admin_call *call, const struct plx_admin_reloaded *reloaded)
{
    struct plx_json_writer w = plx_admin_begin_json(call);
    char message[160];

    call->answer->status = 422;
    snprintf(message, sizeof(message), "%s; the configuration before stays in force",
             reloaded->errors ? "the configuration has errors" : "it could not be taken over");
    plx_json_begin_object(&w);
    plx_json_key(&w, "error");
    plx_json_begin_object(&w);
    plx_json_key(&w, "code");
    plx_json_text_value(&w, "configuration_wrong");
    plx_json_key(&w, "message");
    plx_json_text_value(&w, message);
    plx_json_end_object(&w);
    plx_json_key(&w, "count");
    plx_json_uint(&w, reloaded->errors);
    plx_json_key(&w, "errors");
    plx_json_string(&w, plx_buffer_slice(&reloaded->text));
    plx_json_end_object(&w);
}

static void
say_done(struct plx_admin_call *call, const struct plx_admin_reloaded *reloaded)
{
    struct plx_json_writer w = plx_admin_begin_json(call);
    struct plx_slice keys = plx_slice_of(reloaded->needs_restart), key;

    plx_json_begin_object(&w);
    plx_json_key(&w, "generation");
    plx_json_uint(&w, reloaded->generation);
    plx_json_key(&w, "services");
    plx_json_uint(&w, call->admin->snapshot->service_count);
    plx_json_key(&w, "needs_restart");
    plx_json_begin_array(&w);
    while (plx_slice_list_next(&keys, &key))
        plx_json_string(&w, key);
    plx_json_end_array(&w);
    plx_json_key(&w, "warnings");
    plx_json_string(&w, plx_buffer_slice(&reloaded->text));
    plx_json_end_object(&w);
    call->answer->generation = reloaded->generation;
}

void
plx_admin_post_reload(struct plx_admin_call *call)
{
    struct plx_admin *admin = call->admin;
    uint64_t ticket = call->request->ticket;

    if (!ticket)
        ticket = admin->reload ? admin->reload(admin->owner) : 0;
    if (!ticket)
        plx_admin_fail(call->answer, 503, "not_now", "the process ends, or another one takes over: it reads the file");
    else if (admin->reloaded.ticket >= ticket && !admin->reloaded.ok)
        say_errors(call, &admin->reloaded);
    else if (admin->reloaded.ticket >= ticket)
        say_done(call, &admin->reloaded);
    else if (call->request->late)
        plx_admin_fail(call->answer, 503, "names_late",
                       "names are still looked up; the configuration is taken over then, and the log tells it");
    else
        call->answer->ticket = ticket;
}

void
plx_admin_write_reload_metrics(const struct plx_admin *admin, struct plx_buffer *out)
{
    plx_buffer_text(out,
                    "# HELP parallax_config_last_reload_successful 1 where the configuration that was read last is "
                    "in force, 0 where it had errors.\n"
                    "# TYPE parallax_config_last_reload_successful gauge\n");
    plx_buffer_format(out, "parallax_config_last_reload_successful %d\n",
                      admin->reloaded.ok || !admin->reloaded.ticket);
    plx_buffer_text(out, "# HELP parallax_config_last_reload_success_timestamp_seconds When a configuration was taken "
                         "over last, in seconds since the epoch.\n"
                         "# TYPE parallax_config_last_reload_success_timestamp_seconds gauge\n");
    plx_buffer_format(out, "parallax_config_last_reload_success_timestamp_seconds %" PRIu64 ".%03u\n",
                      admin->reloaded.success_ms / 1000, (unsigned)(admin->reloaded.success_ms % 1000));
}
