/* SPDX-License-Identifier: Apache-2.0 */
/* An error as every answer of the admin side has it. */
#include "control/admin/admin_answer.h"

#include "json/writer.h"

#include <stdarg.h>
#include <stdio.h>

void
plx_admin_fail(struct plx_admin_answer *answer, int status, const char *code, const char *format, ...)
{
    struct plx_json_writer w;
    char message[1024];
    va_list args;

    va_start(args, format);
    vsnprintf(message, sizeof(message), format, args);
    va_end(args);
    answer->status = status;
    answer->content_type = "application/json";
    plx_buffer_clear(&answer->body);
    plx_json_writer_init(&w, &answer->body);
    plx_json_begin_object(&w);
    plx_json_key(&w, "error");
    plx_json_begin_object(&w);
    plx_json_key(&w, "code");
    plx_json_text_value(&w, code);
    plx_json_key(&w, "message");
    plx_json_text_value(&w, message);
    plx_json_end_object(&w);
    plx_json_end_object(&w);
}
