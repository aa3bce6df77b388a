/* SPDX-License-Identifier: Apache-2.0 */
/* A new epoch, or an endpoint that is forgotten, asked for and told. */
#include "cli/command/epoch_change.h"

#include "cli/terminal/output.h"
#include "cli/terminal/terminal.h"
#include "json/writer.h"

#include <stdio.h>

#define TARGET_BYTES_MAX 1024u
#define BODY_BYTES_MAX   (64u << 10)
#define NAME_SHOWN       80u

static void
say(struct plx_buffer *out, struct plx_item answer, struct plx_arena *arena)
{
    struct plx_slice endpoint = plx_item_text(plx_item_member(answer, "endpoint"), arena);
    struct plx_slice name = plx_item_text(plx_item_member(answer, "name"), arena);

    plx_text_add(out, plx_item_text(plx_item_member(answer, "service"), arena), NAME_SHOWN);
    if (endpoint.len) {
        plx_buffer_text(out, ": forgotten is ");
        plx_text_add(out, endpoint, NAME_SHOWN);
    } else {
        plx_buffer_text(out, ": a new epoch, ");
        plx_text_add(out, plx_item_text(plx_item_member(answer, "began"), arena), NAME_SHOWN);
    }
    if (name.len) {
        plx_buffer_text(out, ", named ");
        plx_text_add(out, name, NAME_SHOWN);
    }
    plx_buffer_byte(out, '\n');
}

static int
ask(struct plx_fetch *fetch, const char *target, struct plx_slice body)
{
    struct plx_slice text;
    struct plx_document document;
    struct plx_buffer out;
    int status = plx_fetch_send(fetch, "POST", target, body, &text, &document);

    if (status != 0)
        return status;
    plx_buffer_init(&out, BODY_BYTES_MAX);
    if (fetch->options->json) {
        plx_buffer_add(&out, text);
        plx_buffer_byte(&out, '\n');
    } else {
        say(&out, plx_item_root(&document), fetch->arena);
    }
    if (out.failed) {
        status = plx_trouble(fetch->options->command, "out of memory");
    } else {
        fwrite(out.ptr, 1, out.len, stdout);
        status = plx_output_end(fetch->options->command);
    }
    plx_buffer_fini(&out);
    return status;
}

int
plx_epoch_change(const struct plx_options *options, const char *service, const char *path,
                 const struct plx_epoch_text *texts, size_t count)
{
    bool any = false;

    struct plx_buffer target, body;
    struct plx_json_writer w;
    struct plx_fetch fetch;

    plx_buffer_init(&target, TARGET_BYTES_MAX);
    plx_buffer_init(&body, BODY_BYTES_MAX);
    plx_buffer_text(&target, "/api/v1/services/");
    plx_fetch_encode(&target, plx_slice_of(service));
    plx_buffer_format(&target, "/%s", path);
    plx_buffer_byte(&target, '\0');
    plx_json_writer_init(&w, &body);
    plx_json_begin_object(&w);
    for (size_t i = 0; i < count; i++) {
        if (!texts[i].text)
            continue;
        plx_json_key(&w, texts[i].key);
        plx_json_string(&w, plx_slice_of(texts[i].text));
        any = true;
    }
    plx_json_end_object(&w);
    int status = plx_fetch_open(&fetch, options);
    if (status == 0 && (target.failed || body.failed || !*service))
        status = plx_trouble(options->command, "that is no service or %s; `parallax status` lists the services",
                             texts[0].key);
    else if (status == 0)
        status = ask(&fetch, target.ptr, any ? plx_buffer_slice(&body) : plx_slice_make("", 0));
    plx_fetch_close(&fetch);
    plx_buffer_fini(&body);
    plx_buffer_fini(&target);
    return status;
}
