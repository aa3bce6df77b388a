/* SPDX-License-Identifier: Apache-2.0 */
/* `parallax erase`: takes a value out of all that a running proxy, or a store that nobody has open, keeps. */
#include "base/utf8.h"
#include "cli/client/fetch.h"
#include "cli/command/command.h"
#include "cli/terminal/output.h"
#include "cli/terminal/terminal.h"
#include "control/process/erase_store.h"
#include "json/writer.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OPTION_VALUE = PLX_OPTION_OWN, OPTION_FILE, OPTION_STORE, OPTION_DRY };

#define VALUE_BYTES_MAX  4096u
#define ANSWER_BYTES_MAX (1u << 20)
#define NAME_SHOWN       4096u

static const char help[] =
    "usage: parallax erase --value-file FILE [OPTION...]\n"
    "\n"
    "Takes a value (an e-mail, a token) out of all that is kept: recorded mismatches, examples, causes, reports of\n"
    "earlier epochs, results of reconciliations, reasons of changes, names of endpoints and fields. [erased] stands "
    "in\n"
    "its place, counts stay. It is found percent-encoded, form-encoded, with escapes of JSON and entities of XML and "
    "in\n"
    "base64, too; so is the mark [redacted 3fa2] of it. What is under way is recorded after it: stop the traffic that\n"
    "has the value in it, or erase it once more.\n"
    "\n"
    "      --value-file FILE  the value is what FILE has, without the end of its last line; - is standard input\n"
    "      --value V          the same, given here, where `ps` and the shell's history show it\n"
    "      --store FILE       a store that no process has open, in place of a running proxy\n"
    "      --dry-run          says what would be erased, and changes nothing\n"
    "      --json             the answer as JSON\n" PLX_OPTIONS_HELP "\n"
    "Exit status: 0 erased, 1 nothing was found, 2 trouble.\n";

static const struct option longs[] = {{"value", required_argument, NULL, OPTION_VALUE},
                                      {"value-file", required_argument, NULL, OPTION_FILE},
                                      {"store", required_argument, NULL, OPTION_STORE},
                                      {"dry-run", no_argument, NULL, OPTION_DRY},
                                      PLX_OPTIONS_COMMON,
                                      {0}};

struct wanted {
    const char *text, *file, *store; /* NULL: not given */
    bool dry;
    char value[VALUE_BYTES_MAX + 4]; /* an end of a line more */
    size_t len;
};

/* ---- the value ---- */

static int
read_file(struct wanted *wanted)
{
    FILE *file = strcmp(wanted->file, "-") == 0 ? stdin : fopen(wanted->file, "re");
    bool failed;

    if (file)
        wanted->len = fread(wanted->value, 1, sizeof(wanted->value), file);
    failed = !file || ferror(file);
    int error = errno;
    if (file && file != stdin)
        fclose(file);
    if (failed)
        return plx_trouble("erase", "%s can't be read: %s", wanted->file, strerror(error));
    if (wanted->len && wanted->value[wanted->len - 1] == '\n')
        wanted->len--;
    if (wanted->len && wanted->value[wanted->len - 1] == '\r')
        wanted->len--;
    return 0;
}

static int
read_value(struct wanted *wanted)
{
    if (!wanted->text == !wanted->file)
        return plx_trouble("erase", "%s; write `parallax erase --value-file FILE`, or - for standard input",
                           wanted->text ? "the value is given twice" : "the value is missing");
    if (wanted->file)
        return read_file(wanted);
    wanted->len = strnlen(wanted->text, sizeof(wanted->value));
    memcpy(wanted->value, wanted->text, wanted->len);
    return 0;
}

/* ---- asked ---- */

static int
ask_proxy(struct plx_fetch *fetch, const struct wanted *wanted, struct plx_slice *answer, struct plx_document *document)
{
    const struct plx_slice value = plx_slice_make(wanted->value, wanted->len);
    struct plx_buffer body;
    struct plx_json_writer w;
    int status;

    if (!plx_utf8_is_valid(value))
        return plx_trouble("erase", "the value is no UTF-8; such a one can be erased with --store alone");
    plx_buffer_init(&body, 8 * sizeof(wanted->value));
    plx_json_writer_init(&w, &body);
    plx_json_begin_object(&w);
    plx_json_key(&w, "value");
    plx_json_string(&w, value);
    plx_json_key(&w, "dry_run");
    plx_json_bool(&w, wanted->dry);
    plx_json_end_object(&w);
    status = body.failed ? plx_trouble("erase", "out of memory")
                         : plx_fetch_send(fetch, "POST", "/api/v1/erase", plx_buffer_slice(&body), answer, document);
    plx_buffer_fini(&body);
    return status;
}

