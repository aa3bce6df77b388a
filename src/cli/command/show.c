/* SPDX-License-Identifier: Apache-2.0 */
/* `parallax show`: one recorded mismatch of a running proxy, whole. */
#include "cli/client/fetch.h"
#include "cli/command/command.h"
#include "cli/report/show_text.h"
#include "cli/terminal/output.h"

#include <getopt.h>
#include <stdio.h>

#define SHOWN_BYTES_MAX (64u << 20) /* a record is far smaller; indented it grows */

static const char help[] =
    "usage: parallax show ID [OPTION...]\n"
    "\n"
    "One recorded mismatch of a running proxy, whole: the request, each role's answer with headers and body, and "
    "where\n"
    "they differ. Of a spy both calls, of an experiment both results. The ID is the one that `parallax diffs` and\n"
    "`parallax report` name.\n"
    "\n"
    "      --json           as JSON\n" PLX_OPTIONS_HELP;

static const struct option longs[] = {PLX_OPTIONS_COMMON, {0}};

static int
print(const struct plx_options *options, struct plx_slice text, const struct plx_document *document)
{
    struct plx_terminal terminal;
    struct plx_buffer out;
    int status = 0;

    if (options->json) {
        fwrite(text.ptr, 1, text.len, stdout);
        fputc('\n', stdout);
        return plx_output_end("show");
    }
    plx_buffer_init(&out, SHOWN_BYTES_MAX);
    plx_terminal_init(&terminal, &out, stdout);
    if (plx_record_print_whole(&terminal, plx_item_root(document)) != PLX_OK)
        status = plx_trouble("show", "out of memory");
    fwrite(out.ptr, 1, out.len, stdout);
    plx_buffer_fini(&out);
    return status ? status : plx_output_end("show");
}

static int
run(const struct plx_options *options, const char *id)
{
    struct plx_fetch fetch = {0};
    struct plx_document document;
    struct plx_buffer target;
    struct plx_slice text;
    int status = plx_fetch_open(&fetch, options);

    plx_buffer_init(&target, 1024);
    plx_buffer_text(&target, "/api/v1/exchanges/");
    plx_fetch_encode(&target, plx_slice_of(id));
    plx_buffer_byte(&target, '\0');
    if (status == 0)
        status = target.failed ? plx_trouble("show", "the id is too long")
                               : plx_fetch_get(&fetch, target.ptr, &text, &document);
    if (status == 0)
        status = print(options, text, &document);
    plx_buffer_fini(&target);
    plx_fetch_close(&fetch);
    return status;
}

int
plx_command_show(int argc, char **argv)
{
    struct plx_options options;
    int option;

    plx_options_init(&options, "show", help, longs);
    options.operands = true;
    while ((option = plx_options_next(&options, argc, argv)) > 0)
        continue;
    if (options.exit >= 0)
        return options.exit;
    if (argc - optind != 1 || *argv[optind] == '\0')
        return plx_trouble("show", "give the id of one mismatch, as `parallax diffs` names it");
    return run(&options, argv[optind]);
}
