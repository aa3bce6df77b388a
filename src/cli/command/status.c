/* SPDX-License-Identifier: Apache-2.0 */
/* `parallax status`: the services of a running proxy, their stages, and whether each role answers; and what experiments
 * and spies came to. */
#include "base/clock.h"
#include "cli/client/api_documents.h"
#include "cli/command/command.h"
#include "cli/report/services_text.h"
#include "cli/terminal/output.h"

#include <stdio.h>

#define TABLE_BYTES_MAX (16u << 20)
#define TEXT_BYTES_MAX  (32u << 20) /* of all lists together */

static const char help[] =
    "usage: parallax status [OPTION...]\n"
    "\n"
    "The services of a running proxy: stage, share, and the health of each role; and its experiments and spies.\n"
    "\n"
    "      --json           as JSON: "
    "{\"services\":[...], \"store\":{...}, \"names\":[...], \"experiments\":[...], \"spies\":[...]}\n" PLX_OPTIONS_HELP;

static const struct option longs[] = {PLX_OPTIONS_COMMON, {0}};

static int
show_table(const struct plx_options *options, const struct plx_document *document)
{
    struct plx_terminal terminal;
    struct plx_buffer out;
    enum plx_status status;

    plx_buffer_init(&out, TABLE_BYTES_MAX);
    plx_terminal_init(&terminal, &out, stdout);
    status = plx_services_print(&terminal, document, plx_wall_ms());
    if (status == PLX_OK)
        fwrite(out.ptr, 1, out.len, stdout);
    plx_buffer_fini(&out);
    if (status == PLX_E_MEMORY)
        return plx_trouble("status", "out of memory");
    if (status != PLX_OK)
        return plx_trouble("status", "what answers at %s is not a proxy's admin API; name that with --admin URL",
                           options->admin);
    return 0;
}

static int
show(const struct plx_options *options, struct plx_slice text, const struct plx_document *document)
{
    int status = 0;

    if (options->json) {
        fwrite(text.ptr, 1, text.len, stdout);
        putchar('\n');
    } else {
        status = show_table(options, document);
    }
    return status ? status : plx_output_end("status");
}

static int
ask(struct plx_fetch *fetch, const struct plx_options *options)
{
    struct plx_buffer all;
    struct plx_document document;
    int status;

    plx_buffer_init(&all, TEXT_BYTES_MAX);
    status = plx_fetch_lists(fetch, &all);
    if (status == 0 &&
        (all.failed || plx_json_read(plx_buffer_slice(&all), NULL, fetch->arena, &document, NULL) != PLX_OK))
        status = plx_trouble("status", "out of memory");
    if (status == 0)
        status = show(options, plx_buffer_slice(&all), &document);
    plx_buffer_fini(&all);
    return status;
}

int
plx_command_status(int argc, char **argv)
{
    struct plx_options options;
    struct plx_fetch fetch;
    int status;

    plx_options_init(&options, "status", help, longs);
    while (plx_options_next(&options, argc, argv) > 0)
        continue;
    if (options.exit >= 0)
        return options.exit;
    status = plx_fetch_open(&fetch, &options);
    if (status == 0)
        status = ask(&fetch, &options);
    plx_fetch_close(&fetch);
    return status;
}
