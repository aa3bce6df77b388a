/* SPDX-License-Identifier: Apache-2.0 */
/* `parallax reload`: a running proxy reads its configuration again, and says what came of it. */
#include "cli/client/fetch.h"
#include "cli/command/command.h"
#include "cli/terminal/output.h"
#include "cli/terminal/terminal.h"

#include <inttypes.h>
#include <stdio.h>

#define ANSWER_BYTES_MAX (1u << 20)
#define KEY_SHOWN        40u

static const char help[] =
    "usage: parallax reload [OPTION...]\n"
    "\n"
    "The proxy reads its configuration again, as by SIGHUP: on all workers before this command ends, and without a\n"
    "dropped request. With an error the configuration before stays in force.\n"
    "\n"
    "      --json           the answer as JSON\n" PLX_OPTIONS_HELP "\n"
    "Exit status: 0 it is in force, 1 the configuration has errors, each told with its place, 2 trouble.\n";

static const struct option longs[] = {PLX_OPTIONS_COMMON, {0}};

static void
say(struct plx_buffer *out, struct plx_item answer, struct plx_arena *arena)
{
    struct plx_item keys = plx_item_member(answer, "needs_restart");
    uint64_t services = plx_item_uint(plx_item_member(answer, "services"));

    plx_buffer_format(out, "in force: generation %" PRIu64 ", %" PRIu64 " service%s\n",
                      plx_item_uint(plx_item_member(answer, "generation")), services, services == 1 ? "" : "s");
    for (struct plx_item key = plx_item_first(keys); key.document; key = plx_item_next(keys, key)) {
        plx_buffer_text(out, "not taken over until a restart or an upgrade: ");
        plx_text_add(out, plx_item_text(key, arena), KEY_SHOWN);
        plx_buffer_byte(out, '\n');
    }
}

static int
ask(struct plx_fetch *fetch)
{
    struct plx_document document;
    struct plx_slice text;
    struct plx_buffer out;
    int status = plx_fetch_send(fetch, "POST", "/api/v1/reload", plx_slice_make("", 0), &text, &document);

    if (status)
        return status;
    plx_buffer_init(&out, ANSWER_BYTES_MAX);
    if (fetch->options->json) {
        plx_buffer_add(&out, text);
        plx_buffer_byte(&out, '\n');
    } else {
        say(&out, plx_item_root(&document), fetch->arena);
    }
    if (out.failed) {
        status = plx_trouble("reload", "out of memory");
    } else {
        fwrite(out.ptr, 1, out.len, stdout);
        status = plx_output_end("reload");
    }
    plx_buffer_fini(&out);
    return status;
}

int
plx_command_reload(int argc, char **argv)
{
    struct plx_options options;
    struct plx_fetch fetch;

    plx_options_init(&options, "reload", help, longs);
    while (plx_options_next(&options, argc, argv) >= 0)
        ;
    if (options.exit >= 0)
        return options.exit;
    int status = plx_fetch_open(&fetch, &options);
    if (status == 0)
        status = ask(&fetch);
    plx_fetch_close(&fetch);
    return status;
}