static int
ask_store(struct plx_fetch *fetch, const struct wanted *wanted, struct plx_buffer *json, struct plx_document *document)
{
    const char *path = strncmp(wanted->store, "sqlite:", 7) == 0 ? wanted->store + 7 : wanted->store;
    const struct plx_json_limits limits = {.bytes_max = ANSWER_BYTES_MAX};
    char error[PLX_ERASE_ERROR_MAX];

    if (!plx_process_erase_store(path, plx_slice_make(wanted->value, wanted->len), wanted->dry, json, error))
        return plx_trouble("erase", "%s", json->failed ? "out of memory" : error);
    if (plx_json_read(plx_buffer_slice(json), &limits, fetch->arena, document, NULL) != PLX_OK)
        return plx_trouble("erase", "out of memory");
    return 0;
}

/* ---- told ---- */

static void
say(struct plx_buffer *out, struct plx_item answer, const struct wanted *wanted, struct plx_arena *arena)
{
    const struct plx_item erased = plx_item_member(answer, "erased"), left = plx_item_member(answer, "left");
    const uint64_t places = plx_item_uint(plx_item_member(answer, "places"));
    bool first = true;

    if (places == 0)
        plx_buffer_text(out, "nothing was found\n");
    else
        plx_buffer_format(out, "%s at %" PRIu64 " place%s: ", wanted->dry ? "would be erased" : "erased", places,
                          places == 1 ? "" : "s");
    for (struct plx_item kind = plx_item_first_key(erased); kind.document; kind = plx_item_next_key(erased, kind)) {
        const uint64_t count = plx_item_uint(plx_item_value(kind));
        if (count == 0)
            continue;
        plx_buffer_text(out, first ? "" : ", ");
        plx_text_add(out, plx_item_text(kind, arena), NAME_SHOWN);
        plx_buffer_format(out, " %" PRIu64, count);
        first = false;
    }
    if (places)
        plx_buffer_byte(out, '\n');
    for (struct plx_item file = plx_item_first(left); file.document; file = plx_item_next(left, file)) {
        plx_buffer_text(out, "not looked through: ");
        plx_text_add(out, plx_item_text(file, arena), NAME_SHOWN);
        plx_buffer_text(out, "; delete it if it may have the value and nothing needs it\n");
    }
}

static int
tell(const struct plx_fetch *fetch, const struct wanted *wanted, struct plx_slice text,
     const struct plx_document *document)
{
    const struct plx_item answer = plx_item_root(document);
    struct plx_buffer out;
    int status;

    plx_buffer_init(&out, ANSWER_BYTES_MAX);
    if (fetch->options->json) {
        plx_buffer_add(&out, text);
        plx_buffer_byte(&out, '\n');
    } else {
        say(&out, answer, wanted, fetch->arena);
    }
    if (out.failed) {
        status = plx_trouble("erase", "out of memory");
    } else {
        fwrite(out.ptr, 1, out.len, stdout);
        status = plx_output_end("erase");
    }
    plx_buffer_fini(&out);
    return status ? status : plx_item_uint(plx_item_member(answer, "places")) ? PLX_EXIT_DONE : PLX_EXIT_FAILED;
}

static int
erase(const struct plx_options *options, const struct wanted *wanted)
{
    struct plx_fetch fetch;
    struct plx_document document;
    struct plx_buffer json;
    struct plx_slice text = {0};
    int status = plx_fetch_open(&fetch, options);

    plx_buffer_init(&json, ANSWER_BYTES_MAX);
    if (status == 0 && wanted->store) {
        status = ask_store(&fetch, wanted, &json, &document);
        text = plx_buffer_slice(&json);
    } else if (status == 0) {
        status = ask_proxy(&fetch, wanted, &text, &document);
    }
    if (status == 0)
        status = tell(&fetch, wanted, text, &document);
    plx_buffer_fini(&json);
    plx_fetch_close(&fetch);
    return status;
}

int
plx_command_erase(int argc, char **argv)
{
    struct plx_options options;
    struct wanted wanted = {0};
    int option;

    plx_options_init(&options, "erase", help, longs);
    while ((option = plx_options_next(&options, argc, argv)) >= 0) {
        if (option == OPTION_VALUE)
            wanted.text = optarg;
        else if (option == OPTION_FILE)
            wanted.file = optarg;
        else if (option == OPTION_STORE)
            wanted.store = optarg;
        else
            wanted.dry = true;
    }
    if (options.exit >= 0)
        return options.exit;
    if (wanted.store && options.admin_given)
        return plx_trouble("erase", "--store is a store that no process has open, --admin a running proxy: give one of "
                                    "them");
    int status = read_value(&wanted);
    return status ? status : erase(&options, &wanted);
}
